#!/usr/bin/env bash
# Joint columns on PostgreSQL: what 100 active subscriptions add to a publication, in the publisher's request; and how long
# until the items of 100 columns stand in one province's column.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
services_up
url=$(new_database bench_joint)
dibao_up joint --database-url "$url" --tenants "${TENANTS:-400}"
settle joint "$PORT" "$url"
# token SLUG ROLE: a bearer token of a portal.
token() {
    env -i PATH="$PATH" HOME="$HOME" DIBAO_DATABASE_URL="$url" \
        "$BIN" tokens create --data-dir "$WORK/joint" --tenant "$1" --duty "$2"
}
python3 "$BENCH/joint.py" pick "$PORT" "$WORK/joint.token" 100 > "$WORK/slugs"
while read -r slug; do printf '%s %s\n' "$slug" "$(token "$slug" admin)"; done < "$WORK/slugs" > "$WORK/tokens"
python3 "$BENCH/joint.py" measure "$PORT" "$WORK/joint.token" "$WORK/tokens" "${PUBLICATIONS:-60}" "$url"
dibao_down "$PID"
finish
