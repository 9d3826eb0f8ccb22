// The two floors of a network and a clock: what the least delays of bursts say of them. The same as the agents'
// `agent/speaker/src/clock/` (likelihood, recent, hypothesis, hypotheses), line by line; docs/clock.md derives it, and
// tests/clock_vectors.json holds both to one arithmetic.
//
// Units: microseconds, seconds, ppm (= microseconds a second). Ways: 0 is there, 1 is back.

export const EDGE = 0;
export const RAMP = 1;
export const HILL = 2;

const STRAYS = 0.05;
const STRAYS_AFTER_ONE = 0.8;
const STRAY_WIDTHS = 50;
const REACH = 7;
const EDGE_REACH = 20;
const STEPS = 64;
const ROOT_TWO_PI = 2.506628274631;

/**
 * A line is known with this variance, and a delay lies `above` its mean. What that says of the line:
 * `{moved, variance, density, stray}`.
 */
export function judge(shape, above, variance, width, strayed) {
  const s = Math.sqrt(variance);
  const chance = STRAYS + (STRAYS_AFTER_ONE - STRAYS) * strayed;
  const stray = chance / (STRAY_WIDTHS * Math.max(width, s));
  const low = Math.max(above - (shape === EDGE ? EDGE_REACH : REACH) * width, -REACH * s);
  const high = Math.min(shape === HILL ? above + REACH * width : above, REACH * s);
  let z0 = 0;
  let z1 = 0;
  let z2 = 0;
  if (high > low) {
    const step = (high - low) / STEPS;
    for (let i = 0; i < STEPS; i += 1) {
      const v = low + (i + 0.5) * step;
      const e = v / s;
      const r = (above - v) / width;
      let w;
      if (shape === EDGE) w = Math.exp(-0.5 * e * e - r);
      else if (shape === RAMP) w = 2 * r * Math.exp(-0.5 * e * e - r * r);
      else w = Math.exp(-0.5 * (e * e + r * r)) / ROOT_TWO_PI;
      z0 += w;
      z1 += w * v;
      z2 += w * v * v;
    }
    const scale = (step * (1 - chance)) / (width * s * ROOT_TWO_PI);
    z0 *= scale;
    z1 *= scale;
    z2 *= scale;
  }
  const density = z0 + stray;
  const moved = z1 / density;
  const second = (z2 + stray * variance) / density;
  return { moved, variance: Math.max(second - moved * moved, variance * 1e-6), density, stray: stray / density };
}

/** The width of the shape whose delays lie like this. */
function widthOf(shape, { low, middle, high }) {
  if (shape === EDGE) return (middle - low) / 0.641854;
  if (shape === RAMP) return (middle - low) / 0.606075;
  return (high - low) / 2.926406;
}

const WINDOW = 64;

/** The least delays of late on one way. */
export class Recent {
  constructor() {
    /** The oldest first. */
    this.delays = [];
  }

  add(delay) {
    this.delays.push(delay);
    if (this.delays.length > WINDOW) this.delays.shift();
  }

  /** The way became longer by so much: all but the last `but` count as if it had been so before, too. */
  shift(by, but) {
    for (let i = 0; i < this.delays.length - but; i += 1) this.delays[i] += by;
  }

  get quantiles() {
    const sorted = [...this.delays].sort((a, b) => a - b);
    const at = (share) => {
      if (sorted.length === 0) return 0;
      const place = share * (sorted.length - 1);
      const below = Math.floor(place);
      const a = sorted[below];
      return below + 1 < sorted.length ? a + (sorted[below + 1] - a) * (place - below) : a;
    };
    return { low: at(0.05), middle: at(0.5), high: at(0.9) };
  }
}

const FIRST_GUESS = 4;
const LOW_SIGMAS = 2;
const LOW_SHARE = 0.1;
const FLOOR_WANDER = 1e-3;
const MAX_SKEW = 500;
/** The deviation of what a route is longer one way than on average, as a share of its round trip. */
export const LIKELY_ASYMMETRY = 0.25;

const OFFSET = 0;
const SKEW = 1;
const FLOOR = [2, 3];
const N = [0, 1, 2, 3];

