"""journeys.py PORT CENTRAL_A CENTRAL_B OPERATOR_HUBEI ADMIN_HUBEI ADMIN_WUHAN: the API as its callers use it, and as
they misuse it. ENGINE names the lines. Prints one line for each check, `ok` or `FAILED`; exits non-zero when one failed."""

import json
import os
import re
import socket
import sys
import time
import traceback
import uuid

from client import House, Tally

PORT, A, B, HUBEI, EDITOR, WUHAN = sys.argv[1:]
house = House(PORT)
tally = Tally(f"journeys ({os.environ.get('ENGINE', 'sqlite')})")
check, equal = tally.check, tally.equal
RUN = uuid.uuid4().hex[:8]
DIVISION = 420200 + int(RUN, 16) % 9000


def post(path, body, token=A, **more):
    return house.send("POST", "/api/v1" + path, token=token, body=body, **more)


def get(path, token=A, **more):
    return house.send("GET", "/api/v1" + path, token=token, **more)


def expect(what, answer, status):
    """The status, and below 400 JSON, from 400 on a problem with type, title and status."""
    if not equal(what, answer.status, status, str(answer)):
        return answer
    kind = answer.header("content-type").split(";")[0]
    if status >= 400:
        said = answer.json()
        good = (
            kind == "application/problem+json"
            and isinstance(said, dict)
            and str(said.get("type", "")).startswith("urn:dibao:problem:")
            and isinstance(said.get("title"), str)
            and said.get("status") == status
        )
        check(f"{what}: a problem", good, str(answer))
    elif kind != "application/json":
        check(f"{what}: JSON", False, str(answer))
    return answer


def problem(what, answer, status, code, field=None):
    """A problem of this kind that names this field."""
    answer = expect(what, answer, status)
    if answer.status == status:
        said = answer.json()
        equal(f"{what}: its type", str(said.get("type", "")), f"urn:dibao:problem:{code}", str(answer))
        if field:
            named = [entry.get("field") for entry in said.get("errors", [])]
            check(f"{what}: names {field}", field in named, str(answer))
    return answer


def form(title, **more):
    return {"column": "gwyzc", "title": title, "body_html": "<p>第一段。</p><p>第二段。</p>", "source": "国务院办公厅"} | more


def draft(title, token=A, **more):
    return post("/documents", form(title, **more), token).json()


def published(title, token=A, **more):
    made = draft(title, token, **more)
    return made | post(f"/documents/{made['id']}/publish", {}, token).json()


def order(edition, **more):
    return {"edition_id": edition, "kind": "mandatory", "audience": {"subtree": "hubei"}} | more


def page(path, host="www.localhost", **more):
    return house.send("GET", path, host=host, **more)


