#!/usr/bin/env bash
# The page of server/web: Svelte, TypeScript, Vite. Nothing that sounds needs node.
#
#   scripts/web.sh build   the page, into server/web/built; the coordinator that is built next has it
#   scripts/web.sh check   types, unit tests, build, weight: all that needs no browser and no coordinator
#   scripts/web.sh e2e     the page end to end in a browser, with a real coordinator and agents (NAME: only that file)
#   scripts/web.sh test    both
#   scripts/web.sh bench   frames, memory, and two browsers as speakers: figures, see server/web/bench
#   scripts/web.sh shots   pictures of every screen, into server/web/shots
#
#   DOWNBEAT_BINARIES=DIR  where the programs are that the page is tried with (target/debug)
#   DOWNBEAT_LEAVE_OUT=1   a machine without node, npm or a browser says so, and does not fail (make test)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/node.sh
. scripts/node.sh

command=${1:-build}
left_out() {
    if [ -n "${DOWNBEAT_LEAVE_OUT:-}" ]; then
        echo "LEFT OUT: the page (server/web), $command: $1" >&2
        exit 0
    fi
    echo "The page, $command: $1" >&2
    exit 1
}
need_node || left_out "$no_node"

cd server/web
# What is installed follows the lock file, and is left alone while it does.
if ! cmp -s package-lock.json node_modules/.installed; then
    if ! report=$(npm ci --no-audit --no-fund 2>&1); then
        echo "$report" >&2
        left_out "its packages cannot be installed."
    fi
    cp package-lock.json node_modules/.installed
fi
# Apart from what the coordinator embeds: a test must not change what cargo builds.
tried=$(realpath -m "${CARGO_TARGET_DIR:-../../target}")/page

# True if nothing that the page is made of is newer than it: a page that is built again has the coordinator built again.
is_current() {
    [ -e "$1/index.html" ] && [ -z "$(find src public speaker client/src index.html package-lock.json vite.config.ts \
        svelte.config.js scripts -newer "$1/index.html" -print -quit)" ]
}

build_into() {
    if is_current "$1"; then return; fi
    DOWNBEAT_PAGE=$1 npm run --silent build
}

browser() {
    if command -v "${CHROMIUM:-chromium}" >/dev/null; then return; fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq || true
        DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium >/dev/null ||
            left_out "chromium cannot be installed."
    else
        left_out "no chromium here. On Debian: apt-get install chromium; or name one with CHROMIUM="
    fi
}

check() {
    npm run --silent check
    npm run --silent test
    build_into "$tried"
    DOWNBEAT_PAGE=$tried npm run --silent size
}

e2e() {
    browser
    if [ ! -e "$tried/index.html" ]; then left_out "it is not built: scripts/web.sh check"; fi
    DOWNBEAT_PAGE=$tried npm run --silent e2e -- "$@"
}

case $command in
build) build_into "$PWD/built" ;;
check) check ;;
e2e)
    shift
    e2e "$@"
    ;;
test)
    check
    e2e
    ;;
bench)
    browser
    build_into "$tried"
    DOWNBEAT_PAGE=$tried npm run --silent bench -- "${@:2}"
    ;;
shots)
    browser
    build_into "$tried"
    DOWNBEAT_PAGE=$tried npm run --silent shots -- "${@:2}"
    ;;
*)
    sed -n '2,14p' ../../scripts/web.sh >&2
    exit 2
    ;;
esac
