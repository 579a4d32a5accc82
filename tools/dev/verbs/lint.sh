# shellcheck shell=bash
# ./dev lint [format|layering|headers|tidy|shell]...
# Checks form, layering, headers, clang-tidy's findings and shell scripts; all unless named.
#
#   format    clang-format has nothing to change (./dev format does it)
#   layering  folders include only what is below them, and pure ones nothing that reads the world
#   headers   every header compiles alone
#   tidy      clang-tidy, as .clang-tidy describes
#   shell     shellcheck over all shell scripts

# shellcheck source=tools/dev/steps.sh
source tools/dev/steps.sh

lint_format() { tools/lint/sources | xargs clang-format-14 --dry-run -Werror --ferror-limit=5; }
lint_layering() { tools/lint/layering; }
lint_headers() { tools/lint/headers clang++-14; }
lint_tidy() { configure clang && tools/lint/tidy build/clang; }
lint_shell() { tools/lint/shell; }

known=(format layering headers tidy shell)
checks=("$@")
[ $# -gt 0 ] || checks=("${known[@]}")
for check in "${checks[@]}"; do
  [[ " ${known[*]} " == *" $check "* ]] || usage_error "there is no check '$check'; there are: ${known[*]}"
done

need_packages_of lint
for check in "${checks[@]}"; do step "$check" "lint_$check" || true; done
show_steps
((steps_failed == 0)) || die "$steps_failed of ${#checks[@]} checks failed: what they found is above"
done_with "${#checks[@]} checks passed" "./dev test"
