#!/usr/bin/env bash
# The client in TypeScript (server/web/client): its types are those of the description, it compiles as strictly as the
# compiler can, and it drives a real coordinator. Where node, npm or a way to npm's packages is missing, the run says so
# and goes on: nothing that ships is made with it.
#
#   scripts/test-client.sh [SERVER]     the coordinator's program (that of a debug build)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

server=$(realpath "${1:-${CARGO_TARGET_DIR:-target}/debug/downbeat-server}")
left_out() {
    echo "LEFT OUT: the tests of the client in TypeScript (server/web/client): $1" >&2
    exit 0
}
# shellcheck source=scripts/node.sh
. scripts/node.sh
need_node || left_out "$no_node"
found=$(node --version | sed 's/^v//')

cd server/web/client
# Installed once for a lock file; tsc and the generator are all there is.
stamp=node_modules/.installed
if ! cmp -s package-lock.json "$stamp"; then
    if ! report=$(npm ci --ignore-scripts 2>&1); then
        echo "$report" >&2
        left_out "their packages cannot be installed."
    fi
    cp package-lock.json "$stamp"
fi
if ! npm run --silent current; then
    echo "server/web/client/src/schema.ts is old: make describe" >&2
    exit 1
fi
if ! report=$(DOWNBEAT_SERVER=$server npm test --silent 2>&1); then
    echo "$report"
    exit 1
fi
passed=$(sed -n 's/^[^a-z]*pass \([0-9]*\)$/\1/p' <<<"$report")
if [ -z "$passed" ] || [ "$passed" = 0 ]; then
    echo "$report"
    echo "No test of the client was run." >&2
    exit 1
fi
echo "The client in TypeScript: $passed tests passed (node $found)."
