"""load.py [--rounds N] [--seconds S] [--connections C] NAME=PORT,HOST,PATH ...: wrk against every target in turn, round
after round, so that a busy minute of the machine falls on all of them. Prints one JSON object: per target the medians of
requests/s and p99 in ms."""

import argparse
import json
import re
import subprocess
import sys

from kit import median

UNITS = {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}


def wrk(target, seconds, connections, script=None):
    """One run: (requests/s, p99 ms). Any error makes the figure worthless, so it stops the benchmark."""
    port, host, path = target
    command = ["wrk", "--latency", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "10s",
               "-H", "Accept-Encoding: gzip"]
    command += ["-s", script] if script else ["-H", f"Host: {host}:{port}"]
    text = subprocess.run(command + [f"http://127.0.0.1:{port}{path}"], check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in text or "Socket errors" in text:
        sys.exit(f"errors under load on {target}:\n{text}")
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s|m)", text).groups()
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)), float(number) * UNITS[unit]


def run(targets, rounds, seconds, connections, script=None):
    """Warm up, then rounds over all targets, the order turned each time."""
    runs = {name: [] for name in targets}
    for name, target in targets.items():
        wrk(target, 2, connections, script)
    names = list(targets)
    for number in range(rounds):
        for name in names[number % len(names):] + names[:number % len(names)]:
            runs[name].append(wrk(targets[name], seconds, connections, script))
    return {name: {"rps": median([r for r, _ in all_runs]), "p99": median([p for _, p in all_runs]),
                   "runs": all_runs} for name, all_runs in runs.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("targets", nargs="+")
    args = parser.parse_args()
    wanted = {}
    for text in args.targets:
        name, _, where = text.partition("=")
        port, host, path = where.split(",", 2)
        wanted[name] = (int(port), host, path)
    print(json.dumps(run(wanted, args.rounds, args.seconds, args.connections)))
