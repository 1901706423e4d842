#!/usr/bin/env bash
# The check of an item for near-duplicates: a desk with a million fingerprints in PostgreSQL, real items sent to it, and each of
# them checked over the API. ITEMS=N changes the million.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
items=${ITEMS:-1000000}
services_up
url=$(new_database bench_likeness)
dibao_up likeness --tenants 60 --database-url "$url"
settle likeness "$PORT" "$url"
for tenant in wuhan-hubei jiangan-wuhan-hubei; do
    env -i PATH="$PATH" HOME="$HOME" DIBAO_DATABASE_URL="$url" \
        "$BIN" tokens create --data-dir "$WORK/likeness" --tenant $tenant --duty admin > "$WORK/$tenant.token"
done
say "storing $items fingerprints" >&2
psql -q -v ON_ERROR_STOP=1 -v items="$items" -v bands=40 "$url" < "$BENCH/likeness.sql" >&2
python3 "$BENCH/likeness.py" "$PORT" "$WORK/wuhan-hubei.token" "$WORK/jiangan-wuhan-hubei.token" "$url" "$items" "${ROUNDS:-5}"
finish
