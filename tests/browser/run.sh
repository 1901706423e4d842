#!/usr/bin/env bash
# The browser tests against the binary in DIBAO_BIN. Closes with `N passed, N failed`.
set -euo pipefail
cd "$(dirname "$0")"
. ../env/lib.sh
export DIBAO_BIN=${DIBAO_BIN:-$TARGET/debug/dibao} CHROMIUM=${CHROMIUM:-$(command -v chromium)}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
code=0
node --test --test-reporter=tap --test-concurrency=1 ./*.test.mjs 2>&1 | tee "$log" | grep -Ev '^ *(duration_ms|type:|---|\.\.\.)' || code=${PIPESTATUS[0]}
passed=$(sed -n 's/^# pass //p' "$log")
failed=$(sed -n 's/^# fail //p' "$log")
printf '%s passed, %s failed\n' "${passed:-0}" "${failed:-1}"
[ "$code" = 0 ] && [ "${failed:-1}" = 0 ]
