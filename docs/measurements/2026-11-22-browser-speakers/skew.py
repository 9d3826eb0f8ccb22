"""How far apart the two channels of a recording are: `skew.py rec.f32` (48 kHz, two channels, 32-bit floats)."""

import sys

import numpy as np

RATE, FINER, WINDOW_S, REACH_S = 48_000, 4, 0.5, 0.4

recording = np.fromfile(sys.argv[1], dtype="<f4").reshape(-1, 2).astype(float)
size = int(WINDOW_S * RATE)
skews = []
for begin in range(0, len(recording) - size, size):
    left, right = recording[begin : begin + size].T
    if min(np.sqrt((left**2).mean()), np.sqrt((right**2).mean())) < 1e-4:
        continue
    spectrum = np.fft.rfft(left, 2 * size) * np.conj(np.fft.rfft(right, 2 * size))
    correlation = np.fft.irfft(spectrum, 2 * size * FINER)
    reach = int(REACH_S * RATE * FINER)
    correlation = np.concatenate([correlation[-reach:], correlation[:reach]])
    peak = int(np.argmax(correlation))
    clear = correlation[peak] * FINER / np.sqrt((left**2).sum() * (right**2).sum())
    if clear > 0.4:
        skews.append((peak - reach) / FINER / RATE * 1000)
        print(f"{begin / RATE:7.1f} s  {skews[-1]:+8.3f} ms")
size = np.abs(skews)
print(f"{len(skews)} windows: median {np.median(size):.2f}, p95 {np.percentile(size, 95):.2f}, max {size.max():.2f} ms")
