# shellcheck shell=bash
# Configuring and building the presets of CMakePresets.json, each in build/PRESET.

# A compiler takes up to 1.5 GB; more jobs than memory has room for end in swapping or in the kernel killing them.
build_jobs() {
  local memory limit jobs
  memory=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
  [ "$limit" = max ] || ((limit / 1024 >= memory)) || memory=$((limit / 1024))
  jobs=$((memory / 1500000))
  ((jobs <= $(nproc))) || jobs=$(nproc)
  echo $((jobs > 0 ? jobs : 1))
}

# Later changes of the CMake files are found by the build itself; those of the presets are not.
configure() { # PRESET
  local build=build/$1
  [ "$build/build.ninja" -nt CMakePresets.json ] && return
  mkdir -p "$build"
  say "configuring $1"
  quietly "configuring $1" "$build/configure.log" cmake --preset "$1"
}

build() { # PRESET [TARGET...]
  local targets=("${@:2}")
  configure "$1" || return
  ((${#targets[@]} == 0)) || targets=(--target "${targets[@]}")
  cmake --build --preset "$1" --parallel "$(build_jobs)" "${targets[@]}" >&2
}
