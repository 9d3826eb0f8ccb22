/**
 * Everything that the events tell, as it is now: each entry is what its GET answers, without live figures.
 *
 * `resync` does not empty the page: a second picture is made beside it, which takes its place with `synced`.
 */
import { SvelteMap } from 'svelte/reactivity';
import type { Playback, Playlist, Schema, Speaker, Zone } from '../api/client';

export type QueueNews = Schema['QueueState'];
export type Preset = Schema['PresetView'];
export type LibraryState = Schema['LibraryView'];
export interface EventBody {
  type: string;
  id?: string | null;
  zone?: string | null;
  state?: unknown;
}

export class Picture {
  readonly zones = new SvelteMap<string, Zone>();
  readonly speakers = new SvelteMap<string, Speaker>();
  readonly playlists = new SvelteMap<string, Playlist>();
  readonly queues = new SvelteMap<string, QueueNews>();
  presets = $state.raw<Preset[]>([]);
  library = $state.raw<LibraryState | undefined>(undefined);
  /** False until the first picture is complete. */
  complete = $state(false);

  #next: Picture | undefined;
  /** Called for each change of a queue, also for those of a picture that is not complete. */
  onQueue: ((news: QueueNews) => void) | undefined;

  /** Takes one event in. */
  apply(event: EventBody): void {
    if (event.type === 'resync') {
      this.#next = new Picture();
    } else if (event.type === 'synced') {
      if (this.#next) this.#replaceBy(this.#next);
      this.#next = undefined;
      this.complete = true;
    } else {
      (this.#next ?? this).#set(event);
    }
  }

  /** Takes in the state that a command answered, unless a newer one is known. */
  takeState(state: Playback): void {
    const zone = this.zones.get(state.zoneId);
    if (zone) this.#setZone({ ...zone, state });
  }

  takeSpeaker(speaker: Speaker): void {
    this.speakers.set(speaker.id, speaker);
  }

  #set({ type, id, state }: EventBody): void {
    switch (type) {
      case 'zone':
        if (state && id) this.#setZone(state as Zone);
        else if (id) this.zones.delete(id);
        break;
      case 'speaker':
        setOrDelete(this.speakers, id, state as Speaker | null);
        break;
      case 'playlists':
        setOrDelete(this.playlists, id, state as Playlist | null);
        break;
      case 'queue':
        setOrDelete(this.queues, id, state as QueueNews | null);
        if (state) this.onQueue?.(state as QueueNews);
        break;
      case 'presets':
        this.presets = (state as { presets: Preset[] } | null)?.presets ?? [];
        break;
      case 'library':
        this.library = (state as LibraryState | null) ?? undefined;
        break;
      // Kinds that come later are none of this page's.
    }
  }

  #setZone(zone: Zone): void {
    const known = this.zones.get(zone.id)?.state;
    const old = known && known.clockId === zone.state.clockId && known.revision > zone.state.revision;
    if (!old) this.zones.set(zone.id, zone);
  }

  #replaceBy(next: Picture): void {
    replace(this.zones, next.zones);
    replace(this.speakers, next.speakers);
    replace(this.playlists, next.playlists);
    replace(this.queues, next.queues);
    this.presets = next.presets;
    this.library = next.library;
    for (const news of next.queues.values()) this.onQueue?.(news);
  }
}

function setOrDelete<T>(map: Map<string, T>, id: string | null | undefined, state: T | null | undefined): void {
  if (!id) return;
  if (state) map.set(id, state);
  else map.delete(id);
}

function replace<T>(map: Map<string, T>, next: Map<string, T>): void {
  for (const id of [...map.keys()]) if (!next.has(id)) map.delete(id);
  for (const [id, value] of next) map.set(id, value);
}
