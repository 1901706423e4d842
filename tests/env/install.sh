#!/usr/bin/env bash
# install.sh [bench]: what the tests (or the benchmarks) need beyond the Rust toolchain. Does nothing when all is there.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

has() { command -v "$1" >/dev/null; }

packages=()
need() { packages+=("$1"); }
[ -x "${PG_BIN:-/usr/lib/postgresql/15/bin}/postgres" ] || need postgresql-15
has redis-server || need redis-server
has jq || need jq
has python3 || need python3
python3 -c 'import ensurepip, venv' 2>/dev/null || need python3-venv
if [ "${1:-}" = bench ]; then
    has wrk || need wrk
    [ -x /usr/sbin/nginx ] || has nginx || need nginx-light
else
    has chromium || need chromium
    [ -e /usr/share/doc/fonts-noto-cjk ] || fc-list 2>/dev/null | grep -qi 'noto.*cjk' || need fonts-noto-cjk
    has node || need nodejs
    has npm || need npm
    has java || need default-jre-headless
fi
apt_missing "${packages[@]}"
[ "${1:-}" != bench ] || exit 0

# The virtual environment follows requirements.txt.
stamp=$(sha256sum < "$ROOT/tests/env/requirements.txt")
if [ "$(cat "$VENV/.stamp" 2>/dev/null)" != "$stamp" ]; then
    say "preparing the Python tools in $VENV"
    mkdir -p "$CACHE"
    [ -x "$VENV/bin/python" ] || python3 -m venv "$VENV"
    "$VENV/bin/pip" install --quiet --disable-pip-version-check -r "$ROOT/tests/env/requirements.txt"
    printf '%s' "$stamp" > "$VENV/.stamp"
fi

# The browser tests follow their lock file. Browsers come from Debian: no package may fetch one.
browser=$ROOT/tests/browser
if [ -f "$browser/package-lock.json" ]; then
    stamp=$(sha256sum < "$browser/package-lock.json")
    if [ "$(cat "$browser/node_modules/.stamp" 2>/dev/null)" != "$stamp" ]; then
        say "installing the browser tests' packages"
        (cd "$browser" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error)
        printf '%s' "$stamp" > "$browser/node_modules/.stamp"
    fi
fi
