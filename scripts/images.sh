#!/usr/bin/env bash
# OCI images of the coordinator and of the speaker, from the packages and the libraries of Debian that these name. No
# image of anybody's is below them, and no program that makes images is needed. `make images` makes the packages first.
#
#   scripts/images.sh [FOLDER]       where the images go (target/images), as NAME_VERSION_ARCHITECTURE.tar
#   PACKAGES=DIR                     the packages (target/packages)
#   ARCHITECTURE=arm64               another than this machine's; APT_CONFIG names an apt that knows it, as the one of
#                                    deploy/scripts/cross.sh (target/cross/apt-arm64/apt.conf) does
#   SOURCE_DATE_EPOCH=S              the date of all that is in them (the last commit's)
#
# Two layers: the libraries, then Downbeat. With the same packages an image is the same to the bit.
# `podman load`, `docker load` and `skopeo copy oci-archive:FILE` take it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
umask 022
export LC_ALL=C TZ=UTC

die() { echo "images: $*" >&2; exit 1; }
for tool in apt-cache dpkg-deb gzip sha256sum tar; do command -v "$tool" >/dev/null || die "$tool is missing"; done

out=${1:-target/images}
packages=${PACKAGES:-target/packages}
architecture=${ARCHITECTURE:-$(dpkg --print-architecture)}
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null) || die "no commit tells the date: say SOURCE_DATE_EPOCH"
fi
created=$(date -u -d "@$SOURCE_DATE_EPOCH" +%FT%TZ)
case $architecture in
    amd64) platform='"architecture":"amd64"' ;;
    arm64) platform='"architecture":"arm64"' ;;
    armhf) platform='"architecture":"arm","variant":"v7"' ;;
    *) die "no image is made for $architecture" ;;
esac
# The account's number is the same in every image, so that a volume of one fits the next.
id=10001
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# newest PACKAGE: the file of its highest version.
newest() {
    find "$packages" -maxdepth 1 -name "$1_*_$architecture.deb" | sort -V | tail -n 1
}

# libraries DEB...: Debian's packages with the libraries that these name, with all that those need. The rest of what
# they name is a system's business: systemd, init scripts.
libraries() {
    local deb
    for deb in "$@"; do dpkg-deb --field "$deb" Depends; done |
        tr ',' '\n' | sed -e 's/|.*//' -e 's/(.*//' -e 's/ //g' | grep '^lib' | sort -u | sed "s/\$/:$architecture/" |
        xargs apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
            --no-enhances --no-pre-depends | sed -n 's/^\([a-z0-9][^ ]*\)$/\1/p' | sed 's/:.*//' |
        grep -E '^(lib|gcc-[0-9]+-base$)' | sort -u
}

# join_usr ROOT: every program and library below /usr, as Debian has it.
join_usr() {
    local part
    for part in bin sbin lib lib64; do
        if [ -d "$1/$part" ] && [ ! -L "$1/$part" ]; then
            mkdir -p "$1/usr/$part"
            cp -a "$1/$part/." "$1/usr/$part/"
            rm -r "${1:?}/$part"
        fi
        if [ -d "$1/usr/$part" ]; then ln -sfn "usr/$part" "$1/$part"; fi
    done
}

# layer ROOT: its tar, as a blob. Sets diff, digest and size.
layer() {
    local raw=$work/layer.tar
    local how=(--file "$raw" --directory "$1" --sort=name --format=gnu --mtime="@$SOURCE_DATE_EPOCH" --numeric-owner)
    tar --create "${how[@]}" --owner=+0 --group=+0 --exclude=./data .
    if [ -d "$1/data" ]; then tar --append "${how[@]}" --owner=+$id --group=+$id ./data; fi
    diff=$(sha256sum "$raw" | cut -d ' ' -f 1)
    gzip -9nf "$raw"
    blob "$raw.gz"
}

# blob FILE: moves it to its place by its digest. Sets digest and size.
blob() {
    digest=$(sha256sum "$1" | cut -d ' ' -f 1)
    size=$(stat -c %s "$1")
    mv "$1" "$image/blobs/sha256/$digest"
}

