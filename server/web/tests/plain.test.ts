import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Schema, Speaker, Zone } from '../src/lib/api/client';
import { offset } from '../src/lib/chord';
import { inTurn, isSelector, matches, Rows } from '../src/lib/fleet';
import { bytes, clockTime, decibels, microseconds } from '../src/lib/format';
import { Track } from '../src/lib/live/telemetry.svelte';
import { every, farther, joined, joinedMarks, samplesOf } from '../src/lib/past';
import { Patience } from '../src/lib/patience';
import { parse } from '../src/lib/router.svelte';
import { csv } from '../src/lib/save';
import { stars } from '../src/lib/stars';
import { reasonText } from '../src/lib/reason_words';
import { isBad, isSilent, reasons } from '../src/lib/why';
import { de } from '../src/lib/words/de';
import { en } from '../src/lib/words/en';
import { hu } from '../src/lib/words/hu';
import { preferred, speech } from '../src/lib/words/index.svelte';

describe('figures', () => {
  it('are written as people read them', () => {
    expect([clockTime(0), clockTime(67.9), clockTime(3729), clockTime(-12.4), clockTime(undefined)]).toEqual(['0:00', '1:07', '1:02:09', '−0:12', '–:––']);
    expect([0, 0.16, 41.4, 1840, -310, 2_100_000].map((us) => microseconds(us, 'en'))).toEqual(['0 µs', '0.2 µs', '41 µs', '1.8 ms', '−310 µs', '2.1 s']);
    expect(microseconds(18, 'de', true)).toBe('+18 µs');
    expect(microseconds(1840, 'de')).toBe('1,8 ms');
    expect([bytes(900, 'en'), bytes(1_500_000, 'en'), bytes(64e9, 'en')]).toEqual(['900 B', '1.5 MB', '64 GB']);
    expect(decibels(50)).toBeCloseTo(-20.07, 1);
    expect(decibels(100)).toBe(0);
  });

  it('are stars to the nearest half, and nothing where nobody said', () => {
    expect([null, undefined, 0, 4, 5, 14, 50, 94, 95, 100, 250].map((rating) => stars(rating))).toEqual(['', '', '☆', '☆', '½', '½', '★★½', '★★★★½', '★★★★★', '★★★★★', '★★★★★']);
  });

  it('stand in a table that no spreadsheet takes for a formula', () => {
    expect(csv([['a', 'b,c', 1], ['=1+1', 'say "x"', null]])).toBe('a,"b,c",1\r\n\'=1+1,"say ""x""",\r\n');
  });

  it('move a notehead by a logarithm, the same on both sides', () => {
    expect(offset(0)).toBe(0);
    expect(offset(-300)).toBe(-offset(300));
    expect(offset(10_000)).toBeCloseTo(1);
    expect(offset(9e9)).toBe(1);
    expect(offset(40)).toBeGreaterThan(0.1);
  });
});

describe('addresses', () => {
  it('are parts of a path and a query', () => {
    expect(parse('library/folders/a%2Fb', '?q=x%20y').parts).toEqual(['library', 'folders', 'a/b']);
    expect(parse('', '?q=x%20y').query.get('q')).toBe('x y');
  });
});

