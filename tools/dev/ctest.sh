# shellcheck shell=bash
# Running test presets and counting what they did. Counts are read from what ctest prints; what cannot be read counts
# as a failure, and so does a run in which no test ran.

tests_passed=0
tests_failed=0

count_tests() { # EXIT_STATUS, ctest's output on standard input: prints "PASSED FAILED"
  awk -v status="$1" '
    /^[0-9]+% tests passed, [0-9]+ tests failed out of [0-9]+$/ { failed = $4; total = $NF }
    /\*\*\*Skipped/ { skipped++ }
    END {
      passed = total - failed - skipped
      if (failed == 0 && (status != 0 || passed <= 0)) failed = 1
      print (passed > 0 ? passed : 0), failed + 0
    }'
}

# ThreadSanitizer of GCC 12 finds no room for its shadow where the kernel scatters addresses over more than 28 bits.
unscattered() { # COMMAND...
  if (($(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0) > 28)) && setarch -R true 2>/dev/null; then
    setarch -R "$@"
  else
    "$@"
  fi
}

# More at once than there are processors: many tests wait for databases and clocks.
run_tests() { # TEST_PRESET [CTEST_ARGUMENT...]
  local log status=0 passed failed
  log=$(mktemp "${TMPDIR:-/tmp}/vow-ctest.XXXXXX")
  unscattered ctest --preset "$1" --parallel "$(($(nproc) * 3 / 2))" "${@:2}" 2>&1 | tee "$log" || status=$?
  read -r passed failed < <(count_tests "$status" <"$log")
  rm -f "$log"
  tests_passed=$((tests_passed + passed))
  tests_failed=$((tests_failed + failed))
  ((failed == 0))
}

build_for_tests() { # PRESET [TARGET...]
  build "$@" && return
  tests_failed=$((tests_failed + 1))
  return 1
}

# How many tests of the release build have this label.
tests_labelled() { ctest --preset full --show-only --label-regex "^$1\$" | sed -n 's/^Total Tests: //p'; }
