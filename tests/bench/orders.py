"""orders.py country ENGINE LIMIT_S PORT TOKEN_FILE ROUNDS: orders to the whole country, each until it is proven, while
visitors come. issue, bare and judge are the steps of the comparison with a bare INSERT … SELECT (see orders.sh)."""

import json
import re
import subprocess
import sys
import threading
import time

from kit import Node, median, percentile, record

PROVEN_SECONDS = 60
GIVE_UP_SECONDS = 600


def open_node(port, token_file):
    return Node(port, open(token_file, encoding="utf-8").read().strip())


def issue(node, editions):
    """Issues an order for the next edition that has none open. Returns (order, server ms, wall ms); where the server
    states no time, the wall counts."""
    while editions:
        body = {"edition_id": editions.pop(), "kind": "mandatory", "audience": {"subtree": "www"}, "deadline_hours": 24}
        from_ = time.perf_counter()
        answer = node.ask("POST", "/api/v1/orders", body=body)
        wall = (time.perf_counter() - from_) * 1000
        if answer.status in (200, 201):
            stated = answer.server_ms()
            return answer.json(), wall if stated is None else stated, wall
        if answer.status != 409:
            sys.exit(f"POST /orders: {answer.status} {answer.body[:400]!r}")
    sys.exit("no document of the central portal is left to order")


def editions_of(node):
    return [item["live_edition_id"] for item in node.items("/documents?tenant=www", 500) if item.get("live_edition_id")]


def until_proven(node, order):
    """Seconds until every mirror that is live is proven, and the board of then."""
    from_ = time.perf_counter()
    while time.perf_counter() - from_ < GIVE_UP_SECONDS:
        board = node.call("GET", f"/orders/{order['id']}").json()
        if board["counts"]["live_unverified"] == 0 and board["counts"]["verified_on_time"] > 0:
            return time.perf_counter() - from_, board
        time.sleep(0.2)
    sys.exit(f"not proven after {GIVE_UP_SECONDS} s: {board['counts']}")


class Visitors(threading.Thread):
    """Fifty home pages a second, the latencies kept: the portal serves while it proves."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.node, self.stop, self.times, self.bad = Node(port), threading.Event(), [], 0

    def run(self):
        while not self.stop.wait(0.02):
            from_ = time.perf_counter()
            self.bad += self.node.get("/").status != 200
            self.times.append((time.perf_counter() - from_) * 1000)


def country(engine, limit_s, port, token_file, rounds):
    node = open_node(port, token_file)
    editions, server, wall, proven = editions_of(node), [], [], []
    visitors = Visitors(port)
    visitors.start()
    for _ in range(int(rounds)):
        order, server_ms, wall_ms = issue(node, editions)
        server.append(server_ms)
        wall.append(wall_ms)
        seconds, board = until_proven(node, order)
        proven.append(seconds)
    visitors.stop.set()
    visitors.join()
    audience, counts = board["audience_count"], board["counts"]
    record("orders", f"order to {audience:,} portals, {engine}: committed and live, server time", median(server) / 1000, "s",
           float(limit_s), note=f"wall {median(wall) / 1000:.3f} s, median of {rounds}")
    others = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count and name != "verified_on_time")
    record("orders", f"{counts['verified_on_time']:,} mirrors fetched and proven, {engine}", median(proven), "s", PROVEN_SECONDS,
           note=f"{others + '; ' if others else ''}{len(visitors.times):,} visits meanwhile, {visitors.bad} failed, "
                f"p99 {percentile(visitors.times, 0.99):.1f} ms")


def psql(url, *statements):
    """Runs statements in one session; returns the milliseconds of each as psql saw them."""
    command = ["psql", "-X", "-v", "ON_ERROR_STOP=1", url, "-c", "\\timing on"]
    for statement in statements:
        command += ["-c", statement]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [float(ms) for ms in re.findall(r"^Time: ([\d.]+) ms", text, re.M)]


# The rows that an order writes, by table.
WRITTEN = ("obligation", "placement")


def bare(url, rounds=3):
    """Reads an order, prints its time and that of INSERT … SELECT of its rows into empty twins with the same indexes."""
    order = json.load(sys.stdin)
    sums = []
    for _ in range(rounds):
        psql(url, *[f"DROP TABLE IF EXISTS bare_{t}" for t in WRITTEN],
             *[f"CREATE TABLE bare_{t} (LIKE {t} INCLUDING ALL)" for t in WRITTEN], "CHECKPOINT")
        inserts = [f"INSERT INTO bare_{t} SELECT * FROM {t} WHERE order_id = '{order['id']}'" for t in WRITTEN]
        sums.append(sum(psql(url, "BEGIN", *inserts, "COMMIT")) / 1000)
    print(json.dumps(order | {"bare": median(sums)}))


def issue_one(port, token_file):
    """Issues one order to everybody and prints what bare and judge need of it. It is previewed first, as a duty officer does:
    nobody orders 84,094 sites without having seen whom it reaches, and the tables have been read once by then."""
    node = open_node(port, token_file)
    editions = editions_of(node)
    node.call("POST", "/orders/preview", {"edition_id": editions[-1], "kind": "mandatory", "audience": {"subtree": "www"}})
    order, server_ms, wall_ms = issue(node, editions)
    audience = node.call("GET", f"/orders/{order['id']}").json()["audience_count"]
    print(json.dumps({"id": order["id"], "audience": audience, "server": server_ms / 1000, "wall": wall_ms / 1000}))


def judge():
    rounds = [json.loads(line) for line in sys.stdin]
    audience = rounds[0]["audience"]
    record("orders", f"order to {audience:,} sites, PostgreSQL: committed and live, server time",
           median([r["server"] for r in rounds]), "s", note=f"wall {median([r['wall'] for r in rounds]):.3f} s")
    record("orders", "bare INSERT … SELECT of the same rows and indexes", median([r["bare"] for r in rounds]), "s",
           note="obligations and mirrors, one transaction")
    record("orders", f"order to {audience:,} sites / bare INSERT … SELECT", median([r["server"] / r["bare"] for r in rounds]), "×", 3)


if __name__ == "__main__":
    {"country": country, "issue": issue_one, "bare": bare, "judge": judge}[sys.argv[1]](*sys.argv[2:])
