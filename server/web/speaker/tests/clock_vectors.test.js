// The page must hold of the clock what an agent holds of the same bursts: the vectors were written by the agents' filter.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { ClockFilter } from '../clock.js';

const AHEAD_US = 5e9;
const cases = JSON.parse(readFileSync(new URL('./clock_vectors.json', import.meta.url)));

test('there are vectors', () => assert.ok(cases.length >= 6));

for (const { name, bursts } of cases) {
  test(`${name}: offset, skew and bound are those of an agent`, () => {
    const filter = new ClockFilter('a');
    bursts.forEach(([at, offset, roundTrip, middle, said, [ahead, skew, bound]], n) => {
      const sample = { at: at / 1000, offset: offset / 1000, roundTrip: roundTrip / 1000, middle: middle.map((ns) => ns / 1000) };
      assert.equal(filter.add(sample), said, `burst ${n}`);
      const later = (at + 5e8) / 1000;
      const got = [filter.offsetAt(later) - AHEAD_US, filter.skewPpm, filter.errorBoundAt(later)];
      [ahead, skew, bound].forEach((expected, k) => {
        assert.ok(Math.abs(got[k] - expected) < 0.02, `burst ${n}: ${['offset', 'skew', 'bound'][k]} ${got[k]}, not ${expected}`);
      });
    });
  });
}