# image NAME DEB...: NAME is the program that it runs.
image() {
    local name=$1 version libraries_root=$work/libraries root=$work/root deb layers='' diffs='' docker='' settings
    shift
    image=$work/image
    rm -rf "$libraries_root" "$root" "$image"
    mkdir -p "$libraries_root" "$root" "$image/blobs/sha256"
    version=$(dpkg-deb --field "$1" Version)

    mapfile -t needed < <(libraries "$@")
    [ ${#needed[@]} -gt 0 ] || die "apt knows no library of $name for $architecture"
    mkdir -p "$work/debs-$name"
    (cd "$work/debs-$name" && apt-get -o APT::Sandbox::User=root download -qq "${needed[@]/%/:$architecture}") || die "apt could not fetch ${needed[*]}"
    for deb in "$work/debs-$name"/*.deb; do dpkg-deb -x "$deb" "$libraries_root"; done
    join_usr "$libraries_root"
    # Licences stay; documentation and what turns one character set into another go.
    find "$libraries_root/usr/share/doc" -type f ! -name copyright -delete
    rm -rf "$libraries_root"/usr/share/{man,locale,lintian,bug} "$libraries_root"/usr/lib/*/{gconv,audit}
    find "$libraries_root" -depth -type d -empty -delete
    mkdir -p "$libraries_root"/{dev,proc,sys,etc,root,run} && install -d -m 1777 "$libraries_root/tmp"

    for deb in "$@"; do dpkg-deb -x "$deb" "$root"; done
    # A service of a system, and what a person at a prompt needs.
    (cd "$root" && rm -rf usr/lib usr/libexec etc usr/share/{man,bash-completion,zsh,fish,lintian,downbeat-*})
    find "$root/usr/share/doc" -name 'changelog*' -delete
    mkdir -p "$root/etc"
    printf 'root:x:0:0:root:/root:/usr/sbin/nologin\ndownbeat:x:%s:%s:Downbeat:/data:/usr/sbin/nologin\n' $id $id >"$root/etc/passwd"
    # The sound cards' group has this number on every Debian.
    printf 'root:x:0:\naudio:x:29:downbeat\ndownbeat:x:%s:\n' $id >"$root/etc/group"
    echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
    install -d -m 750 "$root/data"
    case $name in
        downbeat-server)
            mkdir -p "$root/music"
            settings='"Env":["PATH=/usr/bin","DOWNBEAT_DATA=/data","DOWNBEAT_MUSIC=/music"],"Entrypoint":["/usr/bin/downbeat-server"],"ExposedPorts":{"3000/tcp":{}},"Volumes":{"/data":{},"/music":{}}'
            ;;
        downbeat-agent)
            settings='"Env":["PATH=/usr/bin","DOWNBEAT_DATA=/data"],"Entrypoint":["/usr/bin/downbeat-agent"],"Volumes":{"/data":{}}'
            ;;
    esac

    local mediatype=application/vnd.oci.image
    for tree in "$libraries_root" "$root"; do
        layer "$tree"
        layers+=${layers:+,}$(printf '{"mediaType":"%s.layer.v1.tar+gzip","digest":"sha256:%s","size":%s}' $mediatype "$digest" "$size")
        diffs+=${diffs:+,}\"sha256:$diff\"
        docker+=${docker:+,}\"blobs/sha256/$digest\"
    done
    cat >"$work/config.json" <<JSON
{"created":"$created",$platform,"os":"linux","config":{"User":"$id:$id","WorkingDir":"/data","StopSignal":"SIGTERM",$settings,"Labels":{"org.opencontainers.image.title":"$name","org.opencontainers.image.version":"$version","org.opencontainers.image.licenses":"MIT OR Apache-2.0","org.opencontainers.image.source":"https://github.com/klucsik/downbeat"}},"rootfs":{"type":"layers","diff_ids":[$diffs]},"history":[{"created":"$created","created_by":"libraries of Debian"},{"created":"$created","created_by":"packages of Downbeat"}]}
JSON
    blob "$work/config.json"
    local config_digest=$digest config_size=$size
    cat >"$work/manifest.json" <<JSON
{"schemaVersion":2,"mediaType":"$mediatype.manifest.v1+json","config":{"mediaType":"$mediatype.config.v1+json","digest":"sha256:$config_digest","size":$config_size},"layers":[$layers]}
JSON
    blob "$work/manifest.json"
    # A tag has no tilde and no plus.
    local tag=${version//[~+]/-}
    cat >"$image/index.json" <<JSON
{"schemaVersion":2,"mediaType":"$mediatype.index.v1+json","manifests":[{"mediaType":"$mediatype.manifest.v1+json","digest":"sha256:$digest","size":$size,"platform":{$platform,"os":"linux"},"annotations":{"org.opencontainers.image.ref.name":"$tag","io.containerd.image.name":"docker.io/library/$name:$tag"}}]}
JSON
    echo '{"imageLayoutVersion":"1.0.0"}' >"$image/oci-layout"
    # For an older docker.
    echo "[{\"Config\":\"blobs/sha256/$config_digest\",\"RepoTags\":[\"$name:$tag\"],\"Layers\":[$docker]}]" >"$image/manifest.json"

    local file=$out/${name}_${version}_$architecture.tar
    tar --create --file "$file" --directory "$image" --sort=name --format=ustar --mtime="@$SOURCE_DATE_EPOCH" \
        --owner=0 --group=0 --numeric-owner blobs index.json manifest.json oci-layout
    printf '%-48s %6d KiB  sha256:%s\n' "$file" $(($(stat -c %s "$file") / 1024)) "$digest"
}

server=$(newest downbeat-server) agent=$(newest downbeat-agent) client=$(newest downbeat)
[ -n "$server" ] || [ -n "$agent" ] || die "$packages has no packages for $architecture: make packages"
# The coordinator's has the client in it: for `exec`, and for a probe.
if [ -n "$server" ]; then image downbeat-server "$server" ${client:+"$client"}; fi
if [ -n "$agent" ]; then image downbeat-agent "$agent"; fi
