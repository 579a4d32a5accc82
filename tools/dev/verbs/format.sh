# shellcheck shell=bash
# ./dev format [FILE...]
# Rewrites C++ files, all or those named, in the form that .clang-format describes.

need_packages_of format
files=("$@")
[ $# -gt 0 ] || mapfile -t files < <(tools/lint/sources)
clang-format-14 -i "${files[@]}"
done_with "formatted ${#files[@]} files" "git diff"
