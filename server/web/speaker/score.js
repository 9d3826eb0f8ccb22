// What is to be heard from now on: a list of segments on server time, without overlap, in order.
//
// A message says what holds from its `at` on; up to then the old plan holds. So messages are spliced into one score, and
// the player asks only two things of it: what is due at an instant, and where an old score and a new one part ways.
// Where they do not, nothing may be heard of the change.

import { schedule } from './timeline.js';

/** @typedef {{entry: object, line: import('./timeline.js').Line, start: number, end: number}} Segment */

/** The segments of a session message. None while nothing runs. A crossfade is a cut here: the next one takes over. */
export function segmentsOf({ timeline, plan }) {
  if (!timeline || !timeline.running) return [];
  return schedule(timeline, plan)
    .map((s, k, all) => (k + 1 < all.length ? { ...s, end: Math.min(s.end, all[k + 1].start) } : s))
    .filter((s) => s.end > s.start)
    .map(({ entry, line, start, end }) => ({ entry, line, start, end }));
}

function clip(segments, from, to) {
  return segments
    .map((s) => ({ ...s, start: Math.max(s.start, from), end: Math.min(s.end, to) }))
    .filter((s) => s.end > s.start);
}

/** `before` up to `at`, `after` from there on. What ended before `now` is forgotten. */
export function splice(before, after, at, now) {
  return [...clip(before, now, at), ...clip(after, at, Infinity)].filter((s) => s.end > now);
}

/** The segment that is due at `t`, or null for silence. */
export function segmentAt(segments, t) {
  return segments.find((s) => s.start <= t && t < s.end) ?? null;
}

/** The first segment that is due at `t` or later, or null. */
export function segmentFrom(segments, t) {
  return segments.find((s) => t < s.end) ?? null;
}

function sameSound(a, b, t, toleranceUs) {
  if (a === null || b === null) return a === b;
  if (a.entry.hash !== b.entry.hash || a.entry.entry !== b.entry.entry) return false;
  return Math.abs(b.line.timeOf(a.line.positionAt(t)) - t) <= toleranceUs;
}

/**
 * The first instant from `from` on at which two scores let something different be heard; `Infinity` if there is none.
 * Positions within `toleranceUs` of each other count as the same, and so do joints.
 */
export function divergence(a, b, from, toleranceUs = 2) {
  let t = from;
  for (;;) {
    const [x, y] = [segmentAt(a, t), segmentAt(b, t)];
    if (!sameSound(x, y, t, toleranceUs)) {
      const later = t + toleranceUs;
      const [p, q] = [segmentAt(a, later), segmentAt(b, later)];
      if (!sameSound(p, q, later, toleranceUs)) return t;
      t = later;
      continue;
    }
    const next = Math.min(boundary(a, x, t), boundary(b, y, t));
    if (next === Infinity) return Infinity;
    t = next;
  }
}

/** The next instant after `t` at which a score changes. */
function boundary(segments, current, t) {
  if (current) return current.end;
  const coming = segments.find((s) => s.start > t);
  return coming ? coming.start : Infinity;
}

/** A score in the time of another clock, which reads `shiftUs` more at the same instant. */
export function shifted(segments, shiftUs) {
  return segments.map((s) => ({
    ...s,
    line: s.line.movedBy(shiftUs),
    start: s.start + shiftUs,
    end: s.end + shiftUs,
  }));
}
