#!/usr/bin/env bash
# services.sh up|down [FILE]: a PostgreSQL 15, a Redis, an SMTP and an S3 server of the tests' own: own ports, own data under a temporary
# directory, never the system's cluster. `up` writes their addresses to FILE as `export NAME=value` lines and prints them
# (again, when they run already); `down` stops them and removes their data.
#
#   tests/env/services.sh up; . tests/env/.services; cargo nextest run --workspace; tests/env/services.sh down
#
# DIBAO_SERVICES_DURABLE=1 keeps fsync on (benchmarks); tests do without.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

ENV_FILE=${2:-$ROOT/tests/env/.services}
PG_BIN=${PG_BIN:-/usr/lib/postgresql/15/bin}

# PostgreSQL refuses to run as root: then it runs as `postgres`, which Debian's package creates, or as `nobody`.
pg_user=
if [ "$(id -u)" = 0 ]; then
    for pg_user in postgres nobody; do id "$pg_user" >/dev/null 2>&1 && break; done
fi
as_pg() { if [ -n "$pg_user" ]; then (cd / && runuser -u "$pg_user" -- "$@"); else "$@"; fi; }

# retry COMMAND: a free port may be taken before it is used; then another one is tried.
retry() { for _ in 1 2 3; do "$@" && return; done; return 1; }

start_postgres() {
    local port settings
    port=$(free_port)
    settings="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$dir/pg -c max_connections=400"
    settings+=" -c shared_buffers=256MB -c max_wal_size=2GB -c max_locks_per_transaction=256 -c log_min_messages=warning"
    [ "${DIBAO_SERVICES_DURABLE:-}" = 1 ] || settings+=" -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    as_pg "$PG_BIN/pg_ctl" -D "$dir/pg/data" -l "$dir/pg/log" -o "$settings" -w -t 60 start >/dev/null || return 1
    say "export DIBAO_TEST_POSTGRES_URL=postgres://postgres:$password@127.0.0.1:$port/postgres" >> "$dir/env"
}

start_redis() {
    local port
    port=$(free_port)
    redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no --dir "$dir/redis" --daemonize yes \
        --pidfile "$dir/redis/pid" --logfile "$dir/redis/log" >/dev/null || return 1
    wait_for 20 redis-cli -h 127.0.0.1 -p "$port" ping || return 1
    say "export DIBAO_TEST_REDIS_URL=redis://127.0.0.1:$port/0" >> "$dir/env"
}

start_smtp() {
    local port
    port=$(free_port)
    mkdir -p "$dir/mail"
    "$VENV/bin/python" "$ROOT/tests/env/smtp_server.py" "$port" "$dir/mail" >"$dir/smtp.log" 2>&1 </dev/null &
    echo $! > "$dir/smtp.pid"
    if ! wait_for 20 smtp_answers "$port"; then
        kill "$(cat "$dir/smtp.pid")" 2>/dev/null || true
        return 1
    fi
    say "export DIBAO_TEST_SMTP_URL=smtp://127.0.0.1:$port" >> "$dir/env"
    say "export DIBAO_TEST_MAIL_DIR=$dir/mail" >> "$dir/env"
}

# Does an SMTP server greet on this port?
smtp_answers() { python3 -c 'import smtplib, sys; smtplib.SMTP("127.0.0.1", int(sys.argv[1]), timeout=5).noop()' "$1"; }

start_s3() {
    local port key
    port=$(free_port)
    "$VENV/bin/python" "$ROOT/tests/env/s3_server.py" "$port" portal "$dir/s3.key" >"$dir/s3.log" 2>&1 </dev/null &
    echo $! > "$dir/s3.pid"
    if ! wait_for 60 test -s "$dir/s3.key"; then
        kill "$(cat "$dir/s3.pid")" 2>/dev/null || true
        return 1
    fi
    mapfile -t key < "$dir/s3.key"
    say "export DIBAO_TEST_S3_ENDPOINT=http://127.0.0.1:$port DIBAO_TEST_S3_BUCKET=portal" >> "$dir/env"
    say "export DIBAO_TEST_S3_KEY_ID=${key[0]} DIBAO_TEST_S3_SECRET=${key[1]}" >> "$dir/env"
}

