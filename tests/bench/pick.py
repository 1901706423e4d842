"""pick.py article PORT TOKEN_FILE [OTHER_PATH]: the path of an article of the central portal; with OTHER_PATH, of the one
that carries the same title in this cluster, so that both pages have the same text."""

import re
import sys
from urllib.parse import urlsplit

from kit import Node


def path_of(item):
    return urlsplit(item["address"]).path


_, what, port, token_file, *other = sys.argv
node = Node(port, open(token_file, encoding="utf-8").read().strip())
live = [item for item in node.items("/documents?tenant=www", 500) if item.get("live_edition_id") and item.get("address")]
if not live:
    sys.exit("the central portal has no live document")
live.sort(key=lambda item: item["title"])
if other:
    # Samples are created in the same order with the same titles; identifiers at the end of an address differ.
    stem = re.sub(r"_[0-9a-f]+\.html$", "", other[0])
    live = [item for item in live if path_of(item).startswith(stem)] or live
print(path_of(live[0]))
