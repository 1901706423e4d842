"""A client that sends exactly what it is told to: any path, any Host, any body; and the tally of checks."""

import http.client
import json
import select
import sys


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name):
        return self.headers.get(name, "") if self.headers else ""

    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return {}

    def __str__(self):
        return f"{self.status} {self.header('content-type')} {self.body[:400].decode('utf-8', 'replace')}"


class House:
    """A running house: `port` on this machine, portals by their Host."""

    def __init__(self, port):
        self.port = int(port)

    def send(self, method, path, host="www.localhost", token=None, body=None, headers=(), chunked=False):
        """One request on a connection of its own. Headers may repeat; `path` goes out as it is."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        # http.client refuses what clients should not send; a server must stand it.
        link._validate_path = lambda url: None
        link._encode_request = lambda request: request.encode("utf-8", "surrogateescape")
        try:
            link.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            if host is not None:
                link.putheader("Host", host.encode())
            if token is not None:
                link.putheader("Authorization", f"Bearer {token}")
            if isinstance(body, (dict, list)):
                body = json.dumps(body).encode()
                if not any(name.lower() == "content-type" for name, _ in headers):
                    link.putheader("Content-Type", "application/json")
            for name, value in headers:
                link.putheader(name, value.encode())
            if chunked:
                link.putheader("Transfer-Encoding", "chunked")
            elif body is not None:
                link.putheader("Content-Length", str(len(body)))
            elif method in ("POST", "PUT"):
                link.putheader("Content-Length", "0")
            link.endheaders()
            try:
                for at in range(0, len(body or b""), 65536):
                    # Who reads while writing sees a refusal before the server closes what it will not read.
                    if select.select([link.sock], [], [], 0)[0]:
                        break
                    part = body[at : at + 65536]
                    link.send(b"%x\r\n%s\r\n" % (len(part), part) if chunked else part)
                else:
                    if chunked:
                        link.send(b"0\r\n\r\n")
            except (BrokenPipeError, ConnectionResetError):
                pass
            try:
                answer = link.getresponse()
                return Answer(answer.status, answer.headers, answer.read())
            except (ConnectionError, http.client.HTTPException, TimeoutError) as error:
                return Answer(0, None, repr(error).encode())
        finally:
            link.close()


class Tally:
    """Counts checks; one line for each, `ok` or `FAILED`."""

    def __init__(self, name):
        self.name, self.failed = name, 0

    def check(self, what, right, shown=""):
        if right:
            print(f"ok     {self.name}: {what}")
        else:
            self.failed += 1
            print(f"FAILED {self.name}: {what}: {' '.join(str(shown).split())[:1500]}")
        sys.stdout.flush()
        return right

    def equal(self, what, found, wanted, shown=""):
        return self.check(what, found == wanted, f"{found!r} instead of {wanted!r} {shown}")
