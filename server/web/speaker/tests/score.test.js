// What messages make of what is heard.

import assert from 'node:assert/strict';
import test from 'node:test';

import { divergence, segmentAt, segmentFrom, segmentsOf, shifted, splice } from '../score.js';

const plan = [
  { entry: 'a', hash: 'A', sample_rate: 48_000, frames: 480_000 },
  { entry: 'b', hash: 'B', sample_rate: 48_000, frames: 480_000 },
  { entry: 'c', hash: 'C', sample_rate: 44_100, frames: 441_000 },
];

const session = (entry, anchor, frames, running = true, entries = plan) => ({
  at: anchor,
  timeline: { clock_id: 'k', entry, anchor_server_us: anchor, anchor_media_frames: frames, running },
  plan: entries.slice(entries.findIndex((e) => e.entry === entry)),
});

test('a running plan is a chain of segments without holes', () => {
  const s = segmentsOf(session('a', 1000, 0));
  assert.deepEqual(s.map((x) => [x.entry.entry, x.start, x.end]), [
    ['a', 1000, 10_001_000],
    ['b', 10_001_000, 20_001_000],
    ['c', 20_001_000, 30_001_000],
  ]);
  assert.equal(segmentAt(s, 999), null);
  assert.equal(segmentAt(s, 10_001_000).entry.entry, 'b');
  assert.equal(segmentAt(s, 30_001_000), null);
  assert.equal(segmentFrom(s, 0).entry.entry, 'a');
});

test('paused and stopped is silence', () => {
  assert.deepEqual(segmentsOf(session('a', 1000, 0, false)), []);
  assert.deepEqual(segmentsOf({ timeline: null, plan: [] }), []);
});

test('up to `at` the old, from there on the new', () => {
  const old = segmentsOf(session('a', 0, 0));
  const seek = session('a', 5_000_000, 0);
  const s = splice(old, segmentsOf(seek), seek.at, 4_000_000);
  assert.equal(segmentAt(s, 4_999_999).line.anchor, 0);
  assert.equal(segmentAt(s, 5_000_000).line.anchor, 5_000_000);
  assert.equal(divergence(old, s, 4_000_000), 5_000_000);
  const pause = splice(old, [], 6_000_000, 4_000_000);
  assert.equal(divergence(old, pause, 4_000_000), 6_000_000);
  assert.equal(segmentAt(pause, 6_000_000), null);
});

test('what says the same in other words changes nothing', () => {
  const old = segmentsOf(session('a', 0, 0));
  // the same line, told from the second entry
  const told = splice(old, segmentsOf(session('b', 0, -480_000)), 0, 12_000_000);
  assert.equal(divergence(old, told, 12_000_000), Infinity);
  // and a line that is off by a little is within a tolerance
  const near = segmentsOf(session('a', 800, 0));
  assert.equal(divergence(old, near, 2_000_000, 25_000), Infinity);
  assert.equal(divergence(old, near, 2_000_000, 100), 2_000_000);
});

test('a changed next entry parts where the first one ends', () => {
  const old = segmentsOf(session('a', 0, 0));
  const fresh = segmentsOf(session('a', 0, 0, true, [plan[0], plan[2]]));
  assert.equal(divergence(old, fresh, 2_000_000), 10_000_000);
  // an entry that comes after the end of the old plan
  const short = segmentsOf(session('a', 0, 0, true, [plan[0]]));
  assert.equal(divergence(short, old, 2_000_000), 10_000_000);
});

test('a score moves to another clock as one', () => {
  const s = shifted(segmentsOf(session('a', 1000, 0)), 7_000_000);
  assert.deepEqual([s[0].start, s[0].line.anchor, s[0].line.frameAt(8_001_000)], [7_001_000, 7_001_000, 48_000]);
});
