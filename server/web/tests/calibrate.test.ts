import { describe, expect, it, vi } from 'vitest';
import { sample } from '../speaker/codes.js';
import { analyse, chance, type Plan } from '../src/lib/calibrate/analyse';
import { apart, levelOf, middle, MOST_US, rows } from '../src/lib/calibrate/delays';
import { Fft } from '../src/lib/calibrate/fft';

// Minutes of sound are made and read here, on machines that do other things as well.
vi.setConfig({ testTimeout: 60_000 });

interface Voice { lateUs: number; gain?: number; echoes?: { us: number; gain: number }[] }
interface Room { rate?: number; ppm?: number; rounds?: number; voices: Voice[]; noise?: number; music?: number; clip?: number; seed?: number; lost?: { round: number; frames: number } }

/** A source of numbers that is the same in every run. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

const LEVEL = 0.43;
/** The hisses' own loudness is 1 here. */
const HISS = 1 / LEVEL;

/** What a phone records in a room whose truth is known. `noise` and `music` are as loud as the hisses at 1 (0 dB). */
function record(room: Room): { samples: Float32Array; rate: number; plan: Plan } {
  const { rate = 48_000, ppm = 0, rounds = 4, voices, noise = 0.03, music = 0, seed = 1 } = room;
  const plan: Plan = { rounds, roundUs: Math.max(3_200_000, voices.length * 800_000), soundings: voices.map((_, k) => ({ id: `s${k}`, code: k, turnUs: k * 800_000 })) };
  const turn = numbers(seed);
  const seconds = 0.7 + (plan.roundUs * rounds) / 1e6 + 0.6;
  const samples = new Float32Array(Math.ceil(seconds * rate));
  const stretch = 1 + ppm * 1e-6;
  // it begins at no special moment
  const begin = 0.7 + turn() * 0.01;
  voices.forEach(({ lateUs, gain = 1, echoes = [] }, k) => {
    for (let r = 0; r < rounds; r++) for (const { us, gain: part } of [{ us: 0, gain: 1 }, ...echoes]) {
      const at = begin + (plan.soundings[k]!.turnUs + lateUs + us + r * plan.roundUs) / 1e6;
      const from = Math.ceil(at * rate * stretch);
      for (let n = Math.max(0, from); n < Math.min(samples.length, from + 0.515 * rate); n++) {
        samples[n]! += HISS * gain * part * sample(k, (n / (rate * stretch) - at) * 1e6);
      }
    }
  });
  let brown = 0;
  for (let n = 0; n < samples.length; n++) {
    const gauss = (turn() + turn() + turn() + turn() - 2) * Math.sqrt(3);
    // a band: chords that change, a beat, and what rustles, mostly low
    brown = 0.985 * brown + gauss * 0.17;
    const t = n / rate;
    const root = [220, 277, 330, 247][Math.floor(t * 1.7) % 4]!;
    const chord = [1, 2, 3, 4, 6, 9].reduce((sum, h) => sum + Math.sin(2 * Math.PI * root * h * t) / h, 0);
    const beat = Math.exp(-((t * 2.3) % 1) * 18) * gauss * 2;
    samples[n]! += noise * gauss + music * (0.6 * chord + 0.6 * brown + 0.8 * beat);
  }
  if (room.lost) samples.copyWithin(Math.floor(room.lost.round * (plan.roundUs / 1e6) * rate), Math.floor(room.lost.round * (plan.roundUs / 1e6) * rate) + room.lost.frames);
  const scale = 0.05;
  const clip = room.clip ?? 1;
  for (let n = 0; n < samples.length; n++) samples[n] = Math.max(-clip, Math.min(clip, samples[n]! * scale * (room.clip ? 20 : 1)));
  return { samples, rate, plan };
}

/** How far the answer is off at worst, microseconds. */
function worst(room: Room): { off: number; heard: ReturnType<typeof analyse> } {
  const { samples, rate, plan } = record(room);
  const heard = analyse(samples, rate, plan);
  const sounding = room.voices.map((voice, k) => ({ id: `s${k}`, voice })).filter(({ voice }) => voice.gain !== 0);
  expect(heard.arrivals.map((one) => one.id)).toEqual(sounding.map((one) => one.id));
  expect(heard.silent).toEqual(room.voices.flatMap((voice, k) => (voice.gain === 0 ? [`s${k}`] : [])));
  const least = Math.min(...sounding.map(({ voice }) => voice.lateUs));
  const off = Math.max(...heard.arrivals.map((one, i) => Math.abs(one.lateUs - (sounding[i]!.voice.lateUs - least))));
  return { off, heard };
}

