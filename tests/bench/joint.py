"""joint.py pick PORT TOKEN_FILE COUNT: slugs of portals below the centre. joint.py measure PORT TOKEN_FILE TOKENS COUNT: what
subscriptions add to a publication, and how long a fan-in takes (see joint.sh)."""

import subprocess
import sys
import threading
import time

from kit import Node, median, percentile, record

COLUMN = "yaowen"
LIMIT_MS = 5


def read(path):
    return open(path, encoding="utf-8").read().strip()


def pick(port, token_file, count):
    """Live portals below the centre, one that all of the others may feed first: the centre itself is not among them."""
    node = Node(port, read(token_file))
    slugs = [item["slug"] for item in node.items("/tenants", 1000) if item["slug"] != "www" and item["state"] == "live"]
    print("\n".join(slugs[: int(count)]))


def draft(node, title):
    body = {"column": COLUMN, "title": title, "body_html": f"<p>{title}</p>" * 20, "source": "测试单位"}
    return node.call("POST", "/documents", body).json()["id"]


def publish(node, document):
    from_ = time.perf_counter()
    answer = node.call("POST", f"/documents/{document}/publish", {})
    stated = answer.server_ms()
    return (time.perf_counter() - from_) * 1000 if stated is None else stated


def publications(node, count, name):
    """Milliseconds of publications; the drafts are made before, so that only the publication is measured."""
    node.connection = None  # one that was idle for long is closed by the server, and a POST is not sent twice
    documents = [draft(node, f"{name} {n}") for n in range(count)]
    return [publish(node, document) for document in documents]


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
    publications(centre, 10, "预热")
    before = publications(centre, count, "无订阅")
    # Everybody subscribes to one column of the centre: a publication writes a letter to each.
    centre.call("PUT", f"/joint/columns/{COLUMN}/open", {"open": True})
    form = {"source": "www", "column": COLUMN, "target": COLUMN, "mode": "review"}
    made = [node.call("POST", "/joint/subscriptions", form).json() for node in nodes]
    with_, again = [], []
    for n in range(count):
        with_ += publications(centre, 1, f"有订阅 {n}")
        quiet(url)
    for node, one in zip(nodes, made):
        node.call("POST", f"/joint/subscriptions/{one['id']}/step", {"move": "end"})
    again = publications(centre, count, "订阅结束")
    base = median(before + again)
    record("joint", f"publication without a subscription, PostgreSQL, median of {2 * count}", base, "ms",
           note=f"p95 {percentile(before + again, 0.95):.2f} ms; a trip over loopback counts")
    record("joint", f"publication with {len(nodes)} active subscriptions, median of {count}", median(with_), "ms",
           note=f"p95 {percentile(with_, 0.95):.2f} ms")
    record("joint", f"what {len(nodes)} subscriptions add to a publication", median(with_) - base, "ms", LIMIT_MS)
    fan_in(centre, nodes, pairs, url)


def fan_in(centre, nodes, pairs, url):
    """Many columns feed one: each of them publishes once, four at a time, and the receiver shows them all."""
    single = publications(nodes[0], 30, "单个来源")
    for slug, _ in pairs:
        body = {"source": slug, "column": COLUMN, "target": "gzdt", "mode": "automatic"}
        centre.call("POST", "/joint/subscriptions", body)
    fed = publications(nodes[0], 30, "有汇聚")
    record("joint", f"what one of {len(nodes)} columns that feed one adds to a publication", median(fed) - median(single), "ms", LIMIT_MS,
           note=f"{median(single):.2f} → {median(fed):.2f} ms")
    quiet(url)
    placed = len(centre.items("/placements?tenant=www&column=gzdt", 100_000))
    from_, queue, lock = time.perf_counter(), list(nodes), threading.Lock()

    def work():
        while True:
            with lock:
                node = queue.pop() if queue else None
            if node is None:
                return
            publications(node, 1, "汇聚")

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
