// The coordinator's clock, as seen from this page.
//
// Nothing here reads a clock or a socket: stamps come in, an estimate goes out. The arithmetic is that of
// docs/protocol.md ("Time exchange"), the filter that of the agents (`agent/speaker/src/clock/filter.rs`, docs/clock.md):
// the least delay each way of a burst goes to the hypotheses of `floors.js`; here it is told whether the clock stepped
// or the route changed. tests/clock_vectors.json holds both programs to one arithmetic.
//
// Units: local time and server time in microseconds (a double holds 285 years of them exactly), unless a name says `Ns`.

import { Hypotheses, LIKELY_ASYMMETRY } from './floors.js';

/** Requests and replies have this length, because a longer frame takes longer and half of that would look like offset. */
export const TIME_FRAME_BYTES = 128;

/** How many exchanges make a burst. */
export const BURST_LENGTH = 8;

/** The longest round trip that is believed. */
const MAX_ROUND_TRIP_US = 10e6;

/** How many bursts the floor of the round trip is taken from: some four minutes. */
const FLOOR_WINDOW = 64;

/** Exchanges so close together see the same clocks. */
const ONE_MOMENT_US = 250_000;

/** How fast the skew may wander while nothing is heard, ppm^2/s. */
const WANDER = 1e-3;

/** The least deviation of a stamp, and of a burst where steps are told from noise. */
const STAMP_US = 2;
const NOISE_FLOOR_US = 5;

/** What is believed of the skew before anything is known, and what a step leaves of it, ppm. */
const FIRST_SKEW = 40;
const KNOWN_SKEW = 5;

/** In the first bursts the floor is not known yet: distrust them by a tenth of half the round trip. */
const EARLY_BURSTS = 16;

/** So many deviations off, clean (within so many times the usual unrest), so many times in agreement: a step. */
const STEP_SIGMAS = 5;
const CLEAN_JITTERS = 4;
const STEP_SAMPLES = 3;
const STEP_AGREEMENT_US = 1000;
/** So many bursts in a row that cannot be, clean or not, are one, too. */
const CONTRADICTIONS = 8;
/** A way is beside a queue that stands if the other was this share of a round trip above its floor. */
const STANDING = 0.25;

/** A way that stayed so many widths above its floor, for so many bursts and seconds, has become longer. */
const LONGER_WIDTHS = 2;
const LONGER_BURSTS = 16;
const LONGER_S = 60;

/** An offset measured over a way so many times as long as this one says less than one burst over this one. */
const MISLED = 4;
/** ... if that is about the shortest that it ever was. */
const SHORTEST = 1.5;

/** Of few bursts a deviation is taken for so much greater, over their number. */
const YOUNG_BURSTS = 5;

/** The bound in deviations. */
const BOUND_SIGMAS = 4.5;

/** @param {number} t1Ns whole nanoseconds of the local clock */
export function encodeTimeRequest(t1Ns) {
  return JSON.stringify({ type: 'time_request', t1: t1Ns }).padEnd(TIME_FRAME_BYTES, ' ');
}

/**
 * What one exchange says: `{at, offset, roundTrip}` in microseconds, or null for stamps that cannot be.
 * @param {{t1: number, t2: number, t3: number, t4: number}} stamps t1, t4 local ns; t2, t3 server us
 */
export function sampleOf({ t1, t2, t3, t4 }) {
  if (![t1, t2, t3, t4].every(Number.isFinite)) return null;
  // Differences first: they are small, so nothing is lost to rounding.
  const away = (t4 - t1) / 1000;
  const there = t3 - t2;
  if (away < 0 || there < 0) return null;
  const roundTrip = away - there;
  if (roundTrip <= 0 || roundTrip > MAX_ROUND_TRIP_US) return null;
  const at = t1 / 1000 + away / 2;
  return { at, offset: t2 + there / 2 - at, roundTrip };
}

/** The sample that waited least, or null. */
export function quickest(samples) {
  return samples.reduce((best, s) => (best === null || s.roundTrip < best.roundTrip ? s : best), null);
}

