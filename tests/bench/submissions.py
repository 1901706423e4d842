"""submissions.py ENGINE PORT TOKEN_FILE LOGIN PASSWORD MOST: one account that is administrator of every portal writes and
publishes one item in each county, then all counties submit it: to their superiors, past them to their provinces, and to the centre."""

import re
import sys
import threading
import time
import urllib.parse

from kit import Node, median, percentile, record

WITHIN_SECONDS = 60
PAGE_MS = 150
HANDS = 8
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}


class Console:
    """One signed-in browser."""

    def __init__(self, port, login, password):
        self.node, self.cookie = Node(port), ""
        entered = self.post("/console/sign-in", {"login": login, "password": password})
        self.cookie = entered.headers["Set-Cookie"].split(";")[0]

    def post(self, path, fields):
        node = self.node
        if node.connection is None:
            import http.client
            node.connection = http.client.HTTPConnection(node.address, node.port, timeout=300)
        body = urllib.parse.urlencode(fields)
        headers = FORM | {"Host": f"www.localhost:{node.port}", "Cookie": self.cookie}
        node.connection.request("POST", path, body=body, headers=headers)
        answer = node.connection.getresponse()
        text = answer.read()
        if answer.status != 303:
            sys.exit(f"POST {path}: {answer.status} {text[:300]!r}")
        return answer

    def get(self, path):
        return self.node.ask("GET", path, headers={"Cookie": self.cookie})


def in_hands(port, login, password, work, jobs):
    """Runs `work(console, job)` for every job in several hands at once; returns the seconds and the times of each in ms."""
    rest, lock, times = list(jobs), threading.Lock(), []

    def hand(console):
        while True:
            with lock:
                if not rest:
                    return
                job = rest.pop()
            from_ = time.perf_counter()
            work(console, job)
            times.append((time.perf_counter() - from_) * 1000)

    consoles = [Console(port, login, password) for _ in range(HANDS)]
    threads = [threading.Thread(target=hand, args=(console,)) for console in consoles]
    from_ = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - from_, times


def main(engine, port, token_file, login, password, most):
    node = Node(port, open(token_file, encoding="utf-8").read().strip())
    tenants = node.items("/tenants")
    counties = [tenant for tenant in tenants if tenant["level"] == "county"][:int(most)]
    above = {tenant["slug"]: tenant.get("parent") for tenant in tenants}
    level = {tenant["slug"]: tenant["level"] for tenant in tenants}

    def province(slug):
        while slug and level[slug] != "province":
            slug = above[slug]
        return slug

    documents = {}

    def write(console, county):
        slug = county["slug"]
        fields = {"title": f"{county['name']}秋收进展", "body_html": "<p>各乡镇已完成收割。</p>" * 20, "source": county["name"],
                  "column": "yaowen"}
        made = console.post(f"/console/documents/new?tenant={slug}", fields).headers["Location"]
        documents[slug] = re.search(r"/documents/([0-9a-f-]{36})", made).group(1)
        console.post(f"/console/documents/{documents[slug]}/publish?tenant={slug}", {})

    in_hands(port, login, password, write, counties)

    def send(to):
        def one(console, county):
            slug = county["slug"]
            console.post(f"/console/documents/{documents[slug]}/submit?tenant={slug}", {"for_site": "yes", "to": to(slug)})
        return one

    expected = {}
    seconds, times = in_hands(port, login, password, send(lambda slug: ""), counties)
    note = f"median {median(times):.0f} ms, p99 {percentile(times, 0.99):.0f} ms, {HANDS} at once"
    record("submissions", f"{len(counties):,} counties submit to their superiors, {engine}", seconds, "s", WITHIN_SECONDS, note=note)
    for county in counties:
        expected.setdefault(above[county["slug"]], []).append(county["slug"])
    console = Console(port, login, password)
    provinces = sorted({province(county["slug"]) for county in counties} - {None})
    for slug in provinces:
        console.post(f"/console/desk-rules/permissions?tenant={slug}",
                     {"subject": slug, "scope": "counties", "until": time.strftime("%Y-12-31"), "permission_note": "bench"})
    further = [county for county in counties if above[county["slug"]] != province(county["slug"]) and province(county["slug"])]
    seconds, times = in_hands(port, login, password, send(province), further)
    note = f"median {median(times):.0f} ms, p99 {percentile(times, 0.99):.0f} ms, to {len(provinces)} provinces"
    record("submissions", f"{len(further):,} counties submit past a level, {engine}", seconds, "s", WITHIN_SECONDS, note=note)
    for county in further:
        expected.setdefault(province(county["slug"]), []).append(county["slug"])
    console.post("/console/desk-rules/permissions?tenant=www",
                 {"subject": "www", "scope": "counties", "until": time.strftime("%Y-12-31"), "permission_note": "bench"})
    seconds, times = in_hands(port, login, password, send(lambda slug: "www"), counties)
    note = f"median {median(times):.0f} ms, p99 {percentile(times, 0.99):.0f} ms, all to one desk"
    record("submissions", f"{len(counties):,} counties submit to the centre, {engine}", seconds, "s", WITHIN_SECONDS, note=note)
    expected.setdefault("www", []).extend(county["slug"] for county in counties)
    wrong = 0
    for slug, senders in expected.items():
        listed = node.items(f"/submissions?tenant={slug}&open=true")
        wrong += sorted(item["from"] for item in listed) != sorted(senders)
    record("submissions", f"desks with a submission lost or double, {engine}", wrong, "desks", 0)
    fullest = max(expected, key=lambda slug: len(expected[slug]))
    times = []
    for _ in range(30):
        from_ = time.perf_counter()
        page = console.get(f"/console/submissions?tenant={fullest}")
        times.append((time.perf_counter() - from_) * 1000)
        if page.status != 200:
            sys.exit(f"queue: {page.status}")
    record("submissions", f"queue page of a desk with {len(expected[fullest]):,} waiting, {engine}", percentile(times, 0.95), "ms",
           PAGE_MS, note=f"median {median(times):.1f} ms, 95th of 30")


if __name__ == "__main__":
    main(*sys.argv[1:])
