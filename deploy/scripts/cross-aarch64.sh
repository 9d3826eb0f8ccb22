#!/usr/bin/env bash
# Builds the speaker for 64-bit Raspberry Pis (aarch64) on an ordinary Debian machine, packs nothing of the target into
# this machine's dpkg, and tries the program: it runs under qemu, joins a coordinator, and plays to its virtual device.
#
# The compiler is rustup's, if the target is installed there, else Debian's (rustc-web) with the target's standard
# library unpacked beside it. Keeps its files in DEPLOY_WORK (target/cross); the program ends up in
# DEPLOY_WORK/aarch64-unknown-linux-gnu/release/downbeat-agent, where the Ansible role looks for it.
#
#   BIN_DIR=DIR  where downbeat-server, downbeat and downbeat-tunes of this machine are (target/release)
#   JOBS=N       compilers at once (all cores)
#   BUILD_ONLY=1 does not try it
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
mkdir -p "${DEPLOY_WORK:-$root/target/cross}"
work=$(cd "${DEPLOY_WORK:-$root/target/cross}" && pwd)
bin=${BIN_DIR:-$root/target/release}
target=aarch64-unknown-linux-gnu
triplet=aarch64-linux-gnu
sysroot=$work/sysroot

say() { printf '\n== %s\n' "$*"; }
die() { echo "FAILED: $*" >&2; exit 1; }

missing=()
command -v $triplet-gcc >/dev/null || missing+=("gcc-$triplet")
[ -e /usr/$triplet/include/stdio.h ] || missing+=(libc6-dev-arm64-cross)
[ -n "${BUILD_ONLY:-}" ] || command -v qemu-aarch64-static >/dev/null || missing+=(qemu-user-static)

# --- The compiler ----------------------------------------------------------------------------------------------------
packages=(libasound2 libasound2-dev libopus0 libopus-dev)
flags=
if rustup target list --installed 2>/dev/null | grep -qx $target; then
    cargo=$root/scripts/cargo
else
    cargo=/usr/bin/cargo
    [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] || missing+=(rustc-web cargo-web)
    export RUSTC=/usr/bin/rustc
    packages+=(libstd-rust-web-dev)
    flags="--sysroot=$work/rust "