/** One opinion: offset, skew and both floors, as a mean and a covariance. */
export class Hypothesis {
  /** `leastUs`: the least deviation of a stamp, and the least width. */
  constructor(shape, wander, delays, skew, skewDeviation, leastUs) {
    const way = (delays[0] + delays[1]) / 2;
    const width = Math.max(0.1 * way, 5);
    const floor = shape === HILL ? way : way - width;
    this.shape = shape;
    this.wander = wander;
    this.leastUs = leastUs;
    this.x = [(delays[0] - delays[1]) / 2, skew, floor, floor];
    const v = 4 * width * width;
    this.p = [[v, 0, 0, 0], [0, skewDeviation ** 2, 0, 0], [0, 0, v, v], [0, 0, v, v]];
    this.firstWidth = width;
    this.widths = [width, width];
    this.strayed = [0, 0];
    this.credit = 0;
  }

  predict(dt, leastWander) {
    const { x, p } = this;
    const wander = Math.max(this.wander, leastWander);
    x[OFFSET] += x[SKEW] * dt;
    for (const k of N) p[OFFSET][k] += dt * p[SKEW][k];
    for (const i of N) p[i][OFFSET] += dt * p[i][SKEW];
    p[OFFSET][OFFSET] += (wander * dt ** 3) / 3;
    p[OFFSET][SKEW] += (wander * dt * dt) / 2;
    p[SKEW][OFFSET] = p[OFFSET][SKEW];
    p[SKEW][SKEW] += wander * dt;
    this.#loosen(FLOOR_WANDER * dt);
  }

  /** How far a delay lies above the line of its way, the variance of that line, its covariance with the four. */
  line(way, delay) {
    const sign = way === 0 ? 1 : -1;
    const floor = FLOOR[way];
    const by = N.map((i) => sign * this.p[i][OFFSET] + this.p[i][floor]);
    const variance = Math.max(sign * by[OFFSET] + by[floor], 1e-9);
    return { above: delay - sign * this.x[OFFSET] - this.x[floor], variance, by };
  }

  /** The least delays of a burst. Returns the logarithm of how well they were foretold. */
  add(delays) {
    this.#lower(delays[0] + delays[1]);
    return this.#take(0, delays[0]) + this.#take(1, delays[1]);
  }

  moved(way, by) {
    this.x[FLOOR[way]] += by;
    this.p[FLOOR[way]][FLOOR[way]] += 4 * this.widths[way] ** 2;
    this.strayed[way] = 0;
  }

  reanchor(by) {
    this.x[OFFSET] += by;
    this.x[FLOOR[0]] -= by;
    this.x[FLOOR[1]] += by;
  }

  symmetry() {
    const { x, p } = this;
    const by = N.map((i) => (p[i][2] - p[i][3]) / 2);
    const variance = (by[2] - by[3]) / 2;
    const likely = LIKELY_ASYMMETRY * Math.max(x[2] + x[3], 0);
    const total = Math.max(variance + likely * likely, 1e-9);
    const apart = (x[2] - x[3]) / 2;
    for (const i of N) {
      x[i] -= (by[i] / total) * apart;
      for (const k of N) p[i][k] -= (by[i] * by[k]) / total;
    }
  }

