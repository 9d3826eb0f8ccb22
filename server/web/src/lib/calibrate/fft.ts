/** A fast Fourier transform of a power of two, in place, on real and imaginary parts. */
export class Fft {
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #swap: Uint32Array;

  constructor(readonly size: number) {
    const half = size >> 1;
    this.#cos = new Float64Array(half);
    this.#sin = new Float64Array(half);
    for (let k = 0; k < half; k++) {
      this.#cos[k] = Math.cos((2 * Math.PI * k) / size);
      this.#sin[k] = Math.sin((2 * Math.PI * k) / size);
    }
    this.#swap = new Uint32Array(size);
    for (let k = 1; k < size; k++) this.#swap[k] = (this.#swap[k >> 1]! >> 1) | (k & 1 ? half : 0);
  }

  /** X[k] = sum of x[n] e^(-2 pi i k n / size). */
  forward(re: Float64Array, im: Float64Array): void {
    this.#turn(re, im, -1);
  }

  /** The same with the other sign, and no factor. */
  backward(re: Float64Array, im: Float64Array): void {
    this.#turn(re, im, 1);
  }

  #turn(re: Float64Array, im: Float64Array, sign: number): void {
    const n = this.size;
    const swap = this.#swap;
    for (let k = 0; k < n; k++) {
      const j = swap[k]!;
      if (j <= k) continue;
      const r = re[k]!;
      const i = im[k]!;
      re[k] = re[j]!;
      im[k] = im[j]!;
      re[j] = r;
      im[j] = i;
    }
    for (let half = 1; half < n; half <<= 1) {
      const step = n / (2 * half);
      for (let begin = 0; begin < n; begin += 2 * half) {
        for (let k = 0; k < half; k++) {
          const c = this.#cos[k * step]!;
          const s = sign * this.#sin[k * step]!;
          const a = begin + k;
          const b = a + half;
          const r = re[b]! * c - im[b]! * s;
          const i = re[b]! * s + im[b]! * c;
          re[b] = re[a]! - r;
          im[b] = im[a]! - i;
          re[a]! += r;
          im[a]! += i;
        }
      }
    }
  }
}
