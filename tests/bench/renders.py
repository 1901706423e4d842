"""renders.py PORT CENTRE_TOKEN_FILE CITY_TOKEN: what a change re-renders. A page counts as made anew when the program's own
counter says so; the pages fetched are home, policy column, its feed and up to ten articles of every portal."""

import sys
import time
from urllib.parse import urlsplit

from kit import Node, record

port, token_file, city_token = sys.argv[1:]
centre = Node(port, open(token_file, encoding="utf-8").read().strip())
city = Node(port, city_token)
hosts = [item["hosts"][0].split(":")[0] for item in centre.items("/tenants") if item["state"] == "live"]


def rendered():
    text = centre.get("/metrics", host="127.0.0.1").body.decode()
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith("dibao_pages_rendered_total"))


def pages():
    """Every page that is looked at: hosts and paths."""
    found = [(host, path) for host in hosts for path in ("/", "/gwyzc/", "/gwyzc/feed.atom")]
    for slug in ("www", "hubei", "wuhan-hubei"):
        items = centre.items(f"/documents?tenant={slug}", 10) if slug == "www" else []
        found += [(f"{slug}.localhost", urlsplit(item["address"]).path) for item in items]
    return found


PAGES = pages()


def look():
    for host, path in PAGES:
        centre.get(path, host=host)


def measure(what, change):
    look()
    change()
    before = rendered()
    look()
    made = rendered() - before
    record("renders", f"{what}: pages made anew", made, f"of {len(PAGES)}", note=f"{len(hosts)} portals")


def publish(node, column, title):
    draft = node.call("POST", "/documents", {"column": column, "title": title, "body_html": "<p>正文。</p>"}).json()
    return node.call("POST", f"/documents/{draft['id']}/publish", {}).json()


def correct(made):
    draft = centre.call("POST", f"/documents/{made['id']}/editions", {}).json()
    form = {"column": "gwyzc", "title": "更正后的通知", "body_html": "<p>更正。</p>", "version": draft["version"], "change_note": "更正"}
    answer = centre.ask("PUT", f"/api/v1/documents/{made['id']}/draft", body=form)
    assert answer.status == 200, answer.body
    centre.call("POST", f"/documents/{made['id']}/publish", {})


def proven(order):
    """Its probes have looked: what they fetch is made by then, as it is in life."""
    while centre.call("GET", f"/orders/{order['id']}").json()["counts"]["live_unverified"]:
        time.sleep(0.2)


measure("nothing changed", lambda: None)
measure("a city publishes", lambda: publish(city, "tzgg", "关于测量的公告"))
notice = publish(centre, "gwyzc", "关于测量的通知")
order = {"edition_id": notice["edition_id"], "kind": "mandatory", "audience": {"subtree": "www"}}
measure("the centre orders a repost by everybody", lambda: centre.call("POST", "/orders", order))
proven(centre.items("/orders", 1)[0])
measure("the centre corrects what everybody mirrors", lambda: correct(notice))
measure("a portal opens below Wuhan", lambda: centre.call("POST", "/tenants", {
    "slug": "ceshi-wuhan-hubei", "short_name": "测试区", "parent": "wuhan-hubei", "level": "county", "division_code": "420199"}))
