#!/usr/bin/env python3
"""A real SMTP server on 127.0.0.1 for the tests: every letter that it takes becomes one JSON file in a directory.

smtp_server.py PORT DIRECTORY

Addresses that begin with `refuse` are refused for good (550), those that begin with `busy` are turned away for now (451) until
a file `open-ADDRESS` stands in the directory.
"""
import email
import email.policy
import json
import pathlib
import sys
import threading
import uuid

from aiosmtpd.controller import Controller


def body(letter, kind):
    part = letter.get_body(preferencelist=(kind,))
    return part.get_content() if part is not None else ""


class Postbox:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refuse"):
            return "550 5.1.1 no such mailbox here"
        if address.startswith("busy") and not (self.directory / f"open-{address}").exists():
            return "451 4.2.1 mailbox is busy, come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        kept = {
            "to": envelope.rcpt_tos,
            "from": envelope.mail_from,
            "headers": {name.lower(): str(value) for name, value in letter.items()},
            "text": body(letter, "plain"),
            "html": body(letter, "html"),
        }
        name = uuid.uuid4().hex
        written = self.directory / f".{name}"
        written.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
        written.rename(self.directory / f"{name}.json")
        return "250 OK taken"


if __name__ == "__main__":
    controller = Controller(Postbox(sys.argv[2]), hostname="127.0.0.1", port=int(sys.argv[1]))
    controller.start()
    threading.Event().wait()
