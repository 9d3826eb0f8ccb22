#!/usr/bin/env bash
# Every check: formatting, lints, tests. What the machine has no tool for (Debian's own cargo comes without rustfmt and
# clippy; node may be missing) is said to be left out; the tests in Rust always run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/lint.sh
scripts/test-browser.sh
# With the programs, which the end-to-end tests run; all at once, so that nothing is built twice. Benches and examples are
# only looked at, by clippy; there are no tests in the docs (tests/tests/house/ says so if one is written).
scripts/cargo build --locked --workspace --lib --bins --tests
DOWNBEAT_BINARIES=$(scripts/cargo metadata --locked --no-deps --format-version 1 |
    sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/debug
export DOWNBEAT_BINARIES
scripts/test-client.sh "$DOWNBEAT_BINARIES/downbeat-server"
if scripts/cargo nextest --version >/dev/null 2>&1; then
    scripts/cargo nextest run --locked --workspace --lib --bins --tests --no-fail-fast --test-threads $(($(nproc) + 1))
else
    scripts/cargo test --locked --workspace --lib --bins --tests --no-fail-fast
fi
