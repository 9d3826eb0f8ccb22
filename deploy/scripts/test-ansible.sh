#!/usr/bin/env bash
# Runs the playbooks for real: against Debian systems with systemd as process 1, over ssh, by packages and with a join
# token in a vault. A check of bare systems changes nothing there, the second run must change nothing, and a check after
# it must find nothing. Then the services must be up, the speakers joined and playing in step, and come back when killed;
# a rolling upgrade goes through, one to a version that does not start goes back, one in a quiet hour does not begin; and
# a speaker that died is replaced by a bare system.
#
# Needs root, and debootstrap, systemd-nspawn, ip and ssh. Keeps its files in DEPLOY_WORK (target/deploy-test); the base
# system (some 350 MB) is made once.
#
#   BIN_DIR=DIR   where downbeat-server, downbeat-agent and downbeat are (target/ship)
#   SUITE=trixie  another Debian than bookworm
#   REUSE=1       takes the packages of the run before
#   KEEP=1        leaves the systems running, to look around
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
mkdir -p "${DEPLOY_WORK:-$root/target/deploy-test}"
work=$(cd "${DEPLOY_WORK:-$root/target/deploy-test}" && pwd)
bin=$(cd "${BIN_DIR:-$root/target/ship}" && pwd)
suite=${SUITE:-bookworm}
bridge=dbtest-hub
# The last one takes the place of the one before, which dies.
hosts=(coordinator kitchen attic attic-anew)
net=10.77.9

say() { printf '\n== %s\n' "$*"; }
die() { echo "FAILED: $*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || die "must be root (namespaces, mounts)"
for tool in debootstrap dpkg-deb systemd-nspawn ip ssh ssh-keygen; do
    command -v "$tool" >/dev/null || die "$tool is missing: apt-get install debootstrap systemd-container iproute2 openssh-client"
done
for program in downbeat-server downbeat-agent downbeat downbeat-tunes; do
    [ -x "$bin/$program" ] || die "$bin/$program is missing: make build, or set BIN_DIR"
done

if ! command -v ansible-playbook >/dev/null; then
    if [ ! -x "$work/venv/bin/ansible-playbook" ]; then
        say "Installing ansible-core into $work/venv"
        python3 -m venv "$work/venv"
        "$work/venv/bin/pip" install -q ansible-core
    fi
    PATH="$work/venv/bin:$PATH"
fi

# --- The base system -------------------------------------------------------------------------------------------------
base=$work/base-$suite
asound=libasound2
case $suite in bookworm | bullseye) ;; *) asound=libasound2t64 ;; esac
if [ ! -e "$base/.complete" ]; then
    say "Making the base system ($suite)"
    rm -rf "$base"
    # The libraries are in already: the systems under test have no way out of their namespace.
    debootstrap --variant=minbase \
        --include=systemd,systemd-sysv,systemd-timesyncd,dbus,openssh-server,python3,python3-apt,iproute2,ca-certificates,$asound,libopus0 \
        "$suite" "$base" >"$work/debootstrap.log" 2>&1 || die "debootstrap, see $work/debootstrap.log"
    # Every host makes its own keys.
    rm -f "$base"/etc/ssh/ssh_host_*
    touch "$base/.complete"
fi

# --- The packages ----------------------------------------------------------------------------------------------------
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' "$root/Cargo.toml")
say "Packing"
rm -rf "$work/broken-bin"
if [ -z "${REUSE:-}" ]; then rm -rf "$work/packages"; fi
if [ ! -e "$work/packages/downbeat-server_$version.1-1_$(dpkg --print-architecture).deb" ]; then
    PACKAGE_VERSION=$version BIN_DIR=$bin "$root/scripts/packages.sh" "$work/packages"
    PACKAGE_VERSION=$version.1 BIN_DIR=$bin "$root/scripts/packages.sh" "$work/packages"
fi
# A speaker that ends at once.
mkdir "$work/broken-bin" && cp /bin/false "$work/broken-bin/downbeat-agent"
PACKAGE_VERSION=$version.2 BIN_DIR=$work/broken-bin "$root/scripts/packages.sh" "$work/packages"

