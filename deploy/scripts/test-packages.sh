#!/usr/bin/env bash
# The packages on clean Debian systems that have booted with systemd: installed by apt alone, played, upgraded while
# they play, replaced by a version that does not start, downgraded, purged. The sound card is ALSA's own `file`: what it
# was given is looked at.
#
#   deploy/scripts/test-packages.sh [FOLDER]   where the results go (target/packages-test/results)
#   BIN_DIR=DIR       the programs, and downbeat-tunes (target/ship)
#   MANUALS=DIR       as for scripts/packages.sh
#   OLD_BIN_DIR=DIR   programs of an older version, for a real migration of the database, and
#   OLD_SCHEMA=N      the schema of theirs
#   SUITES="bookworm trixie"
#   KEEP=1            keeps the last system's files, to look around
#
# Needs root, debootstrap, systemd-nspawn and nsenter. Keeps its files in DEPLOY_WORK (target/packages-test); the base
# systems (some 350 MB each) are made once.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
mkdir -p "${DEPLOY_WORK:-$root/target/packages-test}"
work=$(cd "${DEPLOY_WORK:-$root/target/packages-test}" && pwd)
results=${1:-$work/results}
mkdir -p "$results"
results=$(cd "$results" && pwd)
bin=$(cd "${BIN_DIR:-$root/target/ship}" && pwd)
read -ra suites <<<"${SUITES:-bookworm trixie}"

say() { printf '\n== %s\n' "$*"; }
die() { echo "FAILED: $*" >&2; exit 1; }
now_ms() { echo $(($(date +%s%N) / 1000000)); }

[ "$(id -u)" = 0 ] || die "must be root (namespaces, mounts)"
for tool in debootstrap systemd-nspawn nsenter; do
    command -v "$tool" >/dev/null || die "$tool is missing: apt-get install debootstrap systemd-container util-linux"
done

# --- The packages ----------------------------------------------------------------------------------------------------
# pack FOLDER VERSION BIN [SCHEMA]
pack() {
    rm -rf "${work:?}/$1"
    (
        export PACKAGE_VERSION=$2 BIN_DIR=$3
        if [ -n "${4:-}" ]; then export PACKAGE_SCHEMA=$4; fi
        "$root/scripts/packages.sh" "$work/$1"
    )
}
# Machines' own paths are nobody's business.
exec > >(sed -u "s#$work#WORK#g; s#$root#.#g" | tee "$results/log.txt") 2>&1
say "Packing"
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' "$root/Cargo.toml")
pack present "$version" "$bin"
pack next "$version.1" "$bin"
old=
if [ -n "${OLD_BIN_DIR:-}" ]; then
    pack old 0.0.9 "$OLD_BIN_DIR" "${OLD_SCHEMA:?the schema of the older programs}"
    old="from schema $OLD_SCHEMA"
fi
# A coordinator and a speaker that end at once.
mkdir -p "$work/broken-bin"
for program in downbeat-server downbeat-agent; do cp /bin/false "$work/broken-bin/$program"; done
pack broken "$version.2" "$work/broken-bin"
if command -v lintian >/dev/null; then
    say "lintian"
    lintian --fail-on error,warning "$work"/present/*.deb || die "lintian finds faults"
    echo "lintian: nothing"
else
    echo "Left out: lintian is not installed."
fi

# --- One system ------------------------------------------------------------------------------------------------------
# The machine's own mirrors.
# shellcheck disable=SC2016
source_of() {
    apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
        awk -v r="$1" '$2 == r { print $1; exit }'
}

base_of() { # base_of SUITE: a minimal Debian that boots
    local suite=$1 base=$work/base-$1 mirror
    if [ -e "$base/.complete" ]; then return; fi
    say "Making the base system ($suite)"
    # shellcheck source=/dev/null
    mirror=${DEBIAN_MIRROR:-$(source_of "$(. /etc/os-release && echo "${VERSION_CODENAME:-}")")}
    rm -rf "$base"
    debootstrap --variant=minbase --include=systemd,systemd-sysv "$suite" "$base" \
        "${mirror:-http://deb.debian.org/debian}" >"$work/debootstrap-$suite.log" 2>&1 || die "debootstrap, see $work/debootstrap-$suite.log"
    touch "$base/.complete"
}

leader='' system=''
halt() {
    local child
    if [ -n "$leader" ]; then
        child=$(pgrep -P "$leader" || true)
        kill -TERM "$leader" 2>/dev/null || true
        for _ in $(seq 100); do kill -0 "$leader" 2>/dev/null || break; sleep 0.1; done
        # The system inside is the child of nspawn.
        if [ -n "$child" ]; then kill -KILL "$child" 2>/dev/null || true; fi
        kill -KILL "$leader" 2>/dev/null || true
        wait "$leader" 2>/dev/null || true
        leader=
    fi
    if [ -n "$system" ] && mountpoint -q "$system/root"; then umount -l "$system/root"; fi
    if [ -n "$system" ] && [ -z "${KEEP:-}" ]; then rm -rf "$system"; fi
    system=
}
trap halt EXIT
trap 'exit 130' INT TERM

inside() { # inside COMMAND...: in the booted system
    nsenter --target "$(pgrep -P "$leader" | head -n 1)" --mount --uts --ipc --net --pid -- \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
wait_for() { # wait_for SECONDS WHAT COMMAND...
    local seconds=$1 what=$2
    shift 2
    for _ in $(seq $((seconds * 10))); do
        if "$@" >/dev/null 2>&1; then return; fi
        sleep 0.1
    done
    inside downbeat speakers --json >&2 || true
    inside journalctl --no-pager -n 40 >&2 || true
    die "$what"
}
active() { [ "$(inside systemctl is-active "$1")" = active ]; }
playing() { inside downbeat speakers --json | tr -d ' \n' | grep -q '"connected":true.*"state":"playing"'; }
heard=/var/lib/downbeat-agent/heard.raw
# The bytes of sound that are not silence, so far.
sound() { if [ -e "$system/root$heard" ]; then tr -d '\0' <"$system/root$heard" | wc -c; else echo 0; fi; }
sounds_more_than() { [ "$(sound)" -gt "$1" ]; }
plays_on() {
    wait_for 60 "it does not play on: $1" playing
    wait_for 60 "no sound: $1" sounds_more_than "$(($(sound) + 100000))"
}
# Where speaker and coordinator were away at once, nobody was left to play on, and somebody has to say so.
again() {
    wait_for 60 "it cannot play: $1" inside downbeat play --all
    plays_on "$1"
}
apt_install() { # apt_install FOLDER[/PACKAGE] [OPTION...]: as a user would; without a network
    local folder=$1
    case $folder in */*) folder=${folder}_ ;; *) folder=$folder/ ;; esac
    shift
    # The last line is the processor's time, which other work on the machine does not lengthen.
    inside bash -c "TIMEFORMAT='%U %S'; time apt-get install -y $* /packages/$folder*.deb" >"$work/apt.log" 2>&1 ||
        { cat "$work/apt.log" >&2; die "apt ($folder)"; }
}
processor_ms() { tail -n 1 "$work/apt.log" | awk '{ printf "%d", 1000 * ($1 + $2) }'; }
pid_of() { inside systemctl show -p MainPID --value "$1"; }

