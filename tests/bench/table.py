#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""table.py OUT.json OUT.md FILE...: the ratios of a benchmark run.

Takes lines of JSON as tests/bench/meter.h prints them, keeps the smallest of the
rounds, writes all as JSON and a table of Ditto over its peer (below 1: Ditto
costs less)."""

import json
import sys


def collect(files):
    best = {}
    for name in files:
        kind = name.rsplit("/", 1)[-1]
        for line in open(name):
            r = json.loads(line)
            server, fs, clients = r["label"].split(":")
            key = (kind, fs, int(clients), r["op"], server)
            old = best.get(key)
            if old is None or r["ns"] < old["ns"]:
                best[key] = {"ns": r["ns"], "server_ns": r["server_ns"]}
    return best


def main():
    out_json, out_md, files = sys.argv[1], sys.argv[2], sys.argv[3:]
    best = collect(files)
    rows = []
    for (kind, fs, clients, op, server), v in best.items():
        peer = best.get((kind, fs, clients, op, "knfsd"))
        if server != "ditto" or peer is None or op == "warm-up":
            continue
        row = {"load": kind, "fs": fs, "clients": clients, "op": op,
               "ditto": v["ns"], "knfsd": peer["ns"], "ratio": v["ns"] / peer["ns"]}
        if kind == "raw":
            row.update(ditto_server=v["server_ns"], knfsd_server=peer["server_ns"],
                       server_ratio=v["server_ns"] / max(peer["server_ns"], 1))
        rows.append(row)
    with open(out_json, "w") as f:
        json.dump(rows, f, indent=1)
    text = ["| load | fs | clients | operation | Ditto | knfsd | ratio | Ditto's threads | nfsd | ratio |",
            "|---|---|---|---|---|---|---|---|---|---|"]
    for r in rows:
        share = ("%.1f | %.1f | **%.2f**" % (r["ditto_server"] / 1e3, r["knfsd_server"] / 1e3,
                                             r["server_ratio"])) if "server_ratio" in r else " | | "
        text.append("| %s | %s | %d | %s | %.1f | %.1f | **%.2f** | %s |" % (
            r["load"], r["fs"], r["clients"], r["op"], r["ditto"] / 1e3, r["knfsd"] / 1e3,
            r["ratio"], share))
    with open(out_md, "w") as f:
        f.write("\n".join(text) + "\n")
    print("\n".join(text))
    worse = [r for r in rows if r["ratio"] > 1]
    print("\n%d of %d ratios are above 1%s" % (
        len(worse), len(rows),
        ": " + ", ".join("%(load)s/%(fs)s/%(clients)d/%(op)s %(ratio).2f" % r for r in worse)
        if worse else ""))
    return 0 if rows else 1


if __name__ == "__main__":
    sys.exit(main())
