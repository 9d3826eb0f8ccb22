#!/usr/bin/env bash
# Builds the programs for Raspberry Pis and other ARM machines on an ordinary Debian machine, packs nothing of the target
# into this machine's dpkg, and tries the speaker: it runs under qemu, joins a coordinator, and plays to its virtual
# device.
#
#   deploy/scripts/cross.sh [arm64|armhf]    Debian's name of the target (arm64); armhf: 32-bit, ARMv7
#   PROGRAMS="downbeat-agent downbeat-server downbeat"    those that are built (downbeat-agent)
#   BIN_DIR=DIR  where downbeat-server, downbeat and downbeat-tunes of this machine are (target/ship)
#   JOBS=N       compilers at once (all cores)
#   BUILD_ONLY=1 does not try it
#
# The compiler is rustup's, if the target is installed there, else Debian's (rustc-web): for arm64 with the target's
# standard library unpacked beside it, for armhf with a standard library that is compiled from its source
# (rust-web-src). Keeps its files in DEPLOY_WORK (target/cross); the programs end up in
# DEPLOY_WORK/TRIPLE/ship, where the Ansible role and scripts/packages.sh look for them.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
mkdir -p "${DEPLOY_WORK:-$root/target/cross}"
work=$(cd "${DEPLOY_WORK:-$root/target/cross}" && pwd)
bin=${BIN_DIR:-$root/target/ship}
read -ra programs <<<"${PROGRAMS:-downbeat-agent}"

say() { printf '\n== %s\n' "$*"; }
die() { echo "FAILED: $*" >&2; exit 1; }

arch=${1:-arm64}
case $arch in
    arm64) target=aarch64-unknown-linux-gnu triplet=aarch64-linux-gnu qemu=qemu-aarch64-static ;;
    armhf) target=armv7-unknown-linux-gnueabihf triplet=arm-linux-gnueabihf qemu=qemu-arm-static ;;
    *) die "arm64 or armhf, not $arch" ;;
esac
sysroot=$work/sysroot-$arch

missing=()
command -v $triplet-gcc >/dev/null || missing+=("gcc-$triplet")
[ -e /usr/$triplet/include/stdio.h ] || missing+=("libc6-dev-$arch-cross")
[ -n "${BUILD_ONLY:-}" ] || command -v $qemu >/dev/null || missing+=(qemu-user-static)

# --- The compiler ----------------------------------------------------------------------------------------------------
packages=(libasound2 libasound2-dev libopus0 libopus-dev)
flags='' standard=()
if rustup target list --installed 2>/dev/null | grep -qx $target; then
    cargo=$root/scripts/cargo
