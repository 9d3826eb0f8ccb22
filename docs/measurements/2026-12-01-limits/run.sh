#!/usr/bin/env bash
# run.sh [SCENARIO...]: the scenarios of 22 November, into this folder, with speakers that have keys of their own: new
# ones are taken without a person, since those in namespaces are not on the coordinator's machine. RIG, RUNS and the
# rest as ../2026-11-22-limits/run.sh has them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export RESULTS=$PWD SERVER_ARGS=${SERVER_ARGS---adopt-all-for 1h}
exec ../2026-11-22-limits/run.sh "$@"
