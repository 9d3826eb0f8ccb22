#!/usr/bin/env bash
# The demo: a coordinator, a small library, three speakers with different crystals (and this machine's own, if it has a
# sound card), playing as one, and a table that shows how well. Ctrl-C ends all of it.
#
#   MUSIC=DIR           plays your own music instead of the demo's
#   DEMO_PORT=3000      the coordinator's port; another is taken if it is in use
#   DEMO_LISTEN=0.0.0.0 lets others in the house join; else only this machine
#   DEMO_SECONDS=20     ends by itself
#   DEMO_DIR=DIR        where it keeps its files (target/demo)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

home=${DEMO_DIR:-target/demo}
listen=${DEMO_LISTEN:-127.0.0.1}
port=${DEMO_PORT:-3000}
target=${CARGO_TARGET_DIR:-target}

if [ -n "${MUSIC:-}" ] && [ ! -d "$MUSIC" ]; then
    echo "MUSIC=$MUSIC is not a folder." >&2
    exit 2
fi

scripts/setup.sh
echo "Building (the first time takes some minutes) ..."
scripts/cargo build --release --locked --quiet -p downbeat-server -p downbeat-agent -p downbeat-cli -p downbeat-tunes
bin=$target/release

# A fresh house each time: the demo's own state only, never the music.
rm -rf "$home/state" "$home/log"
mkdir -p "$home/state" "$home/log"

if [ -n "${MUSIC:-}" ]; then
    music=$MUSIC
else
    music=$home/music
    echo "Rendering the demo's music ..."
    "$bin/downbeat-tunes" "$music" | sed 's/^/    /'
fi

taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
asked=$port
while taken "$port"; do
    port=$((port + 1))
    if [ "$port" -gt $((asked + 100)) ]; then echo "No free port from $asked on." >&2; exit 1; fi
done
if [ "$port" != "$asked" ]; then echo "Port $asked is in use: taking $port."; fi

pids=()
# Ends all that was started, and waits until it is gone.
end() {
    trap '' INT TERM HUP
    local pid
    for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
    for _ in $(seq 50); do
        local left=
        for pid in "${pids[@]}"; do if kill -0 "$pid" 2>/dev/null; then left=1; fi; done
        if [ -z "$left" ]; then break; fi
        sleep 0.1
    done
    for pid in "${pids[@]}"; do
        if kill -KILL "$pid" 2>/dev/null; then echo "Had to kill process $pid." >&2; fi
    done
    wait 2>/dev/null || true
}
trap end EXIT
trap 'echo; echo "Ended."; exit 0' INT TERM HUP

# start NAME COMMAND...: in the background, its words in a log.
start() {
    local name=$1
    shift
    "$@" >"$home/log/$name.log" 2>&1 </dev/null &
    pids+=($!)
}

# failed NAME: its last words, and the end.
failed() {
    echo "$1 did not come up. Its last words ($home/log/$1.log):" >&2
    tail -n 15 "$home/log/$1.log" >&2
    exit 1
}

# The settings of another coordinator or speaker on this machine are not meant.
unset "${!DOWNBEAT_@}"
export DOWNBEAT_SERVER=http://127.0.0.1:$port
downbeat=$bin/downbeat

echo "Starting the coordinator at $DOWNBEAT_SERVER ..."
# The speakers are the coordinator's own user's on its own machine, and adopted by that.
start coordinator "$bin/downbeat-server" --listen "$listen:$port" --music "$music" --data "$home/state/coordinator"
coordinator=${pids[0]}
tracks() { "$downbeat" tracks --json 2>/dev/null | grep -c '"id"' || true; }
known=0
for _ in $(seq 120); do
    if ! kill -0 "$coordinator" 2>/dev/null; then failed coordinator; fi
    # Up, and the scan has found what there is, or enough of a large library to begin with.
    before=$known
    known=$(tracks)
    if [ "$known" -gt 0 ] && { [ "$known" = "$before" ] || [ "$known" -gt 200 ]; }; then break; fi
    sleep 0.5
done
if [ "$known" = 0 ]; then
    echo "No track was found in $music." >&2
    failed coordinator
fi

# agent NAME OUTPUT
agent() {
    start "$1" "$bin/downbeat-agent" --server "ws://127.0.0.1:$port" --name "$1" --output "$2" \
        --data "$home/state/agent-$1"
}
expected=3
agent Kitchen virtual:ppm=18
agent Study virtual:ppm=-27
agent Garden virtual:ppm=41
if grep -q '^ *[0-9]' /proc/asound/cards 2>/dev/null; then
    agent Here default
    expected=4
else
    echo "This machine has no sound card: three virtual speakers play, to be seen and not heard."
fi

connected() { "$downbeat" speakers --json 2>/dev/null | grep -c '"connected": true' || true; }
for _ in $(seq 100); do
    if [ "$(connected)" -ge "$expected" ]; then break; fi
    sleep 0.2
done
if [ "$(connected)" -lt "$expected" ]; then
    echo "Only $(connected) of $expected speakers joined; see $home/log." >&2
    if [ "$(connected)" = 0 ]; then failed Kitchen; fi
fi

"$downbeat" play --all
echo "Logs: $home/log. More to try, in another terminal: $downbeat --server $DOWNBEAT_SERVER next"
echo

# Not the foreground, so that a signal is acted on at once and not when the table ends.
if [ -t 1 ]; then interval=1; else interval=2; fi
"$downbeat" status --watch "$interval" ${DEMO_SECONDS:+--duration "$DEMO_SECONDS"} &
pids+=($!)
if ! wait "$!"; then exit 1; fi
