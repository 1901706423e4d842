#!/usr/bin/env bash
# From the press of "publish" to the new bytes: on one node, and on a second one that shares PostgreSQL and Redis.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
services_up

dibao_up alone
settle alone "$PORT"
python3 "$BENCH/fresh.py" "$WORK/alone.token" "${ROUNDS:-20}" "one node, SQLite=$PORT"
dibao_down "$PID"

url=$(new_database bench_fresh)
dibao_up pair --database-url "$url" --redis-url "$DIBAO_TEST_REDIS_URL"; here=$PORT
dibao_up pair2 --database-url "$url" --redis-url "$DIBAO_TEST_REDIS_URL"; there=$PORT
settle pair "$here" "$url"
python3 "$BENCH/fresh.py" "$WORK/pair.token" "${ROUNDS:-20}" "same node, PostgreSQL=$here" "other node, PostgreSQL and Redis=$there"
finish
