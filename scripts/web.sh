#!/usr/bin/env bash
# The page of server/web: Svelte, TypeScript, Vite. Nothing else here needs node.
#
#   scripts/web.sh build   the page, into server/web/built; the coordinator that is built next has it
#   scripts/web.sh test    types, unit tests, weight, and the page end to end in a browser
#   scripts/web.sh shots   pictures of every screen, into server/web/shots
#
#   DOWNBEAT_BINARIES=DIR  where the programs are that the page is tried with (target/debug)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

needed=20.19
found=$(node --version 2>/dev/null | sed 's/^v//') || true
enough() { [ -n "$1" ] && [ "$(printf '%s\n%s\n' "$needed" "$1" | sort -V | head -n1)" = "$needed" ]; }
if ! enough "$found"; then
    # Debian 12 carries 18. A newer one comes as a package of npm, into target/, and touches nothing of the system.
    if ! command -v npm >/dev/null; then
        echo "The page needs node >= $needed and npm; here is ${found:-none}. On Debian: apt-get install nodejs npm" >&2
        exit 1
    fi
    echo "node ${found:-(none)} is too old for the page: a newer one goes into target/node."
    npm install --silent --no-save --prefix target/node node@22
    PATH=$PWD/target/node/node_modules/node/bin:$PATH
    export PATH
fi

cd server/web
# What is installed follows the lock file, and is left alone while it does.
if [ ! -e node_modules/.installed ] || [ package-lock.json -nt node_modules/.installed ]; then
    npm ci --no-audit --no-fund
    touch node_modules/.installed
fi

browser() {
    if command -v chromium >/dev/null || [ -n "${CHROMIUM:-}" ]; then return; fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium >/dev/null
    else
        echo "No chromium here. On Debian: apt-get install chromium; or name one with CHROMIUM=" >&2
        exit 1
    fi
}

case ${1:-build} in
build)
    npm run --silent build
    ;;
test)
    npm run --silent check
    npm run --silent test
    npm run --silent build
    npm run --silent size
    browser
    npm run --silent e2e
    ;;
shots)
    browser
    npm run --silent shots
    ;;
*)
    sed -n '2,8p' "../../scripts/web.sh" >&2
    exit 2
    ;;
esac
