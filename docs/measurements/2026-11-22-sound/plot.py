#!/usr/bin/env python3
"""Plots thd_n.csv to thd_n.png. Needs numpy and matplotlib."""
import csv
import pathlib

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

here = pathlib.Path(__file__).resolve().parent
rows = list(csv.DictReader(open(here / "thd_n.csv")))
figure, (left, right) = plt.subplots(1, 2, figsize=(13, 5), sharey=True)
for media, card in dict.fromkeys((r["media_hz"], r["card_hz"]) for r in rows):
    of = [r for r in rows if (r["media_hz"], r["card_hz"], r["correction_ppm"]) == (media, card, "swinging")]
    left.semilogx([float(r["tone_hz"]) for r in of], [float(r["thd_n_db"]) for r in of], ".-",
                  label=f"{int(media) / 1000:g} on {int(card) / 1000:g} kHz")
left.set(xlabel="tone, Hz", ylabel="THD+N, dB", title="correction between -500 and +500 ppm, at 500 ppm a second")
for media in ("48000", "44100"):
    for hz in ("1000", "10000", "18000"):
        of = [r for r in rows if r["media_hz"] == media and r["tone_hz"] == hz and r["card_hz"] == "48000"
              and r["correction_ppm"] != "swinging"]
        right.plot([float(r["correction_ppm"]) for r in of], [float(r["thd_n_db"]) for r in of],
                   ".-" if media == "48000" else ".:", label=f"{int(hz) // 1000} kHz, {int(media) / 1000:g} on 48 kHz")
right.set(xlabel="fixed correction, ppm", title="fixed correction")
for axes in (left, right):
    axes.axhline(-95, color="red", linewidth=0.8)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
figure.tight_layout()
figure.savefig(here / "thd_n.png", dpi=110)
