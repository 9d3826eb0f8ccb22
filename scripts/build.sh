#!/usr/bin/env bash
# The programs as they are shipped, in target/ship: optimised over the borders of crates, stripped, and the same to the bit
# wherever they are built, by however many at once: no path and no hour of the machine is in them. The compiler must be
# the same. The speaker has a profile of its own, since it is copied to every machine: small where it only talks.
#
#   scripts/build.sh
#   PROGRAMS="downbeat-server downbeat downbeat-agent ..."    those that are built (these, and the tools beside them)
#   BUILD_TARGET=TRIPLE          for another machine, into target/TRIPLE/ship (deploy/scripts/cross.sh)
#   BUILD_OPTIONS=...            more options of cargo
#   CARGO=FILE                   the cargo that builds (scripts/cargo)
#   JOBS=N                       compilers at once (all cores)
#   SOURCE_DATE_EPOCH=S          the date that the programs bear (the last commit's)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cargo=${CARGO:-scripts/cargo}
built=${CARGO_TARGET_DIR:-target}
# The manuals go into packages; tunes and load are what the packages and the page are tried with.
read -ra programs <<<"${PROGRAMS:-downbeat-server downbeat downbeat-agent downbeat-manuals downbeat-tunes downbeat-load}"
read -ra options <<<"${BUILD_OPTIONS:-}"
options+=(--locked ${BUILD_TARGET:+--target "$BUILD_TARGET"} ${JOBS:+--jobs "$JOBS"})
folder=$built/${BUILD_TARGET:+$BUILD_TARGET/}

if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
    if ! SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null); then
        echo "No commit tells the date, so the programs bear today's: say SOURCE_DATE_EPOCH to make them again." >&2
        SOURCE_DATE_EPOCH=$(date +%s)
    fi
fi
export SOURCE_DATE_EPOCH

# The sources have to be there before their folders can be named.
"$cargo" fetch --locked ${BUILD_TARGET:+--target "$BUILD_TARGET"} --quiet
rustc=${RUSTC:-$(dirname "$(scripts/cargo --which)")/rustc}
read -ra flags <<<"${RUSTFLAGS:-}"
# named FOLDER NAME: sources in that folder are told as NAME; the last that fits counts.
named() { if [ -d "$1" ]; then flags+=("--remap-path-prefix=${1%/}=$2"); fi; }
home=${CARGO_HOME:-${HOME:-/root}/.cargo}
named "$("$rustc" --print sysroot)/lib/rustlib/src/rust" /rust
for sources in "$home"/registry/src/*/ "$home"/git/checkouts/; do named "$sources" /crates; done
named "$PWD" /downbeat
# A folder for what is built may lie elsewhere, and texts that are made there are compiled, too.
mkdir -p "$built"
named "$(realpath "$built")" /downbeat/target
# Cargo's form for folders with blanks in their names.
CARGO_ENCODED_RUSTFLAGS=$(printf '\x1f%s' "${flags[@]}")
export CARGO_ENCODED_RUSTFLAGS=${CARGO_ENCODED_RUSTFLAGS#?}

others=() speaker=
for program in "${programs[@]}"; do
    case $program in
        downbeat) others+=(-p downbeat-cli) ;;
        downbeat-agent) speaker=1 ;;
        *) others+=(-p "$program") ;;
    esac
done
if [ ${#others[@]} -gt 0 ]; then "$cargo" build --profile ship "${options[@]}" "${others[@]}"; fi
if [ -n "$speaker" ]; then
    # By itself: together with others it would have the features of what they share.
    "$cargo" build --profile ship-agent "${options[@]}" -p downbeat-agent
    mkdir -p "${folder}ship"
    install -m 755 "${folder}ship-agent/downbeat-agent" "${folder}ship/downbeat-agent"
fi
