#!/usr/bin/env bash
# 10,000 half-open handshakes of TLS from two processes against a coordinator that plays to one speaker: its open files
# and memory at their peak, how long a call of a person and a new speaker take meanwhile, and the speaker's sound.
#
# It fails if a call is not answered within 20 s, if the new speaker is not there before the press is over, or if the
# one that plays has an underrun.
#
#   half-open.sh FOLDER_OF_PROGRAMS [FILES]      FILES: the coordinator's limit of open files (65536, as in its unit)
#   HALF_OPEN_NICE=-10   the coordinator's niceness, as its unit gives it; needs root
set -euo pipefail
bin=$(realpath "$1")
files=${2:-65536}
home=$(mktemp -d)
port=3997
begun=()
trap 'kill "${begun[@]}" 2>/dev/null; wait 2>/dev/null; rm -rf "$home"' EXIT
mkdir "$home/music"
cp "$(dirname "$0")"/../media/fixtures/{gapless-a,gapless-b}.flac "$home/music/"
# A machine may allow fewer.
most=$(ulimit -Hn)
if [ "$most" != unlimited ] && [ "$files" -gt "$most" ]; then files=$most; fi
(ulimit -n "$files"; exec nice -n "${HALF_OPEN_NICE:-0}" "$bin/downbeat-server" --listen "127.0.0.1:$port" --music "$home/music" --data "$home/data" \
    --adopt-all-for 1h >"$home/server.log" 2>&1) &
server=$!
begun+=("$server")
fail() { echo "FAILED: $1"; touch "$home/failed"; }
speaker() {
    "$bin/downbeat-agent" --server "127.0.0.1:$port" --name "$1" --output virtual:rate=48000 --data "$home/$1" \
        >"$home/$1.log" 2>&1 &
    begun+=("$!")
}
call() { curl -sS --max-time 20 -H "Authorization: Bearer $(cat "$home/data/admin-token")" "$@"; }
url=http://127.0.0.1:$port
health() { call "$url/api/speakers" | jq -r --arg name "$1" '.speakers[] | select(.name == $name) | .connected' 2>/dev/null; }
wait_for() { for _ in $(seq 600); do if [ "$("$@")" = true ]; then return; fi; sleep 0.1; done; fail "never: $*"; exit 1; }
for _ in $(seq 300); do curl -s -o /dev/null "$url/api/health" && break; sleep 0.1; done
speaker kitchen
wait_for health kitchen
call -o /dev/null -X POST -d '{"search":"format:flac"}' "$url/api/playback/play"
call -o /dev/null -X PATCH -d '{"repeat":"all"}' "$url/api/zones/all/session"
sample() { echo "$(find "/proc/$server/fd" 2>/dev/null | wc -l) $(awk '/VmRSS/ {print $2}' "/proc/$server/status")"; }
# peak NAME: files and memory, each at its most, and the slowest of calls, for as long as FILE is there
peak() {
    local fds=0 rss=0 slowest=0 count=0 now
    while [ -e "$home/press" ]; do
        read -r f r < <(sample)
        fds=$((f > fds ? f : fds)); rss=$((r > rss ? r : rss))
        now=$(call -o /dev/null -w '%{time_total}' "$url/api/health") || { fail "a call was not answered"; now=20; }
        slowest=$(awk -v a="$now" -v b="$slowest" 'BEGIN {print (a > b) ? a : b}')
        count=$((count + 1))
        sleep 0.1
    done
    echo "$1: files $fds, memory $((rss / 1024)) MB, slowest of $count calls $slowest s"
}
quiet() { touch "$home/press"; (sleep 5; rm "$home/press") & peak quiet; }
quiet
touch "$home/press"
pressing=()
for from in 2 3; do
    "$bin/downbeat-load" --server "127.0.0.1:$port" --from "127.0.0.$from" --half-open 5000 --hold 30 >>"$home/pressed" &
    pressing+=("$!")
done
(sleep 15; speaker bath; begin=$(date +%s%N); wait_for health bath
    if [ ! -e "$home/press" ]; then fail "the new speaker came after the press"; fi
    echo "a new speaker, after 15 s of it: $((($(date +%s%N) - begin) / 1000000)) ms") &
newcomer=$!
(sleep 31; rm "$home/press") &
peak '10,000 half-open handshakes'
wait "$newcomer" "${pressing[@]}" || true
cat "$home/pressed"
echo "the coordinator's processor time: $(awk '{print ($14 + $15) / 100}' "/proc/$server/stat") s"
echo "afterwards: $(sample | awk '{printf "files %d, memory %d MB", $1, $2 / 1024}')"
underruns=$(call "$url/api/speakers" | jq '.speakers[] | select(.name == "kitchen") | .underruns')
echo "the speaker that plays: underruns $underruns"
if [ "$underruns" != 0 ]; then fail "the music broke off"; fi
grep -cE 'WARN|ERROR' "$home/server.log" | sed 's/^/lines of WARN or ERROR in the log: /' || true
if [ -e "$home/failed" ]; then exit 1; fi
