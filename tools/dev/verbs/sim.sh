# shellcheck shell=bash
# ./dev sim [--seeds N] [--seed S] [--plant BUG] [--list-plants] [...]
# Runs the simulator: many fresh seeds, or one again with its trace, or with a planted bug.
#
# All arguments go to the simulator; `./dev sim -- --help` asks it for its own. With --plant or --list-plants it is the
# one that has planted bugs compiled in. The last line it prints is one JSON object.

program=vow_sim
for argument in "$@"; do
  case $argument in --plant | --plant=* | --list-plants) program=vow_sim_planted ;; esac
done
[ "${1:-}" != -- ] || shift

need_packages_of sim
build release "$program" || die "the simulator could not be built: the compiler's words are above"
exec "build/release/tests/sim/$program" "$@"
