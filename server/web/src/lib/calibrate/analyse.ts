/**
 * From a recording to how late each speaker is heard, beside the others.
 *
 * The phone's clock is nobody's, so all is relative: speakers hiss in turn, round after round, and what is asked is by
 * how much each one's hisses are later than its turn. The rounds also tell how fast the phone's clock runs. Pure.
 */
import { likeness, type Likeness } from './matched';

export interface Sounding {
  id: string;
  code: number;
  /** When its turn is, from the beginning of a round, microseconds. */
  turnUs: number;
}

export interface Plan {
  soundings: Sounding[];
  roundUs: number;
  /** How often each of them sounds. */
  rounds: number;
}

export type Confidence = 'sure' | 'fair' | 'unsure';

export interface Arrival {
  id: string;
  /** Later than the earliest of all that were heard, microseconds, in server time. */
  lateUs: number;
  /** How much it differs from round to round, microseconds. */
  spreadUs: number;
  /** In how many rounds it was found. */
  rounds: number;
  /** How far its hisses stand out, decibels. */
  clearDb: number;
  /** An echo was louder than the sound that came first. */
  echo: boolean;
  confidence: Confidence;
}

export interface Heard {
  arrivals: Arrival[];
  /** Those that were not heard. */
  silent: string[];
  /** The phone's clock is faster than the server's by this. */
  phonePpm: number;
  /** The part of the recording that is at its very limit. */
  clipped: number;
}

/** A phone's crystal is not worse. */
const MOST_PPM = 400;
/** An arrival before the loudest one counts if it is no more than this below it: -11 dB. */
const FIRST = 0.08;
/** So long before the loudest arrival the first one is looked for, seconds. */
const BEFORE_S = 0.04;
/** A code of another speaker shows in that of this one at most so much while it sounds: -19 dB; and at other times, -72 dB. */
const LEAK = 0.0125;
const FAR_LEAK = 6e-8;
/** A hiss and its echo last so long, seconds. */
const HISS_S = 0.52;
const ROOM_S = 0.15;
const PEAKS = 6;

export function analyse(samples: Float32Array, rate: number, plan: Plan): Heard {
  const like = likeness(samples, rate, plan.soundings.map((one) => one.code));
  return judge(like, plan, clippedPart(samples));
}

