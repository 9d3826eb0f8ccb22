/**
 * How much a recording is like each code, at each instant: matched filters, by blocks, in the frequency domain.
 *
 * The filter of a code keeps the band in which hisses are, weighs each part of it by how quiet the recording is there (so
 * music, which is loudest below, hides less), and tapers it, so that the answer to one hiss is one narrow hump with
 * nothing beside it that could be taken for an earlier arrival. What comes out is its power, at some kHz.
 */
import { LENGTH_US, hiss } from '../../../speaker/codes.js';
import { Fft } from './fft';

const LOW_HZ = 1000;
const HIGH_HZ = 6000;
/** The recording's spectrum is smoothed over so much: as fine as rooms and speakers colour it, and no finer. */
const SMOOTH_HZ = 150;
/** Where a recording has nothing at all (a phone that cuts), it is not raised without end. */
const LEAST = 1e-3;
const BLOCK = 1 << 17;

export interface Likeness {
  /** Values a second. */
  rate: number;
  /** For each code, the power at each instant at which its hiss may have begun. */
  powers: Float32Array[];
}

/** The likeness to each of the codes. Of few codes it is finer: of many it would take too much memory. */
export function likeness(samples: Float32Array, rate: number, codes: number[]): Likeness {
  const big = new Fft(BLOCK);
  const small = new Fft(codes.length > 8 ? BLOCK / 8 : BLOCK / 4);
  const ratio = BLOCK / small.size;
  const length = Math.ceil((LENGTH_US * rate) / 1e6);
  const hop = Math.floor((BLOCK - length) / ratio) * ratio;
  const first = Math.round((LOW_HZ * BLOCK) / rate);
  const bins = Math.round(((HIGH_HZ - LOW_HZ) * BLOCK) / rate);

  const re = new Float64Array(BLOCK);
  const im = new Float64Array(BLOCK);
  const spectrumOf = (from: Float32Array): Float32Array => {
    re.fill(0);
    im.fill(0);
    for (let k = 0; k < from.length; k++) re[k] = from[k]!;
    big.forward(re, im);
    const band = new Float32Array(2 * bins);
    for (let b = 0; b < bins; b++) {
      band[2 * b] = re[first + b]!;
      band[2 * b + 1] = im[first + b]!;
    }
    return band;
  };

  const blocks: Float32Array[] = [];
  for (let at = 0; at < samples.length; at += hop) blocks.push(spectrumOf(samples.subarray(at, at + BLOCK)));
  const weights = weightsOf(blocks, bins, Math.max(1, Math.round((SMOOTH_HZ * BLOCK) / rate)));
  const count = Math.floor(samples.length / ratio);
  const powers = codes.map((code) => {
    const wanted = spectrumOf(hiss(code, 0, 1e6 / rate));
    const power = new Float32Array(count);
    const sr = new Float64Array(small.size);
    const si = new Float64Array(small.size);
    blocks.forEach((block, n) => {
      sr.fill(0);
      si.fill(0);
      for (let b = 0; b < bins; b++) {
        const [xr, xi, cr, ci, w] = [block[2 * b]!, block[2 * b + 1]!, wanted[2 * b]!, wanted[2 * b + 1]!, weights[b]!];
        sr[b] = w * (xr * cr + xi * ci);
        si[b] = w * (xi * cr - xr * ci);
      }
      small.backward(sr, si);
      const begin = (n * hop) / ratio;
      const end = Math.min(hop / ratio, count - begin);
      for (let k = 0; k < end; k++) power[begin + k] = sr[k]! * sr[k]! + si[k]! * si[k]!;
    });
    return power;
  });
  return { rate: rate / ratio, powers };
}

/** A taper over the band, over how loud the recording is in each part of it. */
function weightsOf(blocks: Float32Array[], bins: number, smooth: number): Float64Array {
  const loud = new Float64Array(bins);
  for (const block of blocks) for (let b = 0; b < bins; b++) loud[b]! += block[2 * b]! ** 2 + block[2 * b + 1]! ** 2;
  const sums = new Float64Array(bins + 1);
  for (let b = 0; b < bins; b++) sums[b + 1] = sums[b]! + loud[b]!;
  const smoothed = loud.map((_, b) => {
    const [from, to] = [Math.max(0, b - smooth), Math.min(bins, b + smooth + 1)];
    return (sums[to]! - sums[from]!) / (to - from);
  });
  const most = smoothed.reduce((a, b) => Math.max(a, b), 0) || 1;
  return smoothed.map((power, b) => Math.sin((Math.PI * (b + 0.5)) / bins) ** 2 / (power / most + LEAST));
}
