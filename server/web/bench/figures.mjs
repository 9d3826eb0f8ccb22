// Order statistics, and a correlation.

/** The value below which this part of the values lies. */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? null : sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
}

export const rounded = (value, digits = 2) => (value === null ? null : Number(value.toFixed(digits)));

export function summary(values, digits = 2) {
  return { count: values.length, median: rounded(quantile(values, 0.5), digits), p95: rounded(quantile(values, 0.95), digits), max: rounded(quantile(values, 1), digits) };
}

/** In place; the length is a power of two. */
function fourier(re, im, inverse = false) {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
  }
  for (let size = 2; size <= n; size <<= 1) {
    const angle = ((inverse ? 2 : -2) * Math.PI) / size;
    for (let k = 0; k < size / 2; k++) {
      const [c, s] = [Math.cos(angle * k), Math.sin(angle * k)];
      for (let i = k; i < n; i += size) {
        const j = i + size / 2;
        const x = re[j] * c - im[j] * s;
        const y = re[j] * s + im[j] * c;
        re[j] = re[i] - x;
        im[j] = im[i] - y;
        re[i] += x;
        im[i] += y;
      }
    }
  }
}

/** How many samples `right` is behind `left`, and how clear that is (0..1); to a part of a sample. */
export function lag(left, right, reach) {
  let n = 1;
  while (n < left.length * 2) n <<= 1;
  const [lr, li, rr, ri] = [left, null, right, null].map((from) => { const to = new Float64Array(n); if (from) to.set(from); return to; });
  fourier(lr, li);
  fourier(rr, ri);
  const [re, im] = [new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    re[i] = lr[i] * rr[i] + li[i] * ri[i];
    im[i] = lr[i] * ri[i] - li[i] * rr[i];
  }
  fourier(re, im, true);
  const at = (k) => re[(k + n) % n] / n;
  let peak = -reach;
  for (let k = -reach; k <= reach; k++) if (at(k) > at(peak)) peak = k;
  const [a, b, c] = [at(peak - 1), at(peak), at(peak + 1)];
  const bend = a - 2 * b + c;
  const energy = Math.sqrt(left.reduce((sum, x) => sum + x * x, 0) * right.reduce((sum, x) => sum + x * x, 0));
  return { samples: peak + (bend === 0 ? 0 : (a - c) / (2 * bend)), clear: energy > 0 ? b / energy : 0 };
}
