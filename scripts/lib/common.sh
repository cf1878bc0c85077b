# Sourced by every script: strict mode, where the tree is, how to speak.
# shellcheck shell=bash
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

say() { printf 'lobbyd: %s\n' "$*" >&2; }
die() {
  say "$@"
  exit 1
}

# Relative paths in the compiler's cache let one clone profit from another's builds.
export CCACHE_BASEDIR=$top CCACHE_NOHASHDIR=1
# Without a home there is no default place for that cache.
[ -n "${HOME:-}" ] || export CCACHE_DIR="${CCACHE_DIR:-$top/build/ccache}"
