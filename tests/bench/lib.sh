# shellcheck shell=bash
# Sourced by the benchmarks: a working directory, private databases, dibao and nginx on ports of their own, all gone at exit.
. "$(dirname "${BASH_SOURCE[0]}")/../env/lib.sh"

BENCH=$ROOT/tests/bench
BIN=$(realpath "${BIN:-$TARGET/release/dibao}")
[ -x "$BIN" ] || die "no program at $BIN: run make build, or say BIN=PATH"
# Measurements are lines of JSON, one file per topic.
OUT=${OUT:-}
ALONE=
[ -n "$OUT" ] || { OUT=$(mktemp -d); ALONE=1; }
export OUT

WORK=$(mktemp -d /tmp/dibao-bench.XXXXXX)
chmod 755 "$WORK"
PIDS=()

bench_cleanup() {
    local pid
    for pid in "${PIDS[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${PIDS[@]}"; do wait "$pid" 2>/dev/null || true; done
    DIBAO_SERVICES_DURABLE=1 "$ROOT/tests/env/services.sh" down "$WORK/services" || true
    rm -rf "$WORK"
    [ -z "$ALONE" ] || rm -rf "$OUT"
}
trap bench_cleanup EXIT
trap 'exit 130' INT TERM

# A private PostgreSQL and Redis, durable as in production: a commit is on the disk.
services_up() {
    DIBAO_SERVICES_DURABLE=1 "$ROOT/tests/env/services.sh" up "$WORK/services" >/dev/null
    # shellcheck disable=SC1091
    . "$WORK/services"
}

# new_database NAME: prints the address of a fresh database.
new_database() {
    psql -q "$DIBAO_TEST_POSTGRES_URL" -c "CREATE DATABASE $1" >/dev/null
    say "${DIBAO_TEST_POSTGRES_URL%/*}/$1"
}

# dibao_up NAME ARGS...: starts `dibao demo` with a clean environment, waits for its `ready` line, sets PORT and PID.
dibao_up() {
    local name=$1 log; shift
    log=$WORK/$name.log
    # The line of an earlier start must not be taken for this one's.
    rm -f "$log"
    PORT=$(free_port)
    env -i PATH="$PATH" HOME="$HOME" "$BIN" demo --data-dir "$WORK/$name" --listen "127.0.0.1:$PORT" "$@" \
        >"$log" 2>&1 </dev/null &
    PID=$!
    PIDS+=("$PID")
    wait_for "${READY_SECONDS:-900}" eval "grep -qs 'ready http' '$log' || ! kill -0 $PID"
    grep -qs 'ready http' "$log" || { tail -20 "$log" >&2; die "dibao $name did not become ready"; }
}

# dibao_down PID: a clean stop.
dibao_down() { kill "$1"; wait "$1" 2>/dev/null || true; }

# token_of NAME [URL]: a bearer token of the centre's officer.
token_of() {
    env -i PATH="$PATH" HOME="$HOME" ${2:+DIBAO_DATABASE_URL="$2"} \
        "$BIN" tokens create --data-dir "$WORK/$1" --tenant www --duty central
}

# settle NAME PORT [URL]: waits until the probes of earlier orders are done.
settle() {
    token_of "$1" "${3:-}" > "$WORK/$1.token"
    python3 "$BENCH/settle.py" "$2" "$WORK/$1.token"
}

# finish: alone, a script prints what it measured.
finish() { [ -z "$ALONE" ] || python3 "$BENCH/report.py" --print "$OUT"; }
