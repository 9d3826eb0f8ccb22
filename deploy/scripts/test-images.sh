#!/usr/bin/env bash
# The images as a runtime would take them: every digest and size is right, two makings are the same to the bit, and what
# is in them runs: unpacked layer by layer, started by runc with the image's own command, variables and user on a read-only
# root, played, ended, and started again on the same volumes. Then the examples against their schemas.
#
#   deploy/scripts/test-images.sh [FOLDER]   where the results go (target/images-test/results)
#   PACKAGES=DIR      the packages (target/packages)
#   BIN_DIR=DIR       where downbeat-tunes is (target/ship)
#
# Needs root, runc, python3 and apt. Keeps its files in DEPLOY_WORK (target/images-test).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
mkdir -p "${DEPLOY_WORK:-$root/target/images-test}"
work=$(cd "${DEPLOY_WORK:-$root/target/images-test}" && pwd)
results=${1:-$work/results}
mkdir -p "$results"
results=$(cd "$results" && pwd)
bin=$(cd "${BIN_DIR:-$root/target/ship}" && pwd)
packages=$(cd "${PACKAGES:-$root/target/packages}" && pwd)

say() { printf '\n== %s\n' "$*"; }
die() { echo "FAILED: $*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || die "must be root (mounts)"
for tool in runc python3; do command -v "$tool" >/dev/null || die "$tool is missing: apt-get install runc python3"; done
[ -x "$bin/downbeat-tunes" ] || die "$bin/downbeat-tunes is missing: make build, or set BIN_DIR"
# Machines' own paths are nobody's business.
exec > >(sed -u "s#$work#WORK#g; s#$packages#PACKAGES#g; s#$root#.#g" | tee "$results/log.txt") 2>&1

end() {
    local status=$? name
    for name in downbeat-server downbeat-agent; do runc delete --force "$name-$$" 2>/dev/null || true; done
    wait 2>/dev/null || true
    return "$status"
}
trap end EXIT
trap 'exit 130' INT TERM

say "Making them twice"
for folder in one two; do
    rm -rf "${work:?}/$folder"
    PACKAGES=$packages "$root/scripts/images.sh" "$work/$folder"
done
for image in "$work"/one/*.tar; do
    cmp "$image" "$work/two/${image##*/}" || die "${image##*/} differs from one making to the next"
done

# open_image NAME: checks all digests, and unpacks NAME's image to WORK/NAME as a runtime would.
open_image() {
    local tar
    tar=$(find "$work/one" -name "$1_*.tar")
    rm -rf "${work:?}/$1" && mkdir -p "$work/$1/layout" "$work/$1/root"
    tar --extract --file "$tar" --directory "$work/$1/layout"
    python3 - "$work/$1" <<'PYTHON'
import gzip, hashlib, json, pathlib, subprocess, sys

place = pathlib.Path(sys.argv[1])
layout = place / "layout"
blobs = layout / "blobs" / "sha256"
for blob in blobs.iterdir():
    assert hashlib.sha256(blob.read_bytes()).hexdigest() == blob.name, f"{blob.name} is something else"

def held(descriptor):
    algorithm, name = descriptor["digest"].split(":")
    assert algorithm == "sha256"
    data = (blobs / name).read_bytes()
    assert len(data) == descriptor["size"], f"{name} has another size"
    return data

assert json.loads((layout / "oci-layout").read_text())["imageLayoutVersion"] == "1.0.0"
(manifest,) = json.loads((layout / "index.json").read_text())["manifests"]
manifest = json.loads(held(manifest))
config = json.loads(held(manifest["config"]))
diffs = config["rootfs"]["diff_ids"]
assert len(diffs) == len(manifest["layers"])
used = {manifest["config"]["digest"]} | {layer["digest"] for layer in manifest["layers"]}
for layer, diff in zip(manifest["layers"], diffs):
    raw = gzip.decompress(held(layer))
    assert "sha256:" + hashlib.sha256(raw).hexdigest() == diff, "a layer's content is another"
    subprocess.run(["tar", "--extract", "--numeric-owner", "--same-owner", "-C", place / "root"], input=raw, check=True)
assert len(list(blobs.iterdir())) == len(used) + 1, "there are blobs that nothing names"
old = json.loads((layout / "manifest.json").read_text())[0]
assert ["blobs/sha256/" + layer["digest"][7:] for layer in manifest["layers"]] == old["Layers"]
(place / "config.json").write_text(json.dumps(config["config"]))
print(f"{place.name}: {len(diffs)} layers, {sum(l['size'] for l in manifest['layers']) // 1024} KiB, all digests right")
PYTHON
}

# run_image NAME LOG FOLDER:PLACE[:ro]... -- ARGUMENT...: as the image says, with a root that nothing can write to, no
# capability, and the machine's network. Its id is that of `runc run`.
run_image() {
    local name=$1 log=$2
    shift 2
    (cd "$work/$name" && rm -f bundle.json && rm -rf bundle && mkdir bundle && cd bundle && runc spec)
    python3 - "$work/$name" "$@" <<'PYTHON'
import json, pathlib, sys

place = pathlib.Path(sys.argv[1])
cut = sys.argv.index("--")
image = json.loads((place / "config.json").read_text())
spec = json.loads((place / "bundle" / "config.json").read_text())
uid, gid = map(int, image["User"].split(":"))
spec["root"] = {"path": str(place / "root"), "readonly": True}
process = spec["process"]
process |= {"terminal": False, "cwd": image["WorkingDir"], "env": image["Env"], "noNewPrivileges": True}
process["args"] = image["Entrypoint"] + image.get("Cmd", []) + sys.argv[cut + 1 :]
process["user"] = {"uid": uid, "gid": gid}
process["capabilities"] = {kind: [] for kind in process["capabilities"]}
for volume in sys.argv[2:cut]:
    folder, target, *mode = volume.split(":")
    options = ["bind", *(mode or ["rw"])]
    spec["mounts"].append({"destination": target, "type": "bind", "source": folder, "options": options})
spec["linux"]["namespaces"] = [n for n in spec["linux"]["namespaces"] if n["type"] != "network"]
(place / "bundle" / "config.json").write_text(json.dumps(spec))
PYTHON
    runc run --bundle "$work/$name/bundle" "$name-$$" </dev/null >"$log" 2>&1 &
}

for name in downbeat-server downbeat-agent; do open_image "$name"; done

port=$((20000 + RANDOM % 10000))
rm -rf "$work/volumes"
mkdir -p "$work/volumes"/{server,agent,music}
chown 10001:10001 "$work/volumes"/{server,agent}
"$bin/downbeat-tunes" "$work/volumes/music" >/dev/null

# The client of the coordinator's image, as `exec` runs it.
downbeat() { runc exec "downbeat-server-$$" /usr/bin/downbeat --server "http://127.0.0.1:$port" "$@" </dev/null; }
wait_for() { # wait_for SECONDS WHAT COMMAND...
    local seconds=$1 what=$2
    shift 2
    for _ in $(seq $((seconds * 5))); do
        if "$@" >/dev/null 2>&1; then return; fi
        sleep 0.2
    done
    tail -n 30 "$work"/*.log >&2
    die "$what"
}
healthy() { python3 -c 'import sys,urllib.request as u; sys.exit(u.urlopen(sys.argv[1], timeout=2).status != 200)' "http://127.0.0.1:$port/api/health"; }
start_server() {
    run_image downbeat-server "$work/server.log" "$work/volumes/server:/data" "$work/volumes/music:/music:ro" \
        -- --listen "127.0.0.1:$port" --adopt-all-for 1h
    server=$!
}
start_agent() {
    run_image downbeat-agent "$work/agent.log" "$work/volumes/agent:/data" \
        -- --server "127.0.0.1:$port" --name Boxed --output "virtual:ppm=17,wav=/data/heard.wav"
    agent=$!
}
# stop NAME PID: as a runtime does, by SIGTERM to the program.
stop() {
    local began
    began=$(date +%s%N)
    runc kill "$1-$$" TERM
    wait "$2" || die "$1 did not end well"
    echo "$1 ended in $((($(date +%s%N) - began) / 1000000)) ms"
}
connected() { downbeat speakers --json | tr -d ' \n' | grep -q '"connected":true'; }
playing() { downbeat speakers --json | tr -d ' \n' | grep -q '"connected":true.*"state":"playing"'; }
known() { downbeat tracks --json | grep -q '"id"'; }

say "Running them"
start_server
wait_for 30 "the coordinator is not healthy" healthy
start_agent
wait_for 30 "the speaker does not come" connected
wait_for 30 "the library is empty" known
downbeat play --all
wait_for 30 "it does not play" playing
sleep 5
downbeat status
downbeat zones create Kept >/dev/null
stop downbeat-agent "$agent"
stop downbeat-server "$server"
size=$(stat -c %s "$work/volumes/agent/heard.wav")
[ "$size" -gt 500000 ] || die "the speaker heard $size bytes"
echo "heard $((size / 1024)) KiB of sound"

say "Once more, on the same volumes"
start_server
wait_for 30 "the coordinator is not healthy" healthy
downbeat zones --json | grep -q Kept || die "the volume lost a zone"
start_agent
wait_for 30 "the speaker does not come back" connected
stop downbeat-agent "$agent"
stop downbeat-server "$server"

say "The examples"
"$here/check-examples.sh"

{
    echo "# Images, $(date +%F)"
    echo
    echo "Made by \`deploy/scripts/test-images.sh\` at" \
        "$(git -C "$root" describe --always --dirty 2>/dev/null || echo 'an unknown revision'), on $(nproc) cores" \
        "($(uname -m)). [log.txt](log.txt) has the words."
    echo
    echo "| image | KiB | result |"
    echo "|---|---|---|"
    for file in "$work"/one/*.tar; do echo "| ${file##*/} | $(($(stat -c %s "$file") / 1024)) | passed |"; done
    echo
    echo "Run by runc $(runc --version | sed -n '1s/.* //p'), with the image's own command, variables and user, a read-only"
    echo "root and no capabilities. Not tried: docker, podman, a registry, a cluster, and a sound card in a container. The"
    echo "examples for compose and Kubernetes fit their schemas, and nothing more is known of them."
} >"$results/README.md"
say "PASSED"
