# shellcheck shell=bash
# ./dev test [--filter REGEX] [--quick] [--full]
# Builds and runs all tests: release, then with sanitizers; the last line counts them.
#
#   --quick         the release build alone, without the tests labelled `slow`
#   --full          also the heavy tests, labelled `full`, which other runs leave out
#   --filter REGEX  the release build alone, and of its tests those whose name matches
#
# After release come the quick tests once more with AddressSanitizer and UndefinedBehaviorSanitizer, and those
# labelled `threads` with ThreadSanitizer. A failed build counts as one failure, and so does a step without tests.

quick=false full=false filter=''
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=true ;;
    --full) full=true ;;
    --filter)
      [ $# -ge 2 ] || usage_error "--filter needs a regular expression"
      filter=$2
      shift
      ;;
    *) usage_error "test takes --filter REGEX, --quick and --full, not '$1'" ;;
  esac
  shift
done
! { $quick && $full; } || usage_error "--quick and --full exclude each other"

# shellcheck source=tools/dev/steps.sh
source tools/dev/steps.sh
# shellcheck source=tools/dev/ctest.sh
source tools/dev/ctest.sh

sanitized_tests() {
  step "build asan, quick" build_for_tests asan quick_tests && step "tests asan, quick" run_tests asan
  if (($(tests_labelled threads) == 0)); then
    step_row "tests tsan: no test is labelled 'threads'" none ''
    return
  fi
  step "build tsan, threads" build_for_tests tsan threads_tests && step "tests tsan, threads" run_tests tsan
}

all_tests() {
  local preset=release arguments=()
  if $quick; then preset=quick; elif $full; then preset=full; fi
  [ -z "$filter" ] || arguments=(--tests-regex "$filter")
  step "build release" build_for_tests release || return 0
  step "tests $preset" run_tests "$preset" "${arguments[@]}" || true
  $quick || [ -n "$filter" ] || sanitized_tests || true
}

need_packages_of test
all_tests
show_steps
next="./dev test --filter NAME repeats one"
((tests_failed > 0)) || next="./dev lint"
done_with "tested" "$next"
echo "$tests_passed passed, $tests_failed failed"
((tests_failed == 0))
