#!/usr/bin/env bash
# Debian packages of the three programs, for the machines that the programs were built for. `make packages` builds the
# programs of this machine first, deploy/scripts/cross.sh those of others. Two packings of the same files are the same to the bit, wherever and whenever they are made.
#
#   scripts/packages.sh [FOLDER]     where the packages go (target/packages)
#   PACKAGE_ARCHITECTURE=A           amd64, arm64 or armhf: the programs that are meant (this machine's)
#   BIN_DIR=DIR                      the programs (target/ship, or where cross.sh puts them); those that are missing
#                                    there are not packed
#   MANUALS=DIR                      man pages and completions; made by downbeat-manuals of target/ship if not said
#   PACKAGE_VERSION=V                another version than that of Cargo.toml
#   PACKAGE_REVISION=N               the packing's own number (1)
#   PACKAGE_SCHEMA=N                 the schema of the coordinator's database, if the program is not of this tree
#   SOURCE_DATE_EPOCH=S              the date of all files in them (the last commit's)
#   DEBFULLNAME, DEBEMAIL            the maintainer
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
umask 022
export LC_ALL=C TZ=UTC

die() { echo "packages: $*" >&2; exit 1; }
for tool in dpkg-deb readelf gzip; do
    command -v "$tool" >/dev/null || die "$tool is missing: sudo apt-get install dpkg binutils gzip"
done

out=${1:-target/packages}
wanted=${PACKAGE_ARCHITECTURE:-}
built=${CARGO_TARGET_DIR:-target}
case $wanted in
"" | "$(dpkg --print-architecture)") bin=$built/ship ;;
amd64) bin=$built/x86_64-unknown-linux-gnu/ship ;;
arm64) bin=$built/cross/aarch64-unknown-linux-gnu/ship ;;
armhf) bin=$built/cross/armv7-unknown-linux-gnueabihf/ship ;;
*) die "PACKAGE_ARCHITECTURE is amd64, arm64 or armhf, and not $wanted" ;;
esac
bin=${BIN_DIR:-$bin}
version=${PACKAGE_VERSION:-$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)}
# A version before a release (1.0.0-rc.1) is older than it: Debian says so with a tilde.
version=${version/-/\~}-${PACKAGE_REVISION:-1}
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null) || die "no commit tells the date: say SOURCE_DATE_EPOCH"
fi
export SOURCE_DATE_EPOCH
maintainer="${DEBFULLNAME:-The Downbeat authors} <${DEBEMAIL:-klucsik@users.noreply.github.com}>"
homepage=https://github.com/klucsik/downbeat

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

manuals=${MANUALS:-}
maker=${CARGO_TARGET_DIR:-target}/ship/downbeat-manuals
if [ -z "$manuals" ] && [ -x "$maker" ]; then
    manuals=$work/manuals
    "$maker" "$manuals"
elif [ -z "$manuals" ]; then
    echo "Left out: man pages and completions, since $maker is not built (make build)." >&2
fi

# architecture PROGRAM: Debian's name of the machines that it runs on.
architecture() {
    case $(readelf -hW "$1" 2>/dev/null | sed -n 's/^ *Machine: *//p') in
    *X86-64) echo amd64 ;;
    AArch64) echo arm64 ;;
    ARM) echo armhf ;;
    *) die "$1 is no program for a machine that is known here" ;;
    esac
}

# depends PROGRAM: the packages of the libraries that it needs. Read from the program itself, so that it works for the
# programs of other machines as well, whose packages are not installed here.
depends() {
    local library glibc found=()
    glibc=$(readelf -VW "$1" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1)
    while read -r library; do
        case $library in
        libc.so.* | libm.so.* | ld-linux*) found+=("libc6 (>= ${glibc#GLIBC_})") ;;
        libgcc_s.so.1) found+=("libgcc-s1 (>= 4.2)") ;;
        # Its name since Debian 13, where times have 64 bits everywhere.
        libasound.so.2) found+=("libasound2 (>= 1.2.0) | libasound2t64") ;;
        libopus.so.0) found+=("libopus0 (>= 1.1)") ;;
        *) die "$1 needs $library, and its package is not named in scripts/packages.sh" ;;
        esac
    done < <(readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
    printf '%s\n' "${found[@]}" | sort -u | paste -sd , | sed 's/,/, /g'
}

