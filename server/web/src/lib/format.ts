/** Numbers, times and lengths, as people of a language read them. */

/** `4:07`, `1:02:09`; of a negative number `−0:12`. */
export function clockTime(seconds: number | undefined | null): string {
  if (seconds === undefined || seconds === null || !Number.isFinite(seconds)) return '–:––';
  const whole = Math.floor(Math.abs(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  const sign = seconds < 0 && whole > 0 ? '−' : '';
  return h > 0 ? `${sign}${h}:${two(m)}:${two(s)}` : `${sign}${m}:${two(s)}`;
}

export function number(value: number, language: string, digits = 0): string {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(language, options).format(value).replace('-', '−');
}

/** A short time with its unit: `0.4 µs`, `41 µs`, `1.8 ms`, `2.1 s`. Three digits at most, as more are no news. */
export function microseconds(us: number | undefined | null, language: string, signed = false): string {
  if (us === undefined || us === null || !Number.isFinite(us)) return '–';
  const size = Math.abs(us);
  const [value, unit] = size < 1000 ? [us, 'µs'] : size < 1e6 ? [us / 1e3, 'ms'] : [us / 1e6, 's'];
  const digits = Math.abs(value) < 10 && size >= 0.05 ? 1 : 0;
  const text = number(Math.abs(value) < 0.05 ? 0 : value, language, digits);
  return `${signed && value >= 0.05 ? '+' : ''}${text} ${unit}`;
}

export function bytes(count: number, language: string): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let power = 0;
  while (count >= 1000 && power < units.length - 1) {
    count /= 1000;
    power += 1;
  }
  return `${number(count, language, power > 0 && count < 10 ? 1 : 0)} ${units[power] ?? ''}`;
}

/** Decibels of a volume of 0..100, as the coordinator counts them. */
export function decibels(volume: number): number {
  return volume <= 0 ? -Infinity : (20 * (10 / 3)) * Math.log10(volume / 100);
}

/** `today, 14:02`-like: the time, and the day if it is another one. */
export function moment(when: string | number, language: string): string {
  const date = new Date(when);
  if (Number.isNaN(date.getTime())) return '–';
  const today = new Date().toDateString() === date.toDateString();
  const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  return new Intl.DateTimeFormat(language, today ? time : { day: 'numeric', month: 'short', ...time }).format(date);
}