describe('why a speaker is silent', () => {
  const zone = { id: 'z', name: 'Z', speakers: ['s'], state: { playbackState: 'playing', muted: false, volume: 60 } } as unknown as Zone;
  const speaker = { id: 's', name: 'S', class: 'agent', zoneId: 'z', zone: 'Z', connected: true, volume: 50, muted: false, maxVolume: 100, state: 'playing', syncErrorUs: 12, errorBoundUs: 40, reportAgeMs: 200, labels: { site: '41' }, lastSeen: '2026-01-01T00:00:00Z' } as unknown as Speaker;
  const kinds = (change: Partial<Speaker>, state = {}) => reasons({ ...speaker, ...change } as Speaker, { ...zone, state: { ...zone.state, ...state } }).map((reason) => reason.kind);

  it('is nothing while nothing is wrong', () => expect(kinds({})).toEqual([]));
  it('is told by the gravest reason first', () => {
    expect(kinds({ connected: false, muted: true })).toEqual(['away']);
    expect(kinds({ state: 'faulted', muted: true })).toEqual(['faulted', 'muted']);
    expect(kinds({ syncErrorUs: -1800 })).toEqual(['late']);
    expect(kinds({ errorBoundUs: 5000 })).toEqual(['unsure']);
    expect(kinds({ errorBoundUs: 5000, class: 'browser' })).toEqual(['browser']);
    expect(kinds({ reportAgeMs: 9000 })).toEqual(['old']);
    expect(kinds({ volume: 0 })).toEqual(['silent']);
    expect(kinds({}, { volume: 0 })).toEqual(['zoneSilent']);
    expect(kinds({}, { muted: true, volume: 0 })).toEqual(['zoneMuted']);
    expect(kinds({ maxVolume: 0 })).toEqual(['maxSilent']);
    expect(kinds({ state: 'idle' }, { playbackState: 'stopped' })).toEqual(['idle']);
    expect(kinds({ state: 'paused' }, { playbackState: 'paused' })).toEqual(['paused']);
    expect(kinds({ errorBoundUs: null })).toEqual(['noClock']);
    expect(kinds({ errorBoundUs: null, reportAgeMs: null, state: null })).toEqual(['unknown']);
    expect(kinds({ health: { output_fault: 'no card' } as Speaker['health'] })).toEqual(['outputFault']);
    const cache = (state: string) => ({ entries: [{ entry: 'e', state }] }) as unknown as Speaker['cache'];
    expect(kinds({ state: 'preparing', cache: cache('missing') })).toEqual(['missing']);
    expect(kinds({ state: 'preparing', cache: cache('partly') })).toEqual(['preparing']);
    expect(kinds({ class: 'browser', state: 'idle' })).toEqual(['untapped', 'browser']);
    expect(reasons(speaker, zone, { underruns: 0, starved: 0, losses: 2 })).toEqual([{ kind: 'losses', count: 2 }]);
  });
  it('says why a millisecond cannot be reached, and what to do, in each language', async () => {
    const unsure = { errorBoundUs: 1200, cardStepUs: 15_600, roundTripUs: 4800 };
    const causes = ['coarse_card', 'radio_sleeps', 'lost_probes', 'no_floor', 'long_way'] as const;
    const said = (because: string | null, change: Partial<Speaker> = {}) => {
      const found = reasons({ ...speaker, ...unsure, ...change, unsureBecause: because } as Speaker, zone);
      return found.map(reasonText);
    };
    try {
      for (const language of ['en', 'de', 'hu'] as const) {
        await speech.choose(language).catch(() => undefined);
        const texts = causes.map((cause) => said(cause)[0] ?? '');
        expect(new Set(texts).size).toBe(causes.length);
        for (const text of texts) expect(text).toMatch(/1[.,]2\s?ms/);
        expect(texts[0]).toMatch(/16\s?ms/);
        expect(texts[1]).toContain('iw dev wlan0 set power_save off');
        expect(texts[4]).toMatch(/4[.,]8\s?ms/);
        expect(said('coarse_card', { cardStepUs: null })[0]).toContain('alsa:hw');
      }
    } finally {
      await speech.choose('en').catch(() => undefined);
    }
    expect(said(null)).toEqual([]);
    // A cause that this page does not know yet.
    expect(said('moon_phase')[0]).toContain('Look at its network');
  });
  it('is a fault only if nobody wants it so', () => {
    expect(isBad({ kind: 'muted' })).toBe(false);
    expect(isBad({ kind: 'late', us: 2000 })).toBe(true);
    expect([isSilent({ kind: 'late', us: 2000 }), isSilent({ kind: 'browser' }), isSilent({ kind: 'paused' }), isSilent({ kind: 'faulted' })]).toEqual([false, false, true, true]);
  });
  it('counts what happened while somebody looked, and keeps a report once', () => {
    const track = new Track();
    const report = (change: Partial<Speaker>, at: number) => track.take({ ...speaker, underruns: 3, reanchors: 1, ...change } as Speaker, at);
    expect(report({}, 10_000)).toBe(true);
    expect(report({ reportAgeMs: 700 }, 10_500)).toBe(false);
    report({ underruns: 5, reanchors: 2 }, 11_000);
    report({ underruns: 5, reanchors: 2, connected: false }, 12_000);
    report({ underruns: 5, reanchors: 2 }, 13_000);
    expect([track.count('underrun'), track.count('reanchor'), track.count('away'), track.count('starved')]).toEqual([1, 1, 1, 0]);
    expect(track.samples.map((one) => one.errorUs)).toEqual([12, 12, null, 12]);
  });
});

