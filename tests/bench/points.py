"""points.py choose PORT TOKENFILE: chooses a table for the token's portal. points.py judge EVENTS CASE: reads the answers of
`dibao points recompute --json` and records the median."""

import json
import pathlib
import sys

from kit import Node, median, record

LIMIT = 10.0
CASES = {"new": "for the first time", "changed": "with every event worth something else", "same": "with nothing changed"}

if sys.argv[1] == "choose":
    node = Node(sys.argv[2], pathlib.Path(sys.argv[3]).read_text(encoding="utf-8").strip())
    node.call("POST", "/points/rules", {"key": "luan", "effective_from": "2026-01-01", "reason": "bench"})
else:
    text, decoder, rounds = sys.stdin.read(), json.JSONDecoder(), []
    while text.strip():
        one, end = decoder.raw_decode(text.lstrip())
        rounds.append(one)
        text = text.lstrip()[end:]
    events, portals = rounds[0]["events"], rounds[0]["portals"]
    # A year that was not filled is quick and proves nothing.
    if any(one["events"] != int(sys.argv[2]) or not one["points"] for one in rounds):
        raise SystemExit(f"expected {sys.argv[2]} events with points, got {rounds}")
    record("points", f"a year of {events:,} events of {portals} portals made again, {CASES[sys.argv[3]]}", median([one["seconds"] for one in rounds]),
           "s", LIMIT, note=f"PostgreSQL, {len(rounds)} rounds, read, scored and written in one transaction")
