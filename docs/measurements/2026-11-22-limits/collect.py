#!/usr/bin/env python3
"""collect.py OUT STALLS LOAD RESULT: what the rig found in OUT, with the machine's state, and what only the recordings tell:
how long a speaker was not in step after something went wrong, and the time from a play call to the first sound."""
import json, os, sys
import numpy as np

out, stalls, load, result = sys.argv[1:]
sys.path.insert(0, os.environ["RIG"])
from skewmeter import Speaker, measure

r = json.load(open(out + "/result.json"))
r["driver"] = os.path.basename(r["driver"])
r["machine"] = {"load": float(load), "stalls_ms": json.load(open(stalls)) if os.path.exists(stalls) else None}
prefixes = [f"{out}/spk{k}" for k in range(1, r["speakers"] + 1)]

if os.path.exists(out + "/calls.json"):
    r["play_to_sound_ms"] = []
    for call, answered in json.load(open(out + "/calls.json")):
        first = []
        for p in prefixes:
            s = Speaker(p)
            for begin, t0, rate, count, _ in s.segments:
                skip = max(0, int((call - t0) * rate))
                if skip >= count:
                    continue
                loud = np.flatnonzero(np.abs(np.asarray(s.frames[begin + skip:begin + count])).max(axis=1) > 1e-5)
                if len(loud):
                    first.append(t0 + (skip + loud[0]) / rate - call)
                    break
        r["play_to_sound_ms"].append({"latest": round(1e3 * max(first), 1), "answered": round(1e3 * (answered - call), 1)})
elif os.environ.get("EVENT"):
    # in windows of a quarter of a second: from when on are all in step again
    m = measure(prefixes, window=0.25, hop=0.25, max_lag=0.2)
    if m["delays"] is not None and len(m["times"]):
        spread = (m["delays"].max(axis=1) - m["delays"].min(axis=1))
        t = np.array(m["times"])
        bad = [round(float(x), 2) for x, s in zip(t, spread) if s > 100]
        r["series"] = {"t": [round(float(x), 2) for x in t], "spread_us": [round(float(x), 1) for x in spread]}
        holes = [round(float(a), 2) for a, b in zip(t, t[1:]) if b - a > 0.3]
        r["event"] = {"beyond_100us_at_s": bad, "no_match_after_s": holes,
                      "no_match_s": round(float(sum(b - a - 0.25 for a, b in zip(t, t[1:]) if b - a > 0.3)), 2)}
elif os.path.basename(result).removeprefix("snapcast-")[:2] in ("P-", "B-", "W-"):
    m = measure(prefixes)
    if m["delays"] is not None and len(m["times"]):
        spread = m["delays"].max(axis=1) - m["delays"].min(axis=1)
        r["series"] = {"t": [round(float(x), 1) for x in m["times"]], "spread_us": [round(float(x), 1) for x in spread]}
json.dump(r, open(result, "w"), indent=1)
