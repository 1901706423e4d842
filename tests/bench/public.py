"""public.py WORK PORT SCALE ROUNDS SECONDS: judges the runs of public.sh and adds one over many portals in turn."""

import json
import os
import sys

import load
from kit import Node, median, record

work, port, scale, rounds, seconds = sys.argv[1], *map(int, sys.argv[2:6])
runs = json.load(open(os.path.join(work, "load.json"), encoding="utf-8"))


def size(name):
    return os.path.getsize(os.path.join(work, name + ".gz"))


def pair(over, under, key):
    """Median of the ratios round by round: what disturbed the machine disturbed both."""
    index = 0 if key == "rps" else 1
    return median([a[index] / b[index] for a, b in zip(runs[over]["runs"], runs[under]["runs"])])


def say(name, label, note=""):
    record("public", f"{label}: requests/s", runs[name]["rps"], "/s", note=note)
    record("public", f"{label}: p99", runs[name]["p99"], "ms", note=note)


say("nginx", "nginx, home page as a file", f"{size('home'):,} bytes gzip")
say("dibao", "dibao, home page", f"{scale:,} tenants")
record("public", "home page: dibao / nginx, requests/s", pair("dibao", "nginx", "rps"), "×", 0.8, "more")
record("public", "home page: dibao / nginx, p99", pair("dibao", "nginx", "p99"), "×", 1.5, "less")
say("one", "dibao, article, 1 tenant", f"{size('article'):,} bytes gzip")
say("many", f"dibao, article, {scale:,} tenants", f"{size('article_many'):,} bytes gzip")
record("public", f"article: {scale:,} tenants / 1 tenant, requests/s", pair("many", "one", "rps"), "×", 0.9, "more")
record("public", f"article: {scale:,} tenants / 1 tenant, p99", pair("many", "one", "p99"), "×", 1.1, "less")

# The same load over the home pages of 500 portals in turn.
node = Node(port, open(os.path.join(work, "many.token"), encoding="utf-8").read().strip())
hosts = [item["hosts"][0].split(":")[0] for item in node.items("/tenants?level=county", 500) if item["state"] == "live"]
for host in hosts:
    node.get("/", host=host)
script = os.path.join(work, "hosts.lua")
with open(script, "w", encoding="utf-8") as out:
    names = ", ".join(f'"{host}:{port}"' for host in hosts)
    out.write(f'''local hosts, requests, turn = {{{names}}}, {{}}, 0
function init()
  for i, host in ipairs(hosts) do
    requests[i] = wrk.format("GET", "/", {{["Host"] = host, ["Accept-Encoding"] = "gzip"}})
  end
end
function request() turn = turn % #requests + 1; return requests[turn] end
''')
spread = load.run({"spread": (port, "", "/")}, max(1, rounds - 2), seconds, 32, script)["spread"]
record("public", f"dibao, home pages of {len(hosts)} county portals in turn: requests/s", spread["rps"], "/s")
record("public", f"dibao, home pages of {len(hosts)} county portals in turn: p99", spread["p99"], "ms")
