// From a score and decoded files to samples: the stretch of sound that is due from one instant on.
//
// Entries follow each other without a gap: near a joint the resampler reads over it into the neighbour, as if both were one
// recording. Pure; files come as `{channels: [Float32Array, Float32Array], length}` at the rate of the output.

import { HALF_TAPS, resample } from './resampler.js';
import { segmentAt, segmentFrom } from './score.js';

/** Samples of an entry at the output's rate: the plan's length is the truth, whatever the decoder yielded. */
function lengthOf(entry, outputRate) {
  return Math.round((entry.frames * outputRate) / entry.sample_rate);
}

function naturalEnd(segment) {
  return segment.end === segment.line.instantOf(segment.entry.frames);
}

function naturalStart(segment) {
  return segment.start === segment.line.instantOf(0);
}

/** Copies `media[from..]` of one channel, cut at the entry's length, into `target[at..]`. */
function copy(media, channel, length, from, target, at) {
  const skip = Math.max(0, -from, -at);
  const source = media.channels[Math.min(channel, media.channels.length - 1)];
  const end = Math.min(length, source.length, from + target.length - at);
  if (from + skip < end) target.set(source.subarray(from + skip, end), at + skip);
}

/**
 * `count` frames for each of two channels, of which the first is due at server instant `content` and each next one
 * `step` microseconds later. `mediaOf(entry)` gives the decoded file or null; null is rendered as silence.
 */
export function render({ score, mediaOf, outputRate, content, step, count }) {
  const channels = [new Float32Array(count), new Float32Array(count)];
  let done = 0;
  while (done < count) {
    const t = content + done * step;
    const segment = segmentAt(score, t);
    const next = segment ? segment.end : (segmentFrom(score, t)?.start ?? Infinity);
    const frames = Math.min(count - done, Math.max(1, Math.ceil((next - t) / step)));
    const media = segment && mediaOf(segment.entry);
    if (media) fill({ score, mediaOf, outputRate, segment, media, t, step, frames, channels, done });
    done += frames;
  }
  return channels;
}

function fill({ score, mediaOf, outputRate, segment, media, t, step, frames, channels, done }) {
  const scale = outputRate / segment.entry.sample_rate;
  const start = segment.line.positionAt(t) * scale;
  const ratio = step * 1e-6 * outputRate;
  const base = Math.floor(start) - HALF_TAPS;
  const needed = Math.floor(start + frames * ratio) + HALF_TAPS + 2 - base;
  const length = lengthOf(segment.entry, outputRate);

  const index = score.indexOf(segment);
  const before = base < 0 ? neighbour(score[index - 1], segment, mediaOf) : null;
  const after = base + needed > length ? neighbour(segment, score[index + 1], mediaOf, true) : null;

  for (let c = 0; c < 2; c += 1) {
    const input = new Float32Array(needed);
    if (before) {
      const tail = lengthOf(before.entry, outputRate);
      copy(before.media, c, tail, tail + base, input, 0);
    }
    copy(media, c, length, base, input, 0);
    if (after) copy(after.media, c, lengthOf(after.entry, outputRate), 0, input, length - base);
    resample(input, base, start, ratio, channels[c], done, frames);
  }
}

/** The entry on the other side of a joint, if one follows the other as on a record. */
function neighbour(first, second, mediaOf, wantSecond = false) {
  if (!first || !second || first.end !== second.start || !naturalEnd(first) || !naturalStart(second)) return null;
  const { entry } = wantSecond ? second : first;
  const media = mediaOf(entry);
  return media ? { entry, media } : null;
}