def the_mandatory_repost():
    title = f"关于旅程检验的通知{RUN}"
    made = expect("a document begins", post("/documents", form(title)), 201).json()
    draft_edition = made["edition_id"]
    problem("an order for a draft", post("/orders", order(draft_edition)), 422, "not_published", "edition_id")
    out = expect("it is published", post(f"/documents/{made['id']}/publish", {}), 200).json()
    equal("it is a first edition", (out["number"], out["replaces"], out["edition_id"]), (1, None, draft_edition))
    shown = page(out["address"])
    check("the public reads it", shown.status == 200 and title in shown.body.decode(), str(shown))
    problem("published twice", post(f"/documents/{made['id']}/publish", {}), 409, "no_draft")

    seen = expect("an order is previewed", post("/orders/preview", order(out["edition_id"])), 200).json()
    issued = expect("it is issued", post("/orders", order(out["edition_id"])), 201).json()
    equal("the preview counted right", seen["audience_count"], issued["audience_count"])
    number = issued["id"]
    again = expect("the same again extends", post("/orders", order(out["edition_id"])), 200).json()
    equal("it is the same order", again["id"], number)
    other = order(out["edition_id"], audience={"subtree": "wuhan-hubei"})
    problem("another audience", post("/orders", other), 409, "open_already")
    listed = expect("orders are listed", get("/orders?limit=200"), 200).json()
    check("the order is among them", any(row["id"] == number for row in listed["items"]))
    board = expect("the board", get(f"/orders/{number}/board"), 200).json()
    check("the board names Hubei", any(row["slug"] == "hubei" for row in board["items"]), str(board)[:300])

    debts = expect("the inbox of Wuhan", get("/obligations?open=true&limit=200", WUHAN), 200).json()
    mine = [debt for debt in debts["items"] if debt["order_id"] == number]
    equal("Wuhan owes it", [debt["standing"] for debt in mine], ["issued"])
    before = page(out["address"], "wuhan-hubei.localhost")
    equal("and does not show it yet", before.status, 404, str(before))
    seat = {"column": "gwyzc", "pinned": True, "lead_in": "本市各部门请遵照执行。"}
    place = f"/obligations/{number}/place"
    problem("a lead-in of 501", post(place, seat | {"lead_in": "长" * 501}, WUHAN), 422, "invalid", "lead_in")
    for wrong in ("nowhere", "", "a\0b"):
        problem(f"placed in column {wrong!r}", post(place, seat | {"column": wrong}, WUHAN), 422, "invalid", "column")
    placed = expect("Wuhan places it", post(f"/obligations/{number}/place", seat, WUHAN), 200).json()
    equal("an editor did", placed["placed_by"], "editor")
    problem("and not twice", post(f"/obligations/{number}/place", seat, WUHAN), 409, "wrong_turn")
    mirror = page(out["address"], "wuhan-hubei.localhost")
    check("the public of Wuhan reads it", mirror.status == 200 and "本市各部门" in mirror.body.decode(), str(mirror))

    next_one = expect("a correction begins", post(f"/documents/{made['id']}/editions", {}), 201).json()
    equal("it is the second edition", next_one["number"], 2)
    problem("two drafts at once", post(f"/documents/{made['id']}/editions", {}), 409, "draft_exists")
    right = form(title, body_html="<p>更正后的正文。</p>", change_note="更正日期", version=next_one["version"])
    path = f"/api/v1/documents/{made['id']}/draft"
    saved = expect("it is saved", house.send("PUT", path, token=A, body=right), 200).json()
    problem("an old version", house.send("PUT", path, token=A, body=right), 409, "stale")
    for version in (0, -1, 2**31 - 1, -(2**31)):
        problem(f"version {version}", house.send("PUT", path, token=A, body=right | {"version": version}), 409, "stale")
    problem("no version", house.send("PUT", path, token=A, body={k: v for k, v in right.items() if k != "version"}), 422, "invalid", "version")
    check("the version went on", saved["version"] > next_one["version"], str(saved))
    second = expect("it is published", post(f"/documents/{made['id']}/publish", {}), 200).json()
    equal("it replaces the first", (second["number"], second["replaces"]), (2, out["edition_id"]))
    mirror = page(out["address"], "wuhan-hubei.localhost")
    check("the mirror shows it", mirror.status == 200 and "更正后的正文" in mirror.body.decode(), str(mirror))

    recall = {"edition_id": second["edition_id"], "kind": "recall", "reason": "正文有误", "legal_basis": "依申请"}
    problem("a recall without a reason", post("/orders", recall | {"reason": ""}), 422, "invalid", "reason")
    proposed = expect("a recall is proposed", post("/orders", recall), 201).json()
    equal("and waits", proposed["state"], "proposed")
    equal("the page stands meanwhile", page(out["address"]).status, 200)
    confirm = f"/orders/{proposed['id']}/confirm"
    problem("the same person confirms", post(confirm, {}), 403, "same_person")
    problem("somebody without the duty", post(confirm, {}, WUHAN), 403, "forbidden")
    done = expect("a second person confirms", post(confirm, {}, B), 200).json()
    equal("it is open", done["state"], "open")
    problem("and not twice", post(confirm, {}, B), 409, "wrong_state")
    gone = page(out["address"])
    check("the page is gone, and says so", gone.status == 410 and "正文有误" in gone.body.decode(), str(gone))
    equal("so is the mirror", page(out["address"], "wuhan-hubei.localhost").status, 410)
    problem("an order for it", post("/orders", order(second["edition_id"])), 422, "not_published", "edition_id")


