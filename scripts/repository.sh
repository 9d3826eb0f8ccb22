#!/usr/bin/env bash
# A folder that apt can install from: put it on any web server, or hand it round on a disk. It is signed by your key,
# and the machines are told that key and no other.
#
#   KEY=ID scripts/repository.sh [PACKAGES] [FOLDER]     (target/packages, target/repository)
#
# Packages that are in the folder already stay in it, so that machines can go back to them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
umask 022
export LC_ALL=C

die() { echo "repository: $*" >&2; exit 1; }
for tool in dpkg-scanpackages gpg gzip; do
    command -v "$tool" >/dev/null || die "$tool is missing: sudo apt-get install dpkg-dev gpg gzip"
done
[ -n "${KEY:-}" ] || die "say whose key signs it: KEY=you@example.org make repository (gpg -K lists yours)"
gpg --batch --list-secret-keys -- "$KEY" >/dev/null 2>&1 ||
    die "gpg has no secret key of $KEY: gpg --quick-generate-key $KEY"

packages=${1:-target/packages}
folder=${2:-target/repository}
suite=stable component=main
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder/pool"
found=$(find "$packages" -maxdepth 1 -name '*.deb' -print -quit)
[ -n "$found" ] || die "$packages has no packages: make packages"
cp -p "$packages"/*.deb "$folder/pool/"
cd "$folder"

# Beside the present lists, which machines may be reading.
new=dists/$suite.new
rm -rf "$new"
for architecture in amd64 arm64 armhf; do
    lists=$new/$component/binary-$architecture
    mkdir -p "$lists"
    # Every version, so that a machine can go back.
    dpkg-scanpackages --multiversion --arch "$architecture" pool >"$lists/Packages" 2>/dev/null
    gzip -9nk "$lists/Packages"
done

{
    echo "Origin: Downbeat"
    echo "Label: Downbeat"
    echo "Suite: $suite"
    echo "Codename: $suite"
    echo "Date: $(date -u -R | sed 's/+0000$/UTC/')"
    echo "Architectures: amd64 arm64 armhf"
    echo "Components: $component"
    echo "Description: Downbeat, a fleet of headless speakers that play as one"
    echo "SHA256:"
    (cd "$new" && find . -name 'Packages*' -type f -printf '%P\n' | sort | while read -r file; do
        echo " $(sha256sum "$file" | cut -d ' ' -f 1) $(stat -c %s "$file") $file"
    done)
} >"$work/Release"
mv "$work/Release" "$new/Release"
gpg --batch --yes --local-user "$KEY" --armor --detach-sign --output "$new/Release.gpg" "$new/Release"
gpg --batch --yes --local-user "$KEY" --clearsign --output "$new/InRelease" "$new/Release"
rm -rf "dists/$suite"
mv "$new" "dists/$suite"
gpg --batch --yes --export -- "$KEY" >downbeat.gpg

cat <<WORDS
Written: $folder, signed by $KEY. If a web server shows it at https://HOST/downbeat, a machine gets it by:

    sudo curl -fsSo /usr/share/keyrings/downbeat.gpg https://HOST/downbeat/downbeat.gpg
    echo "deb [signed-by=/usr/share/keyrings/downbeat.gpg] https://HOST/downbeat $suite $component" |
        sudo tee /etc/apt/sources.list.d/downbeat.list
    sudo apt update && sudo apt install downbeat-agent
WORDS
