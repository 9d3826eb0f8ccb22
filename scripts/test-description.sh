#!/usr/bin/env bash
# The description as strangers' tools see it: openapi-spec-validator and all of spectral's rules for OpenAPI take it,
# and openapi-python-client makes a client of it that drives a real coordinator. Minutes; scripts/test-long.sh runs it.
#
#   scripts/test-description.sh [SERVER]     the coordinator's program (that of a debug build)
#   PYTHON=python3  DESCRIPTION_PORT=3997
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

server=$(realpath "${1:-${CARGO_TARGET_DIR:-target}/debug/downbeat-server}")
port=${DESCRIPTION_PORT:-3997}
home=target/test-description
description=server/openapi.json
failed=0
unset "${!DOWNBEAT_@}"
mkdir -p "$home"

validator=openapi-spec-validator==0.9.0
generator=openapi-python-client==0.29.1
spectral=@stoplight/spectral-cli@6.16.3

venv=$home/venv
if [ ! -x "$venv/bin/openapi-python-client" ]; then
    if ! { "${PYTHON:-python3}" -m venv "$venv" && "$venv/bin/pip" install --quiet "$validator" "$generator"; }; then
        rm -rf "$venv"
        echo "LEFT OUT: $validator and $generator cannot be installed (Debian: python3-venv)."
    fi
fi
if [ -x "$venv/bin/openapi-spec-validator" ]; then
    "$venv/bin/openapi-spec-validator" "$description" || failed=1
fi

if ! command -v npm >/dev/null; then
    echo "LEFT OUT: $spectral needs npm."
elif [ ! -x "$home/spectral/node_modules/.bin/spectral" ] &&
    ! npm install --silent --ignore-scripts --no-save --prefix "$home/spectral" "$spectral"; then
    echo "LEFT OUT: $spectral cannot be installed."
else
    "$home/spectral/node_modules/.bin/spectral" lint --fail-severity hint --ruleset scripts/rest/spectral.yaml \
        "$description" || failed=1
fi

scripts/test-client.sh "$server" || failed=1

if [ -x "$venv/bin/openapi-python-client" ]; then
    rm -rf "$home/client" "$home/music" "$home/data"
    mkdir -p "$home/music"
    cp media/fixtures/*.{flac,mp3,ogg} "$home/music/"
    # A warning is a call that the client would not have.
    "$venv/bin/openapi-python-client" generate --path "$description" --output-path "$home/client" \
        --config scripts/rest/python_client.yaml --fail-on-warning || failed=1
    "$server" --listen "127.0.0.1:$port" --music "$home/music" --data "$home/data" >"$home/server.log" 2>&1 </dev/null &
    process=$!
    for _ in $(seq 100); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
        sleep 0.1
    done
    PYTHONPATH=$home/client "$venv/bin/python" scripts/rest/python_client.py "http://127.0.0.1:$port" \
        "$(cat "$home/data/admin-token")" || failed=1
    kill -TERM "$process" 2>/dev/null || true
    wait "$process" || true
fi
exit "$failed"
