// When does a frame of the AudioContext really leave the machine?
//
// `getOutputTimestamp()` says which frame leaves at which `performance.now()`, so no output latency needs to be known. But
// a single reading is wrong by 10 to 20 ms on a loaded machine, the first seconds are wrong by seconds, and the relation steps
// when the system buffers anew. So: the median over five seconds, the first two seconds dropped, and a step detector that
// compares the last second with the rest. Pure: readings come in, a line goes out.
//
// Units: microseconds of `performance.now()` ("local") and seconds of the context.

/** Readings of a context that has just started are off by up to seconds. */
const DROP_S = 2;
const WINDOW_S = 5;
const RECENT_S = 1.2;
/** With fewer readings than this in the window nothing is said. */
const MIN_READINGS = 12;
/** Steps below this are left to the servo. */
const MIN_STEP_US = 3000;
/** One point for the slope every so often, and how many are kept: two minutes. */
const SLOPE_EVERY_S = 5;
const SLOPE_POINTS = 24;
const MAX_SLOPE = 500e-6;

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function spread(values) {
  const m = median(values);
  return median(values.map((v) => Math.abs(v - m)));
}

export class OutputClock {
  constructor() {
    this.steps = 0;
    this.reset();
  }

  /** Forget everything: the context was suspended, or is another one. */
  reset() {
    this.begun = null;
    this.readings = [];
    this.points = [];
    this.slope = 0;
    this.line = null;
  }

  /**
   * A reading: the context's time `contextS` left the device at local time `localUs`.
   * Returns `'stepped'` if this reading completes the evidence of a step.
   */
  add(contextS, localUs) {
    if (!(contextS > 0) || !Number.isFinite(localUs)) return 'ignored';
    this.begun ??= contextS;
    const last = this.readings.at(-1);
    if (contextS - this.begun < DROP_S) return 'dropped';
    if (last && contextS <= last.contextS) return 'ignored';
    this.readings.push({ contextS, offset: localUs - contextS * 1e6 });
    while (contextS - this.readings[0].contextS > WINDOW_S) this.readings.shift();

    const stepped = this.#step(contextS);
    if (stepped) {
      this.steps += 1;
      this.points = [];
    }
    if (this.readings.length >= MIN_READINGS) {
      this.line = { contextS, offset: this.#offsetAt(contextS, this.readings) };
      this.#learnSlope();
    }
    return stepped ? 'stepped' : 'taken';
  }

  /** The median of the readings, each carried along the slope to `contextS`. */
  #offsetAt(contextS, readings) {
    return median(readings.map((r) => r.offset + this.slope * (contextS - r.contextS) * 1e6));
  }

  #step(contextS) {
    const recent = this.readings.filter((r) => contextS - r.contextS <= RECENT_S);
    const older = this.readings.filter((r) => contextS - r.contextS > RECENT_S);
    if (recent.length < MIN_READINGS || older.length < MIN_READINGS) return false;
    const offsets = recent.map((r) => r.offset);
    const level = median(offsets);
    const change = Math.abs(level - median(older.map((r) => r.offset)));
    if (change <= MIN_STEP_US || change <= 4 * spread(offsets)) return false;
    // The last second holds readings from before the step, too: only those on the new level go on.
    this.readings = recent.filter((r) => Math.abs(r.offset - level) < change / 2);
    return true;
  }

  #learnSlope() {
    const last = this.points.at(-1);
    if (last && this.line.contextS - last.contextS < SLOPE_EVERY_S) return;
    // The point belongs to the middle of its window, so that the slope in force does not feed on itself.
    const middle = (this.readings[0].contextS + this.readings.at(-1).contextS) / 2;
    this.points.push({ contextS: this.line.contextS, middle, offset: median(this.readings.map((r) => r.offset)) });
    if (this.points.length > SLOPE_POINTS) this.points.shift();
    if (this.points.length < 5) return;
    const n = this.points.length;
    const mx = this.points.reduce((sum, p) => sum + p.middle, 0) / n;
    const my = this.points.reduce((sum, p) => sum + p.offset, 0) / n;
    let sxy = 0;
    let sxx = 0;
    for (const p of this.points) {
      sxy += (p.middle - mx) * (p.offset - my);
      sxx += (p.middle - mx) ** 2;
    }
    this.slope = Math.max(-MAX_SLOPE, Math.min(MAX_SLOPE, sxy / sxx / 1e6));
  }

  get ready() {
    return this.line !== null;
  }

  /** The sound card's crystal against `performance.now()`. */
  get dacPpm() {
    return -this.slope * 1e6;
  }

  /** The local time at which the context's time `contextS` leaves the device. */
  localAt(contextS) {
    return contextS * 1e6 * (1 + this.slope) + this.line.offset - this.slope * this.line.contextS * 1e6;
  }

  /** The context's time that leaves the device at local time `localUs`. */
  contextAt(localUs) {
    return (localUs - this.line.offset + this.slope * this.line.contextS * 1e6) / (1e6 * (1 + this.slope));
  }
}
