#!/usr/bin/env bash
# Cold render of home pages on SQLite and PostgreSQL: each start of the program has rendered nothing yet.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
starts=${ROUNDS:-5}
services_up

for engine in sqlite postgres; do
    url=; options=()
    [ $engine = sqlite ] || { url=$(new_database bench_cold); options=(--database-url "$url"); }
    dibao_up "$engine" "${options[@]}"
    settle "$engine" "$PORT" "$url"
    for _ in $(seq "$starts"); do
        dibao_down "$PID"
        dibao_up "$engine" "${options[@]}"
        python3 "$BENCH/cold.py" "$PORT" "$WORK/$engine.token" >> "$WORK/$engine.times"
    done
    dibao_down "$PID"
done
python3 "$BENCH/cold.py" judge "$WORK/sqlite.times" "$WORK/postgres.times"
finish
