# shellcheck shell=bash
# To be sourced at the root of the tree: `need_node` puts a node that the page can be built and tried with, and npm, on
# the PATH; if it cannot, it says why in `no_node`. Debian 12 carries 18, which is too old: a newer one comes as a
# package of npm, into target/node, and touches nothing of the system.

# shellcheck disable=SC2034 # the reason is read by the script that takes this one in
node_needed=20.19
no_node=

node_suffices() {
    local found
    found=$(node --version 2>/dev/null | sed 's/^v//') || true
    [ -n "$found" ] && [ "$(printf '%s\n%s\n' "$node_needed" "$found" | sort -V | head -n1)" = "$node_needed" ]
}

need_node() {
    local own=$PWD/target/node/bin report
    if ! command -v npm >/dev/null; then
        no_node="npm is not installed (Debian: apt-get install nodejs npm)."
        return 1
    fi
    if node_suffices; then return 0; fi
    if [ -x "$own/node" ]; then PATH=$own:$PATH; export PATH; fi
    if node_suffices; then return 0; fi
    local machine
    case $(uname -m) in
    x86_64) machine=x64 ;;
    aarch64) machine=arm64 ;;
    *)
        no_node="it needs node >= $node_needed; here is $(node --version 2>/dev/null || echo none)."
        return 1
        ;;
    esac
    echo "node $(node --version 2>/dev/null || echo '(none)') is too old for the page: a newer one goes into target/node."
    mkdir -p "$own"
    if ! report=$(npm install --no-save --no-audit --no-fund --ignore-scripts --prefix target/node "node-linux-$machine@22" 2>&1); then
        no_node="node >= $node_needed cannot be had from npm: $(tail -n 3 <<<"$report" | tr '\n' ' ')"
        return 1
    fi
    ln -sf "../node_modules/node-linux-$machine/bin/node" "$own/node"
    PATH=$own:$PATH
    export PATH
    if node_suffices; then return 0; fi
    no_node="the node of npm does not run here."
    return 1
}