const TWO: Voice[] = [{ lateUs: 0 }, { lateUs: 7_313.7 }];
const FOUR: Voice[] = [{ lateUs: 12_345.6 }, { lateUs: 0, gain: 0.3 }, { lateUs: 187_654.3, gain: 0.6 }, { lateUs: 1_003.2 }];

describe('how late speakers are, from a recording', () => {
  it.each([
    ['two in a quiet room', { voices: TWO }, 5],
    ['at 44.1 kHz', { voices: TWO, rate: 44_100 }, 5],
    ['four, near and far, one behind Bluetooth', { voices: FOUR }, 10],
    ['a phone whose clock is 100 ppm fast', { voices: FOUR, ppm: 100 }, 15],
    ['a phone whose clock is 100 ppm slow, at 44.1 kHz', { voices: FOUR, ppm: -100, rate: 44_100 }, 15],
    ['noise as loud as the hisses', { voices: TWO, noise: 1 }, 20],
    ['noise as loud, a clock 100 ppm off, 44.1 kHz', { voices: TWO, noise: 1, ppm: -100, rate: 44_100, seed: 3 }, 20],
    ['music far above the hisses', { voices: TWO, music: 6 }, 20],
    ['music, a clock 100 ppm off', { voices: FOUR.map((one) => ({ ...one, gain: 1 })), music: 4, ppm: 100, seed: 5 }, 20],
    ['a phone that clips', { voices: TWO, clip: 0.4 }, 20],
    ['music that makes it clip', { voices: TWO, music: 2, clip: 0.9 }, 20],
    ['an echo louder than the sound itself', { voices: [{ lateUs: 0, echoes: [{ us: 4_100, gain: 1.6 }] }, { lateUs: 7_313.7, echoes: [{ us: 2_300, gain: 1.4 }, { us: 11_000, gain: 1.1 }] }] }, 20],
    ['such an echo at one of them, in noise', { voices: [{ lateUs: 0, echoes: [{ us: 3_000, gain: 1.8 }] }, { lateUs: 7_313.7 }], noise: 0.3 }, 20],
    ['a lost stretch of the recording', { voices: FOUR, rounds: 6, lost: { round: 4.4, frames: 431 } }, 30],
    ['one that is a second late', { voices: [{ lateUs: 0 }, { lateUs: 1_100_000.4 }, { lateUs: 20_000 }] }, 20],
  ] as [string, Room, number][])('%s', (_, room, most) => {
    const { off, heard } = worst(room);
    expect(off).toBeLessThanOrEqual(most);
    expect(heard.arrivals.every((one) => one.confidence !== 'unsure'), JSON.stringify(heard.arrivals)).toBe(true);
    expect(Math.abs(heard.phonePpm - (room.ppm ?? 0))).toBeLessThan(2);
  });

  it('names who was not heard, in silence, noise and music', () => {
    for (const room of [{}, { noise: 1 }, { music: 3 }, { ppm: 100, noise: 0.2 }]) {
      for (const [first, second] of [[0, 1], [1, 0]] as const) worst({ voices: [{ lateUs: 0, gain: first }, { lateUs: 4_000, gain: second }, { lateUs: 900 }], ...room });
    }
    worst({ voices: [{ lateUs: 0, gain: 0 }, { lateUs: 0, gain: 0 }, { lateUs: 0 }], noise: 0.001 });
    // nobody at all, and nothing but music
    for (const room of [{ noise: 1 }, { music: 1 }, { noise: 0.0001 }]) {
      const { samples, rate, plan } = record({ voices: [{ lateUs: 0, gain: 0 }, { lateUs: 0, gain: 0 }], seed: 9, ...room });
      expect(analyse(samples, rate, plan)).toMatchObject({ arrivals: [], silent: ['s0', 's1'] });
    }
    const { rate, plan } = record({ voices: TWO });
    expect(analyse(new Float32Array(10 * rate), rate, plan)).toMatchObject({ arrivals: [], silent: ['s0', 's1'], clipped: 0 });
    expect(analyse(new Float32Array(0), rate, plan).arrivals).toEqual([]);
  });

  it('says when it is unsure, that there was an echo, and that it was too loud', () => {
    const half = record({ voices: TWO, rounds: 6 });
    // only half of the rounds that were played are in the recording
    const unsure = analyse(half.samples, half.rate, { ...half.plan, rounds: 12 });
    expect(unsure.arrivals.map((one) => one.confidence)).toEqual(['fair', 'fair']);
    const { heard } = worst({ voices: [{ lateUs: 0, echoes: [{ us: 4_100, gain: 1.6 }] }, { lateUs: 5_000 }] });
    expect(heard.arrivals.map((one) => one.echo)).toEqual([true, false]);
    expect(worst({ voices: TWO, clip: 0.8 }).heard.clipped).toBeGreaterThan(0.01);
    expect(worst({ voices: TWO }).heard.clipped).toBe(0);
  });
});

