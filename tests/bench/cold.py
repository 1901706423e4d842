"""cold.py PORT TOKEN_FILE: fetches the home page of the central portal and of every province once and prints what the
server took for each and how many list entries it has. cold.py judge SQLITE POSTGRES: judges the collected times."""

import gzip
import sys

from kit import Node, median, percentile, record

if sys.argv[1] == "judge":
    for engine, file, limit in (("SQLite", sys.argv[2], 5), ("PostgreSQL", sys.argv[3], 8)):
        rows = [tuple(map(float, line.split())) for line in open(file, encoding="utf-8")]
        times = [ms for ms, _ in rows]
        note = f"{len(times)} pages, {median([n for _, n in rows]):.0f} list entries each"
        record("cold", f"cold home page, {engine}, server time, median", median(times), "ms", limit, note=note)
        record("cold", f"cold home page, {engine}, server time, p99", percentile(times, 0.99), "ms")
    sys.exit()

node = Node(sys.argv[1], open(sys.argv[2], encoding="utf-8").read().strip())
portals = [t for level in ("central", "province") for t in node.items(f"/tenants?level={level}") if t["state"] == "live"]
# The first page of a process pays for opening connections and compiling templates: a county portal takes that part.
first = node.items("/tenants?level=county", 1)[0]
for number, portal in enumerate([first] + portals):
    answer = node.get("/", host=portal["hosts"][0].split(":")[0])
    if answer.status != 200 or answer.server_ms() is None:
        sys.exit(f"{portal['slug']}: status {answer.status}, Server-Timing {answer.headers.get('Server-Timing')!r}")
    if number:
        print(answer.server_ms(), gzip.decompress(answer.body).count(b"<li"))