def an_exemption():
    out = published(f"关于豁免检验的通知{RUN}")
    issued = expect("an order for Wuhan", post("/orders", order(out["edition_id"])), 201).json()
    path = f"/obligations/{issued['id']}"
    problem("asking at length", post(f"{path}/exemption", {"reason": "长" * 501}, WUHAN), 422, "invalid", "reason")
    problem("asking without a reason", post(f"{path}/exemption", {"reason": " "}, WUHAN), 422, "invalid", "reason")
    problem("deciding what nobody asked",
            post(f"/orders/{issued['id']}/exemptions/wuhan-hubei", {"granted": True, "answer": "同意"}), 409, "nothing_asked")
    expect("Wuhan asks", post(f"{path}/exemption", {"reason": "本市不适用"}, WUHAN), 200)
    problem("granting at length",
            post(f"/orders/{issued['id']}/exemptions/wuhan-hubei", {"granted": True, "answer": "长" * 501}), 422, "invalid", "answer")
    expect("the issuer grants",
           post(f"/orders/{issued['id']}/exemptions/wuhan-hubei", {"granted": True, "answer": "同意"}), 200)
    equal("Wuhan is exempt", get(path, WUHAN).json().get("standing"), "exempt")
    refused = published(f"关于拒绝召回的通知{RUN}")
    recall = {"edition_id": refused["edition_id"], "kind": "recall", "reason": "存疑"}
    proposed = expect("another recall", post("/orders", recall), 201).json()
    problem("refused at length", post(f"/orders/{proposed['id']}/refuse", {"answer": "长" * 501}, B), 422, "invalid", "answer")
    said = expect("is refused", post(f"/orders/{proposed['id']}/refuse", {"answer": "无误"}, B), 200).json()
    equal("and stays refused", said["state"], "refused")
    equal("the page stands", page(refused["address"]).status, 200)


def a_withdrawal():
    for kind, status in (("notice", 410), ("gone", 410), ("vanish", 404)):
        out = published(f"关于撤回检验{kind}的通知{RUN}")
        problem(f"withdrawn without a reason ({kind})",
                post(f"/documents/{out['id']}/withdraw", {"kind": kind, "reason": ""}), 422, "invalid", "reason")
        expect(f"withdrawn ({kind})", post(f"/documents/{out['id']}/withdraw", {"kind": kind, "reason": "有误"}), 200)
        equal(f"its page ({kind})", page(out["address"]).status, status)
    out = published(f"关于撤回检验未知的通知{RUN}")
    problem("withdrawn somehow", post(f"/documents/{out['id']}/withdraw", {"kind": "x", "reason": "有误"}), 422, "invalid", "kind")
    problem("a redirect to nowhere",
            post(f"/documents/{out['id']}/withdraw", {"kind": "redirect", "reason": "有误", "target": "javascript:alert(1)"}),
            422, "invalid", "target")


def attachments():
    made = draft(f"关于附件检验的通知{RUN}")
    path = f"/documents/{made['id']}/attachments"
    octets = [("Content-Type", "application/octet-stream")]
    csv = "地区,数量\n湖北,1\n".encode()
    first = expect("a table is attached", post(f"{path}?name=%E8%A1%A8.csv", csv, headers=octets), 201).json()
    equal("its name and size", (first["name"], first["size"]), ("表.csv", len(csv)))
    problem("a program in disguise", post(f"{path}?name=a.pdf", b"MZ\x90\0" * 64, headers=octets), 422, "file_kind", "file")
    problem("an empty file", post(f"{path}?name=a.csv", b"", headers=octets), 422, "empty_file", "file")
    answer = expect("a name with a way out", post(f"{path}?name=..%2F..%2Fb.csv", csv, headers=octets), 201)
    equal("keeps its last part only", answer.json().get("name"), "b.csv")
    problem("a name of 500 characters", post(f"{path}?name={'a' * 500}.csv", csv, headers=octets), 422, "file_name", "file")
    expect("no name at all", post(path, csv, headers=octets), 400)
    expect("a file of 50 MB", post(f"{path}?name=a.csv", bytes(50 << 20), headers=octets), 413)
    problem("a file just above the limit",
            post(f"{path}?name=a.csv", b"a,b\n" * (21 << 18), headers=octets), 413, "too_large", "file")


def idempotency():
    key = [("Idempotency-Key", f"key-{RUN}")]
    body = form(f"关于重复检验的通知{RUN}")
    first = expect("a first request", post("/documents", body, headers=key), 201)
    equal("is not called a replay", first.header("idempotent-replayed"), "")
    again = expect("the same again", post("/documents", body, headers=key), 201)
    equal("gets the same answer", again.json(), first.json())
    equal("is called a replay", again.header("idempotent-replayed"), "true")
    problem("another body", post("/documents", body | {"title": "另一"}, headers=key), 422, "key_reused")
    problem("another address", post("/orders", body, headers=key), 422, "key_reused")
    other = expect("the same key of somebody else", post("/documents", body, B, headers=key), 201)
    check("is another document", other.json()["id"] != first.json()["id"], str(other))
    bad = [("Idempotency-Key", f"bad-{RUN}")]
    problem("a refused request", post("/documents", form("甲" * 301), headers=bad), 422, "invalid", "title")
    replay = problem("is refused again", post("/documents", form("甲" * 301), headers=bad), 422, "invalid", "title")
    equal("as a replay", replay.header("idempotent-replayed"), "true")
    problem("an empty key", post("/documents", body, headers=[("Idempotency-Key", "")]), 422, "invalid")
    problem("a key of 201", post("/documents", body, headers=[("Idempotency-Key", "k" * 201)]), 422, "invalid")
    problem("a key of no characters", post("/documents", body, headers=[("Idempotency-Key", "\u00e9")]), 422, "invalid")
    expect("a key on a read", get("/documents", headers=key), 200)
    equal("security headers stay on a replay", again.header("x-content-type-options"), "nosniff")


