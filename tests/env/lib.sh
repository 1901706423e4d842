# shellcheck shell=bash
# Sourced by the scripts beside it and by .ci/run: where things are, and how to say it.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=${DIBAO_CACHE:-$HOME/.cache/dibao}
VENV=$CACHE/venv
TARGET=${CARGO_TARGET_DIR:-$ROOT/target}

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# Runs a command as root: directly, by sudo without a question, or not at all.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo -n "$@"
    else die "needs root or sudo for: $*"; fi
}

# apt_missing PACKAGE...: installs, without starting what comes with them where the system lets us.
apt_missing() {
    [ $# -gt 0 ] || return 0
    command -v apt-get >/dev/null || die "no apt-get here; install by hand: $*"
    say "installing Debian packages: $*"
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -o DPkg::Lock::Timeout=300 -qq update
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -o DPkg::Lock::Timeout=300 -qq install -y \
        --no-install-recommends "$@" >/dev/null
}

# A TCP port of 127.0.0.1 that is free now. The kernel does not hand the same one out again at once.
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# wait_for SECONDS COMMAND...: polls until the command succeeds.
wait_for() {
    local until=$((SECONDS + $1)); shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.05
    done
}
