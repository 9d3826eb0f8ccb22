#!/usr/bin/env bash
# A release coordinator on 100,000 real files, beside mpd on the same files: first scans, rescans, changed files, every list
# and search, queues of 100,000 entries, starts, memory. The files are made once: copies of media/fixtures, each with tags
# of its own (5 GB). Takes about forty minutes on two cores, most of it the work in the background (hashes, loudness).
#
# Needs mpd to compare with (Debian: apt-get install --no-install-recommends mpd; its service need not run), and root for
# scans of files that the system has forgotten (/proc/sys/vm/drop_caches). What is missing is left out, with a word.
#
#   scripts/bench-library.sh [FOLDER]   where the results go (docs/measurements/<date>-library)
#   LIBRARY_HOME=target/bench-library   where the files and databases lie
#   LIBRARY_FILES=100000                how many files
#   LIBRARY_RUNS=3                      first scans of each, with cold and with warm files
#   LIBRARY_STARTS=20                   how often the coordinator is started anew
#   LIBRARY_PATIENCE=30                 minutes for the work in the background
#   LIBRARY_KEEP=1                      keep the files for the next time
#   LOAD_NICE=0                         the niceness of all that is measured, as in bench-load.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

results=${1:-docs/measurements/$(date +%F)-library}
home=${LIBRARY_HOME:-target/bench-library}
files=${LIBRARY_FILES:-100000}
niceness=${LOAD_NICE:-0}
bin=${CARGO_TARGET_DIR:-target}/release

scripts/setup.sh
echo "Building (the first time takes some minutes) ..."
scripts/cargo build --release --locked --quiet -p downbeat-server -p downbeat-library-bench

mkdir -p "$home" "$results"
"$bin/downbeat-library-bench" make "$home/music" --files "$files"

compared=()
if mpd=$(command -v mpd); then
    compared=(--mpd "$mpd")
else
    echo "Not compared: there is no mpd (apt-get install --no-install-recommends mpd)." >&2
fi
if [ ! -w /proc/sys/vm/drop_caches ]; then
    echo "Not measured: scans of files that are not in memory; that needs root." >&2
fi

# The settings of another coordinator on this machine are not meant.
unset "${!DOWNBEAT_@}"

# The kernel shares the processor between sessions first, and weighs niceness only within each: so a session of its own,
# of that niceness as a whole.
apart() {
    # shellcheck disable=SC2016 # the inner shell expands them
    setsid --wait sh -c 'if [ "$1" != 0 ] && [ -w /proc/self/autogroup ]; then echo "$1" >/proc/self/autogroup; fi; shift; exec "$@"' \
        sh "$niceness" "$@"
}
apart nice -n "$niceness" "$bin/downbeat-library-bench" run "$home/music" --work "$home/work" --files "$files" \
    --server "$bin/downbeat-server" "${compared[@]}" --runs "${LIBRARY_RUNS:-3}" --starts "${LIBRARY_STARTS:-20}" \
    --patience "${LIBRARY_PATIENCE:-30}" >"$home/results.json"
mv "$home/results.json" "$results/results.json"
"$bin/downbeat-library-bench" table "$results/results.json" >"$results/table.md"
rm -rf "$home/work"
[ -n "${LIBRARY_KEEP:-}" ] || rm -rf "$home/music"
cat "$results/table.md"
echo
echo "Written: $results/results.json, $results/table.md"
