/**
 * A queue of which parts are known: up to 100,000 entries, of which the page holds those that were looked at.
 *
 * Events tell a version and what makes it of the version before (`docs/events.md`). If that does not fit, all that is
 * known is old: `stale` says so, and the parts on screen are read again.
 */
import type { QueueEntry, Schema } from '../api/client';

export type Part = Schema['QueueView'];
export type News = Schema['QueueState'];

/** What a person did to a queue, and nobody answered yet. Doing it twice is doing it once. */
export interface Edit {
  apply: (entries: (QueueEntry | undefined)[]) => (QueueEntry | undefined)[];
  answered: boolean;
}

export class QueueParts {
  /** As the coordinator has it, sparse: what was not read is undefined. */
  #known: (QueueEntry | undefined)[] = [];
  #edits: Edit[] = [];
  #shown: (QueueEntry | undefined)[] | undefined;
  #currentIndex: number | undefined;
  version = -1;
  current: string | undefined;
  /** True if what is known is of an older version. */
  stale = true;

  /** What is known, with what a person did to it. */
  get entries(): (QueueEntry | undefined)[] {
    if (this.#edits.length === 0) return this.#known;
    return (this.#shown ??= this.#edits.reduce((entries, edit) => edit.apply(entries), this.#known));
  }

  get total(): number {
    return this.entries.length;
  }

  get currentIndex(): number | undefined {
    if (this.#edits.length === 0 || this.current === undefined) return this.#currentIndex;
    const found = this.entries.findIndex((entry) => entry?.entry === this.current);
    return found >= 0 ? found : this.#currentIndex;
  }

  /** A part that was read. One of another version makes all else unknown. */
  takePart(part: Part): void {
    const version = part.version ?? 0;
    if (version < this.version && !this.stale) return;
    if (version !== this.version || this.stale) {
      this.#known = [];
      this.#known.length = part.total ?? part.entries.length;
    }
    this.#settle(version);
    this.stale = false;
    this.current = part.current ?? undefined;
    this.#currentIndex = part.currentIndex ?? undefined;
    part.entries.forEach((entry, i) => (this.#known[(part.offset ?? 0) + i] = entry));
  }

  takeNews(news: News): void {
    if (news.version < this.version) return;
    this.current = news.current ?? undefined;
    this.#currentIndex = news.currentIndex ?? undefined;
    if (news.version === this.version) return;
    if (news.changes && news.since === this.version && !this.stale) {
      for (const change of news.changes) splice(this.#known, change.at, change.removed, change.entries);
      this.#settle(news.version);
      if (this.#known.length === news.total) return;
    }
    this.stale = true;
  }

  /** What a person moved is shown at once. */
  move(ids: string[], index: number): Edit {
    const moved = new Set(ids);
    return this.#edit((entries) => {
      const known = ids.map((id) => entries.find((entry) => entry?.entry === id)).filter((entry) => entry !== undefined);
      const rest = Array.from(entries).filter((entry) => !entry || !moved.has(entry.entry));
      splice(rest, Math.min(index, rest.length), 0, known);
      return rest;
    });
  }

  remove(ids: string[]): Edit {
    const gone = new Set(ids);
    return this.#edit((entries) => Array.from(entries).filter((entry) => !entry || !gone.has(entry.entry)));
  }

  /** It was answered: it goes when the coordinator's news of it are here. */
  answered(edit: Edit): void {
    edit.answered = true;
  }

  /** It was refused. */
  undo(edit: Edit): void {
    this.#edits = this.#edits.filter((one) => one !== edit);
    this.#shown = undefined;
  }

  #edit(apply: Edit['apply']): Edit {
    const edit = { apply, answered: false };
    this.#edits.push(edit);
    this.#shown = undefined;
    return edit;
  }

  #settle(version: number): void {
    if (version !== this.version) this.#edits = this.#edits.filter((edit) => !edit.answered);
    this.version = version;
    this.#shown = undefined;
  }

  /** The first part of `from..to` that is not known, as `[offset, limit]`. */
  missing(from: number, to: number, page = 100): [number, number] | undefined {
    for (let i = Math.max(0, from); i < Math.min(to, this.#known.length); i++) {
      if (!this.#known[i]) return [i - (i % page), page];
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
