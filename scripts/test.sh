#!/usr/bin/env bash
# Every check: formatting, lints, tests. What the machine has no tool for (Debian's own cargo comes without rustfmt and
# clippy; node or a browser may be missing) is said to be left out; the tests in Rust always run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/lint.sh
scripts/test-browser.sh
# The page is looked at and built while the compiler works; what it said comes when both are done.
page=$(mktemp)
trap 'rm -f "$page"' EXIT
DOWNBEAT_LEAVE_OUT=1 scripts/web.sh check >"$page" 2>&1 &
checked=$!
# With the programs, which the end-to-end tests run; all at once, so that nothing is built twice. Benches and examples are
# only looked at, by clippy; there are no tests in the docs (tests/tests/house/ says so if one is written).
scripts/cargo build --locked --workspace --lib --bins --tests
DOWNBEAT_BINARIES=$(scripts/cargo metadata --locked --no-deps --format-version 1 |
    sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/debug
export DOWNBEAT_BINARIES
if wait "$checked"; then cat "$page"; else cat "$page" >&2; exit 1; fi
scripts/test-client.sh "$DOWNBEAT_BINARIES/downbeat-server"
DOWNBEAT_LEAVE_OUT=1 scripts/web.sh e2e
if scripts/cargo nextest --version >/dev/null 2>&1; then
    scripts/cargo nextest run --locked --workspace --lib --bins --tests --no-fail-fast --test-threads $(($(nproc) + 1))
else
    scripts/cargo test --locked --workspace --lib --bins --tests --no-fail-fast
fi
