"""joint.py pick PORT TOKEN_FILE COUNT: slugs of portals below the centre. joint.py measure PORT TOKEN_FILE TOKENS COUNT: what
subscriptions add to a publication, and how long a fan-in takes (see joint.sh)."""

import subprocess
import sys
import threading
import time

from kit import Node, median, percentile, record

COLUMN, ALONE = "yaowen", "tzgg"
WARM = 8
LIMIT_MS = 5


def read(path):
    return open(path, encoding="utf-8").read().strip()


def pick(port, token_file, count):
    """Live portals below the centre, one that all of the others may feed first: the centre itself is not among them."""
    node = Node(port, read(token_file))
    slugs = [item["slug"] for item in node.items("/tenants", 1000) if item["slug"] != "www" and item["state"] == "live"]
    print("\n".join(slugs[: int(count)]))


def draft(node, title, column=COLUMN):
    node.connection = None  # one that was idle for long is closed by the server, and a POST is not sent twice
    body = {"column": column, "title": title, "body_html": f"<p>{title}</p>" * 20, "source": "测试单位"}
    return node.call("POST", "/documents", body).json()["id"]


def publish(node, document):
    from_ = time.perf_counter()
    answer = node.call("POST", f"/documents/{document}/publish", {})
    stated = answer.server_ms()
    return (time.perf_counter() - from_) * 1000 if stated is None else stated


def in_turn(node, count, url):
    """Milliseconds of publications in a column that nobody subscribed to and in one that somebody did, in turn, each after
    the subscribers have settled: what else the machine does falls on both alike."""
    alone, fed = [], []
    for n in range(count + WARM):
        for column, times in ((ALONE, alone), (COLUMN, fed)):
            document = draft(node, f"{column} {n}", column)
            quiet(url)
            times.append(publish(node, document))
    return alone[WARM:], fed[WARM:]


def quiet(url):
    """Waits until every subscriber has looked at what it got: the next publication shares the machine with nobody."""
    sql = "SELECT count(*) FROM job WHERE kind LIKE 'joint.%'"
    from_ = time.perf_counter()
    while time.perf_counter() - from_ < 300:
        done = subprocess.run(["psql", "-XAtc", sql, url], check=True, capture_output=True, text=True)
        if done.stdout.strip() == "0":
            return
        time.sleep(0.1)
    sys.exit("the subscribers did not settle")


def measure(port, token_file, tokens_file, count, url):
    centre, count = Node(port, read(token_file)), int(count)
    pairs = [line.split() for line in read(tokens_file).splitlines()]
    nodes = [Node(port, token) for _, token in pairs]
    # Everybody subscribes to one column of the centre: a publication writes a letter to each.
    centre.call("PUT", f"/joint/columns/{COLUMN}/open", {"open": True})
    form = {"source": "www", "column": COLUMN, "target": COLUMN, "mode": "review"}
    made = [node.call("POST", "/joint/subscriptions", form).json() for node in nodes]
    alone, fed = in_turn(centre, count, url)
    record("joint", f"publication without a subscription, PostgreSQL, median of {count}", median(alone), "ms",
           note=f"p95 {percentile(alone, 0.95):.2f} ms; with the way over loopback")
    record("joint", f"publication with {len(nodes)} active subscriptions, median of {count}", median(fed), "ms",
           note=f"p95 {percentile(fed, 0.95):.2f} ms")
    record("joint", f"what {len(nodes)} subscribers of one column add to a publication", median(fed) - median(alone), "ms", LIMIT_MS)
    for node, one in zip(nodes, made):
        node.connection = None
        node.call("POST", f"/joint/subscriptions/{one['id']}/step", {"move": "end"})
    fan_in(centre, nodes, pairs, url, count)


def fan_in(centre, nodes, pairs, url, count):
    """Many columns feed one: each of them publishes once, four at a time, and the receiver shows them all."""
    for slug, _ in pairs:
        body = {"source": slug, "column": COLUMN, "target": "gzdt", "mode": "automatic"}
        centre.connection = None
        centre.call("POST", "/joint/subscriptions", body)
    alone, fed = in_turn(nodes[0], count, url)
    record("joint", f"what a fan-in of {len(nodes)} columns adds to a publication in one of them", median(fed) - median(alone), "ms",
           LIMIT_MS, note=f"{median(alone):.2f} → {median(fed):.2f} ms, medians of {count}")
    quiet(url)
    placed = len(centre.items("/placements?tenant=www&column=gzdt", 100_000))
    from_, queue, lock = time.perf_counter(), list(nodes), threading.Lock()

    def work():
        while True:
            with lock:
                node = queue.pop() if queue else None
            if node is None:
                return
            publish(node, draft(node, "汇聚"))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    wanted = placed + len(nodes)
    while len(centre.items("/placements?tenant=www&column=gzdt", 100_000)) < wanted:
        if time.perf_counter() - from_ > 300:
            sys.exit("the items of all columns did not arrive")
        time.sleep(0.05)
    stand = len(centre.items("/placements?tenant=www&column=gzdt", 100_000))
    record("joint", f"until the items of {len(nodes)} columns stand in one, writing included", time.perf_counter() - from_, "s",
           note=f"{stand - placed} of {len(nodes)}, each once")


if __name__ == "__main__":
    {"pick": pick, "measure": measure}[sys.argv[1]](*sys.argv[2:])
