#!/usr/bin/env python3
"""Prints the tables of the README from runs/*.json beside this file: the worst of the runs of each scenario."""
import glob, json, os, statistics

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS = [  # scenario, part, what it is, bars (median, p99)
    ("A", "calm", "equal crystals", (8, 15)),
    ("P", "calm", "cards differ: 18, -27, 41, -9 ppm", (10, 25)),
    ("B", "calm", "and system clocks: 7, -11, 3, -5 ppm", (12, 30)),
    ("W", "calm", "wild: cards 180, -150, 90, -60, clocks 60, -80, 40, 0 ppm", (15, 40)),
    ("S", "stress", "P, and both cores busy", (20, 60)),
    ("stall", "calm", "P, every 3 s all processes stand still for 110 ms", (20, 60)),
    ("late", "joiner", "P, one joins 20 s late: all four from its start on", (50, None)),
    ("late", "others", "... the other three meanwhile", None),
    ("rate-44100", "calm", "P, 48 kHz file on 44.1 kHz cards", (10, 25)),
    ("track-44100", "calm", "P, 44.1 kHz file on 48 kHz cards", (10, 25)),
    ("impair", "calm", "P, 5 ms +- 2 ms and 1 % loss each way", (100, 400)),
    ("bloat", "calm", "P, one 10 Mbit/s link with a 1 MB queue, downloads beside", (100, 400)),
    ("kill", "calm", "P, coordinator killed, back after 60 s", (None, 60)),
    ("reboot", "calm", "P, the same, back on another clock", (None, 100)),
]


def runs(name):
    return [json.load(open(f)) for f in sorted(glob.glob(f"{HERE}/runs/{name}-[0-9].json"))]


def worst(found, part):
    s = [r[part]["spread_us"] for r in found]
    return {k: max(x[k] for x in s) for k in ("median", "p99", "max", "first")}


def faults(found, part):
    count = lambda key: sum(sum(r[part][key].values()) for r in found)
    return f"{count('underruns')} / {count('gaps')} / {count('clicks')}"


def main():
    print("| scenario | spread median / p99 / max, us | bar | first window, us | underruns / gaps / clicks | Snapcast 0.26, same hour |")
    print("|---|---|---|---|---|---|")
    for name, part, what, bar in ROWS:
        found = [r for r in runs(name) if "spread_us" in r.get(part, {})]
        if not found:
            print(f"| {what} | not measured | | | | |")
            continue
        w = worst(found, part)
        peer = [r for r in runs(f"snapcast-{name}") if "spread_us" in r.get(part, {})]
        theirs = ""
        if peer:
            p = worst(peer, part)
            theirs = f"{p['median']:.0f} / {p['p99']:.0f} / {p['max']:.0f}; {faults(peer, part)}"
        # the silence before the joiner's first sound is a gap of its recording
        first = worst(found, "start" if part in ("calm", "stress") else part)["first"]
        bars = " / ".join("-" if b is None else str(b) for b in bar) if bar else ""
        print(f"| {what} | {w['median']:.1f} / {w['p99']:.1f} / {w['max']:.1f} | {bars} | {first:.1f} | {faults(found, part)} | {theirs} |")
    print()
    for name, what in (("sigstop", "an agent stands still (SIGSTOP) for 10 s"), ("wallstep", "wall clocks step by an hour"),
                       ("clockstep", "the coordinator's monotonic clock steps by 250 ms")):
        for k, r in enumerate(runs(name), 1):
            e = r.get("event", {})
            print(f"- {what}, run {k}: over 100 us in {len(e.get('beyond_100us_at_s', []))} windows of 0.25 s, "
                  f"{e.get('no_match_s', 0)} s in which not all played the same; afterwards "
                  f"{r['calm']['spread_us']['median']:.1f} / {r['calm']['spread_us']['p99']:.1f} us")
    calls = [c for r in runs("latency") for c in r["play_to_sound_ms"]]
    if calls:
        cached = [c["latest"] for c in calls]
        first = [r["play_to_sound_ms"][0]["latest"] for r in runs("latency")]
        print(f"- play call to first sound of the last of four speakers, {len(calls)} calls: median {statistics.median(cached):.0f} ms, "
              f"worst {max(cached):.0f} ms; the first call of each run, nothing cached: {', '.join(f'{x:.0f}' for x in first)} ms")
    steady = [r for n in ("A", "P", "B") for r in runs(n)]
    if steady:
        cpu = [v for r in runs("P") for k, v in r["cpu_s_per_s"].items() if k.startswith("player")]
        rss = [v for r in steady for k, v in r["peak_rss_mib"].items() if k.startswith("player")]
        print(f"- one player, P: processor {statistics.median(cpu):.4f} s/s in the median, {max(cpu):.4f} at worst; peak memory {max(rss):.1f} MiB")
        peer = [v for r in runs("snapcast-P") for k, v in r["cpu_s_per_s"].items() if k.startswith("player")]
        if peer:
            print(f"- one Snapcast player, P: {statistics.median(peer):.4f} s/s, worst {max(peer):.4f}")
        net = [r["network_bytes_per_speaker_s"] for r in runs("W")]
        if net:
            print(f"- network, the file cached (W, from 30 s on): {max(net)} bytes a second and speaker")
    every = [r for f in glob.glob(f"{HERE}/runs/*.json") for r in [json.load(open(f))]]
    stalls = [s for r in every for s in r["machine"]["stalls_ms"] or []]
    if every:
        print(f"- the machine: load {min(r['machine']['load'] for r in every)} to {max(r['machine']['load'] for r in every)} before the runs; "
              f"{len(stalls)} stalls over 5 ms seen by a real-time thread, the longest {max(stalls, default=0):.0f} ms")


main()
