import { describe, expect, it } from 'vitest';
import type { QueueEntry } from '../src/lib/api/client';
import { positionAt, ServerClock } from '../src/lib/live/clock';
import { Connection, wait, type Link } from '../src/lib/live/connection';
import { Overlay } from '../src/lib/live/overlay.svelte';
import { QueueParts } from '../src/lib/live/queue';
import { SseParser } from '../src/lib/live/sse';

describe('the clock', () => {
  it('takes the exchange with the least round trip', () => {
    const clock = new ServerClock();
    clock.observe(5_000_000, 'a', 1000, 1100);
    clock.observe(5_061_000, 'a', 1109, 1111);
    clock.observe(9_000_000, 'a', 1200, 1900);
    // Server 5,061,000 µs at the page's 1,110 ms.
    expect(clock.now(1110)).toBe(5_061_000);
    expect(clock.boundUs).toBe(1000);
  });

  it('forgets what it knew of another clock, and what is old', () => {
    const clock = new ServerClock();
    clock.observe(5_000_000, 'a', 1000, 1001);
    clock.observe(700_000, 'b', 2000, 2040);
    expect(clock.now(2020)).toBe(700_000);
    clock.observe(70_700_000, 'b', 72_000, 72_500);
    expect(clock.now(72_250)).toBe(70_700_000);
  });

  it('says the position of a line, within its track', () => {
    const line = { playing: true, position: 10, at: 1_000_000 };
    expect(positionAt(line, 3_500_000)).toBe(12.5);
    expect(positionAt(line, 500_000)).toBe(10);
    expect(positionAt(line, 900_000_000, 61)).toBe(61);
    expect(positionAt({ ...line, playing: false }, 3_500_000)).toBe(10);
    expect(positionAt(line, undefined)).toBe(10);
  });
});

describe('Server-Sent Events', () => {
  it('are the same in any pieces', () => {
    const text = ':hello\n\nevent: zone\nid: 7\ndata: {"a":\ndata: 1}\n\ndata:bare\r\n\r\nevent: gone\n\nid: 9\ndata: x\n\n';
    const whole = new SseParser().push(text);
    expect(whole).toEqual([
      { event: 'zone', data: '{"a":\n1}', id: '7' },
      { event: 'message', data: 'bare', id: '7' },
      { event: 'message', data: 'x', id: '9' },
    ]);
    for (let size = 1; size < 9; size++) {
      const parser = new SseParser();
      const found = [];
      for (let at = 0; at < text.length; at += size) found.push(...parser.push(text.slice(at, at + size)));
      expect(found).toEqual(whole);
    }
  });
});

describe('the connection', () => {
  it('waits longer each time, up to a bound, and never the same as others', () => {
    expect([0, 1, 2, 9].map((attempt) => wait(attempt, () => 1))).toEqual([250, 500, 1000, 10_000]);
    expect(wait(3, () => 0.25)).toBe(500);
  });

  it('goes on from the last event that it took in', async () => {
    const asked: (string | undefined)[] = [];
    const links: Link[] = [];
    const body = (text: string) => new Response(new Blob([text]).stream());
    const done = new Promise<void>((resolve) => {
      const connection: Connection = new Connection({
        url: 'http://coordinator/api/events',
        random: () => 0,
        take: () => {},
        heard: () => {},
        link: (link) => links.push(link),
        fetch: (async (_url: string, init: RequestInit) => {
          asked.push((init.headers as Record<string, string>)['last-event-id']);
          if (asked.length === 1) return body('event: zone\nid: p-1\ndata: 1\n\nevent: zone\nid: p-2\ndata: 2\n\nevent: zone\nid: p-3\nda');
          if (asked.length === 2) return new Response('', { status: 503 });
          connection.close();
          resolve();
          return body('');
        }) as typeof fetch,
      });
      connection.open();
    });
    await done;
    expect(asked).toEqual([undefined, 'p-2', 'p-2']);
    expect(links).toEqual(['connecting', 'live', 'waiting', 'connecting', 'waiting', 'connecting']);
  });
});

describe('what a person set', () => {
  it('is shown at once, sent one at a time, the newest last', async () => {
    const overlay = new Overlay();
    const sent: number[] = [];
    const open: (() => void)[] = [];
    const send = (value: number) => () => new Promise<void>((resolve) => { sent.push(value); open.push(resolve); });
    const all = [10, 11, 12, 13].map((value) => overlay.set('volume', value, send(value), () => {}));
    expect(overlay.or('volume', 0)).toBe(13);
    expect(sent).toEqual([10]);
    open[0]?.();
    await new Promise((resolve) => setTimeout(resolve));
    expect(sent).toEqual([10, 13]);
    expect(overlay.or('volume', 0)).toBe(13);
    open[1]?.();
    await Promise.all(all);
    expect(overlay.or('volume', 0)).toBe(0);
  });

  it('is taken back when it is refused', async () => {
    const overlay = new Overlay();
    let told: unknown;
    await overlay.set('volume', 90, () => Promise.reject(new Error('no')), (error) => (told = error));
    expect(overlay.or('volume', 20)).toBe(20);
    expect(told).toEqual(new Error('no'));
  });
});

