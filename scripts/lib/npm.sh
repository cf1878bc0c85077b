# Sourced: what the tests take from npm's registry.
# shellcheck shell=bash

# The packages of the folder's lock file. Silent when there is nothing to do; what could not be had is said, and the
# caller goes on without it.
install_from_npm() { # FOLDER NAME
  local folder=$1 log
  # npm writes the one file at the end of an installation made after the other.
  [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && return
  # Debian's npm is some 400 packages: too much for a first test run. .ci/run and .ci/nightly install it.
  command -v npm >/dev/null || return 0
  say "installing $2"
  log=$(mktemp)
  if ! (cd "$folder" && npm ci --no-audit --no-fund) </dev/null >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    say "could not install $2: no tests with it"
    rm -rf "$folder/node_modules"
  fi
  rm -f "$log"
}

# The broker on Node.js that the tests start.
install_aedes() { install_from_npm "$top/tests/brokers/aedes" Aedes; }

# The client that they talk to /peerjs with.
install_peerjs() { install_from_npm "$top/tests/e2e" peerjs; }