def who_hangs_up_may_ask_again():
    """The caller goes away before the answer; the key tells afterwards what became of it, and nothing is done twice."""
    stuck, keys = [], [f"gone-{RUN}-{n}" for n in range(30)]
    body = {key: json.dumps(form(f"关于断线检验{key}的通知")).encode() for key in keys}
    for n, key in enumerate(keys):
        with socket.create_connection(("127.0.0.1", int(PORT))) as link:
            head = f"POST /api/v1/documents HTTP/1.1\r\nHost: www.localhost\r\nAuthorization: Bearer {A}\r\n"
            head += f"Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {len(body[key])}\r\n\r\n"
            link.sendall(head.encode() + body[key])
            time.sleep(n * 0.0002)
    time.sleep(2)
    for key in keys:
        answer = post("/documents", body[key], headers=[("Content-Type", "application/json"), ("Idempotency-Key", key)])
        if answer.status != 201:
            stuck.append(str(answer))
    equal("keys of callers who hung up are settled", len(stuck), 0, stuck[:1])


def fields():
    problem("a title of 10,000 characters", post("/documents", form("长" * 10_000)), 422, "invalid", "title")
    problem("a title of 301", post("/documents", form("长" * 301)), 422, "invalid", "title")
    expect("a title of 300", post("/documents", form("长" * 300)), 201)
    problem("a body of 5 MB", post("/documents", form("正文", body_html="<p>" + "a" * (5 << 20))), 422, "invalid", "body_html")
    expect("50 MB of JSON", post("/documents", b" " * (50 << 20), headers=[("Content-Type", "application/json")]), 413)
    for what, key in (("50 MB in chunks", []), ("50 MB in chunks with a key", [("Idempotency-Key", f"big-{RUN}")])):
        # The end of a connection may overtake its last answer; not five times in a row.
        for _ in range(5):
            answer = post("/documents", b" " * (50 << 20), headers=[("Content-Type", "application/json"), *key], chunked=True)
            if answer.status:
                break
        expect(what, answer, 413)
    expect("50 MB of JSON without a token",
           post("/documents", b" " * (50 << 20), token=None, headers=[("Content-Type", "application/json")]), 413)
    problem("an unknown column", post("/documents", form("题", column="nowhere")), 422, "invalid", "column")
    problem("an unknown field", post("/documents", form("题", colour="red")), 422, "invalid")
    problem("an unknown field of the header", post("/documents", form("题", header={"colour": "red"})), 422, "invalid")
    problem("a missing field", post("/documents", {"title": "题"}), 422, "invalid")
    problem("a number for a title", post("/documents", form(7)), 422, "invalid")
    problem("a source that is a script", post("/documents", form("题", source_url="javascript:alert(1)")), 422, "invalid", "source_url")
    text = [("Content-Type", "application/json")]
    expect("a broken body", post("/documents", b'{"title":', headers=text), 400)
    expect("an empty body", post("/documents", b"", headers=text), 400)
    expect("not UTF-8", post("/documents", b'{"title":"\xff"}', headers=text), 400)
    for what, nested in (("lists", b"[" * 100_000), ("a field", b'{"title":' * 100_000), ("an unread field", b'{"x":' + b"[" * 100_000)):
        answer = post("/documents", nested, headers=text)
        check(f"{what} nested without end", answer.status in (400, 422), str(answer))
    for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        expect(f"a body of {kind}", post("/documents", b"{}", headers=[("Content-Type", kind)]), 415)
    expect("a body of nothing said", post("/documents", b"{}"), 415)

    dirty = f"关\0于\u202e干\u2066净\u200f的\x1b\x07\ufeff题{RUN}"
    made = expect("controls in a title", post("/documents", form(dirty, summary=dirty, author=dirty)), 201).json()
    kept = expect("are read back", get(f"/documents/{made['id']}"), 200).json()["draft"]
    equal("without them", kept["title"], f"关于干净的题{RUN}")
    equal("so is the author", kept["author"], f"关于干净的题{RUN}")
    made = draft("脚本", body_html="<p onclick='x()'>好<script>alert(1)</script>\0<a href='javascript:x'>a</a></p>")
    kept = get(f"/documents/{made['id']}").json()["draft"]["body_html"]
    check("scripts are not stored", not re.search(r"script|onclick|\0", kept), kept)
    nul = {"reason": "a\0b", "kind": "no\0tice"}
    problem("NUL in a word", post(f"/documents/{made['id']}/withdraw", nul), 422, "invalid", "kind")
    out = published(f"关于空字符的通知{RUN}")
    expect("NUL in a reason", post(f"/documents/{out['id']}/withdraw", {"reason": "有\0误\u202e"}), 200)
    shown = page(out["address"]).body.decode()
    check("is not shown", "有误" in shown and "\0" not in shown and "\u202e" not in shown, shown[-500:])
    out = published(f"关于空字符命令的通知{RUN}")
    for field, value in (("target_code", "a\0b"), ("tenant", "w\0ww"), ("kind", "man\0datory"), ("edition_id", "\0")):
        answer = post("/orders", order(out["edition_id"], **{field: value}))
        check(f"NUL in {field} is refused", answer.status in (404, 422), str(answer))
    owed = published(f"关于空字符栏目的通知{RUN}")
    answer = post(f"/placements/{owed['id']}/arrange", {"column": "a\0b"}, EDITOR)
    check("NUL in the column of a placement is no fault of ours", 400 <= answer.status < 500, str(answer))
    answer = house.send("POST", "/console/sign-in", body=b"login=a%00b&password=c%00d",
                        headers=[("Content-Type", "application/x-www-form-urlencoded")])
    check("NUL at the sign-in is no fault of ours", 200 <= answer.status < 500, str(answer))
    for path in ("/documents?column=%00", "/placements?column=%00", "/documents?tenant=%00", "/tenants?level=%00",
                 "/tenants?parent=%00", "/documents?cursor=%00", "/orders?cursor=%00"):
        answer = get(path)
        check(f"NUL in {path} is no fault of ours", 200 <= answer.status < 500, str(answer))


