# shellcheck shell=bash
# ./dev build [debug|release|asan|tsan]
# Builds one preset into build/PRESET; release if none is named.

preset=${1:-release}
[ $# -le 1 ] || usage_error "build takes one preset, not '$*'"
case $preset in
  debug | release | asan | tsan) ;;
  *) usage_error "there is no preset '$preset': debug, release, asan and tsan are known" ;;
esac

need_packages_of build
build "$preset" || die "the $preset build failed: the compiler's words are above"
done_with "built $preset into build/$preset" "./dev test"
