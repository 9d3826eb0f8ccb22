#!/usr/bin/env bash
# A RUSTC_WORKSPACE_WRAPPER: notes user and system seconds, wall seconds and peak memory of every compiler call, a line of
# its own at its end, so that calls at one time do not write into each other's.
#
#   CPU_LOG=$PWD/cpu.log RUSTC_WORKSPACE_WRAPPER=docs/measurements/2026-11-30-build/rustc-cpu.sh \
#       cargo build --release --locked --workspace
set -euo pipefail
name="" previous="" kind=""
for argument in "$@"; do
    case $previous in
        --crate-name) name=$argument ;;
        --crate-type) kind=$argument ;;
    esac
    if [ "$argument" = --test ]; then kind=test; fi
    previous=$argument
done
own=$(mktemp)
trap 'rm -f "$own"' EXIT
code=0
/usr/bin/time -q -o "$own" -f "$name $kind %U %S %e %M" "$@" || code=$?
cat "$own" >>"${CPU_LOG:?a file}"
exit "$code"
