#!/usr/bin/env python3
"""Prints the table of the README from the results beside this file: medians and the worst of the runs."""
import glob, json, os, statistics

here = os.path.dirname(os.path.abspath(__file__))
print("| scenario | runs | spread, median / p99 / max, us (worst run) | first window, us | underruns, gaps, clicks |")
print("|---|---|---|---|---|")
for name in ("P", "B", "late"):
    runs = [json.load(open(f)) for f in sorted(glob.glob(f"{here}/{name}-*.json"))]
    for part in ("calm",) if name != "late" else ("joiner", "others"):
        worst = max((r[part]["spread_us"] for r in runs), key=lambda s: s["p99"])
        median = max(r[part]["spread_us"]["median"] for r in runs)
        first = max(r["start" if part == "calm" else part]["spread_us"]["first"] for r in runs)
        # in these two parts the joiner's own silence before it joins is a gap
        faults = [sum(r[part]["underruns"].values()) + sum(r[part]["clicks"].values()) for r in runs]
        gaps = [sum(r[part]["gaps"].values()) for r in runs]
        print(f"| {name} {part} | {len(runs)} | {median:.1f} / {worst['p99']:.1f} / {worst['max']:.1f} | {first:.1f} | {sum(faults)} underruns and clicks, {sum(gaps)} gaps |")
cpu = [v for f in glob.glob(f"{here}/*.json") for k, v in json.load(open(f))["cpu_s_per_s"].items() if k.startswith("player")]
rss = [v for f in glob.glob(f"{here}/*.json") for k, v in json.load(open(f))["peak_rss_mib"].items() if k.startswith("player")]
print(f"player: CPU {statistics.median(cpu):.4f} s/s (median), peak RSS {max(rss):.1f} MiB (worst)")