/**
 * What a burst says: the shortest way there and the shortest way back, which may be of two exchanges, and how far the
 * middle of each way's delays lies above it (`middle`); or null.
 */
export function least(samples) {
  const best = quickest(samples);
  if (best === null) return null;
  const near = samples.filter((s) => Math.abs(s.at - best.at) <= ONE_MOMENT_US);
  const ways = [1, -1].map((sign) => near.map((s) => s.roundTrip / 2 + sign * (s.offset - best.offset)));
  const [[there, thereAbove], [back, backAbove]] = ways.map(leastAndMiddle);
  return {
    at: best.at,
    offset: best.offset + (there - back) / 2,
    roundTrip: Math.max(there + back, 0.1),
    middle: [thereAbove, backAbove],
  };
}

/** The least of some delays, and how far their mean without the least and the greatest lies above it. */
function leastAndMiddle(delays) {
  const sorted = [...delays].sort((a, b) => a - b);
  const outer = sorted.length > 2 ? 1 : 0;
  const inner = sorted.slice(outer, sorted.length - outer);
  return [sorted[0], inner.reduce((a, b) => a + b, 0) / inner.length - sorted[0]];
}

/** Offset and skew of one server clock against the local one. */
export class ClockFilter {
  /**
   * @param {string} clockId whose clock this is
   * @param {number} resolutionUs how coarse the local clock is: 5 us in an isolated page, 100 us in any other
   */
  constructor(clockId, resolutionUs = 5) {
    this.clockId = clockId;
    this.minNoiseUs = Math.max(NOISE_FLOOR_US, resolutionUs / 2);
    this.stampUs = Math.max(STAMP_US, resolutionUs * 0.4);
    this.bursts = 0;
    this.steps = 0;
    this.minima = [];
    this.suspects = [];
    this.contradictions = 0;
    this.state = null;
    /** Bursts since the clock was disturbed. */
    this.done = 0;
  }

  /**
   * Takes the sample of a burst. Returns `'seeded'`, `'absorbed'`, `'suspect'` (it contradicts what is known) or
   * `'stepped'`.
   */
  add(sample) {
    this.bursts += 1;
    this.done += 1;
    this.minima.push(sample.roundTrip);
    if (this.minima.length > FLOOR_WINDOW) this.minima.shift();
    const noise = this.#noise(sample);
    const { state } = this;
    if (state === null) {
      this.#begin(sample, 0, FIRST_SKEW);
      return 'seeded';
    }
    this.#predict(sample.at);
    const delays = this.#delays(sample);
    const above = this.#above(delays);
    const variance = state.hypotheses.mixture.covariance[0];
    const innovation = (above[0] - above[1]) / 2;
    const tolerance = CLEAN_JITTERS * Math.max(this.#jitter, this.minNoiseUs);
    const roundTripAbove = above[0] + above[1];
    const clean = sample.roundTrip - this.floorUs <= tolerance && Math.abs(roundTripAbove) < Math.abs(innovation);
    const impossible = Math.abs(innovation) > sample.roundTrip / 2 + STEP_SIGMAS * Math.sqrt(variance);
    const lower = state.bursts > EARLY_BURSTS && roundTripAbove < -tolerance;
    if (lower || (impossible && roundTripAbove < -Math.abs(innovation))) {
      const half = sample.roundTrip / 2;
      if (state.asymmetry > MISLED * half && half < SHORTEST * state.leastWay) {
        this.#beginAnew(sample);
        return 'seeded';
      }
      this.#shorter(delays);
    } else if (innovation ** 2 > STEP_SIGMAS ** 2 * (variance + noise * noise) && clean) {
      return this.#doubt(sample);
    } else if (impossible) {
      this.contradictions += 1;
      this.done = 0;
      if (this.contradictions < CONTRADICTIONS) return 'suspect';
      const way = this.#besideAQueue(sample);
      if (way === null) return this.#stepped(sample);
      // a way there that seems too short is an offset that is too great
      const by = way === 0 ? above[0] : -above[1];
      state.hypotheses.stepped(by);
      this.contradictions = 0;
      this.suspects = [];
      if (Math.abs(by) <= STEP_AGREEMENT_US) return 'absorbed';
      this.steps += 1;
      return 'stepped';
    }
    this.contradictions = 0;
    this.suspects = [];
    state.above = above;
    this.#longer(delays);
    state.hypotheses.add(delays, sample.middle ?? [0, 0]);
    state.bursts += 1;
    state.asymmetry = Math.min(Math.max(...state.hypotheses.usual), state.asymmetryBefore);
    state.leastWay = Math.min(state.leastWay, sample.roundTrip / 2);
    return 'absorbed';
  }

  /** Deviation of a sample: half the excess is the largest bias that a queue on one leg can add. */
  #noise({ roundTrip }) {
    const excess = Math.max(roundTrip - this.floorUs, 0);
    const noise = Math.max(this.minNoiseUs, this.#jitter / 4) + excess / 2;
    return this.bursts <= EARLY_BURSTS ? Math.max(noise, 0.05 * roundTrip) : noise;
  }

  #begin(sample, skew, deviation) {
    const way = sample.roundTrip / 2;
    this.state = {
      at: sample.at,
      zero: sample.offset,
      bursts: 1,
      hypotheses: new Hypotheses([way, way], sample.middle ?? [0, 0], skew, deviation, this.stampUs),
      asymmetry: way,
      asymmetryBefore: Infinity,
      leastWay: way,
      aloft: [aground(sample.at), aground(sample.at)],
      above: [0, 0],
    };
  }

