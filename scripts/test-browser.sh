#!/usr/bin/env bash
# The tests of the browser's speaker, with node's own test runner: no package is fetched. Debian 12 carries node 18, the
# first with that runner, so the tests use nothing newer. Where node is missing (setup.sh tests installs it) or older, the
# run says so and goes on: nothing that ships is made with it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

needed=18
found=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p') || true
if [ -z "$found" ] || [ "$found" -lt "$needed" ]; then
    echo "LEFT OUT: the tests of the browser's speaker (server/web/speaker/tests) need node >= $needed; here is ${found:-none}." >&2
    exit 0
fi
# The files by name: a folder as argument is understood by some releases of node only.
if ! report=$(node --test server/web/speaker/tests/*.test.js 2>&1); then
    echo "$report"
    exit 1
fi
# The number at the end: a run that found no tests must not pass for one that passed.
passed=$(sed -n 's/^[^a-z]*pass \([0-9]*\)$/\1/p' <<<"$report")
if [ -z "$passed" ] || [ "$passed" = 0 ]; then
    echo "$report"
    echo "No test of the browser's speaker was run." >&2
    exit 1
fi
echo "The browser's speaker: $passed tests passed (node $found)."