fi
if [ ${#missing[@]} -gt 0 ]; then
    die "missing: sudo apt-get install -y --no-install-recommends ${missing[*]}"
fi

# --- The target's libraries, unpacked and not installed --------------------------------------------------------------
# An apt of its own, so that this machine's package lists and architectures stay as they are.
if [ ! -e "$sysroot/.complete" ]; then
    say "Fetching the target's libraries"
    # shellcheck source=/dev/null
    suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
    # From where this machine itself has its packages; the archive's usual mirrors carry arm64 too.
    # shellcheck disable=SC2016
    source_of() { apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' | awk -v r="$1" '$2 == r { print $1; exit }'; }
    mirror=${DEBIAN_MIRROR:-$(source_of "$suite")}
    security=${DEBIAN_SECURITY_MIRROR:-$(source_of "$suite-security")}
    if [ -z "$mirror" ] || [ -z "$security" ]; then die "say DEBIAN_MIRROR and DEBIAN_SECURITY_MIRROR: this machine's apt names none for $suite"; fi
    key=/usr/share/keyrings/debian-archive-keyring.gpg
    mkdir -p "$work"/apt/lists/partial "$work"/apt/cache/archives/partial "$work/debs"
    cp /var/lib/dpkg/status "$work/apt/status"
    cat >"$work/apt/sources.list" <<LIST
deb [arch=arm64 signed-by=$key] $mirror $suite main
deb [arch=arm64 signed-by=$key] $security $suite-security main
LIST
    cat >"$work/apt/apt.conf" <<CONF
Dir::State "$work/apt";
Dir::State::lists "$work/apt/lists";
Dir::State::status "$work/apt/status";
Dir::Cache "$work/apt/cache";
Dir::Etc::sourcelist "$work/apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
APT::Architectures {"$(dpkg --print-architecture)"; "arm64";};
APT::Sandbox::User "root";
CONF
    wanted=()
    for package in "${packages[@]}"; do
        if [ "$package" = libstd-rust-web-dev ]; then
            # The library must be of the very build of the compiler.
            wanted+=("$package:arm64=$(dpkg-query -W -f='${Version}' libstd-rust-web-dev)")
        else
            wanted+=("$package:arm64")
        fi
    done
    (
        export APT_CONFIG=$work/apt/apt.conf
        apt-get update -qq
        # Debian 13 calls it by its new name.
        if [ -z "$(apt-cache show libasound2:arm64 2>/dev/null)" ]; then
            wanted=("${wanted[@]/#libasound2:arm64/libasound2t64:arm64}")
        fi
        cd "$work/debs"
        rm -f ./*.deb
        apt-get download -qq "${wanted[@]}"
    ) || die "apt could not fetch them"
    rm -rf "$sysroot"
    for deb in "$work"/debs/*.deb; do dpkg -x "$deb" "$sysroot"; done
    touch "$sysroot/.complete"
fi
if [ -n "$flags" ]; then
    rm -rf "$work/rust"
    mkdir -p "$work/rust/lib/rustlib"
    ln -s "$sysroot/usr/lib/rustlib/$target" "/usr/lib/rustlib/$(uname -m)-unknown-linux-gnu" "$work/rust/lib/rustlib/"
fi

# --- The build -------------------------------------------------------------------------------------------------------
say "Building with $("${RUSTC:-rustc}" --version)"
libraries=$sysroot/usr/lib/$triplet
export CARGO_TARGET_DIR=$work
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=$triplet-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS="${flags}-L native=$libraries"
export CC_aarch64_unknown_linux_gnu=$triplet-gcc
export PKG_CONFIG_ALLOW_CROSS=1 PKG_CONFIG_SYSROOT_DIR=$sysroot PKG_CONFIG_LIBDIR=$libraries/pkgconfig
started=$SECONDS
(cd "$root" && "$cargo" build --release --locked --target $target ${JOBS:+-j "$JOBS"} -p downbeat-agent)
agent=$work/$target/release/downbeat-agent
# They go with the program.
install -m 644 "$root"/{LICENSE,LICENSE-APACHE,LICENSE-MIT,THIRD-PARTY-NOTICES} "$work/$target/release/"
echo "Built in $((SECONDS - started)) s: $agent, $(stat -c %s "$agent") bytes"
$triplet-objdump -p "$agent" | sed -n 's/^ *NEEDED */needs /p'
echo "needs glibc $($triplet-objdump -T "$agent" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1)"
if [ -n "${BUILD_ONLY:-}" ]; then exit 0; fi

# --- The trial -------------------------------------------------------------------------------------------------------
for program in downbeat-server downbeat downbeat-tunes; do
    [ -x "$bin/$program" ] || die "$bin/$program is missing: make build, or set BIN_DIR"
done
qemu() { qemu-aarch64-static -L /usr/$triplet -E LD_LIBRARY_PATH="$libraries" "$@"; }
say "Trying it under qemu"
qemu "$agent" --version

pids=()
end() {
    local pid
    for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
}
trap end EXIT
trap 'exit 130' INT TERM
port=$((20000 + RANDOM % 10000))
rm -rf "$work/trial"
mkdir -p "$work/trial"
"$bin/downbeat-tunes" "$work/trial/music" >/dev/null
"$bin/downbeat-server" --listen "127.0.0.1:$port" --music "$work/trial/music" --data "$work/trial/server" --adopt-all-for 1h \
    >"$work/trial/server.log" 2>&1 &
pids+=($!)
# Not through the function: its id must be qemu's own.
qemu-aarch64-static -L /usr/$triplet -E LD_LIBRARY_PATH="$libraries" "$agent" --server "ws://127.0.0.1:$port" \
    --name Pi --output "virtual:ppm=23,wav=$work/trial/heard.wav" --data "$work/trial/agent" >"$work/trial/agent.log" 2>&1 &
pids+=($!)
export DOWNBEAT_SERVER=http://127.0.0.1:$port
downbeat=$bin/downbeat

wait_for() { # wait_for SECONDS WHAT PATTERN: until the speaker's JSON shows it
    for _ in $(seq $(($1 * 5))); do
        if "$downbeat" speakers --json 2>/dev/null | grep -q "$3"; then return; fi
        sleep 0.2
    done
    tail -n 20 "$work/trial/agent.log" "$work/trial/server.log" >&2
    die "$2"
}
wait_for 30 "the speaker did not join" '"connected": true'
for _ in $(seq 50); do
    if "$downbeat" tracks --json 2>/dev/null | grep -q '"id"'; then break; fi
    sleep 0.2
done
"$downbeat" play --all
wait_for 30 "the speaker does not play" '"state": "playing"'
"$downbeat" status --watch 2 --duration 10 | tail -n 5
kill -TERM "${pids[1]}"
wait "${pids[1]}" || die "the speaker did not end cleanly"
size=$(stat -c %s "$work/trial/heard.wav")
echo "Heard: $((size / 1024)) KiB of sound in $work/trial/heard.wav"
[ "$size" -gt 1000000 ] || die "that is less than it should have heard"
say "PASSED: built for $target, joined, played under qemu"
