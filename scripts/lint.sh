#!/usr/bin/env bash
# Formatting and lints of all that is written here, with the tools that the machine has.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/check-dependencies.sh

absent() { echo "Left out: $1 is not installed."; }

if scripts/cargo fmt --version >/dev/null 2>&1; then
    scripts/cargo fmt --all --check
else
    absent rustfmt
fi

if scripts/cargo clippy --version >/dev/null 2>&1; then
    scripts/cargo clippy --locked --workspace --all-targets --quiet -- -D warnings
else
    absent clippy
fi

mapfile -t shell < <(find scripts deploy -name '*.sh'; grep -rlE '^#!/bin/(ba)?sh' deploy/packages; echo scripts/cargo; echo .ci/run)
for file in "${shell[@]}"; do bash -n "$file"; done
if command -v shellcheck >/dev/null; then shellcheck "${shell[@]}"; else absent shellcheck; fi

# The browser's speaker has no build step that would find a slip.
mapfile -t scripts < <(find server docs \( -name node_modules -o -name built \) -prune -o \( -name '*.js' -o -name '*.mjs' \) -print 2>/dev/null)
if [ ${#scripts[@]} -gt 0 ]; then
    if command -v node >/dev/null; then
        for file in "${scripts[@]}"; do node --check "$file"; done
    else
        absent node
    fi
fi
