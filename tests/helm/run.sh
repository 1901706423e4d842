#!/usr/bin/env bash
# The chart, for real: lint, render, schemas of Kubernetes. Ends with `N passed, N failed`.
set -euo pipefail
. "$(dirname "$0")/../env/lib.sh"
[ -x "$VENV/bin/python" ] || "$ROOT/tests/env/install.sh"
exec "$VENV/bin/python" "$ROOT/tests/helm/check.py" "$ROOT/helm/dibao" "$ROOT/tests/helm/values"
