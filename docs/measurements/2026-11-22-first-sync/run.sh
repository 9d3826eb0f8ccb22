#!/usr/bin/env bash
# Repeats this measurement: RIG=folder of the rig (run.py), PYTHON=a Python with numpy scipy soundfile matplotlib,
# DOWNBEAT_BIN=folder of release binaries. As root (network namespace, SCHED_RR). RUNS=3 by default.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
rig=${RIG:?the rig\'s folder} python=${PYTHON:-python3}
export DOWNBEAT_BIN=${DOWNBEAT_BIN:-$here/../../../target/release}
DOWNBEAT_BIN=$(cd "$DOWNBEAT_BIN" && pwd)
out=$(mktemp -d)
scenario() { # NAME OPTIONS...
    local name=$1
    shift
    for run in $(seq "${RUNS:-3}"); do
        echo "== $name, run $run; load $(cut -d' ' -f1 /proc/loadavg)"
        (cd "$rig" && "$python" run.py downbeat --speakers 4 "$@" --out "$out/$name-$run")
        cp "$out/$name-$run/result.json" "$here/$name-$run.json"
        if [ "$run" = 1 ]; then cp "$out/$name-$run/skew.png" "$here/$name.png"; fi
    done
}
scenario P --dac-ppm 18,-27,41,-9 --calm 60
scenario B --dac-ppm 18,-27,41,-9 --clock-ppm 7,-11,3,-5 --calm 60
scenario late --dac-ppm 18,-27,41,-9 --late 20 --calm 20
rm -rf "$out"
