#!/usr/bin/env bash
# Installs what a build needs and the machine lacks: Debian packages, and a cargo that is new enough. Where it may not
# install, it says the exact command instead, and fails. Nothing is done, and nobody has to be root, where all is there.
#
#   scripts/setup.sh           for a build
#   scripts/setup.sh tests     also node, npm and chromium, for the tests of the page and of the browser's speaker, and
#                              nginx and HAProxy, for those of a proxy, and ffmpeg, for those of what it converts; where one
#                              cannot be had, a word and no failure
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

needed=$(sed -n 's/^rust-version = "\([0-9.]*\)".*/\1/p' Cargo.toml)
# alsa and opus by pkg-config; gcc and libc6-dev for SQLite and for linking.
packages=(ca-certificates gcc libasound2-dev libc6-dev libopus-dev make pkg-config)

installed() {
    # On Debian 13 pkg-config is provided by pkgconf, which dpkg shows under both names.
    dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

# Runs a command as root, or fails.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif sudo -n true 2>/dev/null; then sudo -n "$@"; else return 1; fi
}

may_install() { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }

updated=
apt_update() {
    # Once is enough; an index that is only partly reachable may still have what is wanted.
    if [ -z "$updated" ]; then as_root apt-get update -qq || echo "apt-get update had trouble; going on." >&2; updated=1; fi
}

# install WHY PACKAGE...: or the command for it, and a failure.
install() {
    local why=$1
    shift
    if ! may_install; then
        echo "$why: $*" >&2
        echo "This account may not install packages. As one that may, run:" >&2
        echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends $*" >&2
        return 1
    fi
    echo "$why, installing: $*"
    apt_update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -qq install -y \
        --no-install-recommends "$@" >/dev/null
}

if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
    missing=()
    for package in "${packages[@]}"; do
        if ! installed "$package"; then missing+=("$package"); fi
    done
    if [ ${#missing[@]} -gt 0 ]; then install "Missing packages" "${missing[@]}" || exit 1; fi
else
    for program in gcc pkg-config; do
        if ! command -v "$program" >/dev/null; then echo "Missing: $program" >&2; exit 1; fi
    done
    for library in alsa opus; do
        if ! pkg-config --exists "$library"; then
            echo "Missing: the development files of $library (Debian: libasound2-dev, libopus-dev)" >&2
            exit 1
        fi
    done
fi

# The version that apt would install, if it knows the package.
candidate() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: \([0-9.]*\).*/\1/p'; }
enough() { [ -n "$1" ] && [ "$(printf '%s\n%s\n' "$needed" "$1" | sort -V | head -n1)" = "$needed" ]; }

if ! cargo=$(scripts/cargo --which 2>/dev/null); then
    # Debian carries a newer compiler for its browsers (rustc-web); the ordinary one (rustc) may do in later releases.
    chosen=()
    if command -v apt-cache >/dev/null; then
        for try in 1 2; do
            for suffix in -web ""; do
                if enough "$(candidate "rustc$suffix")"; then
                    chosen=("rustc$suffix" "cargo$suffix")
                    break 2
                fi
            done
            # The first time the index may simply be missing or old.
            if [ "$try" = 1 ] && may_install; then apt_update; else break; fi
        done
    fi
    if [ ${#chosen[@]} -gt 0 ]; then
        install "No cargo >= $needed" "${chosen[@]}" || exit 1
    else
        echo "No cargo >= $needed here, and none to be had from apt. rustup installs one:" >&2
        echo "    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal" >&2
        exit 1
    fi
    cargo=$(scripts/cargo --which)
fi

# A build needs no node, and a machine may have one from elsewhere (its npm comes with it). Debian 12 carries 18, the first
# whose test runner the tests of server/web/speaker can be run with; the page gets a newer one by npm (scripts/node.sh).
if [ "${1:-}" = tests ] && { ! command -v node >/dev/null || ! command -v npm >/dev/null; }; then
    if ! command -v apt-get >/dev/null || ! install "No node, or no npm" nodejs npm; then
        echo "Going on without node or npm: tests of the page and of the browser's speaker will be left out." >&2
    fi
fi
if [ "${1:-}" = tests ] && ! command -v "${CHROMIUM:-chromium}" >/dev/null; then
    if ! command -v apt-get >/dev/null || ! install "No browser" chromium; then
        echo "Going on without a browser: the tests of the page in one will be left out." >&2
    fi
fi
# Two megabytes each, for the tests of what passes a proxy. Their services are not wanted: a policy keeps them from being
# started.
if [ "${1:-}" = tests ]; then
    for proxy in nginx:nginx-light haproxy:haproxy; do
        program=${proxy%%:*}
        if [ -x "/usr/sbin/$program" ] || command -v "$program" >/dev/null; then continue; fi
        if ! command -v apt-get >/dev/null || ! RUNLEVEL=1 install "No $program" "${proxy#*:}"; then
            echo "Going on without $program: the tests of what passes it will be left out." >&2
        fi
    done
fi
if [ "${1:-}" = tests ] && ! command -v ffmpeg >/dev/null; then
    if ! command -v apt-get >/dev/null || ! install "No ffmpeg" ffmpeg; then
        echo "Going on without ffmpeg: tests of what it converts fail, or are left out by DOWNBEAT_WITHOUT_FFMPEG=1." >&2
    fi
fi
echo "Everything is there; cargo: $cargo ($("$cargo" --version))"
