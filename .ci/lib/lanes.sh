# Sourced by .ci/run and .ci/nightly: the account of what passed and failed, and the lanes that both share.
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/common.sh"
. "$top/scripts/lib/build.sh"

export CI=true
exec </dev/null

total_passed=0
total_failed=0
failures=()

count() { # NAME PASSED FAILED
  total_passed=$((total_passed + $2))
  total_failed=$((total_failed + $3))
  [ "$3" -eq 0 ] || failures+=("$1 ($3)")
}

# One command that is one case; its output is shown only if it fails.
check() { # NAME COMMAND...
  local name=$1 began=$SECONDS output
  shift
  if output=$("$@" 2>&1); then
    echo "ok      $name ($((SECONDS - began)) s)"
    count "$name" 1 0
  else
    printf '%s\n' "$output"
    echo "FAILED  $name ($((SECONDS - began)) s)"
    count "$name" 0 1
  fi
}

# A command whose last line is "N passed, N failed".
counted() { # NAME COMMAND...
  local name=$1 began=$SECONDS output status=0 last
  shift
  echo "-- $name"
  output=$(mktemp)
  "$@" 2>&1 | tee "$output" || status=$?
  last=$(tail -n 1 "$output")
  rm -f "$output"
  if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    local passed=${BASH_REMATCH[1]} failed=${BASH_REMATCH[2]}
    [ $status -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
    count "$name" "$passed" "$failed"
  else
    count "$name" 0 1
  fi
  echo "-- $name took $((SECONDS - began)) s"
}

lane_tests() { # PRESET
  "$top/scripts/lib/packages.sh" aedes
  counted "tests $1" "$top/scripts/test" --preset "$1"
}

# Each fuzz target for so many seconds, as many at once as there are cores. What the fuzzer learns stays in the build
# folder; a finding is left there, too, and named.
lane_fuzz() { # SECONDS
  "$top/scripts/lib/packages.sh" build clang test
  if ! build_preset fuzz fuzzers; then
    count "fuzz build" 0 1
    return
  fi
  local work=$top/build/fuzz/state target name
  mkdir -p "$work"
  rm -f "$work"/*.result
  for target in "$top"/build/fuzz/tests/fuzz/fuzz_*; do
    [[ -x $target && -f $target ]] || continue
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
    name=$(basename "$target")
    fuzz_one "$target" "$1" >"$work/$name.log" 2>&1 &
  done
  wait
  for target in "$work"/*.result; do
    [ -e "$target" ] || continue
    name=$(basename "$target" .result)
    if [ "$(cat "$target")" = 0 ]; then
      echo "ok      $name ($1 s, $(grep -c . <(ls "$work/$name.corpus")) inputs kept)"
      count "$name" 1 0
    else
      tail -n 40 "$work/$name.log"
      echo "FAILED  $name: the input is in $work"
      count "$name" 0 1
    fi
  done
  compgen -G "$work/*.result" >/dev/null || count "fuzz targets (none found)" 0 1
}

fuzz_one() { # TARGET SECONDS
  local name corpus seeds=() status=0
  name=$(basename "$1")
  corpus=$top/build/fuzz/state/$name.corpus
  mkdir -p "$corpus"
  [ ! -d "$top/tests/fuzz/corpus/${name#fuzz_}" ] || seeds=("$top/tests/fuzz/corpus/${name#fuzz_}")
  "$1" -max_total_time="$2" -timeout=5 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$top/build/fuzz/state/$name-" "$corpus" "${seeds[@]}" || status=$?
  echo $status >"$top/build/fuzz/state/$name.result"
}

# The last line, and the status.
finish() {
  [ ${#failures[@]} -eq 0 ] || printf 'failed: %s\n' "${failures[@]}"
  echo "$total_passed passed, $total_failed failed"
  [ "$total_failed" -eq 0 ] && [ "$total_passed" -gt 0 ]
}
