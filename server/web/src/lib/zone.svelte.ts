/** The zone that this page controls, and what may be done with it. */
import { api, type Playback, type Schema, type Track, type Zone } from './api/client';
import { positionAt } from './live/clock';
import { DEFAULT_ZONE, live } from './live/live.svelte';
import { me } from './me.svelte';
import { Overlay } from './live/overlay.svelte';
import { prefs } from './prefs.svelte';
import { toasts } from './toasts.svelte';
import { t } from './words/index.svelte';

export type Session = Schema['SessionView'];
/** What tracks are named by: an album, a folder and so on, or their ids. */
export type Source = Pick<Schema['PlayRequest'], 'album' | 'artist' | 'book' | 'bookZone' | 'folder' | 'genre' | 'playlist' | 'search' | 'trackIds'>;

const overlay = new Overlay();

export function zoneName(zone: { id: string; name: string } | undefined): string {
  if (!zone) return '';
  return zone.id === DEFAULT_ZONE && zone.name === 'all' ? t().everywhere : zone.name;
}

class CurrentZone {
  get zone(): Zone | undefined {
    return live.zoneOf(prefs.zone || undefined);
  }

  get id(): string {
    return this.zone?.id ?? DEFAULT_ZONE;
  }

  get name(): string {
    return zoneName(this.zone);
  }

  get state(): Playback | undefined {
    return this.zone?.state;
  }

  get playing(): boolean {
    return overlay.or(`${this.id}/playing`, this.state?.playbackState === 'playing');
  }

  /** True if the caller may play, pause, seek and skip here. */
  get steers(): boolean {
    return me.mayIn('steer', this.zone);
  }

  /** True if the caller may edit the queue here. */
  get queues(): boolean {
    return me.mayIn('queue', this.zone);
  }

  get session(): Session | undefined {
    const session = this.state?.session;
    if (!session) return undefined;
    return { ...session, ...overlay.or(`${this.id}/session`, {}) };
  }

  /** The position now, seconds. */
  position(): number {
    const { state } = this;
    if (!state) return 0;
    const line = { playing: state.playing, position: state.position, at: state.at };
    const at = positionAt(overlay.or(`${this.id}/line`, line), live.clock.now(), state.currentTrack?.duration);
    const loop = state.session?.loop;
    if (loop && at >= loop.b && loop.b > loop.a) return loop.a + ((at - loop.a) % (loop.b - loop.a));
    return at;
  }

  volumeOf(zone: Zone | undefined): number {
    return zone ? overlay.or(`${zone.id}/volume`, zone.state.volume) : 0;
  }

  mutedOf(zone: Zone | undefined): boolean {
    return zone ? overlay.or(`${zone.id}/muted`, zone.state.muted) : false;
  }
}

export const current = new CurrentZone();

const refused = (error: unknown) => toasts.refuse(error);
const path = (id: string) => ({ zone: id });

/** Why the controls of a zone are not there; empty if they are. */
export function notSteered(zone: Zone | undefined): string {
  if (me.mayIn('steer', zone)) return '';
  return me.may('steer') ? t().may.notHere : t().may.look;
}

/** Says so where it is not allowed: keys ask for it, too. */
function allowed(right: 'steer' | 'queue' | 'volume', zone = current.zone): boolean {
  if (me.mayIn(right, zone)) return true;
  toasts.say(me.may(right) ? t().may.notHere : t().may.look);
  return false;
}

/** What was changed of a session while another change was on its way: no change takes the place of another one. */
const unsent = new Map<string, Schema['SessionRequest']>();

function took(reply: { state: Playback } | undefined): void {
  if (reply) live.takeState(reply.state);
}