# --- The machines ----------------------------------------------------------------------------------------------------
leaders=()
end() {
    local status=$?
    trap '' INT TERM
    trap - EXIT
    if [ -n "${KEEP:-}" ] && [ "$status" = 0 ]; then
        echo "Kept. ip netns exec $bridge ssh -i $work/key root@$net.11"
        return
    fi
    local host pid
    for pid in "${leaders[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
    for _ in $(seq 100); do
        local left=
        for pid in "${leaders[@]}"; do if kill -0 "$pid" 2>/dev/null; then left=1; fi; done
        if [ -z "$left" ]; then break; fi
        sleep 0.1
    done
    for pid in "${leaders[@]}"; do
        # The system inside is the child of nspawn.
        pkill -KILL -P "$pid" 2>/dev/null || true
        kill -KILL "$pid" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    for host in "${hosts[@]}"; do
        mountpoint -q "$work/$host/root" && umount -l "$work/$host/root"
        ip netns del "dbtest-$host" 2>/dev/null || true
        rm -rf "${work:?}/$host"
    done
    ip netns del "$bridge" 2>/dev/null || true
    return "$status"
}
trap end EXIT
trap 'exit 130' INT TERM

say "Starting ${#hosts[@]} systems"
rm -f "$work/key" "$work/key.pub" "$work/known_hosts"
ssh-keygen -q -t ed25519 -N '' -f "$work/key"
ip netns add "$bridge"
ip -n "$bridge" link set lo up
ip -n "$bridge" link add br0 type bridge
ip -n "$bridge" addr add "$net.1/24" dev br0
ip -n "$bridge" link set br0 up

number=10
for host in "${hosts[@]}"; do
    number=$((number + 1))
    ip netns add "dbtest-$host"
    ip -n "dbtest-$host" link set lo up
    ip -n "$bridge" link add "v$number" type veth peer name eth0 netns "dbtest-$host"
    ip -n "$bridge" link set "v$number" master br0 up
    ip -n "dbtest-$host" addr add "$net.$number/24" dev eth0
    ip -n "dbtest-$host" link set eth0 up
    mkdir -p "$work/$host"/{upper,work,root}
    mount -t overlay overlay -o "lowerdir=$base,upperdir=$work/$host/upper,workdir=$work/$host/work" "$work/$host/root"
    echo "$host" >"$work/$host/root/etc/hostname"
    # No name server can be reached from in there: ask none, rather than wait for it.
    printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$host" >"$work/$host/root/etc/hosts"
    rm -f "$work/$host/root/etc/resolv.conf"
    : >"$work/$host/root/etc/resolv.conf"
    install -d -m 700 "$work/$host/root/root/.ssh"
    install -m 600 "$work/key.pub" "$work/$host/root/root/.ssh/authorized_keys"
    ssh-keygen -A -f "$work/$host/root" >/dev/null
    # --keep-unit: there need not be a system bus outside.
    systemd-nspawn -D "$work/$host/root" --machine="dbtest-$host" --boot --register=no --keep-unit --resolv-conf=off \
        --network-namespace-path="/run/netns/dbtest-$host" --console=pipe </dev/null >"$work/$host.console" 2>&1 &
    leaders+=($!)
done

inside() { ip netns exec "$bridge" "$@"; }
on() { # on NUMBER COMMAND...
    local number=$1
    shift
    inside ssh -i "$work/key" -o UserKnownHostsFile="$work/known_hosts" -o StrictHostKeyChecking=accept-new \
        -o LogLevel=ERROR -o ConnectTimeout=3 "root@$net.$number" "$@"
}
number=10
for host in "${hosts[@]}"; do
    number=$((number + 1))
    for attempt in $(seq 60); do
        if on "$number" true 2>/dev/null; then break; fi
        if [ "$attempt" = 60 ]; then tail -n 20 "$work/$host.console" >&2; die "$host does not answer by ssh"; fi
        sleep 0.5
    done
done

# --- The play --------------------------------------------------------------------------------------------------------
cat >"$work/inventory.yml" <<INVENTORY
downbeat:
  vars:
    downbeat_coordinator: $net.11
    downbeat_packages: $work/packages
    downbeat_version: $version-1
    downbeat_join_token: "{{ vault_downbeat_join_token | default('') }}"
    ansible_user: root
    ansible_ssh_private_key_file: $work/key
    ansible_ssh_common_args: -o UserKnownHostsFile=$work/known_hosts
  children:
    downbeat_servers:
      hosts:
        coordinator: {ansible_host: $net.11}
    downbeat_agents:
      hosts:
        kitchen:
          ansible_host: $net.12
          downbeat_name: Kitchen
          downbeat_output: virtual:ppm=18
          downbeat_output_delay_us: 0
          downbeat_labels: {site: house, floor: 0}
          downbeat_max_volume: 90
          downbeat_ring: 0
        attic:
          ansible_host: $net.13
          downbeat_name: Attic
          downbeat_labels: {site: house, floor: 2}
          downbeat_volume: 70
          downbeat_output: virtual:ppm=-27
INVENTORY