describe('what is set', () => {
  const heard = (late: [string, number, ('sure' | 'fair' | 'unsure')?][]) => ({
    arrivals: late.map(([id, lateUs, confidence = 'sure' as const]) => ({ id, lateUs, spreadUs: 3, rounds: 5, clearDb: 30, echo: false, confidence })),
    silent: [], phonePpm: 0, clipped: 0,
  });
  const speakers = ['a', 'b', 'c'].map((speakerId, k) => ({ speakerId, name: speakerId, outputDelayUs: 1_000 * k }));

  it('adds to what was set, so that all are heard with the one that stays', () => {
    const found = heard([['a', 5_000], ['b', 0], ['c', 250_000.6]]);
    expect(rows(found, speakers, 'a').map(({ speakerId, lateUs, newUs }) => [speakerId, Math.round(lateUs), newUs])).toEqual([['a', 0, 0], ['b', -5_000, -4_000], ['c', 245_001, 247_001]]);
    expect(apart(found)).toBeCloseTo(250_000.6, 5);
    expect(apart(heard([['a', 3]]))).toBe(0);
    expect(rows(heard([['gone', 3]]), speakers, 'a')).toEqual([]);
  });

  it('stays within what can be set, and says so', () => {
    const far = speakers.map((one) => ({ ...one, outputDelayUs: one.speakerId === 'c' ? 4_999_000 : 0 }));
    const list = rows(heard([['a', 0], ['c', 2_500]]), far, 'a');
    expect(list.map(({ newUs, beyond }) => [newUs, beyond])).toEqual([[0, false], [MOST_US, true]]);
  });

  it('leaves the middle one of those that are sure', () => {
    expect(middle(heard([['a', 9], ['b', 0], ['c', 4]]))).toBe('c');
    expect(middle(heard([['a', 9], ['b', 0]]))).toBe('b');
    expect(middle(heard([['a', 9], ['b', 0, 'unsure'], ['c', 4, 'unsure']]))).toBe('a');
    expect(middle(heard([['b', 0, 'unsure']]))).toBe('b');
    expect(middle(heard([]))).toBe('');
  });

  it('reads a level as people need it', () => {
    expect(levelOf([])).toBe('quiet');
    expect(levelOf([0.0004, 0.0006, 0.0005])).toBe('quiet');
    expect(levelOf([0.0004, 0.03, 0.0005])).toBe('good');
    expect(levelOf([0.2, 0.99, 0.1])).toBe('loud');
  });
});

describe('its parts', () => {
  it('turns there and back', () => {
    const turn = numbers(4);
    const fft = new Fft(256);
    const re = Float64Array.from({ length: 256 }, () => turn() - 0.5);
    const im = Float64Array.from({ length: 256 }, () => turn() - 0.5);
    const [r, i] = [re.slice(), im.slice()];
    fft.forward(r, i);
    const at = (k: number) => re.reduce((sum, x, n) => sum + x * Math.cos((2 * Math.PI * k * n) / 256) + im[n]! * Math.sin((2 * Math.PI * k * n) / 256), 0);
    for (const k of [0, 1, 77, 255]) expect(r[k]).toBeCloseTo(at(k), 9);
    fft.backward(r, i);
    for (const k of [0, 100, 255]) { expect(r[k]! / 256).toBeCloseTo(re[k]!, 9); expect(i[k]! / 256).toBeCloseTo(im[k]!, 9); }
  });

  it('asks for less of many rounds than of one', () => {
    expect(chance(1)).toBeCloseTo(16.1, 1);
    for (let rounds = 3; rounds < 12; rounds++) expect(chance(rounds)).toBeLessThan(chance(rounds - 2));
  });
});