/** The part of samples that stand at the greatest value, several in a row. */
export function clippedPart(samples: Float32Array): number {
  let most = 0;
  for (const x of samples) most = Math.max(most, Math.abs(x));
  if (most < 0.5) return 0;
  let run = 0;
  let count = 0;
  for (const x of samples) {
    run = Math.abs(x) >= most * 0.998 ? run + 1 : 0;
    if (run === 3) count += 3;
    else if (run > 3) count += 1;
  }
  return count / samples.length;
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length === 0 ? NaN : sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function noiseOf(power: Float32Array): number {
  const some: number[] = [];
  const step = Math.max(1, Math.floor(power.length / 20_000));
  for (let k = 0; k < power.length; k += step) if (power[k]! > 0) some.push(power[k]!);
  // the median of an exponential distribution is ln 2 of its mean
  return (median(some) || 1) / Math.LN2;
}

/** In noises: what noise in so many rounds reaches in most of them, at one place, once in ten million. */
export function chance(rounds: number): number {
  const most = rounds - ((rounds - 1) >> 1);
  let ways = 1;
  for (let k = 0; k < most; k++) ways *= (rounds - k) / (k + 1);
  return Math.log(ways * 1e7) / most;
}

/** Peaks of one code, the greatest first, so many in each round of the recording. */
function peaksOf(power: Float32Array, round: number): { at: number; round: number }[] {
  const found: { at: number; round: number }[] = [];
  for (let r = 0; r * round < power.length; r++) {
    const end = Math.min(power.length - 1, Math.floor((r + 1) * round));
    const here: number[] = [];
    for (let k = Math.max(1, Math.floor(r * round)); k < end; k++) {
      const p = power[k]!;
      if (p <= power[k - 1]! || p < power[k + 1]!) continue;
      if (here.length === PEAKS && p <= power[here[PEAKS - 1]!]!) continue;
      here.push(k);
      here.sort((a, b) => power[b]! - power[a]!);
      here.length = Math.min(here.length, PEAKS);
    }
    found.push(...here.map((at) => ({ at, round: r })));
  }
  return found;
}

/** How fast the phone's clock is, by the peaks that return from round to round. */
function rateOf(powers: Float32Array[], noises: number[], round: number): number {
  let best = { score: 0, stretch: 1 };
  const order = powers.map((power, k) => ({ power, noise: noises[k]!, most: power.reduce((a, b) => Math.max(a, b), 0) / noises[k]! }));
  for (const { power, noise } of order.sort((a, b) => b.most - a.most).slice(0, 4)) {
    const peaks = peaksOf(power, round);
    const score = (at: number, stretch: number): number => {
      const step = round * stretch;
      let sum = 0;
      for (let place = at - Math.floor(at / step) * step; place < power.length - 1; place += step) {
        const k = Math.round(place);
        sum += Math.log1p(Math.max(power[k]!, power[k - 1] ?? 0, power[k + 1]!) / noise);
      }
      return sum;
    };
    for (const a of peaks) for (const b of peaks) {
      const turns = Math.round((b.at - a.at) / round);
      if (turns < 1) continue;
      const stretch = (b.at - a.at) / (turns * round);
      if (Math.abs(stretch - 1) > MOST_PPM * 1e-6 + 2 / (turns * round)) continue;
      const found = score(a.at, stretch);
      if (found > best.score) best = { score: found, stretch };
    }
  }
  return best.stretch;
}

/** What the power reaches in most rounds, at each place of a round, in noises: what returns stands out, a slammed door does not. */
function fold(power: Float32Array, noise: number, step: number): Float64Array {
  const folded = new Float64Array(Math.floor(step));
  const begins: number[] = [];
  for (let begin = 0; begin < power.length; begin += step) begins.push(Math.round(begin));
  const values = new Float64Array(begins.length);
  for (let k = 0; k < folded.length; k++) {
    // few values, put in order as they come; the middle one, rather lower than higher
    let count = 0;
    for (const begin of begins) {
      if (begin + k >= power.length) continue;
      const value = power[begin + k]! / noise;
      let at = count++;
      for (; at > 0 && values[at - 1]! > value; at--) values[at] = values[at - 1]!;
      values[at] = value;
    }
    folded[k] = count > 0 ? values[(count - 1) >> 1]! : 0;
  }
  return folded;
}

/** The hump nearest to a place, between values: its instant, and its height. */
function humpAt(power: Float32Array, near: number, reach: number): { at: number; height: number } | undefined {
  let k = Math.round(near);
  const [from, to] = [Math.max(1, k - reach), Math.min(power.length - 2, k + reach)];
  if (to < from) return undefined;
  k = from;
  for (let j = from; j <= to; j++) if (power[j]! > power[k]!) k = j;
  if (power[k]! < power[k - 1]! || power[k]! < power[k + 1]!) return undefined;
  // a parabola through the logarithms: a hump is close to a bell
  const [a, b, c] = [power[k - 1]!, power[k]!, power[k + 1]!].map((p) => Math.log(p + 1e-30)) as [number, number, number];
  const bend = a - 2 * b + c;
  return { at: k + (bend < 0 ? (a - c) / (2 * bend) : 0), height: power[k]! };
}

interface Found {
  sounding: Sounding;
  power: Float32Array;
  noise: number;
  /** The first arrival within a round. */
  place: number;
  clear: number;
  echo: boolean;
}

/** The judgement about what each code's likeness shows. */
export function judge({ rate, powers }: Likeness, plan: Plan, clipped: number): Heard {
  const round = (plan.roundUs * rate) / 1e6;
  const noises = powers.map(noiseOf);
  const stretch = rateOf(powers, noises, round);
  const step = round * stretch;
  const found = find(powers, noises, plan, step, rate);
  const silent = plan.soundings.filter((one) => !found.some((f) => f.sounding === one)).map((one) => one.id);
  if (found.length === 0) return { arrivals: [], silent, phonePpm: 0, clipped };

  // each hiss of each: its instant in the recording, seconds
  const reach = Math.max(2, Math.ceil(0.0004 * rate));
  const instants = found.map(({ power, noise, place, clear }) => {
    const list: { round: number; at: number }[] = [];
    for (let r = 0; place + r * step < power.length - 1; r++) {
      const hump = humpAt(power, place + r * step, reach);
      if (hump && hump.height > Math.max(4, clear * 0.1) * noise) list.push({ round: r, at: hump.at / rate });
    }
    return list;
  });
  const roundS = plan.roundUs / 1e6;
  const slopes = instants.flatMap((list) => list.flatMap((a, i) => list.slice(i + 1).flatMap((b) => {
    const turns = b.round - a.round;
    // the far ones say it better, so they are asked more often
    const slope = (b.at - a.at) / (turns * roundS);
    return Math.abs(slope - 1) > MOST_PPM * 1e-6 ? [] : new Array<number>(turns).fill(slope);
  })));
  const fast = slopes.length > 0 ? median(slopes) : stretch;
  // what is left beside turns and rounds: a figure of the speaker, and one of the round (where the phone lost some sound)
  const rests = instants.map((list, k) => list.map(({ round: r, at }) => ({ round: r, s: at / fast - found[k]!.sounding.turnUs / 1e6 - r * roundS })));
  for (const list of rests) {
    // a hiss that is heard in the next round is as late, not a round early
    const turns = Math.round(((list[0]?.s ?? 0) - (rests[0]![0]?.s ?? 0)) / roundS);
    for (const rest of list) { rest.s -= turns * roundS; rest.round += turns; }
  }
  const late = rests.map((list) => median(list.map((one) => one.s)));
  const shared = new Map<number, number>();
  for (let turn = 0; turn < 4; turn++) {
    const byRound = new Map<number, number[]>();
    rests.forEach((list, k) => list.forEach((one) => byRound.set(one.round, [...(byRound.get(one.round) ?? []), one.s - late[k]!])));
    for (const [r, values] of byRound) shared.set(r, rests.length > 1 ? median(values) : 0);
    rests.forEach((list, k) => (late[k] = median(list.map((one) => one.s - shared.get(one.round)!))));
  }
  const least = Math.min(...late);
  const arrivals = found.map((one, k): Arrival => {
    const off = rests[k]!.map((rest) => Math.abs(rest.s - shared.get(rest.round)! - late[k]!));
    const alone = found.length > 1 ? found.length / (found.length - 1) : 1;
    const spreadUs = 1e6 * 1.4826 * median(off) * alone;
    const rounds = rests[k]!.length;
    const clearDb = 10 * Math.log10(one.clear);
    const part = Math.min(1, rounds / plan.rounds);
    const confidence = part >= 0.7 && spreadUs <= 80 && clearDb >= 13 ? 'sure' : part >= 0.4 && spreadUs <= 400 && clearDb >= 9 ? 'fair' : 'unsure';
    return { id: one.sounding.id, lateUs: 1e6 * (late[k]! - least), spreadUs, rounds, clearDb, echo: one.echo, confidence };
  });
  return { arrivals, silent, phonePpm: (fast - 1) * 1e6, clipped };
}

/** Whose hisses are there, and where in a round each one's first sound arrives. */
function find(powers: Float32Array[], noises: number[], plan: Plan, step: number, rate: number): Found[] {
  const folds = powers.map((power, k) => fold(power, noises[k]!, step));
  const length = folds[0]?.length ?? 0;
  const rounds = Math.max(1, Math.floor((powers[0]?.length ?? 0) / step));
  const least = 1.3 * chance(rounds);
  const within = (place: number) => ((place % length) + length) % length;
  // What must be passed at each place, in powers: others' codes show a little in this one. The loudest is asked first.
  const leaks = new Float64Array(length);
  const found: Found[] = [];
  const left = new Set(folds.keys());
  while (left.size > 0) {
    let best = { k: -1, place: 0, ratio: 1 };
    for (const k of left) {
      const folded = folds[k]!;
      const noise = noises[k]!;
      for (let n = 0; n < length; n++) {
        const ratio = folded[n]! / Math.max(leaks[n]! / noise, least);
        if (ratio > best.ratio) best = { k, place: n, ratio };
      }
    }
    if (best.k < 0) break;
    const { k } = best;
    left.delete(k);
    const at = (place: number) => folds[k]![within(place)]!;
    const loudest = at(best.place);
    let place = best.place;
    for (let n = best.place - Math.round(BEFORE_S * rate); n < best.place; n++) {
      const needed = Math.max(loudest * FIRST, least, leaks[within(n)]! / noises[k]!);
      if (at(n) >= needed && at(n) >= at(n - 1) && at(n) > at(n + 1)) { place = n; break; }
    }
    const echo = best.place - place > 0.0006 * rate;
    found.push({ sounding: plan.soundings[k]!, power: powers[k]!, noise: noises[k]!, place: within(place), clear: at(place), echo });
    const [from, to] = [best.place - Math.round(HISS_S * rate), best.place + Math.round((HISS_S + ROOM_S) * rate)];
    const power = loudest * noises[k]!;
    for (let n = 0; n < length; n++) leaks[n] = Math.max(leaks[n]!, FAR_LEAK * power);
    for (let n = from; n <= to; n++) leaks[within(n)] = Math.max(leaks[within(n)]!, LEAK * power);
  }
  return found.toSorted((a, b) => plan.soundings.indexOf(a.sounding) - plan.soundings.indexOf(b.sounding));
}
