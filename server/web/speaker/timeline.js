// Which frame is heard at which server instant: the same arithmetic as protocol/src/timeline.rs, to the frame.
//
// Two speakers that joined hours apart must compute the same frame, so the divisions are exact: whole numbers of any
// size, and only then a double. (A day at 192 kHz times a million does not fit into a double.)

const MILLION = 1_000_000n;

function floorDiv(a, b) {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

const whole = (x) => BigInt(Math.round(x));

/** A straight line: `frames` is heard at server instant `anchor` (us), `rate` frames a second. */
export class Line {
  constructor(anchor, frames, rate) {
    this.anchor = anchor;
    this.frames = frames;
    this.rate = Math.max(1, rate);
  }

  /** The frame that is being heard at the whole microsecond `t`. */
  frameAt(t) {
    const elapsed = whole(t) - whole(this.anchor);
    return Number(whole(this.frames) + floorDiv(elapsed * BigInt(this.rate), MILLION));
  }

  /** The position at `t`, whole or not, in frames and parts of a frame. */
  positionAt(t) {
    return this.frames + (t - this.anchor) * this.rate * 1e-6;
  }

  /** The instant, whole or not, at which a position is reached: the inverse of `positionAt`. */
  timeOf(position) {
    return this.anchor + ((position - this.frames) * 1e6) / this.rate;
  }

  /** The first whole microsecond at which `frame` is being heard. */
  instantOf(frame) {
    const ahead = (whole(frame) - whole(this.frames)) * MILLION;
    return Number(whole(this.anchor) - floorDiv(-ahead, BigInt(this.rate)));
  }

  /** The same line in the time of a clock that reads `us` more. */
  movedBy(us) {
    return new Line(this.anchor + us, this.frames, this.rate);
  }

  /** The line of `next`, which begins `overlapUs` before `entry`, on this line, ends: this very line at the same rate. */
  following(entry, next, overlapUs) {
    const [end, first] = [lastFrame(entry), firstFrame(next)];
    if (next.sample_rate !== this.rate) return new Line(this.instantOf(end) - overlapUs, first, next.sample_rate);
    const overlap = Number((whole(overlapUs) * BigInt(this.rate)) / MILLION);
    return new Line(this.anchor, this.frames - end + first + overlap, this.rate);
  }
}

const clamp = (x, low, high) => Math.min(high, Math.max(low, x));

/** The frame before which playing ends. */
export function lastFrame(entry) {
  const length = Math.max(0, entry.frames);
  return clamp(entry.end_frames ?? length, 0, length);
}

/** The first frame that is played. */
export function firstFrame(entry) {
  return clamp(entry.start_frames ?? 0, 0, lastFrame(entry));
}

/** How long `next` sounds together with the entry before it: at most half of what is played of either. */
function overlapOf(played, rate, next) {
  const half = (frames, perSecond) => Number((whole(Math.max(0, frames)) * 500_000n) / BigInt(Math.max(1, perSecond)));
  const own = half(lastFrame(next) - firstFrame(next), next.sample_rate);
  return Math.min(next.overlap_us ?? 0, half(played, rate), own);
}

/**
 * Every entry of `plan` from the timeline's own on: `{index, entry, line, start, end, overlapUs}`. Empty if the plan does
 * not hold the timeline's entry. An entry may start before the one before it ends, by `overlapUs`: a crossfade.
 * Boundaries are those of uninterrupted play, also while the timeline does not run.
 */
export function schedule(timeline, plan) {
  const first = plan.findIndex((e) => e.entry === timeline.entry);
  if (first < 0) return [];
  const out = [];
  const own = plan[first];
  let line = new Line(timeline.anchor_server_us, timeline.anchor_media_frames, own.sample_rate);
  let start = Math.max(line.instantOf(firstFrame(own)), timeline.anchor_server_us);
  let played = lastFrame(own) - Math.max(firstFrame(own), timeline.anchor_media_frames);
  let overlapUs = 0;
  for (let index = first; index < plan.length; index += 1) {
    const entry = plan[index];
    const end = Math.max(line.instantOf(lastFrame(entry)), start);
    out.push({ index, entry, line, start, end, overlapUs });
    const next = plan[index + 1];
    if (!next) break;
    line = line.following(entry, next, overlapOf(played, line.rate, next));
    start = Math.max(line.instantOf(firstFrame(next)), start);
    played = lastFrame(next) - firstFrame(next);
    overlapUs = end - start;
  }
  return out;
}

/**
 * The entry that is heard at `t` and the frame in it, `{index, frame}`: of two that cross-fade the later one; before the
 * start the start; past the end null.
 */
export function positionAt(timeline, plan, t) {
  if (!timeline.running) {
    const index = plan.findIndex((e) => e.entry === timeline.entry);
    return index < 0 ? null : { index, frame: timeline.anchor_media_frames };
  }
  let heard = null;
  for (const s of schedule(timeline, plan)) {
    if (heard && s.start > t) break;
    if (t < s.end) heard = s;
  }
  if (!heard) return null;
  const frame = heard.line.frameAt(Math.max(t, timeline.anchor_server_us));
  return { index: heard.index, frame: Math.max(firstFrame(heard.entry), frame) };
}

/** The gain of a volume of 0..100: perceptual, v^(10/3), so 50 is -20 dB. 100 is unity. */
export function gainOf(percent) {
  const v = Number.isFinite(percent) ? Math.min(100, Math.max(0, percent)) : 0;
  return (v / 100) ** (10 / 3);
}