def lists():
    for path in ("/documents", "/placements", "/orders", "/obligations", "/tenants"):
        for cursor in ("zzz", "1.2", "%00", "-1", "ffffffffffffffffffff", "7fffffffffffffff.x", "a" * 5000):
            if not (path == "/tenants" and cursor == "-1"):
                expect(f"cursor {cursor[:12]} of {path}", get(f"{path}?cursor={cursor}"), 422)
        problem(f"limit 0 of {path}", get(f"{path}?limit=0"), 422, "invalid", "limit")
        problem(f"limit 1000 of {path}", get(f"{path}?limit=1000"), 422, "invalid", "limit")
        for limit in ("-1", "x", "99999999999999999999", "1.5"):
            expect(f"limit {limit} of {path}", get(f"{path}?limit={limit}"), 400)
        expect(f"an unknown parameter of {path}", get(f"{path}?colour=red"), 400)
        expect(f"a parameter twice of {path}", get(f"{path}?limit=1&limit=2"), 400)
        one = expect(f"one row of {path}", get(f"{path}?limit=1"), 200).json()
        check(f"no more than one of {path}", len(one.get("items", [])) <= 1, str(one)[:200])
        expect(f"two hundred rows of {path}", get(f"{path}?limit=200"), 200)
    seen, cursor = [], ""
    for _ in range(200):
        part = get(f"/tenants?limit=7{cursor}").json()
        seen += [row["slug"] for row in part["items"]]
        if not part["next_cursor"]:
            break
        cursor = f"&cursor={part['next_cursor']}"
    whole = [row["slug"] for row in get("/tenants?limit=200").json()["items"]]
    equal("pages of seven make the whole", sorted(seen), sorted(whole))
    seen, cursor = [], ""
    for _ in range(200):
        part = get(f"/documents?limit=3{cursor}").json()
        seen += [row["id"] for row in part["items"]]
        if not part["next_cursor"]:
            break
        cursor = f"&cursor={part['next_cursor']}"
    whole = [row["id"] for row in get("/documents?limit=200").json()["items"]]
    equal("pages of three make the whole, in order", seen, whole)


