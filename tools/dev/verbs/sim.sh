# shellcheck shell=bash
# ./dev sim [--exhaustive] [--seeds N] [--seed S] [--plant BUG] [--list-plants] [...]
# Runs the simulator: many fresh seeds, or one again with its trace, or with a planted bug. With --exhaustive it takes
# the transactions' code through all schedules of a small world instead.
#
# All other arguments go to the simulator; `./dev sim -- --help` asks it for its own. With --plant or --list-plants it
# is the one that has planted bugs compiled in. The last line it prints is one JSON object.

program=sim/vow_sim
planted=
arguments=()
for argument in "$@"; do
  case $argument in
    --exhaustive)
      program=explore/vow_explore
      continue
      ;;
    --plant | --plant=* | --list-plants) planted=_planted ;;
  esac
  arguments+=("$argument")
done
program=$program$planted
[ "${arguments[0]:-}" != -- ] || arguments=("${arguments[@]:1}")

need_packages_of sim
build release "${program#*/}" || die "the simulator could not be built: the compiler's words are above"
exec "build/release/tests/$program" "${arguments[@]}"