else
    cargo=/usr/bin/cargo
    [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] || missing+=(rustc-web cargo-web)
    export RUSTC=/usr/bin/rustc
    if [ "$arch" = arm64 ]; then
        packages+=(libstd-rust-web-dev)
        flags="--sysroot=$work/rust-$arch "
    else
        # An option of nightly compilers; Debian's own takes it where it is told to.
        export RUSTC_BOOTSTRAP=1 RUSTC=$work/rustc-$arch
        standard=(-Zbuild-std)
    fi
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
    # From where this machine itself has its packages; the archive's usual mirrors carry the target too.
    # shellcheck disable=SC2016
    source_of() { apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' | awk -v r="$1" '$2 == r { print $1; exit }'; }
    mirror=${DEBIAN_MIRROR:-$(source_of "$suite")}
    security=${DEBIAN_SECURITY_MIRROR:-$(source_of "$suite-security")}
    if [ -z "$mirror" ] || [ -z "$security" ]; then die "say DEBIAN_MIRROR and DEBIAN_SECURITY_MIRROR: this machine's apt names none for $suite"; fi
    key=/usr/share/keyrings/debian-archive-keyring.gpg
    apt=$work/apt-$arch debs=$work/debs-$arch
    mkdir -p "$apt"/lists/partial "$apt"/cache/archives/partial "$debs"
    cp /var/lib/dpkg/status "$apt/status"
    echo "deb [arch=$arch signed-by=$key] $mirror $suite main" >"$apt/sources.list"
    # The standard library must be the compiler's own, which may have come from there.
    if [ "$arch" = arm64 ]; then echo "deb [arch=$arch signed-by=$key] $security $suite-security main" >>"$apt/sources.list"; fi
    cat >"$apt/apt.conf" <<CONF
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
APT::Architectures {"$(dpkg --print-architecture)"; "$arch";};
APT::Sandbox::User "root";
CONF
    wanted=()
    for package in "${packages[@]}"; do
        if [ "$package" = libstd-rust-web-dev ]; then
            # The library must be of the very build of the compiler.
            wanted+=("$package:$arch=$(dpkg-query -W -f='${Version}' libstd-rust-web-dev)")
        else
            wanted+=("$package:$arch")
        fi
    done
    (
        export APT_CONFIG=$apt/apt.conf
        apt-get update -qq
        # Debian 13 calls it by its new name.
        if [ -z "$(apt-cache show "libasound2:$arch" 2>/dev/null)" ]; then
            wanted=("${wanted[@]/#libasound2:$arch/libasound2t64:$arch}")
        fi
        cd "$debs"
        rm -f ./*.deb
        apt-get download -qq "${wanted[@]}"
    ) || die "apt could not fetch them"
    rm -rf "$sysroot"
    for deb in "$debs"/*.deb; do dpkg -x "$deb" "$sysroot"; done
    touch "$sysroot/.complete"
fi
host=$(uname -m)-unknown-linux-gnu
if [ -n "$flags" ]; then
    rm -rf "$work/rust-$arch"
    mkdir -p "$work/rust-$arch/lib/rustlib"
    ln -s "$sysroot/usr/lib/rustlib/$target" "/usr/lib/rustlib/$host" "$work/rust-$arch/lib/rustlib/"
fi
if [ ${#standard[@]} -gt 0 ]; then
    if [ ! -e "$work/rust-source/.complete" ]; then
        say "Fetching the source of the standard library"
        rm -rf "$work/rust-source" && mkdir -p "$work/rust-source"
        (cd "$work/rust-source" && apt-get download -qq "rust-web-src=$(dpkg-query -W -f='${Version}' rustc-web)") ||
            die "apt could not fetch rust-web-src"
        dpkg -x "$work"/rust-source/*.deb "$work/rust-source"
        touch "$work/rust-source/.complete"
    fi
    rm -rf "$work/rust-$arch"
    mkdir -p "$work/rust-$arch/lib/rustlib/src"
    ln -s "$(echo "$work"/rust-source/usr/src/rustc-*)" "$work/rust-$arch/lib/rustlib/src/rust"
    ln -s "/usr/lib/rustlib/$host" "$work/rust-$arch/lib/rustlib/"
    printf '#!/bin/sh\nexec /usr/bin/rustc --sysroot %s "$@"\n' "$work/rust-$arch" >"$RUSTC"
    chmod +x "$RUSTC"
fi

# --- The build -------------------------------------------------------------------------------------------------------
say "Building with $("${RUSTC:-rustc}" --version)"
libraries=$sysroot/usr/lib/$triplet
variable=$(echo "$target" | tr 'a-z-' 'A-Z_')
export CARGO_TARGET_DIR=$work
export "CARGO_TARGET_${variable}_LINKER=$triplet-gcc"
export "CC_${target//-/_}=$triplet-gcc"
export RUSTFLAGS="${flags}-L native=$libraries"
export PKG_CONFIG_ALLOW_CROSS=1 PKG_CONFIG_SYSROOT_DIR=$sysroot PKG_CONFIG_LIBDIR=$libraries/pkgconfig
started=$SECONDS
CARGO=$cargo PROGRAMS="${programs[*]}" BUILD_TARGET=$target BUILD_OPTIONS="${standard[*]}" "$root/scripts/build.sh"
release=$work/$target/ship
# They go with the program.
install -m 644 "$root"/{LICENSE,LICENSE-APACHE,LICENSE-MIT,THIRD-PARTY-NOTICES} "$release/"
echo "Built in $((SECONDS - started)) s"
for program in "${programs[@]}"; do
    echo "$release/$program: $(stat -c %s "$release/$program") bytes"
    $triplet-objdump -p "$release/$program" | sed -n 's/^ *NEEDED */needs /p'
    echo "needs glibc $($triplet-objdump -T "$release/$program" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1)"
done
if [ -n "${BUILD_ONLY:-}" ]; then exit 0; fi
agent=$release/downbeat-agent
[ -x "$agent" ] || die "only a speaker is tried, and $agent is missing"

# --- The trial -------------------------------------------------------------------------------------------------------
for program in downbeat-server downbeat downbeat-tunes; do
    [ -x "$bin/$program" ] || die "$bin/$program is missing: make build, or set BIN_DIR"
done
on_qemu() { $qemu -L /usr/$triplet -E LD_LIBRARY_PATH="$libraries" "$@"; }
say "Trying it under qemu"
on_qemu "$agent" --version

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
$qemu -L /usr/$triplet -E LD_LIBRARY_PATH="$libraries" "$agent" --server "ws://127.0.0.1:$port" \
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
