#!/usr/bin/env bash
# The API as its callers meet it: hand-written journeys, then schemathesis against the OpenAPI document, on SQLite and, when
# DIBAO_TEST_POSTGRES_URL names a server, on a database of its own there. Ends with `N passed, N failed`.
#
#   DIBAO_BIN       the binary; target/debug/dibao when left out
#   DIBAO_VENV      the virtual environment of tests/env/install.sh
#   API_EXAMPLES    examples per operation; 40 when left out
set -euo pipefail
. "$(dirname "$0")/../env/lib.sh"

here=$ROOT/tests/api
bin=${DIBAO_BIN:-$TARGET/debug/dibao}
python=${DIBAO_VENV:-$VENV}/bin/python
postgres=${DIBAO_TEST_POSTGRES_URL:-}
examples=${API_EXAMPLES:-40}
psql=${PG_BIN:-/usr/lib/postgresql/15/bin}/psql
[ -x "$bin" ] || die "no binary at $bin; set DIBAO_BIN"
[ -x "$python" ] || "$ROOT/tests/env/install.sh"
export PYTHONDONTWRITEBYTECODE=1
# A house of our own: nothing of the caller's settings.
for name in "${!DIBAO_@}"; do unset "$name"; done

work=$(mktemp -d)
cleanup() {
    local pid
    for pid in $(cat "$work"/*/pid 2>/dev/null); do kill "$pid" 2>/dev/null || true; done
    for pid in $(cat "$work"/*/pid 2>/dev/null); do
        wait_for 25 bash -c "! kill -0 $pid" || kill -9 "$pid" 2>/dev/null || true
    done
    [ ! -e "$work/database" ] || drop_database "$(cat "$work/database")" || true
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

create_database() { "$psql" -qX "$postgres" -c "CREATE DATABASE $1"; }
drop_database() { "$psql" -qX "$postgres" -c "DROP DATABASE IF EXISTS $1 WITH (FORCE)"; }

# check NAME COMMAND...: one line, `ok` or `FAILED` with what the command said.
check() {
    local name=$1 said; shift
    if said=$("$@" 2>&1); then say "ok     $name"; else say "FAILED $name: $(tr '\n' ' ' <<< "${said:0:2000}")"; fi
}

no_errors_in() { ! grep -aE 'ERROR|panicked' "$1"; }

# is_up PID LOG: ready, or never going to be.
is_up() { grep -q '^ready http' "$2" || ! kill -0 "$1"; }

# house ENGINE [URL]: one demo, everything asked of it. Writes its lines to standard output.
house() {
    local engine=$1 port dir=$work/$1 settings at
    port=$(free_port)
    settings=(--data-dir "$dir/data")
    [ -z "${2:-}" ] || settings+=(--database-url "$2")
    mkdir -p "$dir/data" "$dir/central" "$dir/tenant"
    NO_COLOR=1 "$bin" demo "${settings[@]}" --listen "127.0.0.1:$port" --tenants 60 >"$dir/log" 2>&1 &
    at=$!
    say "$at" > "$dir/pid"
    wait_for 90 is_up "$at" "$dir/log" || true
    if ! grep -q '^ready http' "$dir/log"; then
        say "FAILED the demo on $engine is ready: $(tail -n 20 "$dir/log")"
        return
    fi
    token() { "$bin" tokens create "${settings[@]}" --tenant "$1" --duty "$2"; }
    export ENGINE=$engine
    "$python" "$here/journeys.py" "$port" "$(token www central)" "$(token www central)" "$(token hubei operator)" \
        "$(token hubei admin)" "$(token wuhan-hubei admin)" || true
    local issuer
    issuer=$(token www central)
    "$python" "$here/fuzz.py" "$port" central "$(token www central)" "$issuer" www "$examples" "$dir/central" || true
    "$python" "$here/fuzz.py" "$port" tenant "$(token wuhan-hubei admin)" "$issuer" wuhan-hubei "$examples" \
        "$dir/tenant" || true
    check "the demo on $engine still stands" kill -0 "$at"
    check "its evidence holds ($engine)" "$bin" evidence verify "${settings[@]}"
    check "its log has no error ($engine)" no_errors_in "$dir/log"
    kill "$at" && wait "$at" || true
}

# Both engines at once: they share nothing.
house sqlite > "$work/sqlite.lines" &
runs=($!)
if [ -n "$postgres" ]; then
    database=dibao_api_$$
    say "$database" > "$work/database"
    create_database "$database"
    house postgres "${postgres%/*}/$database" > "$work/postgres.lines" &
    runs+=($!)
else
    say "PostgreSQL is left out: DIBAO_TEST_POSTGRES_URL is not set"
fi
for run in "${runs[@]}"; do wait "$run" || say "FAILED a run ended early" >> "$work/early.lines"; done

# Failures once more at the end, where they are seen.
cat "$work"/*.lines | grep -v '^FAILED' || true
cat "$work"/*.lines | grep '^FAILED' || true
passed=$(cat "$work"/*.lines | grep -c '^ok ' || true)
failed=$(cat "$work"/*.lines | grep -c '^FAILED ' || true)
say "$passed passed, $failed failed"
[ "$failed" = 0 ]
