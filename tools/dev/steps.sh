# shellcheck shell=bash
# A verb made of steps: each is timed, all run even if one fails, and a table at the end says how each went.

step_rows=()
steps_failed=0

step_row() { step_rows+=("$(printf '%-7s %10s  %s' "$2" "$3" "$1")"); } # NAME RESULT TIME

step() { # NAME COMMAND...
  local name=$1 from=$SECONDS result=ok
  shift
  say "$name"
  "$@" || { result=FAILED && steps_failed=$((steps_failed + 1)); }
  step_row "$name" "$result" "$(duration $((SECONDS - from)))"
  [ "$result" = ok ]
}

show_steps() { printf '%s\n' '' "${step_rows[@]}" ''; }