describe('a filter of speakers', () => {
  const one = { name: 'Bar, left', zone: 'Bar', labels: { site: '41', outdoor: '' }, state: 'idle' } as unknown as Speaker;
  it('is plain words or a selector', () => {
    expect(['bar lef', 'site=41', 'floor in (1,2)', '!outdoor'].map(isSelector)).toEqual([false, true, true, true]);
    expect([matches(one, 'bar LEF'), matches(one, 'outdoor 41'), matches(one, 'bar right')]).toEqual([true, true, false]);
  });
});

describe('rows of a fleet', () => {
  const speaker = { id: 's', name: 'S', connected: true, volume: 50, maxVolume: 100, zoneId: 'z', state: 'playing', syncErrorUs: null } as unknown as Speaker;
  const zone = { id: 'z', state: { playbackState: 'playing', volume: 50 } } as unknown as Zone;
  it('are the same object until the speaker or its report changes, and judged anew with them', () => {
    const rows = new Rows();
    const late = { ...speaker, syncErrorUs: 4000 };
    const first = rows.of(speaker, late);
    expect(rows.of(speaker, late)).toBe(first);
    expect(rows.fault(first, zone, () => ({ underruns: 0, starved: 0 }))?.kind).toBe('late');
    expect(rows.fault(first, zone, () => { throw new Error('judged twice'); })?.kind).toBe('late');
    expect(rows.fault(first, { ...zone, state: { ...zone.state, playbackState: 'stopped' } } as Zone, () => ({ underruns: 0, starved: 0 }))).toBeUndefined();
    const next = rows.of(speaker, { ...speaker, syncErrorUs: 3 });
    expect(next).not.toBe(first);
    expect(rows.fault(next, zone, () => ({ underruns: 0, starved: 0 }))).toBeUndefined();
  });
  it('are asked for in turn, all of them and never all at once', () => {
    let ids = ['a', 'b', 'c', 'd', 'e'];
    const next = inTurn(() => ids, 2);
    expect([next(), next(), next(), next()]).toEqual(['id in (a,b)', 'id in (c,d)', 'id in (e)', 'id in (a,b)']);
    ids = [];
    expect(next()).toBeUndefined();
  });
});

