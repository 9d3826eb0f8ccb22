#!/usr/bin/env bash
# The programs as they are copied to machines: their sizes, said; a failure where symbols are left in one, or where
# the agent, which goes to every speaker, is over its bound. `make build` runs it.
#
#   scripts/check-binaries.sh            those in target/ship
#   AGENT_BOUND=8000000                  the agent's bound, bytes
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bin=${CARGO_TARGET_DIR:-target}/ship
bound=${AGENT_BOUND:-8000000}
faults=0
fault() {
    echo "$1" >&2
    faults=$((faults + 1))
}

reader=$(command -v readelf || true)
if [ -z "$reader" ]; then echo "Left out: whether symbols are left, since readelf is not installed (Debian: binutils)." >&2; fi
for name in downbeat-agent downbeat-server downbeat; do
    file=$bin/$name
    if [ ! -f "$file" ]; then
        fault "$file is not there: make build"
        continue
    fi
    size=$(stat -c %s "$file")
    printf '%-16s %6d.%d MB\n' "$name" $((size / 1000000)) $((size % 1000000 / 100000))
    if [ -n "$reader" ]; then
        # Read whole before it is searched: a reader that hangs up would count as a failure of readelf.
        sections=$("$reader" -SW "$file")
        if grep -qE '[[:space:]]\.(symtab|debug_info)[[:space:]]' <<<"$sections"; then
            fault "$file holds symbols: is 'strip' in [profile.release] still true?"
        fi
    fi
    if [ "$name" = downbeat-agent ] && [ "$size" -gt "$bound" ]; then
        fault "$file has $size bytes, and may have $bound: see what a new dependency costs."
    fi
done
if [ "$faults" -gt 0 ]; then exit 1; fi
