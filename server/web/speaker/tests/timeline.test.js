// The page must compute the very frame that coordinator and agents compute: the vectors were written by their arithmetic.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { Line, gainOf, positionAt, schedule } from '../timeline.js';

const cases = JSON.parse(readFileSync(new URL('./timeline_vectors.json', import.meta.url)));

test('schedules are those of the coordinator', () => {
  assert.ok(cases.length >= 50);
  for (const { timeline, plan, schedule: expected } of cases) {
    const got = schedule(timeline, plan).map((s) => [
      s.index, s.line.anchor, s.line.frames, s.line.rate, s.start, s.end, s.overlapUs,
    ]);
    assert.deepEqual(got, expected);
  }
});

test('positions are those of the coordinator', () => {
  let heard = 0;
  for (const { timeline, plan, positions } of cases) {
    const rate = plan.find((e) => e.entry === timeline.entry).sample_rate;
    const line = new Line(timeline.anchor_server_us, timeline.anchor_media_frames, rate);
    for (const [t, at, frame, instant] of positions) {
      const got = positionAt(timeline, plan, t);
      assert.deepEqual(got && [got.index, got.frame], at);
      assert.equal(line.frameAt(t), frame);
      assert.equal(line.instantOf(frame), instant);
      heard += at ? 1 : 0;
    }
  }
  assert.ok(heard > 100, 'most vectors lie within their plans');
});

test('a day at 192 kHz is exact', () => {
  const line = new Line(5, 0, 192_000);
  const day = 86_400 * 192_000;
  assert.equal(line.frameAt(5 + 86_400e6), day);
  assert.equal(line.instantOf(day), 5 + 86_400e6);
  assert.equal(line.instantOf(day + 1), 5 + 86_400e6 + 6);
});

test('timeOf undoes positionAt', () => {
  const line = new Line(123_456_789_012, -777, 44_100);
  assert.ok(Math.abs(line.timeOf(line.positionAt(123_999_999_999.5)) - 123_999_999_999.5) < 1e-3);
});

test('the volume scale is that of the agents', () => {
  assert.equal(gainOf(100), 1);
  assert.equal(gainOf(0), 0);
  assert.equal(gainOf(Number.NaN), 0);
  assert.equal(gainOf(300), 1);
  assert.ok(Math.abs(20 * Math.log10(gainOf(50)) + 20.07) < 0.01);
});
