// Samples: the resampler, the renderer across joints, the servo, and the clock of the output.

import assert from 'node:assert/strict';
import test from 'node:test';

import { OutputClock } from '../output_clock.js';
import { render } from '../renderer.js';
import { HALF_TAPS, resample } from '../resampler.js';
import { segmentsOf } from '../score.js';
import { MAX_CORRECTION_PPM, Servo } from '../servo.js';

const RATE = 48_000;
const tone = (hz) => (n) => Math.sin((2 * Math.PI * hz * n) / RATE);
const media = (f, length) => {
  const samples = Float32Array.from({ length }, (_, n) => f(n));
  return { channels: [samples, samples.map((x) => -x)], length };
};

test('on the samples nothing is touched', () => {
  const input = Float32Array.from({ length: 200 }, (_, n) => tone(1000)(n));
  const out = new Float32Array(100);
  resample(input, 0, 40, 1, out, 0, 100);
  assert.deepEqual(out, input.slice(40, 140));
});

test('between the samples a tone is itself, up to the treble', () => {
  for (const [hz, most] of [[997, 1e-4], [9_000, 1e-3], [16_000, 2e-2]]) {
    const input = Float32Array.from({ length: 6000 }, (_, n) => tone(hz)(n));
    const out = new Float32Array(5000);
    const step = 1.0003;
    resample(input, 0, 100.37, step, out, 0, 5000);
    let worst = 0;
    out.forEach((x, i) => (worst = Math.max(worst, Math.abs(x - tone(hz)(100.37 + i * step)))));
    assert.ok(worst < most, `${hz} Hz: ${worst}`);
  }
});

function scoreOf(entries, anchor = 0) {
  const plan = entries.map(([entry, frames, sampleRate]) => ({ entry, hash: entry, frames, sample_rate: sampleRate ?? RATE }));
  return segmentsOf({
    timeline: { entry: plan[0].entry, anchor_server_us: anchor, anchor_media_frames: 0, running: true },
    plan,
  });
}

test('two entries cut from one recording are heard as that recording', () => {
  const whole = tone(700);
  const files = { a: media(whole, 10_000), b: media((n) => whole(n + 10_000), 10_000) };
  const score = scoreOf([['a', 10_000], ['b', 10_000]]);
  for (const step of [1e6 / RATE, (1e6 / RATE) * 1.0002]) {
    const content = (9_500 * 1e6) / RATE + 3.3;
    const [left, right] = render({ score, mediaOf: (e) => files[e.entry], outputRate: RATE, content, step, count: 1000 });
    let worst = 0;
    left.forEach((x, i) => {
      const place = ((content + i * step) * RATE) / 1e6;
      worst = Math.max(worst, Math.abs(x - whole(place)), Math.abs(right[i] + whole(place)));
    });
    assert.ok(worst < 1e-3, `${worst}`);
  }
});

test('the plan has the last word on the length', () => {
  const files = { a: media(() => 1, 20_000), b: media(() => 0.5, 100) };
  const score = scoreOf([['a', 10_000], ['b', 10_000]]);
  const [left] = render({ score, mediaOf: (e) => files[e.entry], outputRate: RATE, content: 0, step: 1e6 / RATE, count: 20_000 });
  assert.equal(left[9_000], 1);
  assert.ok(Math.abs(left[10_050] - 0.5) < 0.01, 'the next entry begins when the plan says');
  assert.equal(left[11_000], 0, 'a file that is too short is filled up');
});

test('a missing file is silence, and does not delay what follows', () => {
  const files = { b: media(() => 0.5, 10_000) };
  const score = scoreOf([['a', 10_000], ['b', 10_000]], 500);
  const [left] = render({ score, mediaOf: (e) => files[e.entry] ?? null, outputRate: RATE, content: 0, step: 1e6 / RATE, count: 12_000 });
  assert.equal(left[5_000], 0);
  assert.ok(Math.abs(left[10_500] - 0.5) < 0.01);
});

test('a file of another rate is placed by time', () => {
  // decoded to 48 kHz already: one second is one second
  const files = { a: media((n) => (n >= 24_000 ? 1 : 0), 48_000) };
  const score = scoreOf([['a', 44_100, 44_100]]);
  const [left] = render({ score, mediaOf: (e) => files[e.entry], outputRate: RATE, content: 499_000, step: 1e6 / RATE, count: 96 });
  assert.ok(left[20] < 0.1 && left[76] > 0.9, 'half a second in');
});

test('the servo brings an error and a crystal to rest, without swinging over', () => {
  const servo = new Servo();
  let error = 4000;
  let least = Infinity;
  for (let t = 0; t < 120; t += 0.25) {
    const ppm = servo.correct(error, 0.25);
    assert.ok(Math.abs(ppm) <= MAX_CORRECTION_PPM);
    // 30 ppm that nobody told it of
    error -= (ppm - 30) * 0.25;
    least = Math.min(least, error);
  }
  assert.ok(Math.abs(error) < 30, `${error} us after two minutes`);
  assert.ok(least > -600, `${least} us beyond`);
});

/** Readings as Chromium gives them on a loaded machine: 20 ms of noise on a line. */
function readings({ dacPpm = 0, noiseUs = 8000, seconds, from = 0, offset = 5e6, seed = 3 }, add) {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  for (let t = from + 0.05; t < from + seconds; t += 0.05) {
    add(t, offset + (t * 1e6) / (1 + dacPpm * 1e-6) + (random() + random() - 1) * noiseUs);
  }
}

test('the output is known to a fraction of a reading\'s noise', () => {
  const clock = new OutputClock();
  assert.equal(clock.ready, false);
  readings({ dacPpm: 40, seconds: 120 }, (c, l) => clock.add(c, l));
  const truth = 5e6 + 120e6 / 1.00004;
  assert.ok(Math.abs(clock.localAt(120) - truth) < 2500, `${clock.localAt(120) - truth} us`);
  assert.ok(Math.abs(clock.contextAt(clock.localAt(120)) - 120) < 1e-9);
  assert.equal(clock.steps, 0);
});

test('with quiet readings it is exact, and so is the crystal', () => {
  const clock = new OutputClock();
  readings({ dacPpm: 40, noiseUs: 300, seconds: 120 }, (c, l) => clock.add(c, l));
  const truth = 5e6 + 120e6 / 1.00004;
  assert.ok(Math.abs(clock.localAt(120) - truth) < 150, `${clock.localAt(120) - truth} us`);
  assert.ok(Math.abs(clock.dacPpm - 40) < 5, `${clock.dacPpm} ppm`);
});

test('the first seconds are not believed', () => {
  const clock = new OutputClock();
  for (let t = 0.05; t < 2; t += 0.05) clock.add(t, 77e6 + t * 1e6);
  assert.equal(clock.ready, false);
  readings({ from: 2.1, seconds: 6, noiseUs: 300 }, (c, l) => clock.add(c, l));
  assert.ok(Math.abs(clock.localAt(8) - 13e6) < 300);
});

test('a step is taken over within two seconds, and counted once', () => {
  const clock = new OutputClock();
  readings({ seconds: 20, noiseUs: 1000 }, (c, l) => clock.add(c, l));
  readings({ from: 20, seconds: 2, noiseUs: 1000, offset: 5e6 + 24_000 }, (c, l) => clock.add(c, l));
  assert.equal(clock.steps, 1);
  assert.ok(Math.abs(clock.localAt(22) - (27e6 + 24_000)) < 800, `${clock.localAt(22) - 27.024e6}`);
});

test('the window of the resampler reaches as far as the renderer fetches', () => {
  assert.equal(HALF_TAPS, 16);
});
