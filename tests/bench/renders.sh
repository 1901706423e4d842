#!/usr/bin/env bash
# How many pages a change makes anew: warm pages of the centre, a province, a city and a county; one change; the same pages
# again; the renders counted by the program itself.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
dibao_up renders --tenants 60
settle renders "$PORT"
city=$(env -i PATH="$PATH" HOME="$HOME" "$BIN" tokens create --data-dir "$WORK/renders" --tenant wuhan-hubei --duty admin)
python3 "$BENCH/renders.py" "$PORT" "$WORK/renders.token" "$city"
finish
