/** Where a notehead stands beside the beat: −1..1, by the logarithm of its error. */
const FULL_US = 10_000;
const LEAST_US = 20;

export function offset(us: number): number {
  const size = Math.log1p(Math.abs(us) / LEAST_US) / Math.log1p(FULL_US / LEAST_US);
  return Math.sign(us) * Math.min(1, size);
}