def orders_refused():
    out = published(f"关于命令检验的通知{RUN}")
    edition = out["edition_id"]
    for name, audience in (
        ("an unknown subtree", {"subtree": "atlantis"}),
        ("an unknown portal", {"include": ["atlantis"]}),
        ("an unknown exception", {"exclude": ["wuhan-hubei", "a\u202eb\0c" + "x" * 9000]}),
    ):
        problem(name, post("/orders", order(edition, audience=audience)), 422, "unknown_audience")
        problem(f"{name}, previewed", post("/orders/preview", order(edition, audience=audience)), 422, "unknown_audience")
    problem("an unknown level", post("/orders", order(edition, audience={"levels": ["planet"]})), 422, "invalid", "audience.levels")
    nobody = {"subtree": "hubei", "levels": ["central"]}
    problem("nobody addressed", post("/orders", order(edition, audience=nobody)), 422, "nobody_addressed", "audience")
    problem("too many named", post("/orders", order(edition, audience={"include": ["hubei"] * 5001})), 422, "invalid", "audience")
    problem("an unknown field of the audience", post("/orders", order(edition, audience={"all": True})), 422, "invalid")
    problem("a looser deadline", post("/orders", order(edition, deadline_hours=100_000)), 422, "looser", "deadline_hours")
    problem("the loosest deadline", post("/orders", order(edition, deadline_hours=2**31 - 1)), 422, "looser", "deadline_hours")
    problem("a deadline beyond numbers", post("/orders", order(edition, deadline_hours=2**31)), 422, "invalid")
    for hours in (0, -1, -(2**31)):
        problem(f"{hours} hours", post("/orders", order(edition, deadline_hours=hours)), 422, "no_time", "deadline_hours")
    problem("an edition that is none", post("/orders", order("x")), 422, "invalid", "edition_id")
    problem("an edition of nobody", post("/orders", order(str(uuid.uuid4()))), 422, "not_published", "edition_id")
    problem("an unknown kind", post("/orders", order(edition, kind="plea")), 422, "invalid", "kind")
    problem("a recall previewed", post("/orders/preview", order(edition, kind="recall", reason="x")), 422, "invalid", "kind")
    problem("an order without the duty", post("/orders", order(edition), WUHAN), 403, "forbidden")
    theirs = published(f"关于湖北检验的通知{RUN}", EDITOR)
    for slug in ("guangdong", "www"):
        outside = order(theirs["edition_id"], audience={"subtree": slug})
        problem(f"Hubei orders {slug}", post("/orders", outside, HUBEI), 422, "unknown_audience", "audience.subtree")
    problem("Hubei orders what is the centre's", post("/orders", order(edition), HUBEI), 422, "not_published", "edition_id")
    expect("Hubei orders its own", post("/orders", order(theirs["edition_id"]), HUBEI), 201)
    for code in ("长" * 10_000, "a\u202eb"):
        answer = post("/orders", order(edition, target_code=code))
        check(f"target_code {code[:4]!r} is refused", answer.status == 422, str(answer))
    recall = {"edition_id": edition, "kind": "recall", "reason": "有误"}
    problem("a recall without time", post("/orders", recall | {"deadline_hours": 0}), 422, "no_time", "deadline_hours")
    problem("a reason of 10,000 characters", post("/orders", recall | {"reason": "长" * 10_000}), 422, "invalid", "reason")
    problem("a legal basis of 10,000", post("/orders", recall | {"legal_basis": "长" * 10_000}), 422, "invalid", "legal_basis")
    problem("a recall by an unknown way", post("/orders", recall | {"withdrawal": "burn"}), 422, "invalid", "withdrawal")
    late = problem("a recall looser than its rule", post("/orders", recall | {"deadline_hours": 2**31 - 1}), 422, "looser", "deadline_hours")
    for name in ("issued_at", "due_at"):
        check(f"{name} is a date-time of RFC 3339", name not in late.json() or re.match(r"\d{4}-\d\d-\d\dT", late.json()[name]), str(late))
    for path in (f"/orders/{uuid.uuid4()}", "/orders/x", f"/obligations/{uuid.uuid4()}", f"/documents/{uuid.uuid4()}",
                 f"/orders/{uuid.uuid4()}/board", "/tenants/atlantis", "/nothing", "/"):
        problem(f"{re.sub('[0-9a-f-]{36}', 'UUID', path)} is not there", get(path), 404, "not_found")


