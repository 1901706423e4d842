#!/usr/bin/env bash
# Submissions: every county of the country submits one item to its superior and one, by a standing permission, past it to
# its province and to the centre, within a minute each; nothing is lost or double; then the queue page of the fullest desk.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
services_up

# country ENGINE NAME [URL]
country() {
    local engine=$1 name=$2 url=${3:-}
    dibao_up "$name" ${url:+--database-url "$url"}
    settle "$name" "$PORT" "$url"
    printf '%s\n' bench-Dibao-2026 | env -i PATH="$PATH" HOME="$HOME" ${url:+DIBAO_DATABASE_URL="$url"} \
        "$BIN" accounts put --data-dir "$WORK/$name" --login bench --name bench --tenant www --duty admin --subtree >/dev/null
    python3 "$BENCH/submissions.py" "$engine" "$PORT" "$WORK/$name.token" bench bench-Dibao-2026 "${COUNTIES:-100000}"
    dibao_down "$PID"
}
country "SQLite" sqlite
country "PostgreSQL" postgres "$(new_database bench_submissions)"
finish
