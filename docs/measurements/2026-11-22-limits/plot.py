#!/usr/bin/env python3
"""spread.png from runs/*.json beside this file: the spread over time, Downbeat and Snapcast on the same rig in the same hour."""
import json, os
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt

HERE = os.path.dirname(os.path.abspath(__file__))
TITLES = {"P": "cards differ by tens of ppm", "B": "... and system clocks by a few ppm", "W": "wild: cards by hundreds, clocks by tens of ppm"}
fig, axes = plt.subplots(1, 3, figsize=(12, 3.6), sharey=True)
for ax, (name, title) in zip(axes, TITLES.items()):
    for who, label, color in (("snapcast-", "Snapcast 0.26", "tab:red"), ("", "Downbeat", "tab:blue")):
        for run in (1, 2, 3):
            try:
                series = json.load(open(f"{HERE}/runs/{who}{name}-{run}.json"))["series"]
            except (OSError, KeyError):
                continue
            ax.semilogy(series["t"], [max(0.3, s) for s in series["spread_us"]], lw=1, color=color, alpha=0.8, label=label if run == 1 or ax.get_legend_handles_labels()[1].count(label) == 0 else None)
    ax.set_title(title, fontsize=10)
    ax.set_xlabel("s after the start")
    ax.grid(True, which="both", alpha=0.25)
    for y, text in ((20, "stereo image moves"), (1000, "two sounds begin to separate")):
        ax.axhline(y, color="gray", lw=0.7, ls="--")
        ax.text(ax.get_xlim()[1], y * 1.1, text, fontsize=7, color="gray", ha="right")
axes[0].set_ylabel("latest minus earliest of four speakers, us")
axes[0].legend(fontsize=8)
fig.tight_layout()
fig.savefig(HERE + "/spread.png", dpi=110)
