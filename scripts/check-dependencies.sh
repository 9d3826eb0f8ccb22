#!/usr/bin/env bash
# Fails when a package of the workspace names a dependency that its code does not name. Needs no tool beyond bash and grep.
#
# A dependency must be named in src/ (or in the other places where its section is used), a build dependency in build.rs,
# a development dependency in src/, tests/, benches/ or examples/. A dependency that only turns on features for another
# one, or that a macro names, is written into `allowed` below with its reason.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# package/dependency pairs that are needed although no line of Rust names them.
allowed=()

is_allowed() {
    local pair
    for pair in ${allowed[@]+"${allowed[@]}"}; do
        if [ "$pair" = "$1" ]; then return 0; fi
    done
    return 1
}

# The members' folders, from the `members` list of the workspace.
members() {
    sed -n '/^members = \[/{:a;/\]/!{N;ba};p}' Cargo.toml | grep -o '"[^"]*"' | tr -d '"'
}

# dependencies MANIFEST: "section name" a line. Both `name = ...` and `[dependencies.name]` are understood.
dependencies() {
    local line section='' name
    while IFS= read -r line || [ -n "$line" ]; do
        if [[ $line =~ ^\[(target\..*\.)?((dev-|build-)?dependencies)(\.([A-Za-z0-9_-]+))?\] ]]; then
            section=${BASH_REMATCH[2]}
            name=${BASH_REMATCH[5]:-}
            # In a table of one dependency, the lines that follow are its settings.
            if [ -n "$name" ]; then echo "$section $name"; section=; fi
        elif [[ $line == \[* ]]; then
            section=
        elif [ -n "$section" ] && [[ $line =~ ^([A-Za-z0-9_-]+)[[:space:]]*(\.|=) ]]; then
            echo "$section ${BASH_REMATCH[1]}"
        fi
    done <"$1"
}

# places SECTION FOLDER: the files and folders in which a dependency of this section may be named.
places() {
    local folder=$2 place
    local -a candidates
    case $1 in
    dependencies) candidates=(src) ;;
    build-dependencies) candidates=(build.rs) ;;
    dev-dependencies) candidates=(src tests benches examples) ;;
    esac
    for place in "${candidates[@]}"; do
        if [ -e "$folder/$place" ]; then echo "$folder/$place"; fi
    done
}

faults=0
checked=0
while read -r folder; do
    while read -r section name; do
        checked=$((checked + 1))
        identifier=${name//-/_}
        mapfile -t where < <(places "$section" "$folder")
        # Comments do not count: a crate that is only spoken of is not used.
        if [ ${#where[@]} -gt 0 ]; then
            # A path of the crate itself (`name::`, `use name as ...`), not of a module that has the same name.
            used="(^|[^A-Za-z0-9_:])(::)?$identifier(::|;| as )"
            lines=$(grep -rhE --include='*.rs' "$used" "${where[@]}" || true)
            if grep -qE '^[[:space:]]*([^/[:space:]]|/[^/])' <<<"$lines"; then continue; fi
        fi
        if is_allowed "$folder/$name"; then continue; fi
        echo "$folder/Cargo.toml: $name ($section) is not named in the code." >&2
        faults=$((faults + 1))
    done < <(dependencies "$folder/Cargo.toml")
done < <(members)

if [ "$checked" -eq 0 ]; then
    echo "No dependency was found: the manifests are not as this script reads them." >&2
    exit 1
fi
if [ "$faults" -gt 0 ]; then
    echo "Remove them, or write them into 'allowed' in scripts/check-dependencies.sh with a reason." >&2
    exit 1
fi
