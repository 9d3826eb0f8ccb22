"""The signal: a burst of fresh noise every 250 to 350 ms, so that a correlation has one peak."""

import sys
import wave

import numpy as np

RATE, SECONDS = 48_000, 240

random = np.random.default_rng(5)
sound = np.zeros(RATE * SECONDS)
t = 0.3
while t < SECONDS - 0.1:
    start, length = int(t * RATE), int(0.008 * RATE)
    sound[start : start + length] += random.standard_normal(length) * np.hanning(length) * 0.25
    t += 0.25 + 0.1 * random.random()
with wave.open(sys.argv[1], "wb") as out:
    out.setnchannels(2)
    out.setsampwidth(2)
    out.setframerate(RATE)
    out.writeframes((np.clip(np.stack([sound, sound], 1), -1, 1) * 32767).astype("<i2").tobytes())
