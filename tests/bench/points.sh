#!/usr/bin/env bash
# A year of points of a province made again: 500,000 events of 100 portals below it, on PostgreSQL, table and caps in force.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
events=${EVENTS:-500000} rounds=${ROUNDS:-3}
services_up
url=$(new_database bench_points)
dibao_up points --tenants 300 --database-url "$url"
token=$(env -i PATH="$PATH" HOME="$HOME" DIBAO_DATABASE_URL="$url" "$BIN" tokens create --data-dir "$WORK/points" --tenant hubei --duty admin)
printf '%s' "$token" > "$WORK/points.token"
python3 "$BENCH/points.py" choose "$PORT" "$WORK/points.token"
dibao_down "$PID"
psql -q "$url" -v ON_ERROR_STOP=1 -v events="$events" -f "$BENCH/points.sql"
for _ in $(seq "$rounds"); do
    env -i PATH="$PATH" HOME="$HOME" DIBAO_DATABASE_URL="$url" "$BIN" points recompute --data-dir "$WORK/points" --tenant hubei --year 2026 --json
done > "$WORK/rounds"
python3 "$BENCH/points.py" judge "$events" < "$WORK/rounds"
finish