# play NAME PLAYBOOK [OPTION...]: its log is NAME's.
play() {
    local name=$1 playbook=$2
    shift 2
    inside env ANSIBLE_CONFIG="$root/deploy/ansible/ansible.cfg" ANSIBLE_NOCOLOR=1 ANSIBLE_HOME="$work/ansible-home" \
        ansible-playbook -i "$work/inventory.yml" "$root/deploy/ansible/$playbook" "$@" >"$work/play-$name.log" 2>&1
}
recap() { sed -n '/PLAY RECAP/,$p' "$work/play-$1.log"; }
must() {
    play "$@" || { tail -n 60 "$work/play-$1.log" >&2; die "the run $1"; }
    recap "$1"
}
nothing_changed() {
    if recap "$1" | grep -q 'changed=[1-9]'; then
        grep -B3 '^changed:' "$work/play-$1.log" >&2
        die "$2"
    fi
}
say "A check of bare systems says what would come, and changes nothing"
must bare-check site.yml --check --diff
recap bare-check | grep -q 'kitchen.*changed=[1-9]' || die "it says that nothing would change"
for number in 11 12 13; do
    if on "$number" "ls -d /etc/downbeat /var/cache/downbeat /usr/bin/downbeat* 2>/dev/null"; then die "a check changed something"; fi
done
say "The coordinator, and a token in a vault"
must coordinator site.yml --limit downbeat_servers
token=$(on 11 downbeat tokens create --join --uses 9 --address "$net.11:3000" | grep -o 'dbj1[^ ]*')
(umask 077 && echo "a password" >"$work/password" && echo "vault_downbeat_join_token: $token" >"$work/vault.yml")
inside ansible-vault encrypt --vault-password-file "$work/password" "$work/vault.yml" >/dev/null 2>&1
vault=(-e "@$work/vault.yml" --vault-password-file "$work/password")
say "First run"
time must first site.yml "${vault[@]}"
if grep -q "$token" "$work"/play-*.log; then die "a log holds the token"; fi
say "Second run: places, and then nothing may change"
must places site.yml "${vault[@]}"
time must second site.yml "${vault[@]}"
nothing_changed second "the second run changed something"
must check site.yml "${vault[@]}" --check --diff
nothing_changed check "the check finds something to change"

# --- What it made ----------------------------------------------------------------------------------------------------
say "Services"
on 11 systemctl is-active downbeat-server || die "the coordinator is not active"
for number in 12 13; do on "$number" systemctl is-active downbeat-agent || die "a speaker is not active"; done
on 11 "systemctl show downbeat-server -p User,NRestarts,MainPID; systemd-analyze security downbeat-server | tail -n 1"
on 12 "systemctl show downbeat-agent -p User,NRestarts,LimitRTPRIO,LimitMEMLOCK; systemd-analyze security downbeat-agent | tail -n 1"
on 12 "ps -L -o cls,rtprio,comm -p \$(systemctl show -p MainPID --value downbeat-agent)"

# A virtual output needs no real-time priority; that a sound card's thread would get it is tried with the unit's own
# sandbox around another program. Some virtual machines may not raise the limit at all (no CAP_SYS_RESOURCE).
limit=$(on 12 "sed -n 's/^Max realtime priority *\([0-9]*\).*/\1/p' /proc/\$(systemctl show -p MainPID --value downbeat-agent)/limits")
if [ "$limit" = 95 ]; then
    on 12 "sed -e 's|^ExecStart=.*|ExecStart=/usr/bin/chrt --fifo 80 /bin/true|' -e 's|^Type=.*|Type=oneshot|' -e '/^Restart/d' \
        -e '/^NotifyAccess/d' /usr/lib/systemd/system/downbeat-agent.service >/run/systemd/system/downbeat-rt-check.service &&
        systemctl daemon-reload && systemctl start downbeat-rt-check" || die "the unit does not allow real-time priority"
    echo "real-time priority is allowed to the speaker"
else
    echo "Left out: real-time priority; this machine lets nobody have more than $limit."
fi

downbeat() { inside env DOWNBEAT_SERVER="http://$net.11:3000" XDG_STATE_HOME="$work" "$bin/downbeat" "$@"; }
wait_for() { # wait_for SECONDS WHAT COMMAND...
    local seconds=$1 what=$2
    shift 2
    for _ in $(seq $((seconds * 5))); do
        if "$@" >/dev/null 2>&1; then return; fi
        sleep 0.2
    done
    downbeat status >&2 || true
    die "$what"
}
count() { downbeat speakers --json | grep -c "$1" || true; }
joined() { [ "$(count '"connected": true')" = 2 ]; }
# What a speaker that is away said last does not count.
playing() { joined && [ "$(count '"state": "playing"')" = 2 ]; }
known() { [ "$(downbeat tracks --json | grep -c '"id"')" -ge 1 ]; }