# put MODE FILE...  TARGET: as `install`, with the folders.
put() { install -D -m "$@"; }
# pack_text FROM TO: compressed, without name and date.
pack_text() { mkdir -p "$(dirname "$2")"; gzip -9nc <"$1" >"$2"; }
# fill FILE: a script of the package, with its names.
fill() { sed -e "s|@PACKAGE@|$package|g" -e "s|@SETTINGS@|$settings|g" -e "s|@STATE@|$state|g" "$1"; }

copyright() {
    cat <<TEXT
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Downbeat
Source: $homepage
Comment: The program holds crates of others. THIRD-PARTY-NOTICES.gz beside this
 file names each with its licence.

Files: *
Copyright: $(sed -n 's/^Copyright (c) //p' LICENSE-MIT)
License: Expat or Apache-2.0

License: Expat
$(sed -e '1,/^Copyright/d' LICENSE-MIT | sed -e '1{/^$/d}' -e 's/^$/./' -e 's/^/ /')

License: Apache-2.0
 On Debian systems the text of the Apache License, Version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.
TEXT
}

changelog() {
    cat <<TEXT
$package ($version) unstable; urgency=medium

  * Version ${version%-*} of the program. changelog.gz says what changed.

 -- $maintainer  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
TEXT
}

# The files that every package has.
common() {
    local doc=$tree/usr/share/doc/$package page
    put 755 "$bin/$package" "$tree/usr/bin/$package"
    mkdir -p "$doc" "$tree/usr/share/lintian/overrides"
    fill deploy/packages/lintian-overrides >"$tree/usr/share/lintian/overrides/$package"
    copyright >"$doc/copyright"
    changelog >"$work/changelog"
    pack_text "$work/changelog" "$doc/changelog.Debian.gz"
    pack_text CHANGELOG.md "$doc/changelog.gz"
    pack_text THIRD-PARTY-NOTICES "$doc/THIRD-PARTY-NOTICES.gz"
    if [ -z "$manuals" ]; then return; fi
    for page in "$manuals/man/$package.1" "$manuals/man/$package"-*.1; do
        # downbeat-agent.1 is no page of downbeat's.
        case $package:${page##*/} in downbeat:downbeat-agent* | downbeat:downbeat-server* | *:*\**) continue ;; esac
        pack_text "$page" "$tree/usr/share/man/man1/${page##*/}.gz"
    done
    put 644 "$manuals/bash/$package" "$tree/usr/share/bash-completion/completions/$package"
    put 644 "$manuals/zsh/_$package" "$tree/usr/share/zsh/vendor-completions/_$package"
    put 644 "$manuals/fish/$package.fish" "$tree/usr/share/fish/vendor_completions.d/$package.fish"
}

# The files of a service. Its program is named by its path: one of /usr/local would come before it.
service() {
    local units=$tree/usr/lib/systemd/system script
    mkdir -p "$units"
    sed "s|^ExecStart=$package |ExecStart=/usr/bin/$package |" "deploy/systemd/$package.service" \
        >"$units/$package.service"
    grep -q "^ExecStart=/usr/bin/" "$units/$package.service" || die "the unit of $package does not start it"
    put 644 deploy/systemd/backoff.conf "$tree/usr/share/$package/backoff.conf"
    fill deploy/packages/service/backoff >"$work/backoff"
    put 755 "$work/backoff" "$tree/usr/lib/systemd/system-generators/$package-backoff"
    put 644 "deploy/systemd/sysusers-${package#downbeat-}.conf" "$tree/usr/lib/sysusers.d/$package.conf"
    put 644 "deploy/config/$settings" "$tree/etc/downbeat/$settings"
    echo "/etc/downbeat/$settings" >"$tree/DEBIAN/conffiles"
    for script in postinst prerm postrm; do
        fill "deploy/packages/service/$script" >"$tree/DEBIAN/$script"
        chmod 755 "$tree/DEBIAN/$script"
    done
}

# Debian's form of a description: a line, then paragraphs, indented.
describe() {
    case $package in
    downbeat-server) cat <<'TEXT'
coordinator of a fleet of speakers that play as one
 Downbeat plays music on any number of speakers, each frame at the same instant
 everywhere. The coordinator keeps the library and the zones, serves the page
 that people control it with, and tells every speaker what to play when.
 .
 It starts with the machine, reads /etc/downbeat/server.toml, and listens on
 port 3000.
TEXT
        ;;
    downbeat-agent) cat <<'TEXT'
