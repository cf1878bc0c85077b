# Sourced: configuring and building one preset, silent when there is nothing to do.
# shellcheck shell=bash
# All output goes to standard error: standard output belongs to what is run afterwards.

# A heavy C++ file takes about a gigabyte to compile.
job_count() {
  local by_memory
  by_memory=$(awk '/^MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo 2>/dev/null || echo 1)
  local jobs
  jobs=$(nproc)
  [ "$jobs" -le "$by_memory" ] || jobs=$by_memory
  echo $((jobs > 1 ? jobs : 1))
}

# The groups of packages (see packages.sh) that a preset is compiled with.
compiler_group() { # PRESET
  case $1 in
    asan | tsan | fuzz) echo clang ;;
    *) echo build ;;
  esac
}

configure() { # PRESET
  local folder=$top/build/$1
  [ "$folder/build.ninja" -nt "$top/CMakePresets.json" ] && return
  mkdir -p "$folder"
  if ! (cd "$top" && cmake --preset "$1") >"$folder/configure.log" 2>&1; then
    cat "$folder/configure.log" >&2
    return 1
  fi
}

build_targets() { # PRESET TARGET...
  local preset=$1 folder=$top/build/$1 quiet=()
  shift
  ! ninja -C "$folder" -n "$@" 2>/dev/null | grep -q 'no work to do' || return 0
  say "building $* (preset $preset)"
  [ -t 2 ] || quiet=(-- --quiet)
  cmake --build "$folder" --parallel "$(job_count)" --target "$@" "${quiet[@]}" >&2
}

# Ninja takes no lock of its own, and two scripts at once would spoil each other's files.
build_preset() { # PRESET TARGET...
  mkdir -p "$top/build"
  (
    flock 9
    configure "$1" 9>&- && build_targets "$@" 9>&-
  ) 9>"$top/build/$1.lock"
}