# Does an HTTP server answer here, whatever it says?
http_answers() { python3 -c 'import http.client, sys; c = http.client.HTTPConnection(sys.argv[1], timeout=5); c.request("GET", "/"); c.getresponse()' "${1#http://}"; }

stop_all() {
    local pid service
    if [ -f "$dir/pg/data/postmaster.pid" ]; then
        as_pg "$PG_BIN/pg_ctl" -D "$dir/pg/data" -m immediate -w stop >/dev/null || true
    fi
    if pid=$(cat "$dir/redis/pid" 2>/dev/null); then
        kill "$pid" 2>/dev/null || true
        wait_for 10 bash -c "! kill -0 $pid" || kill -9 "$pid" 2>/dev/null || true
    fi
    for service in smtp s3; do
        if pid=$(cat "$dir/$service.pid" 2>/dev/null); then
            kill "$pid" 2>/dev/null || true
        fi
    done
    rm -rf "$dir"
}

# Do the services that FILE names still answer?
alive() {
    # shellcheck disable=SC1090
    [ -s "$ENV_FILE" ] && . "$ENV_FILE" && "$PG_BIN/pg_isready" -q -d "$DIBAO_TEST_POSTGRES_URL" &&
        redis-cli -u "$DIBAO_TEST_REDIS_URL" ping >/dev/null 2>&1 &&
        { [ -z "${DIBAO_TEST_SMTP_URL:-}" ] || smtp_answers "${DIBAO_TEST_SMTP_URL##*:}" >/dev/null 2>&1; } &&
        { [ -z "${DIBAO_TEST_S3_ENDPOINT:-}" ] || http_answers "$DIBAO_TEST_S3_ENDPOINT" >/dev/null 2>&1; }
}

up() {
    if alive; then cat "$ENV_FILE"; return; fi
    down
    [ -x "$PG_BIN/initdb" ] || die "no PostgreSQL in $PG_BIN; run tests/env/install.sh"
    # Not $TMPDIR: the user of PostgreSQL must be able to walk to it.
    umask 022
    dir=$(mktemp -d /tmp/dibao-test.XXXXXX)
    trap 'cat "$dir/pg/log" "$dir/redis/log" >&2 2>/dev/null || true; stop_all' EXIT
    mkdir "$dir/pg" "$dir/redis"
    password=$(python3 -c 'import secrets; print(secrets.token_hex(16))')
    (umask 077; printf '%s' "$password" > "$dir/pg/password")
    chmod 711 "$dir"
    [ -z "$pg_user" ] || chown -R "$pg_user" "$dir/pg"
    (umask 077; say "export DIBAO_TEST_DIR=$dir" > "$dir/env")
    # md5, not scram: an unoptimised client needs tens of milliseconds for one scram handshake.
    as_pg "$PG_BIN/initdb" -D "$dir/pg/data" -U postgres --auth=md5 --pwfile="$dir/pg/password" -E UTF8 --locale=C.UTF-8 \
        --no-sync >/dev/null
    retry start_postgres || die "PostgreSQL did not start"
    retry start_redis || die "Redis did not start"
    # Without the Python tools the tests of mail and of S3 are left out, and say so.
    if "$VENV/bin/python" -c 'import aiosmtpd' 2>/dev/null; then
        retry start_smtp || die "the SMTP server did not start"
    fi
    if "$VENV/bin/python" -c 'import moto.server' 2>/dev/null; then
        retry start_s3 || die "the S3 server did not start"
    fi
    trap - EXIT
    (umask 077; cp "$dir/env" "$ENV_FILE")
    cat "$ENV_FILE"
}

down() {
    [ -e "$ENV_FILE" ] || return 0
    dir=$(sed -n 's/^export DIBAO_TEST_DIR=//p' "$ENV_FILE")
    case $dir in /tmp/dibao-test.*) stop_all ;; esac
    rm -f "$ENV_FILE"
}

case ${1:-} in
    up) up ;;
    down) down ;;
    *) die "say up or down" ;;
esac
