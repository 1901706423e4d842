"""crawl.py PORT TOKEN SITE SOURCES PID: sets up the sources, waits for their first run, makes all of them due at once and
waits again."""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import time

from kit import Node, record

port, token, site, sources, pid = sys.argv[1], pathlib.Path(sys.argv[2]).read_text().strip(), *sys.argv[3:6]
sources = int(sources)


def sql(text):
    done = subprocess.run(["psql", "-qAt", os.environ["BENCH_DB"], "-c", text], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def memory(key):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) / 1024
    return 0.0


def create(part):
    node = Node(port, token)
    for n in part:
        address = f"http://127.{1 + n // 62500}.{n // 250 % 250}.{1 + n % 250}:{site}/feed.xml"
        body = {"name": f"source {n}", "kind": "feed", "address": address, "column": "yaowen", "source_line": "x"}
        answer = node.call("POST", "/crawl-sources", body)
        assert answer is not None


def wait(condition, seconds):
    begun = time.monotonic()
    while int(sql(f"SELECT count(*) FROM crawl_source WHERE NOT ({condition})")) > 0:
        if time.monotonic() - begun > seconds:
            raise SystemExit(f"not done after {seconds} s: {condition}")
        time.sleep(0.5)
    return time.monotonic() - begun


# Nobody runs while they are made: the runs are measured by themselves.
sql("CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.run_at = 9000000000000000; RETURN NEW; END $$;"
    " CREATE TRIGGER hold BEFORE INSERT ON job FOR EACH ROW WHEN (NEW.kind = 'crawl.run') EXECUTE FUNCTION hold()")
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    list(pool.map(create, [range(n, sources, 4) for n in range(4)]))
sql("DROP TRIGGER hold ON job")
idle = memory("VmRSS")
sql("UPDATE job SET run_at = 0 WHERE kind = 'crawl.run'")
first = wait("last_run_at IS NOT NULL", 3600)
landed = 0
begun = time.monotonic()
while time.monotonic() - begun < 1800:
    waiting = int(sql("SELECT count(*) FROM crawl_item WHERE standing = 'new'"))
    landed = int(sql("SELECT count(*) FROM crawl_item WHERE standing = 'landed'"))
    if waiting == 0:
        break
    time.sleep(0.5)
first += time.monotonic() - begun
failed = int(sql("SELECT count(*) FROM crawl_source WHERE failures > 0"))
now = int(time.time() * 1_000_000)
sql("UPDATE crawl_source SET next_run_at = 0; UPDATE job SET run_at = 0 WHERE kind = 'crawl.run'")
second = wait(f"last_run_at >= {now}", 3600)
unchanged = int(sql(f"SELECT count(*) FROM crawl_run WHERE at >= {now} AND outcome = 'unchanged'"))
note = f"{sources:,} sources on {sources:,} hosts; {landed:,} drafts; {failed} failed"
record("crawl", "sources read a minute, something new in each", sources / first * 60, "", None, "more", note)
record("crawl", "sources read a minute, unchanged (304)", sources / second * 60, "", None, "more", f"{unchanged:,} answered 304")
record("crawl", "resident memory before the runs", idle, "MB")
record("crawl", "resident memory at most", memory("VmHWM"), "MB", 1024, "less", f"{sources:,} sources, one node, 8 jobs at a time")