export const commands = {
  toggle(): void {
    const { id, state, playing } = current;
    if (!state || !allowed('steer')) return;
    if (!playing && state.queueLength === 0) {
      toasts.say(t().problem['queue_empty'] ?? '');
      return;
    }
    const verb = playing ? 'pause' : 'resume';
    const call = verb === 'pause' ? '/api/zones/{zone}/playback/pause' as const : state.playbackState === 'paused' ? '/api/zones/{zone}/playback/resume' as const : '/api/zones/{zone}/playback/play' as const;
    void overlay.set(`${id}/playing`, !playing, async () => took(await api.post(call, { path: path(id), body: {} })), refused);
  },

  async next(): Promise<void> {
    if (!allowed('steer')) return;
    await api.post('/api/zones/{zone}/playback/next', { path: path(current.id), body: {} }).then(took, refused);
  },

  async previous(): Promise<void> {
    if (!allowed('steer')) return;
    await api.post('/api/zones/{zone}/playback/previous', { path: path(current.id), body: {} }).then(took, refused);
  },

  async stop(): Promise<void> {
    if (!allowed('steer')) return;
    await api.post('/api/zones/{zone}/playback/stop', { path: path(current.id), body: {} }).then(took, refused);
  },

  seek(position: number): void {
    const { id, state } = current;
    const now = live.clock.now();
    if (!state?.currentTrack || now === undefined || !allowed('steer')) return;
    const to = Math.min(Math.max(0, position), state.currentTrack.duration);
    const line = { playing: state.playing, position: to, at: now };
    const send = async () => took(await api.post('/api/zones/{zone}/playback/seek', { path: path(id), body: { position: to } }));
    void overlay.set(`${id}/line`, line, send, refused);
  },

  setVolume(zone: Zone, volume: number): void {
    if (!allowed('volume', zone)) return;
    const wanted = me.loudest(zone.state.volume, Math.min(100, Math.max(0, volume)));
    if (wanted === undefined) {
      toasts.say(t().problem['too_loud'] ?? '');
      return;
    }
    const send = async () => took(await api.post('/api/zones/{zone}/playback/volume', { path: path(zone.id), body: { volume: wanted } }));
    void overlay.set(`${zone.id}/volume`, wanted, send, refused);
  },

  setMuted(zone: Zone, muted: boolean): void {
    if (!allowed('volume', zone)) return;
    const send = async () => took(await api.post('/api/zones/{zone}/playback/volume', { path: path(zone.id), body: { muted } }));
    void overlay.set(`${zone.id}/muted`, muted, send, refused);
  },

  setSession(change: Schema['SessionRequest']): void {
    if (!allowed('steer')) return;
    const { id } = current;
    const shown = { ...overlay.or(`${id}/session`, {}), ...change };
    delete shown.loop;
    unsent.set(id, { ...unsent.get(id), ...change });
    const send = async () => {
      const body = unsent.get(id);
      unsent.delete(id);
      if (body) took(await api.patch('/api/zones/{zone}/session', { path: path(id), body }));
    };
    void overlay.set(`${id}/session`, shown, send, (error) => {
      unsent.delete(id);
      refused(error);
    });
  },

  async play(source: Source, startIndex = 0): Promise<void> {
    if (!allowed('steer')) return;
    const { id } = current;
    // a book begins where it was left
    const start = source.book ? {} : { startIndex };
    await api.post('/api/zones/{zone}/playback/play', { path: path(id), body: { ...source, ...start } }).then(took, refused);
  },

  async playEntry(entry: string): Promise<void> {
    if (!allowed('steer')) return;
    await api.post('/api/zones/{zone}/playback/play', { path: path(current.id), body: { entry } }).then(took, refused);
  },

  async enqueue(source: Source, place: 'end' | 'next'): Promise<void> {
    if (!allowed('queue')) return;
    try {
      const reply = await api.post('/api/zones/{zone}/queue', { path: path(current.id), body: { ...source, place } });
      const entries = reply.entries.map((entry) => entry.entry);
      const zone = current.id;
      const undo = () => void api.post('/api/zones/{zone}/queue/remove', { path: { zone }, body: { entries } }).catch(refused);
      const added = reply.added ?? entries.length;
      toasts.say(t().act.added(added), added === entries.length ? { label: t().act.undo, run: undo } : undefined);
    } catch (error) {
      refused(error);
    }
  },
};

/** Volumes and mutes of speakers, shown at once. */
export const speakerOverlay = new Overlay();

export function setSpeaker(id: string, change: Schema['SpeakerRequest'], keys: (keyof Schema['SpeakerRequest'])[] = []): void {
  const send = async () => live.takeSpeaker(await api.patch('/api/speakers/{id}', { path: { id }, body: change }));
  const key = keys[0] ?? (Object.keys(change)[0] as keyof Schema['SpeakerRequest']);
  void speakerOverlay.set(`${id}/${key}`, change[key], send, refused);
}

/** Covers are not part of what a zone plays, so they are asked for by the track, once. */
const tracks = new Map<string, Promise<Track>>();
export function trackOf(id: string): Promise<Track> {
  const known = tracks.get(id);
  if (known) return known;
  const asked = api.get('/api/tracks/{id}', { path: { id } });
  tracks.set(id, asked);
  asked.catch(() => tracks.delete(id));
  if (tracks.size > 300) tracks.delete(tracks.keys().next().value ?? '');
  return asked;
}