one_system() { # one_system SUITE: its line of the table
    local suite=$1 began took spent sounded before first files program
    base_of "$suite"
    say "$suite: starting"
    system=$work/system-$suite
    rm -rf "$system"
    mkdir -p "$system"/{upper,work,root}
    mount -t overlay overlay -o "lowerdir=$work/base-$suite,upperdir=$system/upper,workdir=$system/work" "$system/root"
    # Music, a name for the coordinator, and a sound card: what a house has before Downbeat comes.
    mkdir -p "$system/root/srv/music" "$system/root/packages"
    "$bin/downbeat-tunes" "$system/root/srv/music" >/dev/null
    (cd "$system/root/srv/music" && find . -type f -print0 | sort -z | xargs -0 sha256sum) >"$system/music.sha256"
    echo "$suite-house" >"$system/root/etc/hostname"
    printf '127.0.0.1 localhost %s coordinator.local\n' "$suite-house" >"$system/root/etc/hosts"
    cat >"$system/root/etc/asound.conf" <<ASOUND
pcm.!default { type file slave.pcm card file $heard format raw }
pcm.card { type null }
ASOUND
    for folder in present next broken ${old:+old}; do cp -r "$work/$folder" "$system/root/packages/"; done
    # What apt would load from a mirror is there already: the system has no network, and the time is the machine's own.
    mkdir -p "$work/archives-$suite"
    find "$work/archives-$suite" -name '*.deb' -exec cp -t "$system/root/var/cache/apt/archives" {} +
    cp /etc/resolv.conf "$system/root/etc/resolv.conf"
    chroot "$system/root" sh -c 'apt-get -qq update && apt-get -qq install -y --download-only /packages/present/*.deb' \
        >"$work/apt-load.log" 2>&1 || { tail "$work/apt-load.log" >&2; die "apt could not load what the packages need"; }
    find "$system/root/var/cache/apt/archives" -name '*.deb' -exec cp -u -t "$work/archives-$suite" {} +
    : >"$system/root/etc/resolv.conf"
    # --keep-unit: there need not be a system bus outside.
    systemd-nspawn -D "$system/root" --machine="packages-$suite" --boot --register=no --keep-unit --private-network \
        --resolv-conf=off --console=pipe </dev/null >"$work/$suite.console" 2>&1 &
    leader=$!
    for _ in $(seq 300); do
        if pgrep -P "$leader" >/dev/null && inside systemctl is-system-running --wait >/dev/null 2>&1; then break; fi
        sleep 0.1
    done
    files=$(inside sh -c 'find /etc /usr /var/lib -xdev | grep -v /dpkg/ | sort' | grep -i downbeat || true)
    [ -z "$files" ] || die "the system is not clean: $files"

    first=present
    if [ -n "$old" ]; then first=old; fi
    say "$suite: apt install, and play"
    began=$(now_ms)
    apt_install "$first"
    took=$(($(now_ms) - began)) spent=$(processor_ms)
    for unit in downbeat-server downbeat-agent; do
        if active "$unit"; then continue; fi
        cat "$work/apt.log"
        inside journalctl --no-pager -u "$unit" -n 20
        die "$unit is not active"
    done
    # shellcheck disable=SC2317
    known() { inside downbeat tracks --json | grep -q '"id"'; }
    wait_for 30 "the library is empty" known
    # One of the coordinator's own user is adopted by itself, else a person does it; an older one is let in without.
    # shellcheck disable=SC2317
    adopted() {
        inside downbeat speakers --json | tr -d ' \n' | grep -q '"connected":true' ||
            { inside downbeat adopt "$suite-house" --unseen && false; }
    }
    wait_for 30 "the speaker is not adopted" adopted
    inside downbeat play --all
    wait_for 30 "no sound" sounds_more_than 100000
    sounded=$(($(now_ms) - began))
    playing || wait_for 10 "it does not say that it plays" playing
    echo "apt $took ms, of the processor $spent; sound $sounded ms after apt began"
    inside systemctl --no-pager --plain list-units --failed --no-legend
    inside sh -c 'cat /run/systemd/generator/downbeat-*.service.d/*.conf'
    inside sh -c "systemd-analyze security downbeat-server downbeat-agent 2>/dev/null | tail -n 2" || true
    inside sh -c 'test -r /usr/share/man/man1/downbeat.1.gz || ! test -d /usr/share/man/man1'

    if [ -n "$old" ]; then
        say "$suite: upgrade of the coordinator across a migration of its database, while the speaker plays"
        apt_install present/downbeat-server
        plays_on "after the upgrade"
        inside test -s "/var/lib/downbeat-server/before-upgrade/schema-$OLD_SCHEMA/downbeat.db" ||
            die "the database was not copied first"
    fi
    say "$suite: upgrade while it plays, one after the other"
    inside downbeat zones create Upgraded
    for program in downbeat-agent downbeat-server downbeat; do
        if [ "$program" != downbeat ]; then before=$(pid_of $program); fi
        began=$(now_ms)
        apt_install "next/$program"
        echo "$program: apt $(($(now_ms) - began)) ms, of the processor $(processor_ms)"
        [ "$program" = downbeat ] || [ "$(pid_of $program)" != "$before" ] || die "the old $program still runs"
        plays_on "after the upgrade of $program"
    done

    say "$suite: a version that does not start says so"
    apt_install broken
    grep -A 8 'does not run' "$work/apt.log"
    [ "$(grep -c 'does not run' "$work/apt.log")" = 2 ] || die "a dead service was not told"

    if [ -n "$old" ]; then
        say "$suite: downgrade across the migration"
        apt_install old --allow-downgrades
        grep -A 3 'cannot read the database' "$work/apt.log" || die "it was not told what is lost"
        wait_for 30 "the older coordinator does not answer" inside downbeat zones
        inside downbeat zones --json | grep -q Upgraded && die "the newer database is still there"
        again "after the downgrade"
        apt_install present
        again "after the upgrade that followed"
    else
        say "$suite: downgrade"
        apt_install present --allow-downgrades
        again "after the downgrade"
    fi

    say "$suite: purge"
    rm -f "$system/root$heard"
    inside apt-get purge -y downbeat-server downbeat-agent downbeat >"$work/apt.log" 2>&1 ||
        { cat "$work/apt.log" >&2; die "purge"; }
    files=$(inside find /etc /usr /var/lib /var/log /run -xdev | grep -v '/dpkg/\|/apt/\|/journal/' | grep -i downbeat || true)
    [ -z "$files" ] || { cat "$work/apt.log"; die "these are left: $files"; }
    (cd "$system/root/srv/music" && sha256sum --quiet -c "$system/music.sha256") || die "the music was touched"
    inside sh -c 'ps -e -o comm= 2>/dev/null || cat /proc/[0-9]*/comm' | grep -i downbeat && die "a program still runs"
    echo "nothing is left but the music and the account"
    echo "| $suite | $took | $spent | $sounded | ${old:-none} | passed |" >>"$results/table"
    halt
}

rm -f "$results/table"
for suite in "${suites[@]}"; do one_system "$suite"; done
{
    echo "# Packages on clean systems, $(date +%F)"
    echo
    echo "Made by \`deploy/scripts/test-packages.sh\` at" \
        "$(git -C "$root" describe --always --dirty 2>/dev/null || echo 'an unknown revision'), on $(nproc) cores" \
        "($(uname -m)), load $(cut -d' ' -f1 /proc/loadavg) at the end. [log.txt](log.txt) has the words."
    echo
    echo "| package | KiB |"
    echo "|---|---|"
    for file in "$work"/present/*.deb; do echo "| ${file##*/} | $((($(stat -c %s "$file") + 1023) / 1024)) |"; done
    echo
    echo "| system | apt install, ms | of the processor, ms | sound after, ms | migration | result |"
    echo "|---|---|---|---|---|---|"
    cat "$results/table"
} >"$results/README.md"
rm -f "$results/table"
say "PASSED"
