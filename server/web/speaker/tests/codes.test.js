// A hiss must be the same from a page as from an agent: the vectors were written by the agents' arithmetic.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { Hisses, LENGTH_US, amplitude, hiss, layOut, sample } from '../codes.js';

const cases = JSON.parse(readFileSync(new URL('./calibration_vectors.json', import.meta.url)));

test('there are vectors', () => assert.ok(cases.length >= 6));

for (const { code, samples } of cases) {
  test(`code ${code} sounds as that of an agent`, () => {
    for (const [us, made] of samples) assert.ok(Math.abs(sample(code, us) - made) < 1e-8, `at ${us}: ${sample(code, us)}, not ${made}`);
  });
}

test('a hiss begins between two frames as it must, and ends in time', () => {
  const frame = 1e6 / 44_100;
  const samples = hiss(7, frame / 3, frame, 0.5);
  for (const k of [0, 1, 5_000, samples.length - 1]) assert.ok(Math.abs(samples[k] - 0.5 * sample(7, frame * (k + 1 / 3))) < 1e-7);
  assert.equal(samples.length, Math.ceil(LENGTH_US / frame - 1 / 3));
  assert.equal(hiss(7, LENGTH_US + 1, frame).length, 0);
});

test('hisses are told once, in time, and those that are past are left out', () => {
  const told = { at: 10_000_000, every_us: 3_200_000, count: 4, code: 3, level_db: -30 };
  const hisses = new Hisses(told);
  assert.deepEqual(hisses.due(9_000_000, 10_000_000), []);
  assert.deepEqual(hisses.due(9_500_000, 10_500_000), [10_000_000]);
  assert.deepEqual(hisses.due(9_600_000, 10_600_000), []);
  assert.deepEqual(hisses.due(14_000_000, 17_000_000), [16_400_000], 'the second was missed');
  hisses.shift(500_000);
  assert.deepEqual(hisses.due(19_000_000, 99_000_000), [20_100_000]);
  assert.ok(hisses.over);
});

test('no hiss is louder than an agent would make it', () => {
  assert.ok(Math.abs(amplitude(0) - 10 ** (-12 / 20)) < 1e-12 && Math.abs(amplitude(-40) - 0.01) < 1e-12);
  assert.equal(amplitude(NaN), 0);
  assert.equal(amplitude(undefined), 0);
});

test('a hiss is laid out on the next frame, as much further into it as that frame is later', (t) => {
  const started = [];
  globalThis.AudioBufferSourceNode = class {
    constructor(_, { buffer }) {
      this.buffer = buffer;
    }
    connect() {}
    start(at) {
      started.push(at);
    }
  };
  t.after(() => delete globalThis.AudioBufferSourceNode);
  const context = { sampleRate: 44_100, createBuffer: (_, length) => ({ samples: new Float32Array(length), copyToChannel(from) { this.samples.set(from); } }) };
  // a card that is 100 ppm slow by the clock that counts
  const frameUs = (1e6 / 44_100) * 1.0001;
  const dueS = 12.345_678_9;
  const { buffer } = layOut(context, null, 5, 0.1, dueS, frameUs);
  const frame = Math.ceil(dueS * 44_100);
  assert.deepEqual(started, [frame / 44_100]);
  for (const k of [0, 1, 9_999, 22_000]) {
    const us = (frame + k - dueS * 44_100) * frameUs;
    assert.ok(Math.abs(buffer.samples[k] - 0.1 * sample(5, us)) < 1e-7, `frame ${k}`);
  }
});
