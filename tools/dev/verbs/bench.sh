# shellcheck shell=bash
# ./dev bench [NAME...] [--seconds S] [--json FILE]
# Measures the named benchmarks, or all; the last line of each is one JSON object.
#
#   --seconds S   how long each one measures
#   --json FILE   writes that object to FILE as well; an array of them unless exactly one benchmark is named

names=() options=() json=''
while [ $# -gt 0 ]; do
  case $1 in
    --seconds | --json)
      [ $# -ge 2 ] || usage_error "$1 needs a value"
      if [ "$1" = --json ]; then json=$2; else options=(--seconds "$2"); fi
      shift
      ;;
    -*) usage_error "bench takes --seconds S and --json FILE, not '$1'" ;;
    *) names+=("$1") ;;
  esac
  shift
done

need_packages_of bench
configure release
mapfile -t known < <(cmake --build --preset release --target help | sed -n 's/^bench_\([a-z0-9_]*\): phony$/\1/p')
((${#known[@]} > 0)) || die "bench/ has no benchmark yet"
for name in "${names[@]}"; do
  [[ " ${known[*]} " == *" $name "* ]] || usage_error "there is no benchmark '$name'; there are: ${known[*]}"
done

as_array=true
if ((${#names[@]} == 0)); then names=("${known[@]}"); elif ((${#names[@]} == 1)); then as_array=false; fi
build release "${names[@]/#/bench_}" || die "the benchmarks could not be built: the compiler's words are above"

results=()
for name in "${names[@]}"; do
  say "bench $name"
  printed=build/release/bench/$name.out
  "build/release/bench/bench_$name" "${options[@]}" | tee "$printed" || die "bench $name failed"
  results+=("$(tail -n 1 "$printed")")
  [[ ${results[-1]} == '{'*'}' ]] || die "the last line of bench $name is no JSON object: ${results[-1]}"
done

if [ -n "$json" ]; then
  if $as_array; then
    joined=$(printf '%s,\n' "${results[@]}")
    printf '[%s]\n' "${joined%,}"
  else
    printf '%s\n' "${results[0]}"
  fi >"$json"
fi
