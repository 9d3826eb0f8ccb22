// When does a frame of the AudioContext really leave the machine?
//
// `getOutputTimestamp()` says which frame leaves at which `performance.now()`, so no output latency needs to be known. Its readings
// lie within some tenths of a millisecond of a straight line, until the audio system falls behind or buffers anew: then the line
// steps by 3 to 200 ms, and what follows really sounds that much later. (Taken as noise, such steps look like the 10 to 20 ms that
// make single readings useless.) The first seconds of a context are wrong by seconds. So: drop those, take the median of
// five seconds along the learnt slope, and begin anew on the new level as soon as half a second of readings agree on one.
// Pure: readings come in, a line goes out.
//
// Units: microseconds of `performance.now()` ("local") and seconds of the context.

/** Readings of a context that has just started are off by up to seconds. */
const DROP_S = 2;
const WINDOW_S = 5;
/** With fewer readings than this in the window nothing is said. */
const MIN_READINGS = 12;
/** So many readings in a row that agree on another level are a step. */
const STEP_READINGS = 8;
/** Steps below this are left to the servo. */
const MIN_STEP_US = 2500;
/** For the slope: one point a second, a minute of them at most, and not from less than a few seconds. */
const POINT_S = 1;
const MAX_POINTS = 60;
const MIN_POINTS = 8;
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
    this.lastStepUs = 0;
    /** How fast the offset grows: the sound card is slower than `performance.now()` by this factor. Survives steps. */
    this.slope = 0;
    this.reset();
  }

  /** Forget where the line is: the context was suspended. What is known of the crystal stays. */
  reset() {
    this.begun = null;
    this.readings = [];
    this.points = [];
    this.line = null;
    /** Since when, by the context, the line has not stepped. */
    this.steadySinceS = null;
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
    this.steadySinceS ??= contextS;
    // Once there is a line there always is one: after a step on what agreed on it.
    if (this.line || this.readings.length >= MIN_READINGS) {
      this.line = { contextS, offset: this.#offsetAt(contextS, this.readings) };
      this.#learnSlope(contextS);
    }
    return stepped ? 'stepped' : 'taken';
  }

  /** The median of the readings, each carried along the slope to `contextS`. */
  #offsetAt(contextS, readings) {
    return median(readings.map((r) => r.offset + this.slope * (contextS - r.contextS) * 1e6));
  }

  /** Whether the last readings are all on another level than those before. If so only they are kept. */
  #step(contextS) {
    const { readings } = this;
    if (readings.length < 2 * STEP_READINGS) return false;
    const recent = readings.slice(-STEP_READINGS);
    const before = this.#offsetAt(contextS, readings.slice(0, -STEP_READINGS));
    const offsets = recent.map((r) => r.offset + this.slope * (contextS - r.contextS) * 1e6);
    const change = median(offsets) - before;
    const agreed = offsets.every((o) => (o - before) * Math.sign(change) > Math.abs(change) / 2);
    if (Math.abs(change) < MIN_STEP_US || !agreed || Math.abs(change) < 4 * spread(offsets)) return false;
    this.readings = recent;
    this.points = [];
    this.steps += 1;
    this.lastStepUs = change;
    this.steadySinceS = contextS;
    return true;
  }

  /** The median of the slopes between points that lie far apart (Theil-Sen): a few bad seconds do not bend it. */
  #learnSlope(contextS) {
    const { points } = this;
    if (contextS < (points.at(-1)?.contextS ?? this.steadySinceS) + POINT_S) return;
    const second = this.readings.filter((r) => contextS - r.contextS <= POINT_S);
    points.push({ contextS, middle: median(second.map((r) => r.contextS)), offset: median(second.map((r) => r.offset)) });
    if (points.length > MAX_POINTS) points.shift();
    if (points.length < MIN_POINTS) return;
    const slopes = [];
    const apart = Math.ceil(points.length / 2);
    for (let i = 0; i + apart < points.length; i += 1) {
      for (let j = i + apart; j < points.length; j += 1) {
        slopes.push((points[j].offset - points[i].offset) / (points[j].middle - points[i].middle) / 1e6);
      }
    }
    this.slope = Math.max(-MAX_SLOPE, Math.min(MAX_SLOPE, median(slopes)));
  }

  get ready() {
    return this.line !== null;
  }

  /** For how long the line has been steady, seconds. */
  get steadyS() {
    return this.line ? this.line.contextS - this.steadySinceS : 0;
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
