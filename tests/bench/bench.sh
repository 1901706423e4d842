#!/usr/bin/env bash
# All benchmarks with the release build, written into docs/benchmarks.md. BIN=PATH measures another program,
# `bench.sh public memory` only these topics, ROUNDS, RUN_SECONDS and SCALE change the size of it.
set -euo pipefail
. "$(dirname "$0")/../env/lib.sh"
"$ROOT/tests/env/install.sh" bench

OUT=$(mktemp -d)
export OUT
trap 'rm -rf "$OUT"' EXIT
topics=("$@")
[ $# -gt 0 ] || topics=(public cold orders fresh memory renders likeness submissions joint crawl points)
broken=()
for topic in "${topics[@]}"; do
    printf '=== %s\n' "$topic"
    "$ROOT/tests/bench/$topic.sh" || broken+=("$topic")
done
python3 "$ROOT/tests/bench/report.py" --write "$OUT" "${REPORT:-$ROOT/docs/benchmarks.md}"
python3 "$ROOT/tests/bench/report.py" --print "$OUT"
[ ${#broken[@]} = 0 ] || die "not measured: ${broken[*]}"