say "Playing"
wait_for 20 "two speakers joined" joined
# Music made here; the coordinator finds it when it starts.
"$bin/downbeat-tunes" "$work/coordinator/music" >/dev/null
tar -C "$work/coordinator/music" -cf - . | on 11 "tar -C /srv/music --no-same-owner -xf - && systemctl restart downbeat-server"
wait_for 20 "the coordinator knows its tracks" known
wait_for 20 "two speakers joined again" joined
downbeat play --all
wait_for 20 "both speakers play" playing
sleep 8
downbeat status

say "A killed speaker comes back by itself"
before=$(on 12 systemctl show -p MainPID --value downbeat-agent)
on 12 "kill -KILL $before"
restarted() { [ "$(on 12 systemctl show -p NRestarts --value downbeat-agent)" = 1 ]; }
# Its last words before it was killed may be known a moment longer than it lived.
gone() { [ "$(count '"connected": true')" = 1 ] || restarted; }
wait_for 20 "the killed speaker is missed" gone
wait_for 20 "systemd starts it again" restarted
wait_for 20 "the speaker is back and plays" playing
sleep 4
on 12 systemctl show -p NRestarts downbeat-agent
downbeat status

say "What the inventory says of the speakers is so"
places=$(on 11 downbeat --json speakers | tr -d ' \n')
for place in '"floor":"2"' '"volume":70' '"maxVolume":90'; do
    case $places in *"$place"*) ;; *) die "$place is not in $places" ;; esac
done

say "In a quiet hour no upgrade begins"
upgrade=(-e rolling_watch_s=5 -e rolling_error_us=2000 -e '{"rolling_quiet_hours": []}' "${vault[@]}")
if play quiet rolling-upgrade.yml -e "downbeat_version=$version.1-1" -e '{"rolling_quiet_hours": [18]}' -e downbeat_now=18; then die "it began"; fi
grep -q 'nothing is upgraded' "$work/play-quiet.log" || die "it does not say why"
# shellcheck disable=SC2016
installed() { on "$1" dpkg-query -W -f='\${Version}' downbeat-agent; }
say "A rolling upgrade while it plays"
downbeat play --all
wait_for 20 "both speakers play" playing
time must upgrade rolling-upgrade.yml -e "downbeat_version=$version.1-1" "${upgrade[@]}"
for number in 12 13; do [ "$(installed "$number")" = "$version.1-1" ] || die "$number has $(installed "$number")"; done
wait_for 20 "both speakers play on" playing
say "One to a version that does not start ends with the canary, which goes back"
if play broken rolling-upgrade.yml -e "downbeat_version=$version.2-1" "${upgrade[@]}"; then die "it was taken for a good one"; fi
recap broken
grep -q 'did not keep its bounds' "$work/play-broken.log" || { tail -n 40 "$work/play-broken.log" >&2; die "it does not say why"; }
for number in 12 13; do [ "$(installed "$number")" = "$version.1-1" ] || die "$number has $(installed "$number")"; done
wait_for 30 "both speakers play on" playing

say "A speaker dies, and bare hardware takes its place"
before=$(on 11 downbeat --json speakers | tr -d ' \n' | grep -o '"id":"[^"]*","name":"Attic"')
on 13 poweroff 2>/dev/null || true
alone() { [ "$(count '"connected": true')" = 1 ]; }
wait_for 40 "the dead one is missed" alone
sed -i "s/ansible_host: $net.13/ansible_host: $net.14/; s/downbeat_version: .*/downbeat_version: $version.1-1/" "$work/inventory.yml"
time must replace replace-speaker.yml -e speaker=attic "${vault[@]}"
wait_for 20 "the new one plays" playing
after=$(on 11 downbeat --json speakers | tr -d ' \n' | grep -o '"id":"[^"]*","name":"Attic"')
echo "before $before, after $after"
case $(on 11 downbeat --json speakers | tr -d ' \n') in *'"floor":"2"'*) ;; *) die "its labels are lost" ;; esac

say "Stopping"
for number in 11 12; do
    unit=downbeat-$([ "$number" = 11 ] && echo server || echo agent)
    started=$(date +%s%N)
    on "$number" systemctl stop "$unit"
    echo "$unit stopped in $((($(date +%s%N) - started) / 1000000)) ms (ssh included): $(on "$number" systemctl show -p Result --value "$unit")"
done

say "PASSED"
