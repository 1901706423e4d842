"""fresh.py TOKEN_FILE ROUNDS NAME=PORT [NAME=PORT]: publishes on the first node and measures, on each node, how long its
column page goes on without the new title. The page is warm everywhere before."""

import gzip
import sys
import threading
import time
from urllib.parse import urlsplit

from kit import Node, median, percentile, record

LIMITS_MS = (50, 500)
token = open(sys.argv[1], encoding="utf-8").read().strip()
rounds = int(sys.argv[2])
nodes = [(name, int(port)) for name, _, port in (text.rpartition("=") for text in sys.argv[3:])]
writer = Node(nodes[0][1], token)

published = next(item for item in writer.items("/documents?tenant=www", 100) if item.get("live_edition_id"))
column = urlsplit(published["address"]).path.split("/")[1]


def watch(port, title, seen, warm):
    """Fetches the column page over one connection until the title is on it."""
    node = Node(port)
    until = time.perf_counter() + 30
    while time.perf_counter() < until:
        answer = node.get(f"/{column}/")
        body = gzip.decompress(answer.body) if answer.headers.get("Content-Encoding") == "gzip" else answer.body
        at = time.perf_counter()
        warm.set()
        if title.encode() in body:
            seen.append(at)
            return
        time.sleep(0.001)


def one_round(number):
    title = f"测速公告第{number}号"
    body = {"tenant": "www", "column": column, "title": title, "body_html": f"<p>{title}</p>"}
    document = writer.call("POST", "/documents", body).json()
    watchers = []
    for _, port in nodes:
        seen, warm = [], threading.Event()
        thread = threading.Thread(target=watch, args=(port, title, seen, warm))
        thread.start()
        warm.wait(30)
        watchers.append((thread, seen))
    pressed = time.perf_counter()
    writer.call("POST", f"/documents/{document['id']}/publish", {})
    for thread, _ in watchers:
        thread.join()
    return [(seen[0] - pressed) * 1000 if seen else float("inf") for _, seen in watchers]


results = [one_round(number) for number in range(rounds)]
for index, (name, _) in enumerate(nodes):
    times = [result[index] for result in results]
    record("fresh", f"publish → new bytes, {name}, median", median(times), "ms", LIMITS_MS[index],
           note=f"p95 {percentile(times, 0.95):.0f} ms, {rounds} publications")