describe('a queue of which parts are known', () => {
  const entry = (n: number): QueueEntry => ({ entry: `e${n}`, trackId: `t${n}`, title: `T${n}`, artist: '', album: '', albumId: null, cover: null, year: null, duration: 1, fault: null });
  const queue = (known: number[], total: number) => {
    const parts = new QueueParts();
    parts.takePart({ zoneId: 'z', revision: 1, version: 5, total, offset: 0, entries: [], current: 'e2', currentIndex: 2, next: null });
    for (const n of known) parts.entries[n] = entry(n);
    return parts;
  };
  const ids = (parts: QueueParts) => Array.from(parts.entries, (one) => one?.entry ?? '.').join(' ');

  it('makes changes where parts are unknown', () => {
    const parts = queue([0, 1, 2, 3, 9], 10);
    parts.takeNews({ zoneId: 'z', version: 6, since: 5, total: 11, current: 'e2', currentIndex: 1, changes: [{ at: 1, removed: 1, entries: [] }, { at: 6, removed: 0, entries: [entry(20), entry(21)] }] });
    expect(ids(parts)).toBe('e0 e2 e3 . . . e20 e21 . . e9');
    expect([parts.stale, parts.version, parts.currentIndex]).toEqual([false, 6, 1]);
  });

  it('is stale after news that do not follow, and whole again after a part', () => {
    const parts = queue([0, 1, 2], 3);
    parts.takeNews({ zoneId: 'z', version: 9, since: 8, total: 4, current: null, currentIndex: null, changes: [] });
    expect(parts.stale).toBe(true);
    parts.takePart({ zoneId: 'z', revision: 1, version: 9, total: 4, offset: 0, current: null, currentIndex: null, next: null, entries: [0, 1, 2, 3].map(entry) });
    expect([parts.stale, ids(parts)]).toEqual([false, 'e0 e1 e2 e3']);
    // Late news of before change nothing.
    parts.takeNews({ zoneId: 'z', version: 7, since: 6, total: 99, current: null, currentIndex: null, changes: null });
    expect([parts.stale, parts.total]).toEqual([false, 4]);
  });

  it('moves and removes as the coordinator does', () => {
    const parts = queue([0, 1, 2, 3, 4], 5);
    parts.move(['e0'], 2);
    expect(ids(parts)).toBe('e1 e2 e0 e3 e4');
    expect(parts.currentIndex).toBe(1);
    parts.move(['e4', 'e1'], 0);
    expect(ids(parts)).toBe('e4 e1 e2 e0 e3');
    parts.remove(['e1']);
    expect(ids(parts)).toBe('e4 e2 e0 e3');
    expect(parts.currentIndex).toBe(1);
  });

  it('shows what was done once, whether its news or its answer is first', () => {
    const news = { zoneId: 'z', version: 6, since: 5, total: 4, current: 'e2', currentIndex: 2, changes: [{ at: 0, removed: 1, entries: [] }, { at: 1, removed: 0, entries: [entry(0)] }] };
    for (const first of ['news', 'answer']) {
      const parts = queue([0, 1, 2, 3], 4);
      const edit = parts.move(['e0'], 1);
      expect(ids(parts)).toBe('e1 e0 e2 e3');
      if (first === 'answer') parts.answered(edit);
      parts.takeNews(news);
      expect(ids(parts)).toBe('e1 e0 e2 e3');
      if (first === 'news') parts.undo(edit);
      expect([ids(parts), parts.stale]).toEqual(['e1 e0 e2 e3', false]);
    }
    const parts = queue([0, 1, 2, 3], 4);
    parts.undo(parts.remove(['e3']));
    expect(ids(parts)).toBe('e0 e1 e2 e3');
  });

  it('names the part that is missing', () => {
    const parts = queue([], 450);
    for (let n = 0; n < 120; n++) parts.entries[n] = entry(n);
    expect(parts.missing(0, 40)).toBeUndefined();
    expect(parts.missing(100, 140)).toEqual([100, 100]);
    expect(parts.missing(440, 900)).toEqual([400, 100]);
  });
});
