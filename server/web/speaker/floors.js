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
const LEAST_TO_COMPARE = 16;
const LEAST_NEW = 0.02;
const NEW_UNSURE = 0.03;

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

  /** How they lie. */
  get quantiles() {
    const [low, middle, high] = quantilesOf(this.delays);
    return { low, middle, high };
  }

  /**
   * How many of them say as much as one, at least 1. Delays that are like the one before say less: by
   * (1 + r) / (1 - r), with r the correlation of neighbours.
   */
  get alike() {
    if (this.delays.length < LEAST_TO_COMPARE) return 1;
    const { low: lowest, high: highest } = this.quantiles;
    const spread = highest - lowest;
    const [low, , high] = quantilesOf(this.delays.slice(1).map((delay, i) => delay - this.delays[i]));
    const share = (high - low) ** 2 / Math.max(2 * spread * spread, 1e-9);
    const fresh = Math.min(Math.max(share + NEW_UNSURE, LEAST_NEW), 1);
    return (2 - fresh) / fresh;
  }
}

/** Below them lie a twentieth, half, nine tenths. */
function quantilesOf(delays) {
  const sorted = [...delays].sort((a, b) => a - b);
  return [0.05, 0.5, 0.9].map((share) => {
    if (sorted.length === 0) return 0;
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const a = sorted[below];
    return below + 1 < sorted.length ? a + (sorted[below + 1] - a) * (place - below) : a;
  });
}

const FIRST_GUESS = 4;
const LOW_SIGMAS = 2;
const LOW_SHARE = 0.1;
const FLOOR_WANDER = 1e-3;
/** What a load holds both ways up by, microseconds, and for how long, seconds. */
const LOAD_US = 15;
const LOAD_S = 60;
/** A way that takes longer is a network's, whose queues hide any load, microseconds. */
const LOAD_WAY_US = 500;
/** The share of what a middle says that is not believed while the other way is not seen. */
const ONE_SIDED = 0.95;
const MAX_SKEW = 500;
/** The deviation of what a route is longer one way than on average, as a share of its round trip. */
export const LIKELY_ASYMMETRY = 0.25;

const OFFSET = 0;
const SKEW = 1;
const FLOOR = [2, 3];
const LOAD = 4;
const N = [0, 1, 2, 3, 4];

/**
 * How the two delays of a burst are looked at: each by itself in a shape, or half of what they differ by and half of
 * both (TOGETHER). `lines`: what a burst says, as multiples of offset, skew, floors and load.
 */
const WAYS = [[1, 0, 1, 0, 1], [-1, 0, 0, 1, 1]];
const each = (shape) => ({ shape, together: false, middle: false, lines: WAYS, says: (delays) => delays, stamps: 1, scale: 1 });
/** The middle of each way's delays, and not the least. */
const MIDDLE = { ...each(HILL), middle: true };
const TOGETHER = {
  shape: HILL,
  together: true,
  middle: false,
  lines: [[1, 0, 0.5, -0.5, 0], [0, 0, 0.5, 0.5, 1]],
  says: ([there, back]) => [(there - back) / 2, (there + back) / 2],
  stamps: 0.5,
  scale: 0.5,
};

/** One opinion: offset, skew, both floors and the load, as a mean and a covariance. */
export class Hypothesis {
  /** `leastUs`: the least deviation of a stamp, and the least width. */
  constructor(look, wander, delays, skew, skewDeviation, leastUs) {
    const way = (delays[0] + delays[1]) / 2;
    const width = Math.max(0.1 * way, 5);
    const floor = look.shape === HILL ? way : way - width;
    this.look = look;
    this.wander = wander;
    this.leastUs = leastUs;
    this.x = [(delays[0] - delays[1]) / 2, skew, floor, floor, 0];
    const v = 4 * width * width;
    this.p = [[v, 0, 0, 0, 0], [0, skewDeviation ** 2, 0, 0, 0], [0, 0, v, v, 0], [0, 0, v, v, 0], [0, 0, 0, 0, 0]];
    this.load = way < LOAD_WAY_US ? LOAD_US ** 2 : 0;
    this.p[LOAD][LOAD] = this.load;
    this.firstWidth = width;
    this.widths = [width, width];
    this.alike = 1;
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
    const stays = Math.exp(-dt / LOAD_S);
    x[LOAD] *= stays;
    for (const k of N) p[LOAD][k] *= stays;
    for (const i of N) p[i][LOAD] *= stays;
    p[LOAD][LOAD] += this.load * (1 - stays * stays);
  }