def walls():
    for what, headers in (("no token", []), ("a token of nobody", [("Authorization", "Bearer dibao_" + "0" * 64)]),
                          ("another scheme", [("Authorization", "Basic YTpi")]), ("an empty token", [("Authorization", "Bearer ")]),
                          ("a token that is no text", [("Authorization", "Bearer \u00ff\u00fe")])):
        for method, path, body in (("GET", "/documents", None), ("POST", "/documents", {}), ("POST", "/orders", {})):
            answer = house.send(method, "/api/v1" + path, body=body, headers=headers)
            problem(f"{what}, {method} {path}", answer, 401, "unauthorized")
            equal(f"{what}, {method} {path}: says how", answer.header("www-authenticate"), "Bearer")
    for method, path in (("GET", "/documents?tenant=hubei"), ("GET", "/orders?tenant=www"), ("GET", "/obligations?tenant=hubei"),
                         ("GET", "/placements?tenant=guangdong"), ("GET", "/documents?tenant=atlantis")):
        problem(f"Wuhan at {path}", house.send(method, "/api/v1" + path, token=WUHAN), 404, "not_found")
    problem("Wuhan writes for Guangdong", post("/documents", form("题", tenant="guangdong"), WUHAN), 404, "not_found")
    mine = draft(f"关于围墙检验的通知{RUN}")
    problem("Wuhan reads a draft of the centre", get(f"/documents/{mine['id']}", WUHAN), 404, "not_found")
    problem("Wuhan publishes it", post(f"/documents/{mine['id']}/publish", {}, WUHAN), 404, "not_found")
    problem("Wuhan saves it", house.send("PUT", f"/api/v1/documents/{mine['id']}/draft", token=WUHAN, body=form("题", version=1)), 404, "not_found")
    for path in ("/documents", "/orders", "/tenants"):
        for method in ("DELETE", "PATCH", "PUT"):
            expect(f"{method} {path}", house.send(method, "/api/v1" + path, token=A, body={}), 405)
    expect("PUT of a tenant", house.send("PUT", "/api/v1/tenants/www", token=A, body={}), 405)
    expect("POST to the description", house.send("POST", "/api/v1/openapi.json", token=A, body={}), 405)
    expect("DELETE of the description", house.send("DELETE", "/api/v1/openapi.json", token=A), 405)
    problem("another version", house.send("GET", "/api/v2/documents", token=A), 404, "not_found")
    problem("the door of no version", house.send("GET", "/api/", token=A), 404, "not_found")
    expect("a browser of another site",
           post("/documents", form("题"), headers=[("Origin", "http://evil.example"), ("Sec-Fetch-Site", "cross-site")]), 403)


def hosts():
    for host in ("www.localhost", f"www.localhost:{PORT}", "www.localhost.", f"www.localhost.:{PORT}", "WWW.LocalHost", "www.localhost:80"):
        equal(f"page at {host}", page("/", host).status, 200)
        expect(f"API at {host}", get("/tenants?limit=1", host=host), 200)
    expect("API at the bare address", get("/tenants?limit=1", host=f"127.0.0.1:{PORT}"), 200)
    equal("page of nobody", page("/", "atlantis.example").status, 421)
    for host in ("", "a b", "a/b", "www.localhost:x", "www.localhost:123456", "user@www.localhost", "a..b", "www.localhost,evil",
                 "\u4e2d\u56fd.localhost"):
        answer = page("/", host)
        check(f"Host {host!r} is refused", answer.status == 400, str(answer))
        answer = get("/tenants", host=host)
        check(f"API at {host!r} is refused", answer.status == 400, str(answer))
    equal("no Host at all", page("/", None).status, 400)


def paths():
    for path in ("/../etc/passwd", "/a/../b", "/a/%2e%2e/b", "/a/%2E%2e", "/%2e%2e%2f", "/./a", "/a%00b", "/%00", "/%ff", "/%c0%af",
                 "/%e4%b8", "/a%0d%0ab", "/a%5cb", "/%zz", "/%", "/" + "a" * 3000):
        equal(f"path {path[:24]}", page(path).status, 400)
        expect(f"API path {path[:24]}", house.send("GET", "/api/v1/documents" + path, token=A), 400)
    # What the HTTP parser refuses is answered, too.
    equal("raw octets", page("/\udcff\udcfe").status, 400)
    equal("a path of 70,000 characters", page("/" + "a" * 70_000).status, 414)
    equal("a header of 2,000,000", page("/", headers=[("X-Long", "a" * 2_000_000)]).status, 431)
    equal("200 headers", page("/", headers=[("X-Many", "a")] * 200).status, 431)
    for path in ("//", "/;", "/?%00", "/?%ff", "/?a=%zz", "/a//b", "/%E4%B8%AD", "/*", "/index.html/", "/gwyzc/?page=-1", "/gwyzc/?page=x"):
        answer = page(path)
        check(f"path {path} is no fault of ours", 200 <= answer.status < 500, str(answer))


