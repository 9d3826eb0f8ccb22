#!/usr/bin/env bash
# Records the events of a coordinator while things happen to it, and its answers afterwards: tests/logs/evening.*
# A coordinator with music and speakers must run; it is changed. tests/record.sh [http://127.0.0.1:3000]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
base=${1:-http://127.0.0.1:3000}
json() { curl -fsS -X "$1" -H 'content-type: application/json' "$base$2" ${3:+-d "$3"} >/dev/null; }
curl -sN --max-time 14 "$base/api/events" >logs/evening.sse &
stream=$!
sleep 1
json POST /api/zones '{"name":"Attic"}'
speaker=$(curl -fsS "$base/api/speakers" | sed 's/.*"id":"\([0-9a-f-]*\)","name":"Study".*/\1/')
json PATCH "/api/speakers/$speaker" '{"zone":"Attic","volume":40}'
json POST /api/zones/all/queue '{"search":"night","place":"next"}'
first=$(curl -fsS "$base/api/zones/all/queue?limit=3&offset=0" | sed 's/.*"entry":"\([0-9a-f-]*\)".*/\1/')
json PATCH "/api/zones/all/queue/$first" '{"index":5}'
json POST /api/zones/all/playback/next '{}'
json POST /api/zones/all/playback/volume '{"volume":31}'
json POST /api/playlists '{"name":"Evening","trackIds":[]}'
json POST /api/presets '{"name":"Late"}'
sleep 1
json PATCH /api/zones/all/session '{"shuffle":true}'
json POST /api/zones/Attic/playback/play '{"search":"harbour"}'
sleep 2
json DELETE "/api/zones/all/queue/$first"
json DELETE /api/zones/Attic
json PATCH /api/zones/all/session '{"shuffle":false}'
wait "$stream" || true
{
    printf '{"zones":'; curl -fsS "$base/api/zones"
    printf ',"speakers":'; curl -fsS "$base/api/speakers"
    printf ',"playlists":'; curl -fsS "$base/api/playlists"
    printf ',"presets":'; curl -fsS "$base/api/presets"
    printf ',"queue":'; curl -fsS "$base/api/zones/all/queue?offset=0&limit=1000"
    printf '}\n'
} >logs/evening.json
