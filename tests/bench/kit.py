"""What the measuring scripts share: one connection to one node, medians, and the file of measurements."""

import http.client
import json
import os
import statistics
import sys

OUT = os.environ.get("OUT", ".")


def record(topic, what, value, unit, limit=None, better="less", note=""):
    """One measurement. `limit` is what it must reach, `better` the direction."""
    row = {"topic": topic, "what": what, "value": value, "unit": unit, "limit": limit, "better": better, "note": note}
    with open(os.path.join(OUT, topic + ".jsonl"), "a", encoding="utf-8") as out:
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(f"    {what}: {value:.4g} {unit} {note}", file=sys.stderr)


def median(values):
    return statistics.median(values)


def percentile(values, share):
    """The nearest-rank percentile."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Answer:
    """Status, headers and bytes of one response."""

    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    def json(self):
        return json.loads(self.body)

    def server_ms(self):
        """Milliseconds of work that the server states in Server-Timing: `total`, or else the first entry; None without."""
        timings = {}
        for entry in (self.headers.get("Server-Timing") or "").split(","):
            name, *parameters = (part.strip() for part in entry.split(";"))
            for parameter in parameters:
                if parameter.startswith("dur="):
                    timings[name] = float(parameter[4:].strip('"'))
        return timings.get("total", next(iter(timings.values()), None))


class Node:
    """A kept-alive connection to one node."""

    def __init__(self, port, token=None, address="127.0.0.1"):
        self.address, self.port, self.token, self.connection = address, int(port), token, None

    def ask(self, method, path, host="www.localhost", body=None, headers=None):
        send = {"Host": f"{host}:{self.port}", "Accept-Encoding": "gzip"} | (headers or {})
        if self.token and path.startswith("/api/"):
            send |= {"Authorization": f"Bearer {self.token}", "Accept-Encoding": "identity"}
        if body is not None:
            body, send["Content-Type"] = json.dumps(body), "application/json"
        for attempt in (1, 2):
            if self.connection is None:
                self.connection = http.client.HTTPConnection(self.address, self.port, timeout=120)
            try:
                self.connection.request(method, path, body=body, headers=send)
                return Answer(self.connection.getresponse())
            except (ConnectionError, http.client.HTTPException):
                self.connection = None
                if attempt == 2 or method != "GET":
                    raise

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def call(self, method, path, body=None):
        """An API call that must succeed."""
        answer = self.ask(method, "/api/v1" + path, body=body)
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {answer.body[:400]!r}")
        return answer

    def items(self, path, most=100_000):
        """All items of a paged list."""
        found, cursor = [], None
        while len(found) < most:
            page = self.call("GET", path + ("&" if "?" in path else "?") + "limit=100" + (f"&cursor={cursor}" if cursor else "")).json()
            found += page["items"]
            cursor = page.get("next_cursor")
            if not cursor:
                break
        return found[:most]
