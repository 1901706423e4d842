"""settle.py PORT TOKEN_FILE [SECONDS]: waits until no order has a mirror that is live and not yet proven, so that the
probes of an earlier order do not disturb what is measured next. Warns when the time is over."""

import sys
import time

from kit import Node


def unproven(node):
    boards = (node.call("GET", f"/orders/{order['id']}").json() for order in node.items("/orders", 100))
    return sum(board["counts"].get("live_unverified", 0) for board in boards)


def settle(node, seconds=1800):
    until = time.monotonic() + seconds
    while left := unproven(node):
        if time.monotonic() > until:
            print(f"    warning: {left:,} mirrors are still unproven; figures are disturbed by their probes", file=sys.stderr)
            return
        time.sleep(1)


if __name__ == "__main__":
    settle(Node(sys.argv[1], open(sys.argv[2], encoding="utf-8").read().strip()), *map(int, sys.argv[3:]))
