# shellcheck shell=bash
# ./dev demo [--db sqlite|postgres|mysql|mixed] [--without-vow] [--charges xa|reservations] [--seed S] [--keep|--runs N] [--json FILE]
# Tells a story: a shop of three services takes orders, and what can die dies; then all databases are audited.
#
#   --db KIND        sqlite, which needs nothing; postgres or mysql, whose servers it starts itself; mixed: one of each
#   --without-vow    tells it without Vow first, with the same deaths, and shows what is missing then, side by side
#   --charges HOW    xa: accounts are locked until a transaction ends; reservations: coins are put aside (tcc)
#   --seed S         the moments at which processes die; else they are drawn
#   --keep           leaves everything running until Ctrl-C, to be looked at
#   --runs N         tells it N times, on each kind of database in turn unless --db names one; what it found is read again by
#                    psql, mariadb and sqlite3
#   --json FILE      the last line, which is one JSON object, also there
#
# Databases and logs of the last run are in .demo. It ends with 0 only if all that it shows held.

words=()
database='' runs=''
while [ $# -gt 0 ]; do
  case $1 in
    --db | --charges | --seed | --json | --runs)
      [ $# -ge 2 ] || usage_error "$1 needs a value"
      [ "$1" != --db ] || database=$2
      if [ "$1" = --runs ]; then runs=$2; else words+=("$1" "$2"); fi
      shift
      ;;
    --without-vow | --keep) words+=("$1") ;;
    *) usage_error "demo does not take '$1'" ;;
  esac
  shift
done
[[ $database =~ ^(|sqlite|postgres|mysql|mixed)$ ]] || usage_error "--db is sqlite, postgres, mysql or mixed, not '$database'"
[[ $runs =~ ^([1-9][0-9]*)?$ ]] || usage_error "--runs is a number, not '$runs'"
if [ -n "$runs" ]; then
  [[ " ${words[*]} " =~ \ --(keep|without-vow|json)\  ]] && usage_error "--runs is for itself: without ${BASH_REMATCH[0]}"
fi

case $database$runs in
  '' | sqlite) need_packages_of demo ;;
  *) need_packages_of demo_with_servers ;;
esac
build release demo || die "the demo could not be built: the compiler's words are above"
rm -rf .demo
demo=build/release/tests/demo/demo
if [ -n "$runs" ]; then
  tests/demo/in_a_row "$runs" "$demo" "$PWD/.demo" "${words[@]}" || die "not all of it held; what failed is left in .demo"
  done_with "told $runs times" "./dev demo"
  exit 0
fi
"$demo" --folder "$PWD/.demo" "${words[@]}" || die "not all of it held; logs are in .demo"
done_with "the story is told" "./dev demo --keep, to look at all of it; ./dev demo --without-vow, to see what it is for"
