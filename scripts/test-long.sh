#!/usr/bin/env bash
# What is too long for `make test`: the decoders of foreign bytes on made-up input for minutes, the description of REST
# as strangers' tools see it and clients that are made of it, REST asked at random as it is described, a coordinator that
# is killed many hundred times, ten thousand half-open handshakes, a real Prometheus, the programs' sizes, two builds of
# them that must be the same to the bit, and the packages on clean systems (as root). Each part is run whatever became of
# the one before; the results are kept, and the run fails if one failed. Some 80 minutes on two cores.
#
#   scripts/test-long.sh [FOLDER]       where the results go (docs/measurements/<date>-long)
#   LONG_PARTS="fuzz mutated description rest kills half-open metrics size reproducible packages"   which parts
#   LONG_FUZZ_SECONDS=120               how long each decoder is tried
#   LONG_MUTATED=80                     how many broken audio files of each container and seed
#   LONG_EXAMPLES=60                    how many requests are made up for each call of REST
#   LONG_REST_SECONDS=600               how long REST is asked at most
#   LONG_SERVER=FILE                    the coordinator that is asked (that of a release build, which is made)
#   LONG_KILLS=600                      how often the coordinator is killed
#   LONG_PORT=3998                      the port of the coordinator that is asked at random
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

results=${1:-docs/measurements/$(date +%F)-long}
read -ra parts <<<"${LONG_PARTS:-fuzz mutated description rest kills half-open metrics size reproducible packages}"
seconds=${LONG_FUZZ_SECONDS:-120}
examples=${LONG_EXAMPLES:-60}
rest_seconds=${LONG_REST_SECONDS:-600}
kills=${LONG_KILLS:-600}
port=${LONG_PORT:-3998}
home=target/test-long
bin=${CARGO_TARGET_DIR:-target}/release

for part in "${parts[@]}"; do
    case $part in
        fuzz | mutated | description | rest | kills | half-open | metrics | size | reproducible | packages) ;;
        *) echo "No part is called $part." >&2; exit 2 ;;
    esac
done

# The settings of another coordinator on this machine are not meant.
unset "${!DOWNBEAT_@}"
mkdir -p "$home" "$results"

# has PACKAGE: whether the workspace has it.
has() { scripts/cargo metadata --locked --no-deps --format-version 1 | grep -c "\"name\":\"$1\"" >/dev/null; }

# tests ARGUMENT...: the tests that the arguments name, with nextest where it is.
tests() {
    if scripts/cargo nextest --version >/dev/null 2>&1; then
        scripts/cargo nextest run --locked --no-capture "$@"
    else
        scripts/cargo test --locked "$@" -- --nocapture
    fi
}

fuzz() {
    if ! has downbeat-fuzz; then echo "LEFT OUT: this tree has no package downbeat-fuzz."; return 0; fi
    DOWNBEAT_FUZZ_SECONDS=$seconds tests -p downbeat-fuzz
}

# Audio files that are broken on purpose, and edits of them: 80 of each container from each of two seeds.
mutated() {
    if ! has downbeat-library; then echo "LEFT OUT: this tree has no package downbeat-library."; return 0; fi
    if command -v ffmpeg >/dev/null; then
        local -x DOWNBEAT_MUTATED_FFMPEG=1
    else
        echo "Without ffmpeg (Debian: ffmpeg): only the decoders of this project compare before and after."
    fi
    DOWNBEAT_MUTATED=${LONG_MUTATED:-80} tests -p downbeat-library --test mutated
}

