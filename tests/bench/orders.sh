#!/usr/bin/env bash
# Orders: to the real country on SQLite and PostgreSQL until every mirror is proven, and to 84,094 sites on PostgreSQL
# beside the bare INSERT … SELECT of the same rows.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
scale=${SCALE:-84094} rounds=${ROUNDS:-3}
services_up

# country ENGINE LIMIT NAME [URL]
country() {
    local engine=$1 limit=$2 name=$3 url=${4:-}
    dibao_up "$name" ${url:+--database-url "$url"}
    settle "$name" "$PORT" "$url"
    python3 "$BENCH/orders.py" country "$engine" "$limit" "$PORT" "$WORK/$name.token" "$rounds"
    dibao_down "$PID"
}
country "SQLite" 0.5 sqlite
country "PostgreSQL" 1.0 postgres "$(new_database bench_orders)"

# Every round starts from a copy of the same quiet database, and the bare statement runs while the program is stopped.
base=$(new_database bench_base)
say "creating $scale tenants" >&2
dibao_up base --scale "$scale" --database-url "$base"
settle base "$PORT" "$base"
dibao_down "$PID"
for _ in $(seq "$rounds"); do
    psql -q "$DIBAO_TEST_POSTGRES_URL" -c "CREATE DATABASE bench_round TEMPLATE bench_base"
    url=${base%/*}/bench_round
    cp -r "$WORK/base" "$WORK/round"
    dibao_up round --scale "$scale" --database-url "$url"
    token_of round "$url" > "$WORK/round.token"
    python3 "$BENCH/orders.py" issue "$PORT" "$WORK/round.token" > "$WORK/order"
    dibao_down "$PID"
    python3 "$BENCH/orders.py" bare "$url" < "$WORK/order" >> "$WORK/rounds"
    psql -q "$DIBAO_TEST_POSTGRES_URL" -c "DROP DATABASE bench_round WITH (FORCE)"
    rm -rf "$WORK/round" "$WORK/round.log"
done
python3 "$BENCH/orders.py" judge < "$WORK/rounds"
finish
