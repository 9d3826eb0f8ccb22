// Scenarios in virtual time: a server clock of known offset and skew behind a link of known noise.

import assert from 'node:assert/strict';
import test from 'node:test';

import { ClockFilter, TIME_FRAME_BYTES, encodeTimeRequest, least, quickest, sampleOf } from '../clock.js';

/** Numbers that look random and are the same in every run. */
function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A link and a server clock; `burst(t)` is what a page makes of eight exchanges at local time t. */
function world({ offset = 5e6, skewPpm = 0, legUs = 60, noiseUs = 30, spikeUs = 2000, coarseUs = 0, seed = 1 }) {
  const random = numbers(seed);
  const state = { offset, extraUs: 0 };
  const server = (t) => Math.floor(t + state.offset + t * skewPpm * 1e-6);
  const leg = () => legUs - noiseUs * Math.log(1 - random()) + (random() < 0.02 ? spikeUs * random() : 0);
  const stamp = (us) => Math.round((coarseUs ? Math.floor(us / coarseUs) * coarseUs : us) * 1000);
  state.server = (t) => t + state.offset + t * skewPpm * 1e-6;
  state.burst = (t) => {
    const samples = [];
    for (let i = 0; i < 8; i += 1) {
      const arrive = t + leg() + state.extraUs;
      const leave = arrive + 20;
      const back = leave + leg();
      samples.push(sampleOf({ t1: stamp(t), t2: server(arrive), t3: server(leave), t4: stamp(back) }));
      t = back + 100;
    }
    return least(samples.filter(Boolean));
  };
  return state;
}

function run(filter, link, { from = 1e6, bursts, everyUs }) {
  let t = from;
  const outcomes = [];
  for (let i = 0; i < bursts; i += 1, t += everyUs) {
    const sample = link.burst(t);
    outcomes.push(sample ? filter.add(sample) : 'nothing');
  }
  return { t, outcomes };
}

test('a request has the length of a reply', () => {
  const text = encodeTimeRequest(123_456_789_012_345);
  assert.equal(text.length, TIME_FRAME_BYTES);
  assert.deepEqual(JSON.parse(text), { type: 'time_request', t1: 123_456_789_012_345 });
});

test('offset and round trip of a symmetric path', () => {
  // server = local + 5 s; 100 us each way; 20 us in the server
  const s = sampleOf({ t1: 1_000_000_000, t2: 6_000_100, t3: 6_000_120, t4: 1_000_220_000 });
  assert.deepEqual(s, { at: 1_000_110, offset: 5_000_000, roundTrip: 200 });
});

test('impossible stamps are refused', () => {
  assert.equal(sampleOf({ t1: 0, t2: 10, t3: 5, t4: 1_000_000 }), null, 'sent before received');
  assert.equal(sampleOf({ t1: 100, t2: 0, t3: 0, t4: 50 }), null, 'reply before request');
  assert.equal(sampleOf({ t1: 0, t2: 0, t3: 2, t4: 1000 }), null, 'more time in the server than there was');
  assert.equal(sampleOf({ t1: 0, t2: Number.NaN, t3: 2, t4: 1000 }), null);
  assert.equal(sampleOf({ t1: 0, t2: 0, t3: 0, t4: 2e13 }), null, 'too long');
});

test('the quickest sample of a burst is kept', () => {
  assert.equal(quickest([]), null);
  assert.equal(quickest([{ roundTrip: 3 }, { roundTrip: 1 }, { roundTrip: 2 }]).roundTrip, 1);
});

for (const skewPpm of [0, 40, -200]) {
  test(`offset and skew of a clock that runs ${skewPpm} ppm off`, () => {
    const link = world({ skewPpm });
    const filter = new ClockFilter('a');
    const { t } = run(filter, link, { bursts: 100, everyUs: 4e6 });
    assert.ok(Math.abs(filter.serverAt(t) - link.server(t)) < 20, `${filter.serverAt(t) - link.server(t)} us`);
    assert.ok(Math.abs(filter.skewPpm - skewPpm) < 0.5, `${filter.skewPpm} ppm`);
    assert.ok(Math.abs(filter.localAt(filter.serverAt(t)) - t) < 0.01, 'there and back');
    // a minute without the coordinator
    assert.ok(Math.abs(filter.serverAt(t + 60e6) - link.server(t + 60e6)) < 60);
  });
}

test('ready after the first burst on a good link, and honest about it', () => {
  const link = world({});
  const filter = new ClockFilter('a');
  assert.equal(filter.errorBoundAt(0), null);
  assert.equal(filter.readyAt(0), false);
  const { t } = run(filter, link, { bursts: 1, everyUs: 0 });
  assert.ok(filter.readyAt(t));
  assert.ok(Math.abs(filter.serverAt(t) - link.server(t)) <= filter.errorBoundAt(t));
});

test('the error stays within the bound, link by link', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const link = world({ seed, skewPpm: seed * 3 - 30, legUs: 600, noiseUs: 800, spikeUs: 20_000 });
    const filter = new ClockFilter('a');
    let t = 1e6;
    for (let i = 0; i < 60; i += 1, t += 4e6) {
      filter.add(link.burst(t));
      const error = Math.abs(filter.serverAt(t) - link.server(t));
      assert.ok(error <= filter.errorBoundAt(t), `seed ${seed}, burst ${i}: ${error} us of ${filter.errorBoundAt(t)}`);
    }
  }
});

test('a clock of 100 us steps, as in a page by plain http, is averaged out', () => {
  const link = world({ coarseUs: 100, skewPpm: 15 });
  const filter = new ClockFilter('a', 100);
  const { t } = run(filter, link, { bursts: 60, everyUs: 4e6 });
  assert.ok(Math.abs(filter.serverAt(t) - link.server(t)) < 110, `${filter.serverAt(t) - link.server(t)} us`);
});

test('a queue on one leg moves the estimate by next to nothing', () => {
  const link = world({});
  const filter = new ClockFilter('a');
  const { t } = run(filter, link, { bursts: 50, everyUs: 4e6 });
  link.extraUs = 30_000;
  run(filter, link, { from: t, bursts: 4, everyUs: 4e6 });
  const end = t + 16e6;
  assert.ok(Math.abs(filter.serverAt(end) - link.server(end)) < 60, `${filter.serverAt(end) - link.server(end)} us`);
});

test('a step of the clock is three samples, not one', () => {
  const link = world({});
  const filter = new ClockFilter('a');
  const { t } = run(filter, link, { bursts: 50, everyUs: 4e6 });
  link.offset += 250_000;
  const { outcomes } = run(filter, link, { from: t, bursts: 12, everyUs: 250_000 });
  assert.equal(outcomes.filter((o) => o === 'stepped').length, 1, outcomes.join());
  assert.equal(filter.steps, 1);
  const end = t + 3e6;
  assert.ok(Math.abs(filter.serverAt(end) - link.server(end)) < 60);
});

test('one absurd sample is not believed', () => {
  const link = world({});
  const filter = new ClockFilter('a');
  const { t } = run(filter, link, { bursts: 30, everyUs: 4e6 });
  const lie = link.burst(t);
  assert.equal(filter.add({ ...lie, offset: lie.offset + 1e6 }), 'suspect');
  assert.ok(filter.pauseMs <= 250, 'asks again soon');
  filter.add(link.burst(t + 250_000));
  assert.equal(filter.steps, 0);
  assert.ok(Math.abs(filter.serverAt(t + 250_000) - link.server(t + 250_000)) < 60);
});
