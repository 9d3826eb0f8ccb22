#!/usr/bin/env bash
# Repeats this measurement: run.sh [SCENARIO...], all of them without arguments. As root (network namespaces, SCHED_RR).
#   RIG=        the rig's folder (run.py; its `impair` built with cargo build --release)
#   PYTHON=     a Python with numpy scipy soundfile matplotlib (python3)
#   DOWNBEAT_BIN= release binaries (target/release)
#   SERVER_ARGS= more arguments of the coordinator
#   RUNS=3      of each;  PEER_RUNS=1 of Snapcast
#   RESULTS=     where they go (the folder of this file)
# Results: RESULTS/runs/SCENARIO-RUN.json, and SCENARIO.png of the first run. Then table.py prints the tables.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
RIG=$(cd "${RIG:?the folder of the rig}" && pwd)
export SERVER_ARGS=${SERVER_ARGS:-}
export RIG IMPAIR=$RIG/impair/target/release/impair
python=${PYTHON:-python3}
DOWNBEAT_BIN=$(cd "${DOWNBEAT_BIN:-$here/../../../target/release}" && pwd)
export DOWNBEAT_BIN
results=${RESULTS:-$here}
mkdir -p "$results/runs"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

P=(--dac-ppm '18,-27,41,-9')
B=("${P[@]}" --clock-ppm '7,-11,3,-5')

stalls() { # FILE: the machine's own stalls of 5 ms and more, seen by a real-time thread, as long as it runs
    exec chrt -f 90 "$python" -c '
import json, signal, sys, time
signal.signal(signal.SIGTERM, signal.default_int_handler)
worst, log, last = 0.0, [], time.clock_gettime(time.CLOCK_MONOTONIC)
try:
    while True:
        time.sleep(0.002)
        now = time.clock_gettime(time.CLOCK_MONOTONIC)
        if now - last > 0.007:
            log.append(round(1000 * (now - last - 0.002), 1))
        last = now
except KeyboardInterrupt:
    pass
finally:
    json.dump(log, open(sys.argv[1], "w"))
' "$1"
}

rig() { # NAME DRIVER OPTIONS...
    local name=$1 driver=$2
    shift 2
    local load
    load=$(cut -d' ' -f1 /proc/loadavg)
    stalls "$work/stalls.json" &
    local watch=$!
    (cd "$RIG" && RIG_KEEP=1 "$python" run.py "$driver" --speakers 4 "$@" --out "$work/out") || true
    kill -TERM "$watch" 2>/dev/null || true
    wait "$watch" || true
    "$python" "$here/collect.py" "$work/out" "$work/stalls.json" "$load" "$results/runs/$name.json"
    if [ "${name##*-}" = 1 ]; then cp "$work/out/skew.png" "$results/${name%-1}.png"; fi
    rm -rf "$work/out"
}

ours() { # SCENARIO OPTIONS...
    local scenario=$1
    shift
    for run in $(seq "${RUNS:-3}"); do
        echo "== $scenario, run $run"
        rig "$scenario-$run" "$here/driver.py" "$@"
    done
}

peer() { # SCENARIO OPTIONS...
    local scenario=$1
    shift
    for run in $(seq "${PEER_RUNS:-1}"); do
        echo "== Snapcast, $scenario, run $run"
        rig "snapcast-$scenario-$run" snapcast "$@"
    done
}

scenario() {
    case $1 in
    A) ours A --calm 60 ;;
    P) ours P "${P[@]}" --calm 60 ;;
    B) ours B "${B[@]}" --calm 60 ;;
    W) ours W --dac-ppm 180,-150,90,-60 --clock-ppm 60,-80,40,0 --settle 30 --calm 60 ;;
    S) ours S "${P[@]}" --calm 10 --stress 60 ;;
    late) ours late "${P[@]}" --late 20 --calm 20 ;;
    rate-44100) ours rate-44100 "${P[@]}" --rate 44100 --calm 40 ;;
    track-44100)
        sox "$RIG/build/programme.flac" -r 44100 "$work/programme.flac"
        ours track-44100 "${P[@]}" --signal "$work/programme.flac" --calm 40
        ;;
    impair) NETWORK=impair ours impair "${P[@]}" --calm 60 ;;
    wifi) NETWORK=wifi ours wifi "${P[@]}" --calm 60 ;;
    bloat) NETWORK=bloat ours bloat "${P[@]}" --calm 90 ;;
    kill) EVENT='kill' ours kill "${P[@]}" --settle 2 --calm 100 ;;
    reboot) EVENT=reboot ours reboot "${P[@]}" --settle 2 --calm 100 ;;
    sigstop) EVENT=sigstop ours sigstop "${P[@]}" --settle 2 --calm 50 ;;
    stall) EVENT=stall ours stall "${P[@]}" --settle 2 --calm 40 ;;
    wallstep) EVENT=wallstep ours wallstep "${P[@]}" --settle 2 --calm 40 ;;
    clockstep) EVENT=clockstep ours clockstep "${P[@]}" --settle 2 --calm 50 ;;
    latency) EVENT=latency CONNECT_S=15 ours latency --settle 1 --calm 3 ;;
    peer-A) peer A --calm 60 ;;
    peer-P) peer P "${P[@]}" --calm 60 ;;
    peer-B) peer B "${B[@]}" --calm 60 ;;
    peer-W) peer W --dac-ppm 180,-150,90,-60 --clock-ppm 60,-80,40,0 --settle 30 --calm 60 ;;
    peer-S) peer S "${P[@]}" --calm 10 --stress 60 ;;
    peer-late) peer late "${P[@]}" --late 20 --calm 20 ;;
    *)
        echo "no such scenario: $1" >&2
        exit 2
        ;;
    esac
}

all=(A peer-A P peer-P B peer-B W peer-W S peer-S late peer-late rate-44100 track-44100 impair wifi bloat kill reboot stall
    sigstop wallstep clockstep latency)
if [ $# -gt 0 ]; then all=("$@"); fi
for name in "${all[@]}"; do scenario "$name"; done
