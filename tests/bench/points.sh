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

# recompute FILE: once more, its answer into the file.
recompute() {
    env -i PATH="$PATH" HOME="$HOME" DIBAO_DATABASE_URL="$url" "$BIN" points recompute --data-dir "$WORK/points" --tenant hubei --year 2026 --json >> "$WORK/$1"
}
for _ in $(seq "$rounds"); do
    # The first time: nothing is there. Then every row says something else than it must, as after a change of the table.
    psql -q "$url" -c "TRUNCATE point"
    recompute new
    psql -q "$url" -c "UPDATE point SET points = points + 1, rule_version = 0" -c "VACUUM point"
    recompute changed
    recompute same
done
for case in new changed same; do
    python3 "$BENCH/points.py" judge "$events" $case < "$WORK/$case"
done
finish