  #lower(roundTrip) {
    if (this.shape === HILL) return;
    const { x, p } = this;
    const missing = (x[2] + x[3] - roundTrip) / 2;
    const variance = (p[2][2] + 2 * p[2][3] + p[3][3]) / 4;
    if (missing > LOW_SIGMAS * Math.sqrt(variance + this.leastUs ** 2)) {
      x[2] -= missing;
      x[3] -= missing;
      this.#loosen(missing * missing * 0.25);
    }
  }

  #loosen(variance) {
    for (const i of FLOOR) for (const k of FLOOR) this.p[i][k] += variance;
  }

  #take(way, delay) {
    const stamp = this.leastUs ** 2;
    let line = this.line(way, delay);
    if (this.shape !== HILL && line.above < -LOW_SIGMAS * Math.sqrt(line.variance + stamp)) {
      this.#loosen(LOW_SHARE * line.above * line.above);
      line = this.line(way, delay);
    }
    const { above, variance, by } = line;
    const judged = judge(this.shape, above, variance + stamp, this.widths[way], this.strayed[way]);
    this.strayed[way] = judged.stray;
    const share = variance / (variance + stamp);
    const moved = share * judged.moved;
    const left = variance - share * share * (variance + stamp - judged.variance);
    const gain = (1 - left / variance) / variance;
    for (const i of N) {
      this.x[i] += (by[i] / variance) * moved;
      for (const k of N) this.p[i][k] -= by[i] * by[k] * gain;
    }
    this.x[SKEW] = Math.min(MAX_SKEW, Math.max(-MAX_SKEW, this.x[SKEW]));
    return Math.log(judged.density);
  }

  learn(quantiles, seen) {
    for (const way of [0, 1]) {
      const now = widthOf(this.shape, quantiles[way]);
      const blended = (this.firstWidth * FIRST_GUESS + now * seen) / (FIRST_GUESS + seen);
      this.widths[way] = Math.max(blended, this.leastUs);
    }
  }
}

const WANDERS = [1e-4, 1e-3];
const SHAPES = [EDGE, RAMP, HILL];
const FADE = 0.97;
const TRUST = 0.5;
const LEAST_CREDIT = -30;
const LONG = 30;

/** Several opinions, each believed as far as it foretold the delays of late. */
export class Hypotheses {
  constructor(delays, skew, skewDeviation, leastUs) {
    this.all = WANDERS.flatMap((wander) => SHAPES.map((shape) => new Hypothesis(shape, wander, delays, skew, skewDeviation, leastUs)));
    this.recent = [new Recent(), new Recent()];
    this.#note(delays);
  }

  #note(delays) {
    const { offset } = this.mixture;
    this.recent[0].add(delays[0] - offset);
    this.recent[1].add(delays[1] + offset);
  }

  predict(dt) {
    const least = dt > LONG ? WANDERS.at(-1) : 0;
    for (const h of this.all) h.predict(dt, least);
  }

  add(delays) {
    for (const h of this.all) h.credit = h.credit * FADE + TRUST * h.add(delays);
    const best = Math.max(...this.all.map((h) => h.credit));
    for (const h of this.all) h.credit = Math.max(h.credit - best, LEAST_CREDIT);
    this.#note(delays);
    const quantiles = this.recent.map((r) => r.quantiles);
    for (const h of this.all) h.learn(quantiles, this.recent[0].delays.length);
  }

  moved(way, by, seen) {
    for (const h of this.all) h.moved(way, by);
    this.recent[way].shift(by, seen);
  }

  symmetry() {
    for (const h of this.all) h.symmetry();
  }

  reanchor(by) {
    for (const h of this.all) h.reanchor(by);
    this.recent[0].shift(-by, 0);
    this.recent[1].shift(by, 0);
  }

  /** The delays as they usually are, if the offset is right. */
  get usual() {
    return this.recent.map((r) => r.quantiles.middle);
  }

  get best() {
    return this.all.reduce((a, b) => (b.credit > a.credit ? b : a));
  }

  /** All together: `{offset, skew, covariance: [offset^2, offset x skew, skew^2]}`. */
  get mixture() {
    const weights = this.all.map((h) => Math.exp(h.credit));
    const sum = weights.reduce((a, b) => a + b, 0);
    const mean = (i) => this.all.reduce((m, h, k) => m + weights[k] * h.x[i], 0) / sum;
    const offset = mean(OFFSET);
    const skew = mean(SKEW);
    const covariance = [0, 0, 0];
    this.all.forEach((h, k) => {
      const a = h.x[OFFSET] - offset;
      const b = h.x[SKEW] - skew;
      const w = weights[k] / sum;
      covariance[0] += w * (h.p[OFFSET][OFFSET] + a * a);
      covariance[1] += w * (h.p[OFFSET][SKEW] + a * b);
      covariance[2] += w * (h.p[SKEW][SKEW] + b * b);
    });
    return { offset, skew, covariance };
  }
}
