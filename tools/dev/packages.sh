# shellcheck shell=bash
# The Debian packages that each verb needs, and their installation, which asks nothing.

packages_of() { # VERB
  local build=(
    g++ cmake ninja-build ccache pkg-config
    libfmt-dev libsqlite3-dev libxxhash-dev
    thrift-compiler libthrift-dev libboost-dev libevent-dev libssl-dev zlib1g-dev
    libpoco-dev prometheus-cpp-dev libgoogle-glog-dev libcli11-dev
    libpqxx-dev libmariadb-dev
    libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev curl
  )
  # Tests start servers of their own.
  local databases=(postgresql mariadb-server sqlite3)
  case $1 in
    build | sim | cluster) echo "${build[@]}" ;;
    image) echo docker.io ;;
    compose-test) echo docker.io docker-compose curl sqlite3 ;;
    demo) echo "${build[@]}" sqlite3 ;;
    demo_with_servers) echo "${build[@]}" "${databases[@]}" ;;
    # What the guide builds, it builds with make.
    test) echo "${build[@]}" "${databases[@]}" make ;;
    bench) echo "${build[@]}" "${databases[@]}" ;;
    lint) echo "${build[@]}" clang-14 clang-format-14 clang-tidy-14 shellcheck ;;
    format) echo clang-format-14 ;;
    *) die "tools/dev/packages.sh does not know what '$1' needs" ;;
  esac
}

need_packages_of() { # VERB
  local names wanted missing
  names=$(packages_of "$1")
  read -ra wanted <<<"$names"
  if ! command -v dpkg-query >/dev/null; then
    say "not a Debian system: nothing is installed here; needed are (Debian's names): ${wanted[*]}"
    return
  fi
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
}

missing_packages() { # PACKAGE...
  comm -23 <(printf '%s\n' "$@" | sort -u) \
    <(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
      sed -n 's/^installed //p' | sort -u)
}

install_packages() { # PACKAGE...
  local log
  log=$(mktemp "${TMPDIR:-/tmp}/vow-install.XXXXXX")
  say "installing $# packages: $*"
  # The second attempt has fresh package lists: a bare container has none, an old machine outdated ones.
  if ! apt_get install "$@" >>"$log" 2>&1 && ! { apt_get update && apt_get install "$@"; } >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "the packages could not be installed (all apt said is in $log). By hand, as root: apt-get install $*"
  fi
  rm -f "$log"
}

apt_get() { # install|update [PACKAGE...]
  local as_root=() how=(-y -o DPkg::Lock::Timeout=120)
  ((EUID == 0)) || as_root=(sudo -n)
  [ "$1" = update ] || how+=(--no-install-recommends)
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get "$1" "${how[@]}" "${@:2}" </dev/null
}