  /** How far `seen` lies above a line of these multiples, the variance of that line, its covariance with the five. */
  #line(of, seen) {
    const along = (row) => N.reduce((sum, i) => sum + of[i] * row[i], 0);
    const by = N.map((i) => along(this.p[i]));
    return { above: seen - along(this.x), variance: Math.max(along(by), 1e-9), by };
  }

  /** The same of a way's delay. */
  line(way, delay) {
    return this.#line(WAYS[way], delay);
  }

  /** The width of the queue of a way. */
  width(way) {
    return this.look.together ? Math.hypot(this.widths[0], this.widths[1]) : this.widths[way];
  }

  /** The least delays of a burst. Returns the logarithm of how well they were foretold. */
  add(delays) {
    this.#lower(delays[0] + delays[1]);
    const says = this.look.says(delays);
    return this.#take(0, says[0]) + this.#take(1, says[1]) + Math.log(this.look.scale);
  }

  moved(way, by) {
    this.x[FLOOR[way]] += by;
    this.p[FLOOR[way]][FLOOR[way]] += 4 * this.width(way) ** 2;
    if (this.look.together) this.strayed = [0, 0];
    else this.strayed[way] = 0;
  }

  stepped(by) {
    this.x[OFFSET] += by;
    this.p[OFFSET][OFFSET] += (by * by) / 4;
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
    if (this.look.shape === HILL) return;
    const { x, p } = this;
    const missing = (x[2] + x[3] - roundTrip) / 2 + x[LOAD];
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

  /** Takes one of the two things that are looked at. */
  #take(at, seen) {
    const { shape, lines, stamps } = this.look;
    const stamp = stamps * this.leastUs ** 2;
    let line = this.#line(lines[at], seen);
    if (shape !== HILL && line.above < -LOW_SIGMAS * Math.sqrt(line.variance + stamp)) {
      this.#loosen(LOW_SHARE * line.above * line.above);
      line = this.#line(lines[at], seen);
    }
    const { above, variance, by } = line;
    const judged = judge(shape, above, variance + stamp, this.widths[at], this.strayed[at]);
    this.strayed[at] = judged.stray;
    const share = variance / (variance + stamp);
    // what it says, or a part of it where the ones before said the same
    let weight = 1 / this.alike;
    // a queue that stands on the other way: nothing tells what this one's middle moved by from the offset
    if (shape === HILL && !this.look.together) weight *= 1 - ONE_SIDED * this.strayed[1 - at];
    const moved = weight * share * judged.moved;
    const left = variance - weight * share * share * (variance + stamp - judged.variance);
    const gain = (1 - left / variance) / variance;
    for (const i of N) {
      this.x[i] += (by[i] / variance) * moved;
      for (const k of N) this.p[i][k] -= by[i] * by[k] * gain;
    }
    this.x[SKEW] = Math.min(MAX_SKEW, Math.max(-MAX_SKEW, this.x[SKEW]));
    return Math.log(judged.density);
  }

  /**
   * Learns the widths from how `seen` bursts of late lie: the least each way, the middle each way, both together.
   * `alike`: of the round trips of the least, and of the middle ones, how many say as much as one.
   */
  learn([ofLeast, ofMiddle, ofBoth], alike, seen) {
    const { together, middle } = this.look;
    const quantiles = (together && ofBoth) || (middle && ofMiddle) || ofLeast;
    this.alike = together ? 1 : alike[middle ? 1 : 0];
    for (const at of [0, 1]) {
      const now = widthOf(this.look.shape, quantiles[at]);
      const blended = (this.firstWidth * FIRST_GUESS + now * seen) / (FIRST_GUESS + seen);
      this.widths[at] = Math.max(blended, this.leastUs);
    }
  }
}

