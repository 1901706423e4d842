"""report.py --print OUT: shows the measurements of a run. report.py --write OUT FILE: puts them, with the machine, the
commit and the settings, between the markers of FILE."""

import datetime
import json
import os
import pathlib
import subprocess
import sys

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
TOPICS = {"public": "Warm public pages", "cold": "Cold pages", "orders": "Orders", "fresh": "Freshness", "memory": "Memory",
          "renders": "Pages made anew by a change", "likeness": "Near-duplicates", "submissions": "Submissions",
          "joint": "Joint columns and subscriptions", "crawl": "Crawling", "points": "Points"}


def shell(command):
    done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=pathlib.Path(__file__).parent)
    return (done.stdout + done.stderr).strip()


def number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}"


def verdict(row):
    if row["limit"] is None:
        return "", ""
    sign = "≥" if row["better"] == "more" else "≤"
    met = row["value"] >= row["limit"] if row["better"] == "more" else row["value"] <= row["limit"]
    return f'{sign} {row["limit"]:g} {row["unit"]}', "yes" if met else "**no**"


def table(out):
    lines = []
    for topic, title in TOPICS.items():
        file = pathlib.Path(out, topic + ".jsonl")
        if not file.exists():
            continue
        lines += [f"### {title}", "", "| what | measured | must reach | met | remarks |", "| --- | ---: | ---: | --- | --- |"]
        for row in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
            must, met = verdict(row)
            lines.append(f'| {row["what"]} | {number(row["value"])} {row["unit"]} | {must} | {met} | {row["note"]} |')
        lines.append("")
    return lines


def machine():
    model = shell("LC_ALL=C lscpu | sed -n 's/^Model name: *//p' | head -1")
    memory = int(shell("awk '/MemTotal/ {print $2}' /proc/meminfo")) / 1048576
    commit = shell("git rev-parse --short=12 HEAD") + (" with changes" if shell("git status --porcelain -uno") else "")
    nginx = shell("$(command -v nginx || echo /usr/sbin/nginx) -v").rpartition("/")[2]
    wrk = shell("wrk -v | head -1").split(" ")[1]
    postgres = shell("/usr/lib/postgresql/15/bin/postgres -V").split(" ")[2]
    return [
        f"- Machine: {model}, {os.cpu_count()} cores, {memory:.0f} GiB, Linux {shell('uname -r').split('-')[0]}; client and server share it.",
        f"- Commit {commit}, release build, {datetime.date.today()}.",
        f"- nginx {nginx} with sendfile, open file cache and gzip_static; wrk {wrk}, 1 thread, 32 connections, gzip;"
        f" {os.environ.get('ROUNDS', '5')} rounds of {os.environ.get('RUN_SECONDS', '8')} s in turn, medians; ratios are"
        " medians of the rounds' ratios.",
        f"- PostgreSQL {postgres} and Redis on loopback, PostgreSQL with fsync.",
        "",
    ]


def write(out, file):
    path = pathlib.Path(file)
    text = path.read_text(encoding="utf-8") if path.exists() else "# Benchmarks\n"
    if BEGIN not in text or END not in text:
        text = f"{text.rstrip()}\n\n{BEGIN}\n{END}\n"
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    body = "\n".join(machine() + table(out)).rstrip()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{head}{BEGIN}\n{body}\n{END}{tail}", encoding="utf-8")


if sys.argv[1] == "--print":
    print("\n".join(table(sys.argv[2])))
else:
    write(sys.argv[2], sys.argv[3])
