// The coordinator's clock, as seen from this page.
//
// Nothing here reads a clock or a socket: stamps come in, an estimate goes out. The arithmetic is that of
// docs/protocol.md ("Time exchange"), the filter that of the agents: two states, offset and skew, fed with the
// quickest exchange of every burst. Noise is taken from how much slower an exchange was than the quickest of late, so
// that a sample which waited in a queue weighs next to nothing, and no threshold has to be tuned.
//
// Units: local time and server time in microseconds (a double holds 285 years of them exactly), unless a name says `Ns`.

/** Requests and replies have this length, because a longer frame takes longer and half of that would look like offset. */
export const TIME_FRAME_BYTES = 128;

/** How many exchanges make a burst. */
export const BURST_LENGTH = 8;

/** The longest round trip that is believed. */
const MAX_ROUND_TRIP_US = 10e6;

/** How many bursts the floor of the round trip is taken from: some four minutes. */
const FLOOR_WINDOW = 64;

/** Random walk of the skew, 1/s: what two quartz crystals in a room do to each other. */
const SKEW_WALK = 1e-15;

/** What is believed of the skew before anything is known, and after a step. */
const SKEW_PRIOR = 40e-6;
const SKEW_AFTER_STEP = 5e-6;

/** In the first bursts the floor is not known yet: distrust them by a tenth of half the round trip. */
const EARLY_BURSTS = 16;

/** This many clean samples in a row beyond five sigma are a step of the clock, not noise. */
const STEP_SAMPLES = 3;

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

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Offset and skew of one server clock against the local one. */
export class ClockFilter {
  /**
   * @param {string} clockId whose clock this is
   * @param {number} resolutionUs how coarse the local clock is: 5 us in an isolated page, 100 us in any other
   */
  constructor(clockId, resolutionUs = 5) {
    this.clockId = clockId;
    this.minNoiseUs = Math.max(5, resolutionUs / 2);
    this.bursts = 0;
    this.steps = 0;
    /** The estimate: server minus local is `theta` + `omega` * (t - `at`). */
    this.theta = 0;
    this.omega = 0;
    this.at = 0;
    // Covariance, in seconds: [[p00, p01], [p01, p11]].
    this.p00 = 0;
    this.p01 = 0;
    this.p11 = 0;
    this.minima = [];
    this.suspects = [];
    this.settling = 0;
  }

  /** Takes the quickest sample of a burst. Returns `'seeded'`, `'absorbed'`, `'ignored'`, `'suspect'` or `'stepped'`. */
  add(sample) {
    this.minima.push(sample.roundTrip);
    if (this.minima.length > FLOOR_WINDOW) this.minima.shift();
    this.bursts += 1;
    if (this.settling > 0) this.settling -= 1;
    if (this.bursts === 1) {
      this.#seed(sample, SKEW_PRIOR);
      return 'seeded';
    }
    this.#predict(sample.at);

    const floor = this.floorUs;
    const jitter = median(this.minima) - floor;
    const excess = sample.roundTrip - floor;
    let noise = Math.max(this.minNoiseUs, jitter / 2) + excess / 2;
    if (this.bursts <= EARLY_BURSTS) noise = Math.max(noise, 0.05 * sample.roundTrip);
    const r = (noise * 1e-6) ** 2;

    const y = (sample.offset - this.theta) * 1e-6;
    const s = this.p00 + r;
    if (y * y > 25 * s) {
      // A queue can move an offset by half the excess at most, so this is no queue. But only clean samples count as a step;
      // one that waited as well is left out, for it would bend the skew.
      if (excess >= 4 * Math.max(jitter, this.minNoiseUs)) return 'ignored';
      this.suspects.push(sample);
      if (this.suspects.length < STEP_SAMPLES) return 'suspect';
      const omega = this.omega;
      const best = this.suspects.reduce((a, b) => (b.roundTrip <= a.roundTrip ? b : a));
      this.#seed(best, SKEW_AFTER_STEP);
      this.omega = omega;
      this.steps += 1;
      this.settling = EARLY_BURSTS;
      return 'stepped';
    }
    this.suspects = [];
    const k0 = this.p00 / s;
    const k1 = this.p01 / s;
    this.theta += k0 * y * 1e6;
    this.omega += k1 * y;
    this.p11 -= k1 * this.p01;
    this.p01 *= 1 - k0;
    this.p00 *= 1 - k0;
    return 'absorbed';
  }

  #seed(sample, skewSigma) {
    this.theta = sample.offset;
    this.omega = 0;
    this.at = sample.at;
    this.p00 = ((sample.roundTrip / 2) * 1e-6) ** 2;
    this.p01 = 0;
    this.p11 = skewSigma ** 2;
    this.suspects = [];
  }

  #predict(t) {
    const d = (t - this.at) * 1e-6;
    this.theta += this.omega * (t - this.at);
    this.at = t;
    // Samples may come from a machine that slept, or out of order: the variance must not shrink with time.
    const a = Math.abs(d);
    this.p00 += 2 * d * this.p01 + d * d * this.p11 + (SKEW_WALK * a ** 3) / 3;
    this.p01 += d * this.p11 + (SKEW_WALK * a * a) / 2;
    this.p11 += SKEW_WALK * a;
  }

  /** The least round trip of late, microseconds; null while nothing is known. */
  get floorUs() {
    return this.minima.length ? Math.min(...this.minima) : null;
  }

  get skewPpm() {
    return this.omega * 1e6;
  }

  /** Server minus local at local time `t`. */
  offsetAt(t) {
    return this.theta + this.omega * (t - this.at);
  }

  serverAt(t) {
    return t + this.offsetAt(t);
  }

  localAt(server) {
    return this.at + (server - this.at - this.theta) / (1 + this.omega);
  }

  /** What the estimate may be wrong by at local time `t`: half the floor, which no exchange can see, and three sigma. */
  errorBoundAt(t) {
    if (this.bursts === 0) return null;
    const d = Math.abs(t - this.at) * 1e-6;
    const variance = this.p00 + 2 * d * this.p01 + d * d * this.p11 + (SKEW_WALK * d ** 3) / 3;
    return this.floorUs / 2 + 3e6 * Math.sqrt(Math.max(0, variance));
  }

  /** Good enough to start playing by. */
  readyAt(t) {
    const bound = this.errorBoundAt(t);
    return bound !== null && (bound < 2000 || this.bursts >= 4);
  }

  /** How long to wait before the next burst, milliseconds. */
  get pauseMs() {
    if (this.bursts < 4 || this.suspects.length > 0) return 250;
    return this.bursts < 12 || this.settling > 0 ? 1000 : 4000;
  }
}
