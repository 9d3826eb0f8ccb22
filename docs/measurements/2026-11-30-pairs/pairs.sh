#!/usr/bin/env bash
# pairs.sh RIG OUT ROUNDS OLD NEW: rows P, B and late of the rig in its folder RIG, with the programs in OLD and in NEW in
# turn. As root. OUT/ROW-ROUND-old.json and -new.json are the rig's results.
set -euo pipefail
rig=$1 out=$(realpath -m "$2") rounds=$3 old=$(realpath "$4") new=$(realpath "$5")
mkdir -p "$out"
cd "$rig"
one() { # ROW ROUND NAME PROGRAMS OPTIONS...
    local row=$1 round=$2 name=$3 programs=$4
    local at=$out/$row-$round-$name
    shift 4
    DOWNBEAT_BIN=$programs python3 run.py downbeat --speakers 4 --dac-ppm 18,-27,41,-9 "$@" --out "$at" >"$at.log" 2>&1
    mv "$at/result.json" "$at.json"
    rm -rf "$at"
}
for round in $(seq "$rounds"); do
    for row in P B late; do
        case $row in
        P) options=(--settle 8 --calm 40) ;;
        B) options=(--clock-ppm 7,-11,3,-5 --settle 8 --calm 40) ;;
        late) options=(--late 20 --calm 20) ;;
        esac
        if [ $((round % 2)) = 1 ]; then turn=(old new); else turn=(new old); fi
        for name in "${turn[@]}"; do one "$row" "$round" "$name" "${!name}" "${options[@]}"; done
    done
done
