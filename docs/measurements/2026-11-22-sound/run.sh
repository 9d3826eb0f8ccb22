#!/usr/bin/env bash
# Repeats this measurement: PYTHON=a Python with numpy and matplotlib.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../../.."
scripts/cargo bench -p downbeat-agent --bench sound >"$here/thd_n.csv"
"${PYTHON:-python3}" "$here/plot.py"
scripts/cargo bench -p downbeat-agent --bench resampler | tee "$here/cost.txt"
