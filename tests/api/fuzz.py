"""fuzz.py PORT NAME TOKEN OTHER_TOKEN TENANT EXAMPLES WORK: what the OpenAPI document says, held against the API: schemathesis
with data that fits and data that does not, over documents, orders and obligations that exist. Prints one line for each
operation, `ok` or `FAILED`; exits non-zero when one failed."""

import json
import os
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as xml

from client import House, Tally

PORT, NAME, TOKEN, ISSUER, TENANT, EXAMPLES, WORK = sys.argv[1:]
SEED = "20260302"
CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
          "response_headers_conformance")
here, work = pathlib.Path(__file__).parent, pathlib.Path(WORK)
house = House(PORT)


def ask(method, path, body, token):
    answer = house.send(method, "/api/v1" + path, token=token, body=body)
    if answer.status >= 300:
        sys.exit(f"fuzz.py: {method} {path}: {answer}")
    return answer.json()


def write(title, token, publish):
    form = {"column": "gwyzc", "title": title, "body_html": "<p>正文。</p>", "source": "国务院办公厅"}
    made = ask("POST", "/documents", form, token)
    return made | (ask("POST", f"/documents/{made['id']}/publish", {}, token) if publish else {})


def known():
    """Things that exist. The issuer's are issued and recalled; the drafts are the caller's own."""
    drafts = [write(f"关于草稿{n}的通知", TOKEN, False) for n in range(6)]
    live = [write(f"关于公布{n}的通知", ISSUER, True) for n in range(8)]
    orders = []
    for n, document in enumerate(live[:6]):
        kind = {"kind": "recall", "reason": "检验"} if n > 3 else {"kind": "mandatory", "audience": {"subtree": "hubei"}}
        orders.append(ask("POST", "/orders", {"edition_id": document["edition_id"]} | kind, ISSUER)["id"])
    # The centre has nobody to report to; a tenant offers what it published itself.
    own = write("关于报送的通知", TOKEN, True) if TENANT != "www" else None
    submissions = [ask("POST", "/submissions", {"document_id": own["id"]}, TOKEN)["id"]] if own else [orders[0]]
    return {
        "tenant": [TENANT, "www", "hubei"],
        "parent": [TENANT, "www", "hubei"],
        "subtree": ["hubei", "wuhan-hubei"],
        "below": ["hubei", "wuhan-hubei"],
        "column": ["gwyzc"],
        "kind": ["mandatory", "recommended", "recall", "notice", "gone", "vanish", "redirect"],
        "withdrawal": ["notice", "gone"],
        "edition_id": [document["edition_id"] for document in live],
        "documents": [document["id"] for document in drafts + live],
        "placements": [document["id"] for document in live],
        "orders": orders,
        "submissions": submissions,
        "document_id": [document["id"] for document in drafts + live],
        "standing": ["submitted", "published"],
        "box": ["received", "sent"],
        "with": [[], submissions],
        "deadline_hours": [1, 12, 24],
        "version": [1, 2],
        "levels": [[], ["city"], ["county", "city"]],
        "level": ["county", "city"],
        "include": [["wuhan-hubei"], []],
        "exclude": [["wuhan-hubei"], []],
        "state": ["live", "draft"],
        "limit": [1, 200],
        "name": ["a.csv", "b.txt"],
        "target_code": ["gwyzc"],
    }


(work / "known.json").write_text(json.dumps(known()), encoding="utf-8")
base = f"http://127.0.0.1:{PORT}"
command = [
    str(pathlib.Path(sys.executable).parent / "schemathesis"), "run", f"{base}/api/v1/openapi.json", "--no-color",
    "--header", "Host: www.localhost", "--header", f"Authorization: Bearer {TOKEN}", "--checks", CHECKS, "--mode", "all",
    "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", EXAMPLES, "--seed", SEED,
    "--generation-database", "none", "--no-shrink", "--continue-on-failure", "--warnings", "off", "--request-timeout", "30",
    "--output-truncate", "false", "--report", "junit", "--report-junit-path", str(work / "junit.xml"),
]
env = os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(here), "DIBAO_API_KNOWN": str(work / "known.json"),
                    "PYTHONHASHSEED": "0"}
run = subprocess.run(command, cwd=work, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

tally, cases, bad = Tally(f"schemathesis ({os.environ.get('ENGINE', 'sqlite')}, {NAME})"), 0, 0
if (work / "junit.xml").is_file():
    for case in xml.parse(work / "junit.xml").getroot().iter("testcase"):
        wrong = [node for node in case if node.tag in ("failure", "error")]
        said = " ".join((node.text or node.get("message", "")) for node in wrong)
        cases, bad = cases + 1, bad + bool(wrong)
        tally.check(case.get("name"), not wrong, " ".join(said.split())[:1500])
counted = [line.strip() for line in run.stdout.splitlines() if " generated," in line]
tally.check("every operation was tried", cases >= 25, f"{cases} results\n{run.stdout[-3000:]}")
tally.check(f"it ended as it should ({' '.join(counted)})", run.returncode == (1 if bad else 0), f"{run.returncode}\n{run.stdout[-3000:]}")
(work / "out.txt").write_text(run.stdout, encoding="utf-8")
sys.exit(1 if tally.failed else 0)
