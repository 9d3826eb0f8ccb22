#!/usr/bin/env bash
# Every measurement of the project, on this machine: what a frame costs, how clean it sounds, how the coordinator carries
# thousands of speakers and a library of 100,000 files, and, where the rig of virtual sound cards is at hand (RIG=its
# folder, as root), how well speakers keep step.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/cargo bench --locked -p downbeat-speaker --bench resampler
scripts/cargo bench --locked -p downbeat-agent --bench sound
scripts/cargo run --locked --quiet -p downbeat-simulation --example table
scripts/bench-load.sh
scripts/bench-library.sh
if [ -n "${RIG:-}" ]; then
    scripts/cargo build --locked --release --workspace
    docs/measurements/2026-11-22-limits/run.sh
    "${PYTHON:-python3}" docs/measurements/2026-11-22-limits/table.py
else
    echo "Not measured: how well speakers keep step. It needs the rig of virtual sound cards: RIG=its folder make bench, as root." >&2
fi
