"""likeness.py PORT CITY_TOKEN COUNTY_TOKEN DATABASE_URL ITEMS ROUNDS: sends the labelled texts to a desk that has ITEMS
fingerprints already, makes the buckets of these texts as full as chance would, and checks each text over the API."""

import json
import pathlib
import random
import struct
import subprocess
import sys
import time

from kit import Node, median, percentile, record

# Two unrelated texts have about a fiftieth of their words in common (docs/likeness.md): three minima agree by chance in
# 0.02³, eight of a million in every bucket.
BY_CHANCE = 0.02 ** 3

port, city_file, county_file, url, items, rounds = sys.argv[1:]
items, rounds = int(items), int(rounds)
city, county = (Node(port, open(file, encoding="utf-8").read().strip()) for file in (city_file, county_file))


def psql(sql, stdin=None):
    done = subprocess.run(["psql", "-qAt", "-v", "ON_ERROR_STOP=1", url, "-c", sql], input=stdin, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout.split()


def send():
    """Publishes every labelled text at the county and offers it to the city."""
    sent = []
    for name in ("chosen", "unseen"):
        file = pathlib.Path(__file__).parent.parent / "data" / "likeness" / f"{name}.jsonl"
        for text in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
            draft = {"column": "yaowen", "title": text["title"], "body_html": f"<p>{text['body']}</p>", "source": text["from"]}
            document = county.call("POST", "/documents", draft).json()["id"]
            county.call("POST", f"/documents/{document}/publish", {})
            sent.append(county.call("POST", "/submissions", {"document_id": document}).json()["id"])
    return sent


def settled(sent):
    """Seconds until the job has stored a fingerprint for each of them."""
    since = time.perf_counter()
    named = ",".join(f"'{one}'" for one in sent)
    while int(psql(f"SELECT count(*) FROM fingerprint WHERE submission_id IN ({named})")[0]) < len(sent):
        if time.perf_counter() - since > 300:
            sys.exit("the fingerprints do not come")
        time.sleep(0.2)
    return time.perf_counter() - since


def fill(sent):
    """Puts other items into the buckets of these, as many as chance would. Returns how many in all."""
    named = ",".join(f"'{one}'" for one in sent)
    found = psql(f"SELECT encode(buckets, 'hex') FROM fingerprint WHERE submission_id IN ({named})")
    chosen = random.Random(7)
    lines = set()
    for line in found:
        for (bucket,) in struct.iter_unpack("<q", bytes.fromhex(line)):
            lines |= {(bucket, chosen.randint(1, items)) for _ in range(round(items * BY_CHANCE))}
    desk = psql("SELECT id FROM tenant WHERE slug = 'wuhan-hubei'")[0]
    copy = "".join(f"{bucket}\t{item}\n" for bucket, item in sorted(lines))
    psql("CREATE TABLE by_chance (bucket bigint, item bigint)")
    psql("COPY by_chance FROM STDIN", copy)
    psql(f"INSERT INTO fingerprint_band SELECT '{desk}', bucket, md5('item' || item)::uuid FROM by_chance")
    psql("DROP TABLE by_chance")
    return len(lines)


def check(one):
    since = time.perf_counter()
    answer = city.call("GET", f"/submissions/{one}/similar")
    return (time.perf_counter() - since) * 1000, len(answer.json()["items"])


sent = send()
waited = settled(sent)
chance = fill(sent) / len(sent)
first = [check(one)[0] for one in sent]
times, alike = [], []
for _ in range(rounds):
    for one in sent:
        took, found = check(one)
        times.append(took)
        alike.append(found)
note = f"{len(times)} checks of {len(sent)} items over the API, each cut into words anew; {chance:.0f} rows by chance in its buckets"
record("likeness", f"check against {items:,} stored, median", median(times), "ms", 50, note=note)
record("likeness", f"check against {items:,} stored, 99th percentile", percentile(times, 0.99), "ms", 50)
record("likeness", f"check against {items:,} stored, the first time, slowest", max(first), "ms", note="pages not read before")
record("likeness", "found alike per item, mean", sum(alike) / len(alike), "items")
record("likeness", f"from the last of {len(sent)} submissions to its cluster", waited, "s", note="one job each, one worker")
