#!/usr/bin/env bash
# Resident memory with 1 and with 84,094 idle tenants, after a restart: what creating them needed is gone.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
scale=${SCALE:-84094}
services_up

# resident NAME ARGS...: creates, restarts, lets it settle, prints kB.
resident() {
    local name=$1 before now; shift
    dibao_up "$name" "$@"
    settle "$name" "$PORT" "${!#}"
    say "$name after creating: $(awk '/VmRSS/ {print $2}' "/proc/$PID/status") kB, at most $(awk '/VmHWM/ {print $2}' "/proc/$PID/status") kB" >&2
    dibao_down "$PID"
    dibao_up "$name" "$@"
    # Settled: not changing by more than 256 kB for three seconds, at most a minute.
    before=0
    for _ in $(seq 20); do
        sleep 3
        now=$(awk '/VmRSS/ {print $2}' "/proc/$PID/status")
        [ $((now > before ? now - before : before - now)) -gt 256 ] || break
        before=$now
    done
    kB=$now
    dibao_down "$PID"
}

resident one --tenants 1 --database-url "$(new_database bench_small)"; one=$kB
say "creating $scale tenants" >&2
resident many --scale "$scale" --database-url "$(new_database bench_large)"; many=$kB
python3 - "$one" "$many" "$scale" "$BENCH" <<'PY'
import sys
one, many, scale = map(int, sys.argv[1:4])
sys.path.insert(0, sys.argv[4])
from kit import record
record("memory", "resident memory, 1 tenant", one / 1024, "MB")
record("memory", f"resident memory, {scale:,} idle tenants", many / 1024, "MB", 600)
record("memory", "memory per further tenant", (many - one) / (scale - 1), "KB", 4)
PY
finish
