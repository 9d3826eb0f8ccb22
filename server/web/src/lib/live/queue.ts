/**
 * A queue of which parts are known: up to 100,000 entries, of which the page holds those that were looked at.
 *
 * Events tell a version and what makes it of the version before (`docs/events.md`). If that does not fit, all that is
 * known is old: `stale` says so, and the parts on screen are read again.
 */
import type { QueueEntry, Schema } from '../api/client';

export type Part = Schema['QueueView'];
export type News = Schema['QueueState'];

export class QueueParts {
  /** Sparse: what was not read is undefined. */
  entries: (QueueEntry | undefined)[] = [];
  version = -1;
  current: string | undefined;
  currentIndex: number | undefined;
  /** True if what is known is of an older version. */
  stale = true;

  get total(): number {
    return this.entries.length;
  }

  /** A part that was read. One of another version makes all else unknown. */
  takePart(part: Part): void {
    const version = part.version ?? 0;
    if (version < this.version && !this.stale) return;
    if (version !== this.version || this.stale) {
      this.entries = [];
      this.entries.length = part.total ?? part.entries.length;
    }
    this.version = version;
    this.stale = false;
    this.current = part.current ?? undefined;
    this.currentIndex = part.currentIndex ?? undefined;
    part.entries.forEach((entry, i) => (this.entries[(part.offset ?? 0) + i] = entry));
  }

  takeNews(news: News): void {
    if (news.version < this.version) return;
    this.current = news.current ?? undefined;
    this.currentIndex = news.currentIndex ?? undefined;
    if (news.version === this.version) return;
    if (news.changes && news.since === this.version && !this.stale) {
      for (const change of news.changes) splice(this.entries, change.at, change.removed, change.entries);
      this.version = news.version;
      if (this.entries.length === news.total) return;
    }
    this.stale = true;
  }

  /** What a person moved is shown at once; the event tells the same, or another truth. */
  move(entries: string[], index: number): void {
    const moved = new Set(entries);
    const known = entries.map((id) => this.entries.find((entry) => entry?.entry === id));
    const rest: (QueueEntry | undefined)[] = [];
    for (let i = 0; i < this.entries.length; i++) {
      const entry = this.entries[i];
      if (!entry || !moved.has(entry.entry)) rest.push(entry);
    }
    splice(rest, Math.min(index, rest.length), 0, known);
    this.entries = rest;
    this.#find();
  }

  remove(entries: string[]): void {
    const gone = new Set(entries);
    this.entries = Array.from(this.entries).filter((entry) => !entry || !gone.has(entry.entry));
    this.#find();
  }

  #find(): void {
    if (this.current === undefined) return;
    const found = this.entries.findIndex((entry) => entry?.entry === this.current);
    if (found >= 0) this.currentIndex = found;
  }

  /** The first part of `from..to` that is not known, as `[offset, limit]`. */
  missing(from: number, to: number, page = 100): [number, number] | undefined {
    for (let i = Math.max(0, from); i < Math.min(to, this.total); i++) {
      if (!this.entries[i]) return [i - (i % page), page];
    }
    return undefined;
  }
}

/** As `Array.splice`, and without a limit to what is inserted. */
function splice<T>(list: T[], at: number, removed: number, added: readonly T[]): void {
  const tail = list.slice(at + removed);
  list.length = at;
  for (const one of added) list.push(one);
  // Holes of a sparse list are kept as undefined.
  for (let i = 0; i < tail.length; i++) list.push(tail[i] as T);
}
