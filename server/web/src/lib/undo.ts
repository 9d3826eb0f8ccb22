/** What must be known of a thing before it goes, so that it can be brought back. */
import { api, type Playlist, type Schema, type Zone } from './api/client';
import { positionAt } from './live/clock';
import { live } from './live/live.svelte';
import { toasts } from './toasts.svelte';
import { t } from './words/index.svelte';

const PART = 1000;

/** Says what was done, with a way back. */
export function sayUndo(text: string, back: () => Promise<unknown>): void {
  toasts.say(text, { label: t().act.undo, run: () => void back().catch((error: unknown) => toasts.refuse(error)) });
}

interface Remembered {
  count: number;
  /** Brings it back to a zone. Of a queue that was cleared the entry that sounds is still there, and is left alone. */
  back: (to: string) => Promise<void>;
}

/** A zone's queue, what of it plays and where. */
export async function rememberQueue(zone: Zone): Promise<Remembered> {
  const trackIds: string[] = [];
  let current: string | null | undefined;
  let index: number | null | undefined;
  for (let offset: number | null | undefined = 0; offset !== null && offset !== undefined; ) {
    const part: Awaited<ReturnType<typeof api.get<'/api/zones/{zone}/queue'>>> = await api.get('/api/zones/{zone}/queue', { path: { zone: zone.id }, query: { offset, limit: PART } });
    trackIds.push(...part.entries.map((entry) => entry.trackId));
    [current, index, offset] = [part.current, part.currentIndex, part.next];
  }
  const { state } = zone;
  const position = positionAt({ playing: state.playing, position: state.position, at: state.at }, live.clock.now(), state.currentTrack?.duration);
  const back = async (to: string): Promise<void> => {
    const put = async (ids: string[], at?: number) =>
      ids.length > 0 ? (await api.post('/api/zones/{zone}/queue', { path: { zone: to }, body: { trackIds: ids, ...(at === undefined ? { place: 'end' } : { index: at }) } })).entries : [];
    const now = await api.get('/api/zones/{zone}/queue', { path: { zone: to }, query: { offset: 0, limit: 1 } });
    if (current && typeof index === 'number' && now.current === current) {
      await put(trackIds.slice(index + 1));
      await put(trackIds.slice(0, index), 0);
      return;
    }
    const entries = await put(trackIds);
    const entry = typeof index === 'number' && state.playbackState !== 'stopped' ? entries[index]?.entry : undefined;
    if (!entry) return;
    await api.post('/api/zones/{zone}/playback/play', { path: { zone: to }, body: { entry, position } });
    // It is held before it is heard: a start lies ahead by what speakers need to get ready.
    if (state.playbackState === 'paused') await api.post('/api/zones/{zone}/playback/pause', { path: { zone: to }, body: {} });
  };
  return { count: trackIds.length, back };
}

/** A zone with its speakers, volume, session and queue. */
export async function rememberZone(zone: Zone): Promise<() => Promise<void>> {
  const queue = await rememberQueue(zone);
  const { volume, muted, session } = zone.state;
  const { repeat, shuffle, crossfadeSeconds, loudness, autoplay } = session;
  return async () => {
    const made = await api.post('/api/zones', { body: { name: zone.name } });
    await api.patch('/api/zones/{zone}', { path: { zone: made.id }, body: { volume, muted } });
    await api.patch('/api/zones/{zone}/session', { path: { zone: made.id }, body: { repeat, shuffle, crossfadeSeconds, loudness, ...(autoplay === 'playlist' ? {} : { autoplay }) } });
    if (zone.speakers.length > 0) await api.post('/api/speakers/actions', { body: { action: 'move', zone: made.id, select: `id in (${zone.speakers.join(',')})` } as Schema['ActionRequest'] });
    await queue.back(made.id);
  };
}

/** A playlist with its rule or its tracks. */
export async function rememberPlaylist(list: Playlist): Promise<() => Promise<Playlist>> {
  if (list.rule) {
    const { query, limit, sort } = list.rule;
    return () => api.post('/api/playlists', { body: { name: list.name, rule: { query, limit, sort } } });
  }
  const trackIds: string[] = [];
  let cursor: string | null | undefined;
  do {
    const part: Awaited<ReturnType<typeof api.get<'/api/playlists/{id}'>>> = await api.get('/api/playlists/{id}', { path: { id: list.id }, query: { limit: PART, cursor: cursor ?? null } });
    trackIds.push(...part.entries.map((entry) => entry.track?.id).filter((id) => id !== undefined));
    cursor = part.next;
  } while (cursor);
  return () => api.post('/api/playlists', { body: { name: list.name, trackIds } });
}
