#!/bin/sh
# The clock's filter under delays of many kinds: writes the tables that lie beside this. With an argument into that folder.
set -eu
cd "$(dirname "$0")"
into=$(cd "${1:-.}" && pwd)
cd ../../..
run() {
    scripts/cargo run --release --quiet --locked -p downbeat-simulation --example delays -- "$@"
}
run 101 > "$into/new-seeds.txt"
run 202 1e-3 1 > "$into/held-out.txt"