kills() {
    scripts/cargo build --locked -p downbeat-server -p downbeat-agent -p downbeat-cli || return
    DOWNBEAT_BINARIES=$(scripts/cargo metadata --locked --no-deps --format-version 1 |
        sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/debug DOWNBEAT_KILLS=$kills \
        tests -p downbeat-tests --test e2e killed_two_hundred_times
}

# Each query of each dashboard, and each alert, by a real Prometheus.
metrics() {
    if ! command -v prometheus >/dev/null; then echo "LEFT OUT: prometheus is not installed (Debian: prometheus)."; return 0; fi
    scripts/cargo build --locked -p downbeat-server -p downbeat-agent -p downbeat-cli || return
    DOWNBEAT_BINARIES=$(scripts/cargo metadata --locked --no-deps --format-version 1 |
        sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/debug tests -p downbeat-tests --test e2e prometheus
}

# From two processes; the figures are printed.
half-open() {
    if ! command -v jq >/dev/null; then echo "LEFT OUT: jq is needed (Debian: jq)."; return 0; fi
    scripts/cargo build --release --locked --quiet -p downbeat-server -p downbeat-agent -p downbeat-load || return
    scripts/half-open.sh "$bin"
}

# The program of the coordinator that is asked.
coordinator() {
    if [ -n "${LONG_SERVER:-}" ]; then realpath "$LONG_SERVER"; return; fi
    scripts/cargo build --release --locked --quiet -p downbeat-server >&2 && realpath "$bin/downbeat-server"
}

description() {
    local server
    server=$(coordinator) || return
    PYTHON=${PYTHON:-python3} scripts/test-description.sh "$server"
}

# A coordinator with the fixtures as its music, so that searches find something; what is made up changes none of ours.
rest() {
    local python=${PYTHON:-python3} venv=$home/venv process rc=0 url=http://127.0.0.1:$port
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
        echo "Port $port is in use: say another one with LONG_PORT." >&2
        return 1
    fi
    if [ ! -x "$venv/bin/schemathesis" ]; then
        if ! { "$python" -m venv "$venv" && "$venv/bin/pip" install --quiet schemathesis==4.32.5; }; then
            echo "LEFT OUT: schemathesis cannot be installed (Debian: python3-venv; and a way to Python's packages)."
            return 0
        fi
    fi
    local server
    server=$(coordinator) || return
    rm -rf "$home/music" "$home/data"
    mkdir -p "$home/music"
    cp media/fixtures/*.{flac,mp3,ogg,opus,wav,m4a} "$home/music/" || return
    # without the loopback rule, so that one without a token is a guest
    "$server" --listen "127.0.0.1:$port" --music "$home/music" --data "$home/data" --allow-delete --loopback guest \
        >"$home/server.log" 2>&1 </dev/null &
    process=$!
    for _ in $(seq 100); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
        sleep 0.1
    done
    "$venv/bin/schemathesis" --version
    local role tokens
    tokens=$("$python" scripts/rest/roles.py "$url" "$home/data/admin-token") || rc=$?
    for role in guest operator admin; do
        echo "-- as $role"
        local header=() unchecked=positive_data_acceptance
        if [ "$role" != guest ]; then
            header=(--header "Authorization: Bearer $(sed -n "s/^$role //p" <<<"$tokens")")
            # beside a token that is good a cookie that is none is not looked at, which is taken for a fault
            unchecked+=,ignored_auth
        fi
        # Streams of events have no end, a restore or another CA starts the coordinator anew under the requests beside
        # it, backups are made one at a time, so that one is refused beside another, and the token that is used must not
        # be ended. In its own folder, where it keeps what it found. Every check but those that are matters of taste, and
        # one of ours.
        (cd "$home" && SCHEMATHESIS_HOOKS=../../scripts/rest/hooks.py venv/bin/schemathesis run "$url/api/openapi.json" \
            "${header[@]}" --exclude-path-regex '^/api/(events|restore|backup|ca|tokens)' \
            --exclude-checks "$unchecked" --max-examples "$examples" --max-time "$((rest_seconds / 3))" \
            --request-timeout 20 --continue-on-failure --no-color) || rc=$?
    done
    if ! kill -0 "$process" 2>/dev/null; then
        echo "The coordinator ended:" >&2
        tail -n 20 "$home/server.log" >&2
        rc=1
    elif grep -E 'panicked|ERROR' "$home/server.log" >&2; then
        rc=1
    fi
    kill -TERM "$process" 2>/dev/null || true
    wait "$process" || true
    return "$rc"
}

size() {
    scripts/build.sh || return
    scripts/check-binaries.sh
}

reproducible() { scripts/check-reproducible.sh; }

packages() {
    if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null || ! command -v systemd-nspawn >/dev/null; then
        echo "LEFT OUT: root, debootstrap and systemd-nspawn are needed (Debian: debootstrap systemd-container)."
        return 0
    fi
    scripts/build.sh || return
    deploy/scripts/test-packages.sh "$results/packages"
}

scripts/setup.sh
failed=()
summary=$results/README.md
{
    echo "# What is too long for make test, $(date +%F)"
    echo
    echo "Made by \`make test-long\` at $(git describe --always --dirty 2>/dev/null || echo 'an unknown revision')," \
        "on $(nproc) cores ($(uname -m)), load $(cut -d' ' -f1 /proc/loadavg) at the start."
    echo "Fuzz: $seconds s each; REST: $examples requests for each call, $rest_seconds s at most; kills: $kills."
    echo
    echo "| part | result | seconds | words |"
    echo "|---|---|---|---|"
} >"$summary"
for part in "${parts[@]}"; do
    echo "== $part"
    begun=$SECONDS
    log=$results/$part.txt
    result=passed
    # Machines' own paths are nobody's business, and colours are not for files.
    if ! "$part" 2>&1 | sed -u "s#$PWD#.#g; s/\x1b\[[0-9;]*m//g" | tee "$log"; then
        result=FAILED
        failed+=("$part")
    elif grep '^LEFT OUT' "$log" >/dev/null; then
        result='left out'
    fi
    echo "| $part | $result | $((SECONDS - begun)) | [$part.txt]($part.txt) |" >>"$summary"
done
echo
cat "$summary"
echo "Written: $results"
if [ ${#failed[@]} -gt 0 ]; then echo "Failed: ${failed[*]}" >&2; exit 1; fi
