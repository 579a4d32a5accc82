# shellcheck shell=bash
# What ./dev says: on standard error, so that standard output stays what a program printed; colours on a terminal alone.

if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
  bold='' red='' green='' plain=''
fi

say() { printf '%s\n' "$bold$*$plain" >&2; }
complain() { printf '%s\n' "${red}dev: $*$plain" >&2; }
die() {
  complain "$@"
  exit 1
}
usage_error() {
  complain "$@"
  say "'./dev help' lists what there is."
  exit 2
}

# The last word of a verb: what was done, how long it took, what to try next.
done_with() { printf '%s\n' "$green$1$plain in $(duration "$SECONDS")${2:+ · next: $2}" >&2; }

duration() { # SECONDS
  if (($1 < 60)); then echo "$1 s"; else echo "$(($1 / 60)) min $(($1 % 60)) s"; fi
}

# Runs a command whose output matters only when it fails.
quietly() { # WHAT LOG COMMAND...
  local what=$1 log=$2
  shift 2
  "$@" >"$log" 2>&1 && return
  tail -n 30 "$log" >&2
  complain "$what failed; all it said is in $log"
  return 1
}
