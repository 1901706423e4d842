#!/usr/bin/env bash
# All tests: installs what they need, starts PostgreSQL and Redis of their own, runs every stage, closes with one line
# `N passed, N failed`. A stage that fails does not stop the others.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

started=$SECONDS
work=$(mktemp -d)
cleanup() { tests/env/services.sh down "$work/services" || true; rm -rf "$work"; }
trap cleanup EXIT
trap 'exit 130' INT TERM

passed=0 failed=0 report=()

# count FILE: adds up the closing lines of cargo test, nextest and our own runners.
count() {
    python3 - "$1" <<'PY'
import re, sys
text = re.sub(r"\x1b\[[0-9;]*m", "", open(sys.argv[1], encoding="utf-8", errors="replace").read())
passed = failed = 0
for line in text.splitlines():
    line = line.strip()
    nextest = re.match(r"Summary \[.*\] .*tests? run: (.*)", line)
    other = re.match(r"(?:test result: \w+\. )?(\d+) passed[;,] (\d+) failed", line)
    if nextest:
        number = lambda what: sum(int(n) for n in re.findall(r"(\d+) " + what, nextest.group(1)))
        passed += number("passed")
        failed += number("failed") + number("timed out")
    elif other:
        passed += int(other.group(1))
        failed += int(other.group(2))
print(passed, failed)
PY
}

# stage NAME COMMAND...: runs, shows, times and counts.
stage() {
    local name=$1 from=$SECONDS code=0 good bad; shift
    printf '\n=== %s\n' "$name"
    "$@" </dev/null 2>&1 | tee "$work/log" || code=${PIPESTATUS[0]}
    read -r good bad < <(count "$work/log")
    # A stage that broke without saying how many is one failure.
    [ "$code" = 0 ] || [ "$bad" != 0 ] || bad=1
    passed=$((passed + good)) failed=$((failed + bad))
    report+=("$(printf '%-22s %5d passed %5d failed %5d s' "$name" "$good" "$bad" $((SECONDS - from)))")
}

# A stage without which the rest makes no sense.
prepare() {
    local before=$failed
    stage "$@"
    [ "$failed" = "$before" ] || finish
}

finish() {
    printf '\n=== summary (%d s)\n' $((SECONDS - started))
    printf '%s\n' "${report[@]}"
    printf '\n%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" = 0 ] && exit 0
    exit 1
}

run_rust() {
    if cargo nextest --version >/dev/null 2>&1; then cargo nextest run --locked --workspace --no-fail-fast
    else cargo test --locked --workspace --lib --bins --tests --no-fail-fast; fi
}

prepare "install" tests/env/install.sh
prepare "services" tests/env/services.sh up "$work/services"
# shellcheck disable=SC1091
. "$work/services"
export DIBAO_BIN=$TARGET/debug/dibao DIBAO_VENV=$VENV CHROMIUM=${CHROMIUM:-$(command -v chromium || true)}

# One profile and always the whole workspace: another choice of packages would compile the libraries again.
prepare "build" cargo build --locked --workspace --bin dibao
stage "rust tests" run_rust
stage "rust doc tests" cargo test --locked --workspace --doc
for name in browser api helm; do
    [ ! -x "tests/$name/run.sh" ] || stage "$name tests" "tests/$name/run.sh"
done
finish