speaker that plays in step with all others of its coordinator
 Downbeat plays music on any number of speakers, each frame at the same instant
 everywhere. The agent makes a speaker of a machine with a sound card: it loads
 whole files, decodes them, and plays every frame when the plan says.
 .
 It starts with the machine, and reads /etc/downbeat/agent.toml.
TEXT
        ;;
    downbeat) cat <<'TEXT'
command-line client of a Downbeat coordinator
 Downbeat plays music on any number of speakers, each frame at the same instant
 everywhere. This is the client for a prompt and for scripts: it searches and
 plays, moves speakers between zones, and shows how well they keep step.
TEXT
        ;;
    esac
}

# control ARCHITECTURE: what dpkg reads. The size is counted file by file, since a disk's own count is its affair.
control() {
    local needed size
    needed=$(depends "$bin/$package")
    size=$(find "$tree" -path "$tree/DEBIAN" -prune -o -printf '%y %s\n' |
        awk '$1 == "f" { kib += int(($2 + 1023) / 1024) } $1 != "f" { kib += 1 } END { print kib }')
    echo "Package: $package"
    echo "Version: $version"
    echo "Architecture: $1"
    echo "Maintainer: $maintainer"
    echo "Installed-Size: $size"
    if [ -n "$settings" ]; then
        echo "Pre-Depends: init-system-helpers (>= 1.54~)"
        needed="$needed, systemd | systemd-standalone-sysusers | systemd-sysusers"
    fi
    echo "Depends: $needed"
    case $package in
    # Asked about odd files; to hear something on the machine itself.
    downbeat-server) echo "Recommends: ffmpeg"; echo "Suggests: downbeat, downbeat-agent" ;;
    # alsamixer, and levels that outlive a restart.
    downbeat-agent) echo "Recommends: alsa-utils" ;;
    esac
    echo "Section: sound"
    echo "Priority: optional"
    echo "Homepage: $homepage"
    printf 'Description: '
    describe
}

pack() {
    package=$1 settings='' state=''
    local architecture file schema
    if [ ! -e "$bin/$package" ]; then echo "Left out: $package, since $bin has none."; return 0; fi
    architecture=$(architecture "$bin/$package")
    [ "$architecture" = "${wanted:-$architecture}" ] || die "$bin/$package is for $architecture, and not for $wanted"
    tree=$work/$package
    mkdir -p "$tree/DEBIAN"
    common
    case $package in
    downbeat-server)
        settings=server.toml
        state="downbeat.db downbeat.db-wal downbeat.db-shm downbeat.db-journal downbeat.lock covers edits restore"
        state="$state before-restore backup.tmp-* before-upgrade after-downgrade trust admin-token audit"
        state="$state last-backup converted"
        service
        put 755 deploy/packages/server/before-start "$tree/usr/libexec/$package/before-start"
        put 755 deploy/packages/server/music-folders "$tree/usr/lib/systemd/system-generators/downbeat-music-folders"
        # The schema that this version brings a database to: the number of its last step.
        schema=$(find server/store/migrations -name '*.sql' -printf '%f\n' | sed 's/^0*\([0-9]*\).*/\1/' |
            sort -n | tail -n 1)
        echo "${PACKAGE_SCHEMA:-$schema}" >"$tree/usr/share/$package/schema"
        ;;
    downbeat-agent)
        settings=agent.toml
        state="speaker-id speaker.key coordinator.json adoption-code drift.json downbeat-agent.lock"
        state="$state cache history.log history.log.unread"
        service
        ;;
    esac
    control "$architecture" >"$tree/DEBIAN/control"
    (cd "$tree" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
    find "$tree" -type d -exec chmod 755 {} +
    # A text has the mode that `install` or the umask gave it; whatever it was made with counts for nothing.
    find "$tree" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
    file=$out/${package}_${version}_$architecture.deb
    # One thread: the bytes of several depend on how many there are.
    DPKG_DEB_THREADS_MAX=1 dpkg-deb --root-owner-group -Zxz --build "$tree" "$file" >/dev/null
    printf '%-44s %5d KiB\n' "$file" $((($(stat -c %s "$file") + 1023) / 1024))
}

for package in downbeat-server downbeat-agent downbeat; do pack "$package"; done
