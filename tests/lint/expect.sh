# shellcheck shell=bash
# Expectations on commands. A test script sources this, states what it expects, and ends with `finish`.
# It runs in an empty folder of its own; $root is the repository.
set -euo pipefail

export root
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

expectations=0
unmet=0

# The file with what is on standard input as its content.
file() { # PATH
  mkdir -p "$(dirname "$1")"
  cat >"$1"
}

accepts() { # WHAT COMMAND...
  local said
  expectations=$((expectations + 1))
  said=$("${@:2}" 2>&1) || { unmet=$((unmet + 1)) && echo "should accept $1, but: $said"; }
}

# The command must fail, and say this: another failure, say of a missing program, proves nothing.
refuses() { # WHAT SAYING COMMAND...
  local said status=0
  expectations=$((expectations + 1))
  said=$("${@:3}" 2>&1) || status=$?
  ((status != 0)) && [[ $said == *"$2"* ]] && return
  unmet=$((unmet + 1))
  echo "should refuse $1 saying '$2', but: exit $status, $said"
}

equals() { # WHAT EXPECTED ACTUAL
  expectations=$((expectations + 1))
  [ "$2" = "$3" ] && return
  unmet=$((unmet + 1))
  echo "$1 should be '$2', not '$3'"
}

finish() {
  echo "$expectations expectations, $unmet unmet"
  ((expectations > 0 && unmet == 0))
}