def forged():
    # The time in the footer or a header may differ; the text must not.
    same = lambda answer: (answer.status, answer.body, answer.header("location"), answer.header("etag"))
    plain = {path: page(path) for path in ("/", "/gwyzc/", "/sitemap.xml", "/nowhere", "/gwyzc")}
    for name, value in (("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-Host", "hubei.localhost"), ("X-Forwarded-Proto", "https"),
                        ("X-Forwarded-Port", "1"), ("Forwarded", "for=1.2.3.4;host=hubei.localhost;proto=https"), ("X-Real-IP", "1.2.3.4"),
                        ("X-Original-URL", "/console/"), ("X-Rewrite-URL", "/console/"), ("X-HTTP-Method-Override", "DELETE"),
                        ("X-Host", "hubei.localhost"), ("X-Forwarded-Prefix", "/evil")):
        for path, before in plain.items():
            after = page(path, headers=[(name, value)])
            check(f"{name} changes nothing at {path}", same(after) == same(before), str(after))
        before, after = get("/tenants/www"), get("/tenants/www", headers=[(name, value)])
        check(f"{name} changes nothing in the API", same(after) == same(before), str(after))
    out = post("/documents/" + draft(f"关于伪造检验的通知{RUN}")["id"] + "/publish", {}, headers=[("X-Forwarded-Host", "evil.example")])
    check("absolute addresses are the portal's", "evil.example" not in out.body.decode(), str(out))
    check("two Host headers are one too many", page("/", headers=[("Host", "hubei.localhost")]).status == 400,
          str(page("/", headers=[("Host", "hubei.localhost")])))


def new_portals():
    new = {"slug": f"qu{RUN}", "short_name": "检验区", "parent": "wuhan-hubei", "level": "county", "division_code": str(DIVISION)}
    made = expect("a portal is created", post("/tenants", new, headers=[("Idempotency-Key", f"portal-{RUN}")]), 201).json()
    equal("it stands below its superior", made["parent"], "wuhan-hubei")
    equal("and is open at once", page("/", made["hosts"][0]).status, 200)
    problem("the same again", post("/tenants", new), 409, "taken", "slug")
    problem("its host again", post("/tenants", new | {"slug": f"zai{RUN}", "hosts": made["hosts"]}), 409, "declaration", "hosts")
    for field, value, status in (("level", "planet", 422), ("state", "gone", 422), ("blueprint", "none", 422), ("slug", "A B", 422),
                                 ("slug", "", 422), ("slug", "x" * 64, 422), ("slug", "a\0b", 422), ("hosts", ["a b"], 422),
                                 ("hosts", ["\0"], 422), ("parent", "atlantis", 404), ("short_name", "", 422),
                                 ("short_name", "长" * 10_000, 422), ("name", "长" * 10_000, 422), ("division_code", "x", 422),
                                 ("site_code", "x" * 500, 422), ("level", "central", 409)):
        wrong = new | {"slug": f"wu{RUN}", "division_code": str(DIVISION + 1)} | {field: value}
        expect(f"a portal with {field} {str(value)[:12]!r}", post("/tenants", wrong), status)
    clean = new | {"slug": f"jing{RUN}", "short_name": "净\0\u202e区", "division_code": str(DIVISION + 2)}
    answer = post("/tenants", clean)
    said = answer.json().get("name", "")
    check("controls in a portal's name are refused or dropped",
          answer.status == 422 or (answer.status == 201 and not re.search("[\0\u202e]", said)), str(answer))


def description():
    answer = house.send("GET", "/api/v1/openapi.json")
    if expect("the description", answer, 200).status == 200:
        check("is OpenAPI 3.1", answer.json().get("openapi", "").startswith("3.1"))
    for name, wanted in (("x-content-type-options", "nosniff"), ("cache-control", "no-store")):
        equal(f"answers carry {name}", get("/tenants/www").header(name), wanted)


for journey in (description, the_mandatory_repost, an_exemption, a_withdrawal, attachments, idempotency, who_hangs_up_may_ask_again, fields, lists, orders_refused,
                walls, hosts, paths, forged, new_portals):
    try:
        journey()
    except Exception:
        check(journey.__name__.replace("_", " "), False, traceback.format_exc(limit=-2).replace("\n", " | "))
sys.exit(1 if tally.failed else 0)
