// The hisses by which a microphone finds how late speakers are: what one sounds like, and when it is laid out.
//
// The same as protocol/src/calibration.rs, which says why; tests/calibration_vectors.json holds both to one sound. Pure,
// but for `layOut`, which plays.

/** How many codes there are; they are numbered from 0. */
export const CODES = 2047;
const CHIPS = 2047;
const CHIP_US = 250;
const CARRIER_HZ = 3500;
const REACH = 4;
/** A hiss lasts so long, microseconds. */
export const LENGTH_US = 513_750;
const FADE_US = 20_000;
const CREST = 1.62;
const LEAST_INTERVAL_US = 600_000;
const MOST_LEVEL_DB = -12;

/** A sequence of greatest length: bit i+11 is the sum of the bits i+tap. */
function sequence(taps) {
  const bits = new Uint8Array(CHIPS);
  bits[10] = 1;
  for (let i = 0; i + 11 < CHIPS; i += 1) bits[i + 11] = taps.reduce((sum, tap) => sum ^ bits[i + tap], 0);
  return bits;
}

const FIRST = sequence([0, 2]);
const SECOND = sequence([0, 2, 5, 8]);

function chip(code, i) {
  if (i < 0 || i >= CHIPS) return 0;
  return FIRST[i] ^ SECOND[(i + code) % CHIPS] ? -1 : 1;
}

function fade(us) {
  const within = Math.min(us, LENGTH_US - us) / FADE_US;
  return within >= 1 ? 1 : 0.5 - 0.5 * Math.cos(Math.PI * Math.max(0, within));
}

/** The hiss of a code, `us` microseconds after it began: -1..1, 0 before and after it. */
export function sample(code, us) {
  if (!(us >= 0 && us < LENGTH_US)) return 0;
  const place = us / CHIP_US - REACH;
  const whole = Math.floor(place);
  const part = place - whole;
  const sine = Math.sin(Math.PI * part);
  let sum = 0;
  for (let k = 1 - REACH; k <= REACH; k += 1) {
    const away = part - k;
    const sinc = Math.abs(away) < 1e-9 ? 1 : (k % 2 === 0 ? sine : -sine) / (Math.PI * away);
    sum += chip(code, whole + k) * sinc * Math.cos((Math.PI * away) / (2 * REACH)) ** 2;
  }
  return ((fade(us) * sum) / CREST) * Math.sin(2 * Math.PI * CARRIER_HZ * 1e-6 * us);
}

/**
 * A hiss as samples: the first one is taken `fromUs` after it began, and each next one `frameUs` later.
 * @returns {Float32Array} up to its end
 */
export function hiss(code, fromUs, frameUs, level = 1) {
  const samples = new Float32Array(Math.max(0, Math.ceil((LENGTH_US - fromUs) / frameUs)));
  for (let k = 0; k < samples.length; k += 1) samples[k] = level * sample(code, fromUs + k * frameUs);
  return samples;
}

/** The amplitude that a message asks for; louder than it may be it is not. */
export function amplitude(levelDb) {
  return Number.isFinite(levelDb) ? 10 ** (Math.min(MOST_LEVEL_DB, levelDb) / 20) : 0;
}

/** The hisses of one calibration: which is next, and when it begins. */
export class Hisses {
  /** @param {{at: number, every_us: number, count: number, code: number, level_db: number}} told */
  constructor(told) {
    this.at = told.at;
    this.everyUs = Math.max(LEAST_INTERVAL_US, told.every_us);
    this.count = told.count;
    this.code = told.code;
    this.level = amplitude(told.level_db);
    this.next = 0;
  }

  get over() {
    return this.next >= this.count || !(this.code >= 0 && this.code < CODES);
  }

  /** The server instants of those that begin from `from` up to `until`; each is told once. One that is past is left out. */
  due(from, until) {
    const found = [];
    for (; !this.over && this.at + this.next * this.everyUs < until; this.next += 1) {
      const at = this.at + this.next * this.everyUs;
      if (at >= from) found.push(at);
    }
    return found;
  }

  /** Its instants are told on another clock. */
  shift(us) {
    this.at += us;
  }
}

/**
 * Plays a hiss that is due at the context's time `dueS`, between its frames as it must.
 * @param {number} frameUs how long a frame of the context lasts on the clock by which the hiss is due, microseconds
 */
export function layOut(context, into, code, level, dueS, frameUs) {
  const frame = Math.ceil(dueS * context.sampleRate);
  const samples = hiss(code, (frame / context.sampleRate - dueS) * context.sampleRate * frameUs, frameUs, level);
  const buffer = context.createBuffer(1, samples.length, context.sampleRate);
  buffer.copyToChannel(samples, 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(into);
  source.start(frame / context.sampleRate);
  return source;
}
