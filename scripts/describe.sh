#!/usr/bin/env bash
# Writes what follows from the coordinator's handlers: the description of its interface (server/openapi.json) and the
# types of its client (server/web/client/src/schema.ts). Read the differences as a person would.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

DOWNBEAT_DESCRIBE=1 scripts/cargo test --locked --quiet -p downbeat-server --lib the_description_is_what_is_there
if ! command -v npm >/dev/null; then
    echo "LEFT OUT: the client's types (server/web/client) need npm; its test will say that they are old." >&2
    exit 0
fi
cd server/web/client
npm ci --silent --ignore-scripts
npm run --silent generate
