// Numbers for people.

/** `1:02:03` or `2:03`. */
export function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  const two = (n) => String(n).padStart(2, '0');
  return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** The same in words, for those who listen to the page. */
export function clockInWords(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const m = Math.floor(s / 60);
  return m ? `${m} min ${s % 60} s` : `${s} s`;
}

/** Microseconds in the unit that fits, with sign where it means something. */
export function micros(us, { sign = false } = {}) {
  if (us === null || us === undefined || !Number.isFinite(us)) return '–';
  const size = Math.abs(us);
  const [value, unit, digits] = size < 1000 ? [us, 'µs', 0] : size < 1e6 ? [us / 1000, 'ms', 2] : [us / 1e6, 's', 3];
  const text = Math.abs(value).toLocaleString([], { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${value < 0 ? '−' : sign ? '+' : ''}${text} ${unit}`;
}

export function ppm(value) {
  return Number.isFinite(value) ? `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)} ppm` : '–';
}

/** A position in an entry, to the millisecond. */
export function place(at) {
  return at ? `${(at.frames / at.entry.sample_rate).toFixed(3)} s` : '–';
}
