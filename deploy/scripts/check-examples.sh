#!/usr/bin/env bash
# The examples of deploy/containers against the schemas of compose and of Kubernetes. That is all that is known of them:
# nothing starts them.
#
# The checkers are installed by pip into DEPLOY_WORK/venv (target/images-test) where they are missing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=${DEPLOY_WORK:-$root/target/images-test}
venv=$work/venv
if [ ! -x "$venv/bin/check-jsonschema" ] || [ ! -x "$venv/bin/kubernetes-validate" ]; then
    mkdir -p "$work"
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q check-jsonschema kubernetes-validate
fi
"$venv/bin/check-jsonschema" --builtin-schema vendor.compose-spec "$root/deploy/containers/compose.yml"
"$venv/bin/kubernetes-validate" --strict "$root/deploy/containers/kubernetes.yaml"
