import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Playback, QueueEntry, Speaker, Zone } from '../src/lib/api/client';
import { Picture, type EventBody } from '../src/lib/live/picture.svelte';
import { QueueParts } from '../src/lib/live/queue';
import { SseParser } from '../src/lib/live/sse';

const log = readFileSync(new URL('./logs/evening.sse', import.meta.url), 'utf8');
const answers = JSON.parse(readFileSync(new URL('./logs/evening.json', import.meta.url), 'utf8')) as {
  zones: { zones: Zone[] };
  speakers: { speakers: Speaker[] };
  playlists: { playlists: { id: string }[] };
  presets: { presets: unknown[] };
  queue: { entries: QueueEntry[]; current: string; currentIndex: number; version: number };
};

function replay(picture: Picture, cut = 997): void {
  const parser = new SseParser();
  // In pieces of any size, as a network hands them out.
  for (let at = 0; at < log.length; at += cut) {
    for (const message of parser.push(log.slice(at, at + cut))) picture.apply(JSON.parse(message.data) as EventBody);
  }
}

/** Without the figures that no event tells. */
const still = (state: Playback) => ({ ...state, serverTime: undefined, sync: undefined, position: undefined, at: undefined });
const LIVE = ['reportAgeMs', 'position', 'positionFrames', 'syncErrorUs', 'correctionPpm', 'dacPpm', 'skewPpm', 'offsetUs', 'errorBoundUs', 'cardBoundUs', 'cardStepUs', 'roundTripUs', 'jitterUs', 'probesLost', 'unsureBecause', 'bufferMs', 'truth', 'cache', 'health', 'lastSeen', 'entry', 'state'];
const calm = (speaker: Speaker) => Object.fromEntries(Object.entries(speaker).filter(([name]) => !LIVE.includes(name)));
const byId = <T extends { id: string }>(all: Iterable<T>) => [...all].sort((a, b) => a.id.localeCompare(b.id));

describe('the picture', () => {
  for (const cut of [1, 13, 997, 100_000]) {
    it(`is what the answers say after a recorded evening, in pieces of ${cut}`, () => {
      const picture = new Picture();
      replay(picture, cut);
      expect(picture.complete).toBe(true);
      const zones = byId(picture.zones.values()).map((zone) => ({ id: zone.id, name: zone.name, speakers: zone.speakers, state: still(zone.state) }));
      expect(zones).toEqual(byId(answers.zones.zones).map((zone) => ({ id: zone.id, name: zone.name, speakers: zone.speakers, state: still(zone.state) })));
      expect(byId(picture.speakers.values()).map(calm)).toEqual(byId(answers.speakers.speakers).map(calm));
      expect(byId(picture.playlists.values())).toEqual(byId(answers.playlists.playlists));
      expect(picture.presets).toEqual(answers.presets.presets);
    });
  }

  it('keeps what it shows until the new one is complete', () => {
    const picture = new Picture();
    replay(picture);
    const before = picture.zones.size;
    picture.apply({ type: 'resync' });
    picture.apply({ type: 'zone', id: 'new', state: { ...answers.zones.zones[0], id: 'new' } });
    expect(picture.zones.size).toBe(before);
    expect(picture.zones.has('new')).toBe(false);
    picture.apply({ type: 'synced' });
    expect([...picture.zones.keys()]).toEqual(['new']);
    expect(picture.speakers.size).toBe(0);
  });

  it('does not go back to a state that is older than an answer', () => {
    const picture = new Picture();
    replay(picture);
    const zone = answers.zones.zones[0] as Zone;
    picture.takeState({ ...zone.state, volume: 77, revision: zone.state.revision + 2 });
    picture.apply({ type: 'zone', id: zone.id, state: { ...zone, state: { ...zone.state, volume: 12, revision: zone.state.revision + 1 } } });
    expect(picture.zones.get(zone.id)?.state.volume).toBe(77);
    // Another process counts anew.
    picture.apply({ type: 'zone', id: zone.id, state: { ...zone, state: { ...zone.state, volume: 12, revision: 1, clockId: 'another' } } });
    expect(picture.zones.get(zone.id)?.state.volume).toBe(12);
  });

  it('knows a queue by its events alone, as far as they tell it', () => {
    const parts = new QueueParts();
    const id = '00000000-0000-0000-0000-000000000000';
    const parser = new SseParser();
    let told = 0;
    for (const message of parser.push(log)) {
      const event = JSON.parse(message.data) as EventBody;
      if (event.type !== 'queue' || event.id !== id || !event.state) continue;
      const news = event.state as Parameters<QueueParts['takeNews']>[0];
      if (told === 0) {
        // What was read when the page was opened: undone from the end is not possible, so the start is its own news.
        parts.takePart({ zoneId: id, revision: 0, entries: [], total: news.total, offset: 0, version: news.version, current: news.current ?? null, currentIndex: news.currentIndex ?? null, next: null });
      } else parts.takeNews(news);
      told += 1;
    }
    expect(told).toBeGreaterThan(3);
    expect(parts.stale).toBe(false);
    expect(parts.total).toBe(answers.queue.entries.length);
    expect(parts.version).toBe(answers.queue.version);
    expect(parts.current).toBe(answers.queue.current);
    expect(parts.currentIndex).toBe(answers.queue.currentIndex);
    // What came by events is known, and stands where the answer has it.
    parts.entries.forEach((entry, i) => entry && expect(entry).toEqual(answers.queue.entries[i]));
    expect(parts.entries.some((entry) => entry !== undefined)).toBe(true);
  });
});
