/**
 * Figures that change all the time: what speakers report of themselves. They are no events, and are asked for only
 * while a screen shows them and the page is seen.
 */
import { api, type Speaker } from '../api/client';

export interface Sample {
  /** By the wall clock, milliseconds. */
  at: number;
  errorUs: number | null;
  boundUs: number | null;
  ppm: number | null;
}

export interface Mark {
  at: number;
  kind: 'reanchor' | 'underrun' | 'starved' | 'lost' | 'away';
}

/** Minutes of history that the page holds of a speaker. */
const KEPT_MS = 15 * 60_000;

/** What was seen of a speaker while somebody looked. */
export class Track {
  samples: Sample[] = [];
  marks: Mark[] = [];
  #last: Speaker | undefined;

  /** Takes a report in; false if it is the one that was taken last. */
  take(speaker: Speaker, at: number): boolean {
    const last = this.#last;
    const when = at - (speaker.reportAgeMs ?? 0);
    const newest = this.samples.at(-1);
    // A report is the same until the next one: its age grows.
    if (newest && Math.abs(newest.at - when) < 120 && last?.connected === speaker.connected) return false;
    if (last) {
      if ((speaker.reanchors ?? 0) > (last.reanchors ?? 0)) this.marks.push({ at, kind: 'reanchor' });
      if ((speaker.underruns ?? 0) > (last.underruns ?? 0)) this.marks.push({ at, kind: 'underrun' });
      if ((speaker.starved ?? 0) > (last.starved ?? 0)) this.marks.push({ at, kind: 'starved' });
      if ((speaker.outputLosses ?? 0) > (last.outputLosses ?? 0)) this.marks.push({ at, kind: 'lost' });
      if (speaker.connected && !last.connected) this.marks.push({ at, kind: 'away' });
    }
    const heard = speaker.connected && speaker.state === 'playing';
    this.samples.push({
      at: when,
      errorUs: heard ? (speaker.syncErrorUs ?? null) : null,
      boundUs: speaker.connected ? (speaker.errorBoundUs ?? null) : null,
      ppm: heard ? (speaker.correctionPpm ?? null) : null,
    });
    this.#last = speaker;
    const oldest = at - KEPT_MS;
    if ((this.samples[0]?.at ?? at) < oldest) this.samples = this.samples.filter((sample) => sample.at >= oldest);
    if ((this.marks[0]?.at ?? at) < oldest) this.marks = this.marks.filter((mark) => mark.at >= oldest);
    return true;
  }

  /** What happened lately, for the reasons of a silence. */
  get seen(): { underruns: number; starved: number; losses: number } {
    return { underruns: this.count('underrun'), starved: this.count('starved'), losses: this.count('lost') };
  }

  /** How often something of a kind happened lately. */
  count(kind: Mark['kind']): number {
    return this.marks.filter((mark) => mark.kind === kind).length;
  }
}

type Select = string | (() => string | undefined);

interface Watcher {
  select: Select;
  ms: number;
  due: number;
}

class Telemetry {
  /** No map of Svelte's: of 2,000 speakers all change at once, and `turn` tells it. */
  readonly #reports = new Map<string, Speaker>();
  readonly tracks = new Map<string, Track>();
  /** Grows with each answer, so that plots know. */
  turn = $state(0);
  #watchers = new Map<number, Watcher>();
  #next = 1;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Asks for the speakers that a selector picks, until the returned function is called. A function is asked for its selector
   * each time; nothing means that there is nobody to ask for. */
  watch(select: Select, ms = 1000): () => void {
    const id = this.#next++;
    this.#watchers.set(id, { select, ms, due: 0 });
    this.#timer ??= setInterval(() => this.#look(), 100);
    this.#look();
    return () => {
      this.#watchers.delete(id);
      if (this.#watchers.size === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
    };
  }

  /** What a speaker said last. */
  report(id: string): Speaker | undefined {
    void this.turn;
    return this.#reports.get(id);
  }

  track(id: string): Track {
    let track = this.tracks.get(id);
    if (!track) this.tracks.set(id, (track = new Track()));
    return track;
  }

  #look(): void {
    if (document.visibilityState !== 'visible') return;
    const now = performance.now();
    for (const watcher of this.#watchers.values()) {
      if (now < watcher.due) continue;
      watcher.due = Infinity;
      void this.#ask(watcher);
    }
  }

  async #ask(watcher: Watcher): Promise<void> {
    const begun = performance.now();
    const select = typeof watcher.select === 'string' ? watcher.select : watcher.select();
    if (select === undefined) {
      watcher.due = begun + watcher.ms;
      return;
    }
    try {
      const { speakers } = await api.get('/api/speakers', { query: { select } });
      const at = Date.now();
      for (const speaker of speakers) {
        this.#reports.set(speaker.id, speaker);
        this.track(speaker.id).take(speaker, at);
      }
      this.turn += 1;
    } catch {
      // The page says already that there is no connection.
    }
    watcher.due = begun + watcher.ms;
  }
}

export const telemetry = new Telemetry();