describe('words', () => {
  /** Every text and every function, by its path. */
  function leaves(node: unknown, path = ''): [string, unknown][] {
    if (typeof node !== 'object' || node === null) return [[path, node]];
    return Object.entries(node).flatMap(([name, value]) => leaves(value, `${path}.${name}`));
  }
  for (const [name, other] of [['de', de], ['hu', hu]] as const) {
    it(`are all there in ${name}`, () => {
      const there = new Map(leaves(other));
      for (const [path, value] of leaves(en)) {
        expect(typeof there.get(path), path).toBe(typeof value);
        if (typeof value === 'string') expect(there.get(path), path).not.toBe('');
      }
    });
  }

  it('are all used', () => {
    const root = new URL('../src/', import.meta.url);
    const files = readdirSync(root, { recursive: true }).map(String).filter((file) => /\.(svelte|ts)$/.test(file) && !/words.(en|de|hu)\.ts$|types\.d\.ts$/.test(file));
    const source = files.map((file) => readFileSync(new URL(file, root), 'utf8')).join('');
    const { problem: _codes, keys: _keys, ...groups } = en;
    const unused = Object.entries(groups).flatMap(([group, words]) => (typeof words === 'object' ? Object.keys(words).filter((name) => !new RegExp(`\\b${name}\\b`).test(source)).map((name) => `${group}.${name}`) : []));
    expect(unused).toEqual([]);
  });

  it('are in the words alone: no text for people stands in a component', () => {
    const root = new URL('../src/', import.meta.url);
    const files = readdirSync(root, { recursive: true }).map(String).filter((file) => file.endsWith('.svelte'));
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) {
      const text = readFileSync(new URL(file, root), 'utf8').replace(/<(script|style)[\s\S]*?<\/\1>/g, '').replace(/<!--[\s\S]*?-->/g, '');
      // Attributes and expressions away: what is left between tags is text.
      let plain = text;
      for (let before = ''; before !== plain; ) {
        before = plain;
        plain = plain.replace(/\{[^{}]*\}/g, '');
      }
      const found = [...plain.matchAll(/>([^<>]*[A-Za-zÄ-ž]{3,}[^<>]*)</g)].map((match) => match[1]?.trim()).filter((one) => one !== 'Downbeat');
      expect(found, file).toEqual([]);
    }
  });

  it('are of the language that was chosen, or that the browser asks for', () => {
    expect(preferred(null, ['fr-FR', 'hu', 'en'])).toBe('hu');
    expect(preferred('de', ['hu'])).toBe('de');
    expect(preferred('xx', [])).toBe('en');
  });
});

describe('the past', () => {
  const figure = (...values: (number | null)[]) => ({ min: values, max: values, middle: values });
  const past = (over: Partial<Schema['SpeakerTelemetry']> = {}): Schema['SpeakerTelemetry'] => ({
    id: 'a', name: 'Kitchen', serverTime: 0, time: '1970-01-01T00:00:04.500Z', stepMs: 1000, at: [1000, 2000, 3000],
    errorUs: { min: [-5, -2400, null], max: [9, 3, null], middle: [1, 1, null] },
    boundUs: figure(30, 31, null), correctionPpm: figure(0.5, 0.6, null), roundTripUs: figure(), skewPpm: figure(),
    marks: [{ at: 2000, until: 4000, kind: 'underrun', count: 3, value: null, detail: null, speaker: null }], outOfStep: [], ...over,
  });
  const own = (at: number) => ({ at, errorUs: 7, boundUs: 1, ppm: 0 });

  it('draws the figure that is farther off, so that a spike of a second is seen in a day', () => {
    expect(samplesOf(past()).map((one) => one.errorUs)).toEqual([9, -2400]);
    expect(farther({ min: [null], max: [4], middle: [null] }, 0)).toBe(4);
  });

  it('goes on with what the page saw itself, each instant once', () => {
    const kept = samplesOf(past());
    expect(joined(kept, [own(1500), own(2999), own(3000), own(5000)], 1000).map((one) => one.at)).toEqual([1000, 2000, 3000, 5000]);
    expect(joined(kept, [own(2500)], 1000)).toBe(kept);
    expect(joined([], [own(1)], 1000)).toEqual([own(1)]);
    const marks = joinedMarks(past(), [{ at: 4400, kind: 'underrun' }, { at: 4600, kind: 'reanchor' }]);
    expect(marks).toEqual([{ at: 2000, kind: 'underrun', count: 3 }, { at: 4600, kind: 'reanchor', count: 1 }]);
  });

  it('is asked for as often as it changes', () => {
    expect([every(60), every(3600), every(86_400)]).toEqual([10_000, 10_000, 144_000]);
  });
});

describe('patience', () => {
  it('doubles its waits to a bound, begins anew when something moved, and ends', () => {
    const patience = new Patience();
    expect([0, 1, 2, 3, 4, 5, 6].map((n) => patience.next(n, 1))).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
    patience.moved(10);
    expect(patience.next(11, 0)).toBe(250);
    expect(patience.next(11 + 5 * 60_000, 0)).toBe(500);
    expect(patience.next(12 + 5 * 60_000, 0)).toBeUndefined();
  });
});
