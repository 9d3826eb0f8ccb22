// Reads a sampled signal at any place between its samples.
//
// A sound card runs a few ppm faster or slower than the coordinator's clock. `AudioBufferSourceNode.playbackRate` could make up
// for it, but browsers interpolate linearly then, which dulls the treble. A windowed sinc of 32 taps does not, and costs
// about a hundredth of a core. The ratio is always near 1, so nothing has to be kept from aliasing.

/** Taps on either side of a place. */
export const HALF_TAPS = 16;

const TAPS = 2 * HALF_TAPS;
const PHASES = 512;
const KAISER_BETA = 9;

function bessel0(x) {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-12 * sum; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** Row p holds the weights of the samples -HALF_TAPS+1 ..= HALF_TAPS around a place p/PHASES past a sample. */
const TABLE = (() => {
  const table = new Float32Array((PHASES + 1) * TAPS);
  for (let p = 0; p <= PHASES; p += 1) {
    let sum = 0;
    for (let j = 0; j < TAPS; j += 1) {
      const x = j - (HALF_TAPS - 1) - p / PHASES;
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
      const edge = Math.max(0, 1 - (x / HALF_TAPS) ** 2);
      // Exactly on a sample the weights are exactly one and zeros: what needs no correction is not touched.
      const value = Number.isInteger(x) ? Number(x === 0) : (sinc * bessel0(KAISER_BETA * Math.sqrt(edge))) / bessel0(KAISER_BETA);
      table[p * TAPS + j] = value;
      sum += value;
    }
    for (let j = 0; j < TAPS; j += 1) table[p * TAPS + j] /= sum;
  }
  return table;
})();

/**
 * output[from + i] = the signal at place `start + i * step`, for i < count. `input[0]` is the sample at place `base`; the input
 * must reach from HALF_TAPS - 1 before the first place to HALF_TAPS after the last one.
 */
export function resample(input, base, start, step, output, from, count) {
  const whole = Math.floor(start);
  const origin = whole - base - (HALF_TAPS - 1);
  const fraction = start - whole;
  for (let i = 0; i < count; i += 1) {
    const place = fraction + i * step;
    const k = Math.floor(place);
    const phase = (place - k) * PHASES;
    const row = Math.floor(phase);
    const between = phase - row;
    const a = row * TAPS;
    const b = a + TAPS;
    let first = 0;
    let second = 0;
    for (let j = 0, n = origin + k; j < TAPS; j += 1, n += 1) {
      first += input[n] * TABLE[a + j];
      second += input[n] * TABLE[b + j];
    }
    output[from + i] = between === 0 ? first : first + between * (second - first);
  }
}
