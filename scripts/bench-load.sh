#!/usr/bin/env bash
# How the coordinator carries many speakers: a release coordinator with one long track, crowds of 1,000, 5,000 and
# 19,000 of them, three times each, and the worst of each figure. Takes some ten minutes; the crowd needs as many open
# files as it has speakers (ulimit -Hn), and a crowd that is too large for this machine is left out with a word.
#
#   scripts/bench-load.sh [FOLDER]     where the results go (docs/measurements/<date>-load)
#   LOAD_SPEAKERS="1000 5000"          which crowds
#   LOAD_RUNS=3                        how often each
#   LOAD_HOLD=20                       how long the time exchange is watched, seconds, idle and playing
#   LOAD_NICE=0                        the niceness of coordinator and crowd; -10 where others use the machine as well,
#                                      which is the share that deploy/systemd gives the coordinator (needs root)
#   LOAD_PORT=3999                     the coordinator's port
#   LOAD_TLS=1                         the crowd speaks TLS, each with a key of its own
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

results=${1:-docs/measurements/$(date +%F)-load}
read -ra crowds <<<"${LOAD_SPEAKERS:-1000 5000 19000}"
runs=${LOAD_RUNS:-3}
hold=${LOAD_HOLD:-20}
niceness=${LOAD_NICE:-0}
port=${LOAD_PORT:-3999}
tls=()
if [ -n "${LOAD_TLS:-}" ]; then tls=(--tls); fi
home=target/bench-load
bin=${CARGO_TARGET_DIR:-target}/release

scripts/setup.sh
echo "Building (the first time takes some minutes) ..."
scripts/cargo build --release --locked --quiet -p downbeat-server -p downbeat-load

rm -rf "$home"
mkdir -p "$home/music" "$results"

# little_endian VALUE BYTES: as octal escapes.
little_endian() {
    local value=$1 i
    for ((i = 0; i < $2; i++)); do
        printf '\\%03o' $((value & 255))
        value=$((value >> 8))
    done
}
# A quarter of an hour of silence: it must not end while something is measured, and nobody listens.
rate=44100
bytes=$((900 * rate * 2))
{
    printf 'RIFF%b' "$(little_endian $((bytes + 36)) 4)"
    printf 'WAVEfmt %b' "$(little_endian 16 4)$(little_endian 1 2)$(little_endian 1 2)$(little_endian $rate 4)"
    printf '%bdata%b' "$(little_endian $((rate * 2)) 4)$(little_endian 2 2)$(little_endian 16 2)" "$(little_endian $bytes 4)"
    head -c "$bytes" /dev/zero
} >"$home/music/silence.wav"

# The settings of another coordinator on this machine are not meant.
unset "${!DOWNBEAT_@}"

# The kernel shares the processor between sessions first, and weighs niceness only within each: so a session of its own,
# of that niceness as a whole.
apart() {
    # shellcheck disable=SC2016 # the inner shell expands them
    setsid --wait sh -c 'if [ "$1" != 0 ] && [ -w /proc/self/autogroup ]; then echo "$1" >/proc/self/autogroup; fi; shift; exec "$@"' \
        sh "$niceness" "$@"
}

raw=()
files=$(ulimit -Hn)
for speakers in "${crowds[@]}"; do
    if [ "$files" != unlimited ] && [ "$files" -lt $((speakers + 100)) ]; then
        echo "Left out: $speakers speakers, because only $files open files are allowed (ulimit -Hn)." >&2
        continue
    fi
    for run in $(seq "$runs"); do
        echo "$speakers speakers, run $run of $runs; load $(cut -d' ' -f1-3 /proc/loadavg)"
        name=$speakers-$run
        # A coordinator that knows none of them, so that all are new to it.
        apart nice -n "$niceness" "$bin/downbeat-load" --json --speakers "$speakers" --ramp 1500 --hold "$hold" --server "127.0.0.1:$port" \
            "${tls[@]}" --start "$bin/downbeat-server" --music "$home/music" --data "$home/data-$name" >"$home/$name.json"
        raw+=("$home/$name.json")
        rm -rf "$home/data-$name"
    done
done

if [ ${#raw[@]} -eq 0 ]; then
    echo "Nothing was measured." >&2
    exit 1
fi
# One document: a list of all runs, as they were.
{
    echo "["
    for index in "${!raw[@]}"; do
        cat "${raw[$index]}"
        if [ "$index" -lt $((${#raw[@]} - 1)) ]; then echo ","; fi
    done
    echo "]"
} >"$results/results.json"
"$bin/downbeat-load" --summarise "$results/results.json" >"$results/table.md"
cat "$results/table.md"
echo
echo "Written: $results/results.json, $results/table.md"