  /** Begins anew where this sample is; of what was known the skew stays, as far as it was. */
  #beginAnew(sample) {
    const { skew, covariance } = this.state.hypotheses.mixture;
    const known = 3 * Math.sqrt(Math.max(covariance[2], 0));
    this.#begin(sample, skew, Math.min(Math.max(known, KNOWN_SKEW), FIRST_SKEW));
    this.suspects = [];
    this.contradictions = 0;
    this.done = 0;
  }

  #predict(to) {
    const { state } = this;
    const dt = (to - state.at) * 1e-6;
    if (dt > 0) {
      state.hypotheses.predict(dt);
      state.at = to;
    }
  }

  /** The delays there and back, as if the clocks differed by what they did at the beginning. */
  #delays(sample) {
    const way = sample.roundTrip / 2;
    const apart = sample.offset - this.state.zero;
    return [way + apart, way - apart];
  }

  #above(delays) {
    const { best } = this.state.hypotheses;
    return [0, 1].map((way) => best.line(way, delays[way]).above);
  }

  /** The round trip is less than the floors by more than noise: the ways that are below theirs became shorter. */
  #shorter(delays) {
    const { state } = this;
    const above = this.#above(delays);
    for (const way of [0, 1]) {
      if (above[way] >= 0) continue;
      state.hypotheses.moved(way, above[way], 0);
      state.aloft[way] = aground(state.at);
    }
    // not a queue that falls, and still is long
    if ((delays[0] + delays[1]) / 2 >= SHORTEST * state.leastWay) return;
    const { x } = state.hypotheses.best;
    const apart = (x[2] - x[3]) / 2;
    const was = state.asymmetry * 2 * LIKELY_ASYMMETRY;
    const is = Math.max(x[2] + x[3], 0) * LIKELY_ASYMMETRY;
    state.hypotheses.reanchor((apart * was * was) / Math.max(was * was + is * is, 1e-9));
    state.asymmetryBefore = Infinity;
  }

  /** The way that is at its floor while a queue stands on the other, or null. */
  #besideAQueue({ roundTrip }) {
    const { above, leastWay } = this.state;
    const queue = STANDING * Math.max(roundTrip - 2 * leastWay, 0);
    const way = [0, 1].find((k) => above[k] < STANDING * queue && above[1 - k] > queue);
    return way ?? null;
  }

  /** A way that has long been above its floor became longer. */
  #longer(delays) {
    const { state } = this;
    for (const way of [0, 1]) {
      const { best } = state.hypotheses;
      const { above, variance } = best.line(way, delays[way]);
      const width = best.width(way);
      if (above < LONGER_WIDTHS * width + STEP_SIGMAS * Math.sqrt(variance) + NOISE_FLOOR_US) {
        state.aloft[way] = aground(state.at);
        continue;
      }
      const aloft = state.aloft[way];
      aloft.bursts += 1;
      aloft.least = Math.min(aloft.least, above);
      if (aloft.bursts >= LONGER_BURSTS && (state.at - aloft.since) * 1e-6 >= LONGER_S) {
        state.asymmetryBefore = state.asymmetry;
        state.hypotheses.moved(way, aloft.least - width, aloft.bursts - 1);
        state.hypotheses.symmetry();
        state.aloft[way] = aground(state.at);
      }
    }
  }

  #doubt(sample) {
    this.done = 0;
    const near = Math.max(STEP_AGREEMENT_US, sample.roundTrip);
    this.suspects = this.suspects.filter((s) => Math.abs(sample.offset - s.offset) < near);
    this.suspects.push(sample);
    if (this.suspects.length < STEP_SAMPLES) return 'suspect';
    this.#stepped(quickest(this.suspects));
    this.#predict(sample.at);
    return 'stepped';
  }

  #stepped(sample) {
    this.#beginAnew(sample);
    this.steps += 1;
    return 'stepped';
  }

  /** The least round trip of late, microseconds; null while nothing is known. */
  get floorUs() {
    return this.minima.length ? Math.min(...this.minima) : null;
  }

  /** How far the middle burst lies above the floor. */
  get #jitter() {
    const sorted = [...this.minima].sort((a, b) => a - b);
    return sorted.length ? sorted[sorted.length >> 1] - sorted[0] : 0;
  }

  get skewPpm() {
    return this.state ? this.state.hypotheses.mixture.skew : 0;
  }

  /** Server minus local at local time `t`. */
  offsetAt(t) {
    const { at, zero, hypotheses } = this.state;
    const { offset, skew } = hypotheses.mixture;
    return zero + offset + skew * (t - at) * 1e-6;
  }

  serverAt(t) {
    return t + this.offsetAt(t);
  }

  localAt(server) {
    const { at, zero, hypotheses } = this.state;
    const { offset, skew } = hypotheses.mixture;
    return at + (server - at - zero - offset) / (1 + skew * 1e-6);
  }

  /** Standard deviation of the offset at local time `t`. */
  deviationAt(t) {
    const { at, bursts, hypotheses } = this.state;
    const young = (1 + YOUNG_BURSTS / bursts) ** 2;
    const [a, b, c] = hypotheses.mixture.covariance.map((v) => v * young);
    const dt = Math.max((t - at) * 1e-6, 0);
    return Math.sqrt(Math.max(a + 2 * dt * b + dt * dt * c + (WANDER * dt ** 3) / 3, 0));
  }

  /** What the estimate may be wrong by at local time `t`: the ways' inequality, which no exchange can see, and the rest. */
  errorBoundAt(t) {
    if (this.state === null) return null;
    return this.state.asymmetry + BOUND_SIGMAS * this.deviationAt(t);
  }

  /** Good enough to start playing by. */
  readyAt(t) {
    const bound = this.errorBoundAt(t);
    return bound !== null && (bound < 2000 || this.bursts >= 4);
  }

  /** How long to wait before the next burst, milliseconds. */
  get pauseMs() {
    if (this.state === null || this.suspects.length > 0) return 250;
    const restless = this.#jitter > 200;
    const deviation = this.deviationAt(this.state.at);
    if (this.done < 100 && restless && deviation > 20) return 10;
    if (this.done < 8 || (this.done < 300 && restless && deviation > 8)) return 250;
    if (this.done < 24) return 1000;
    if (deviation > 20) return 500;
    return deviation > 8 ? 2000 : 4000;
  }
}

/** A way whose delays are not above its floor. */
function aground(at) {
  return { since: at, bursts: 0, least: Infinity };
}
