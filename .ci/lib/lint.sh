# Sourced: the lanes that read the sources without running them. Each is one case.
# shellcheck shell=bash

tracked() { # PATTERN...
  git -c "safe.directory=$top" -C "$top" ls-files -z -- "$@"
}

format_lint() {
  cd "$top" || return
  tracked '*.cpp' '*.hpp' | xargs -0 -r clang-format-19 --dry-run -Werror --
}

shell_lint() {
  cd "$top" || return
  {
    tracked '*.sh'
    tracked scripts .ci .githooks deploy | xargs -0 -r grep -lZE '^#!.*\b(bash|sh)$' --
  } | sort -zu | xargs -0 -r shellcheck --severity=warning --external-sources --
}

tidy_lint() {
  build_preset asan all && "$top/.ci/lib/tidy" "$top/build/asan"
}

lane_lint() {
  "$top/scripts/lib/packages.sh" build test clang lint
  check "lint format" format_lint
  check "lint shell" shell_lint
  check "lint layers" "$top/.ci/lib/layers"
  check "lint documents" "$top/.ci/lib/documents"
  check "lint tidy" tidy_lint
}