/** The delays that a look is at. */
function lookedAt(look, least, above) {
  return look.middle ? [least[0] + above[0], least[1] + above[1]] : least;
}

const WANDERS = [1e-4, 1e-3];
const LOOKS = [each(EDGE), each(RAMP), each(HILL), MIDDLE, TOGETHER];
const FADE = 0.97;
const TRUST = 0.5;
const LEAST_CREDIT = -30;
const LONG = 30;

/** Several opinions, each believed as far as it foretold the delays of late. */
export class Hypotheses {
  /** Begun with the least delays of the first burst; its middle ones lie `above` them. */
  constructor(delays, above, skew, skewDeviation, leastUs) {
    const begun = (look, wander) => new Hypothesis(look, wander, lookedAt(look, delays, above), skew, skewDeviation, leastUs);
    this.all = WANDERS.flatMap((wander) => LOOKS.map((look) => begun(look, wander)));
    /** The least delays of each way, and the middle ones. */
    this.recent = [new Recent(), new Recent()];
    this.middle = [new Recent(), new Recent()];
    this.middleBoth = new Recent();
    /** Half of what both differ by, and half of both. */
    this.together = [new Recent(), new Recent()];
    this.#note(delays, above);
  }

  #note(delays, above) {
    const { offset } = this.mixture;
    this.middle[0].add(delays[0] + above[0] - offset);
    this.middle[1].add(delays[1] + above[1] + offset);
    this.recent[0].add(delays[0] - offset);
    this.recent[1].add(delays[1] + offset);
    this.middleBoth.add((delays[0] + above[0] + delays[1] + above[1]) / 2);
    this.together[0].add((delays[0] - delays[1]) / 2 - offset);
    this.together[1].add((delays[0] + delays[1]) / 2);
  }

  predict(dt) {
    const least = dt > LONG ? WANDERS.at(-1) : 0;
    for (const h of this.all) h.predict(dt, least);
  }

  add(delays, above) {
    for (const h of this.all) h.credit = h.credit * FADE + TRUST * h.add(lookedAt(h.look, delays, above));
    const best = Math.max(...this.all.map((h) => h.credit));
    for (const h of this.all) h.credit = Math.max(h.credit - best, LEAST_CREDIT);
    this.#note(delays, above);
    const quantiles = [this.recent, this.middle, this.together].map((rings) => rings.map((r) => r.quantiles));
    const alike = [this.together[1].alike, this.middleBoth.alike];
    for (const h of this.all) h.learn(quantiles, alike, this.recent[0].delays.length);
  }

  moved(way, by, seen) {
    for (const h of this.all) h.moved(way, by);
    this.recent[way].shift(by, seen);
    this.middle[way].shift(by, seen);
    this.together[0].shift(way === 0 ? by / 2 : -by / 2, seen);
    this.together[1].shift(by / 2, seen);
    this.middleBoth.shift(by / 2, seen);
  }

  symmetry() {
    for (const h of this.all) h.symmetry();
  }

  stepped(by) {
    for (const h of this.all) h.stepped(by);
  }

  reanchor(by) {
    for (const h of this.all) h.reanchor(by);
    for (const rings of [this.recent, this.middle]) {
      rings[0].shift(-by, 0);
      rings[1].shift(by, 0);
    }
    this.together[0].shift(-by, 0);
  }

  /** The delays as they usually are, if the offset is right. */
  get usual() {
    return this.recent.map((r) => r.quantiles.middle);
  }

  /** The most believed of those that look at the least delays: the others know no floor. */
  get best() {
    return this.all.filter((h) => !h.look.middle).reduce((a, b) => (b.credit > a.credit ? b : a));
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
