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

  /** The line of the entry that follows one of `length` frames: this very line at the same rate, else a new one. */
  following(length, nextRate) {
    return nextRate === this.rate
      ? new Line(this.anchor, this.frames - length, this.rate)
      : new Line(this.instantOf(length), 0, nextRate);
  }
}

/**
 * Every entry of `plan` from the timeline's own on: `{index, entry, line, start, end}`. Empty if the plan does not hold
 * the timeline's entry. Boundaries are those of uninterrupted play, also while the timeline does not run.
 */
export function schedule(timeline, plan) {
  const first = plan.findIndex((e) => e.entry === timeline.entry);
  if (first < 0) return [];
  const out = [];
  let line = new Line(timeline.anchor_server_us, timeline.anchor_media_frames, plan[first].sample_rate);
  for (let index = first; index < plan.length; index += 1) {
    const entry = plan[index];
    const own = line.instantOf(0);
    const start = index === first ? Math.max(own, timeline.anchor_server_us) : own;
    out.push({ index, entry, line, start, end: line.instantOf(entry.frames) });
    if (index + 1 < plan.length) line = line.following(entry.frames, plan[index + 1].sample_rate);
  }
  return out;
}

/** The entry that is heard at `t` and the frame in it, `{index, frame}`; before the start the start; past the end null. */
export function positionAt(timeline, plan, t) {
  if (!timeline.running) {
    const index = plan.findIndex((e) => e.entry === timeline.entry);
    return index < 0 ? null : { index, frame: timeline.anchor_media_frames };
  }
  const s = schedule(timeline, plan).find((x) => t < x.end);
  if (!s) return null;
  return { index: s.index, frame: Math.max(0, s.line.frameAt(Math.max(t, timeline.anchor_server_us))) };
}

/** The gain of a volume of 0..100: perceptual, v^(10/3), so 50 is -20 dB. 100 is unity. */
export function gainOf(percent) {
  const v = Number.isFinite(percent) ? Math.min(100, Math.max(0, percent)) : 0;
  return (v / 100) ** (10 / 3);
}
