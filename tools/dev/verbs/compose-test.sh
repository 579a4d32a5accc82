# shellcheck shell=bash
# ./dev compose-test
# Runs docker/compose.yaml whole: orders are taken, a coordinator, a service and a database are killed, all is audited.
#
# Builds the images vow and vow-shop first. Images that cannot be pulled are made of Debian's packages for the time of the test.
# Nothing is left of it: containers, networks and volumes have names of their own.

[ $# -eq 0 ] || usage_error "compose-test takes nothing"
has_all() {
  command -v docker && command -v curl && command -v sqlite3 && { command -v docker-compose || docker compose version; }
}
has_all >/dev/null 2>&1 || need_packages_of compose-test
(source tools/dev/verbs/image.sh) || exit
tests/docker/compose_test || die "not all of it held: see above"
done_with "what is composed holds" "docker compose -p vow -f docker/compose.yaml up -d"
