#!/usr/bin/env bash
# Builds the programs twice from the same sources and compares them to the bit: in folders of other names and depths, with
# another home of cargo, another number of compilers at once, another time zone, other dates of the files, and minutes
# apart. Fails where a byte differs, or where a folder's name is in a program.
#
#   scripts/check-reproducible.sh
#   PROGRAMS=...           those that are built (all of scripts/build.sh: what is built together shares features)
#   COMPARED="downbeat-server downbeat downbeat-agent"   those that are compared
#   FIRST=DIR              programs that somebody built from the same commit: only the second ones are built, and
#                          compared with these
#   SECOND_JOBS=1          compilers at once in the second build; the first has all cores
#   REPRODUCIBLE_DIR=DIR   where the sources are copied to and built (target/reproducible); removed at the end
#   KEEP=1                 keeps it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

root=$PWD
mkdir -p "${REPRODUCIBLE_DIR:-target/reproducible}"
work=$(cd "${REPRODUCIBLE_DIR:-target/reproducible}" && pwd)
compared=${COMPARED:-downbeat-server downbeat downbeat-agent}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
end() { if [ -z "${KEEP:-}" ]; then rm -rf "$work"; fi; }
trap end EXIT
trap 'exit 130' INT TERM

home=$(realpath "${CARGO_HOME:-${HOME:-/root}/.cargo}")
scripts/cargo fetch --locked --quiet

# copied FOLDER: the sources as they are here, committed or not.
copied() {
    rm -rf "$1"
    mkdir -p "$1"
    git -C "$root" ls-files -z --cached --others --exclude-standard |
        tar -C "$root" --null --files-from=- --ignore-failed-read -cf - 2>/dev/null | tar -C "$1" -xf -
}
# built FOLDER: the page and the programs, from nothing.
built() {
    (
        cd "$1"
        unset CARGO_TARGET_DIR RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
        DOWNBEAT_LEAVE_OUT=1 scripts/web.sh build
        scripts/build.sh
    )
}

first=${FIRST:-}
if [ -z "$first" ]; then
    began=$SECONDS
    copied "$work/one"
    built "$work/one"
    first=$work/one/target/ship
    echo "The first: $((SECONDS - began)) s"
fi

two="$work/of another/name and depth/two"
copied "$two"
find "$two" -exec touch --no-dereference --date=2001-02-03 {} +
mkdir -p "$work/home two"
# The same sources of others, by another name.
for part in registry git; do
    if [ -e "$home/$part" ]; then ln -sfn "$home/$part" "$work/home two/$part"; fi
done
for part in config config.toml; do
    if [ -e "$home/$part" ]; then cp "$home/$part" "$work/home two/"; fi
done
began=$SECONDS
(
    umask 077
    export CARGO_HOME="$work/home two" JOBS=${SECOND_JOBS:-1} TZ=Asia/Tokyo LC_ALL=C.UTF-8 LANG=C.UTF-8
    built "$two"
)
echo "The second, ${SECOND_JOBS:-1} compilers at once: $((SECONDS - began)) s"

faults=0
for program in $compared; do
    a=$first/$program b=$two/target/ship/$program
    sum=$(sha256sum <"$a" | cut -c -64)
    if cmp -s "$a" "$b"; then
        echo "$program: $(stat -c %s "$a") bytes, $sum, twice"
    else
        echo "$program differs: $(stat -c %s "$a") and $(stat -c %s "$b") bytes, $(cmp -l "$a" "$b" 2>/dev/null | wc -l) of them" >&2
        faults=$((faults + 1))
    fi
    for place in "$work" "$root" "$home"; do
        if grep -qaF -- "$place" "$a"; then
            echo "$program names $place" >&2
            faults=$((faults + 1))
        fi
    done
done
if [ "$faults" -gt 0 ]; then
    echo "Not the same; KEEP=1 keeps both for a look." >&2
    exit 1
fi
