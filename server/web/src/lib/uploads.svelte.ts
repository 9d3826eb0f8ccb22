/**
 * Music that a person adds: files and folders, two at a time, each with its progress and its answer. They go on coming
 * while the person is on another screen. A large file comes in pieces, and goes on where a lost connection cut it; a
 * small one is sent again.
 */
import { address, api, ApiError, type Problem, type Schema } from './api/client';
import { Patience } from './patience';

/** The endings that the coordinator takes for music; it looks at the content in any case. */
const ENDINGS = new Set([
  'flac', 'mp3', 'mp2', 'mp1', 'mpa', 'mpga', 'ogg', 'oga', 'ogx', 'opus', 'wav', 'wave', 'bwf', 'rf64', 'bw64', 'w64',
  'aiff', 'aif', 'aifc', 'caf', 'au', 'snd', 'm4a', 'm4b', 'm4r', 'mp4', 'alac', 'aac', 'mka', 'webm',
]);
const AT_A_TIME = 2;
/** From this size on a file comes in pieces. */
const LARGE = 4 << 20;
/** A piece: small enough for what stands between, large enough to cost nothing. */
const PIECE = 32 << 20;

export type State = 'waits' | 'comes' | 'cut' | 'checked' | 'done' | 'failed';

/** A file with its name below the folder that was dropped. */
export interface Named {
  file: File;
  path: string;
}

export class Sent {
  state = $state<State>('waits');
  /** 0..=1. */
  part = $state(0);
  error = $state.raw<unknown>();
  warning = $state<string | null>(null);
  request: XMLHttpRequest | undefined;
  /** The upload in pieces at the coordinator. */
  id: string | undefined;
  /** The person ended it. */
  ended = false;
  /** Goes on at once, where it waits for a connection. */
  wake: (() => void) | undefined;
  readonly path: string;
  readonly folder: string | undefined;
  readonly file: File;

  constructor(named: Named, folder: string | undefined) {
    this.path = named.path;
    this.file = named.file;
    this.folder = folder;
  }

  get over(): boolean {
    return this.state === 'done' || this.state === 'failed';
  }
}

export function isMusic(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot > 0 && !path.split('/').some((part) => part.startsWith('.')) && ENDINGS.has(name.slice(dot + 1).toLowerCase());
}

class Uploads {
  list = $state.raw<Sent[]>([]);
  /** Files that are no music, and were left out. */
  leftOut = $state(0);

  get under(): boolean {
    return this.list.some((one) => !one.over);
  }

  get done(): number {
    return this.list.filter((one) => one.state === 'done').length;
  }

  get failed(): number {
    return this.list.filter((one) => one.state === 'failed').length;
  }

  /** All that is sent, 0..=1, by bytes. */
  get part(): number {
    const all = this.list.reduce((sum, one) => sum + one.file.size, 0);
    return all === 0 ? 1 : this.list.reduce((sum, one) => sum + (one.over ? 1 : one.part) * one.file.size, 0) / all;
  }

  add(files: readonly Named[], folder: string | undefined): void {
    const music = files.filter((one) => isMusic(one.path));
    if (!this.under) this.clear();
    this.leftOut += files.length - music.length;
    this.list = [...this.list, ...music.map((one) => new Sent(one, folder))];
    this.#go();
  }

  again(one: Sent): void {
    one.state = 'waits';
    one.error = undefined;
    one.part = 0;
    this.#go();
  }

  /** Ends one; nothing of it is kept. */
  cancel(one: Sent): void {
    const { request } = one;
    this.list = this.list.filter((other) => other !== one);
    one.ended = true;
    request?.abort();
    one.wake?.();
    if (one.id) void api.delete('/api/library/uploads/{id}', { path: { id: one.id } }).catch(() => {});
  }

  clear(): void {
    if (this.under) return;
    this.list = [];
    this.leftOut = 0;
  }

  #go(): void {
    const free = AT_A_TIME - this.list.filter((one) => one.state === 'comes' || one.state === 'cut' || one.state === 'checked').length;
    for (const one of this.list.filter((one) => one.state === 'waits').slice(0, Math.max(0, free))) void this.#send(one);
  }

  async #send(one: Sent): Promise<void> {
    one.state = 'comes';
    try {
      const answer = await (one.file.size >= LARGE ? inPieces(one) : patiently(one, () => put(one)));
      one.warning = answer.warning;
      one.state = 'done';
    } catch (error) {
      one.error = error;
      one.state = 'failed';
    }
    one.request = undefined;
    this.#go();
  }
}

/** Does it again after a lost connection, and soon after the network is back; gives up when nothing went on for minutes. */
async function patiently<T>(one: Sent, work: (patience: Patience) => Promise<T>): Promise<T> {
  const patience = new Patience();
  for (;;) {
    try {
      return await work(patience);
    } catch (error) {
      const wait = error instanceof ApiError && error.status === 0 && !one.ended ? patience.next(Date.now()) : undefined;
      if (wait === undefined) throw error;
      one.state = 'cut';
      await new Promise<void>((done) => {
        const timer = setTimeout(() => one.wake?.(), wait);
        one.wake = () => { clearTimeout(timer); removeEventListener('online', one.wake as () => void); one.wake = undefined; done(); };
        addEventListener('online', one.wake);
      });
      if (one.ended) throw error;
      one.state = 'comes';
    }
  }
}

/** A large file: begun, and sent on from where the coordinator has it. */
function inPieces(one: Sent): Promise<Schema['UploadedFile']> {
  return patiently(one, async (patience) => {
    let offset = 0;
    if (one.id) {
      try {
        const known = await api.get('/api/library/uploads/{id}', { path: { id: one.id } });
        if (known.file) return known.file;
        offset = known.offset;
      } catch (error) {
        // It was given up, or the coordinator started anew: from the beginning.
        if (!(error instanceof ApiError) || error.status !== 404) throw error;
        one.id = undefined;
      }
    }
    if (!one.id) one.id = (await api.post('/api/library/uploads', { body: { path: one.path, bytes: one.file.size, ...(one.folder ? { folder: one.folder } : {}) } })).id;
    for (;;) {
      const end = Math.min(offset + PIECE, one.file.size);
      const from = offset;
      const answer = await transfer(one, 'PATCH', `api/library/uploads/${one.id}`, one.file.slice(from, end), { 'upload-offset': String(from) }, (sent) => {
        one.part = (from + sent) / one.file.size;
        patience.moved(Date.now());
      });
      if (answer) return answer as Schema['UploadedFile'];
      offset = end;
    }
  });
}

function put(one: Sent): Promise<Schema['UploadedFile']> {
  const query = new URLSearchParams({ path: one.path, ...(one.folder ? { folder: one.folder } : {}) });
  const progress = (sent: number) => (one.part = one.file.size > 0 ? sent / one.file.size : 0);
  return transfer(one, 'PUT', `api/library/files?${query.toString()}`, one.file, {}, progress) as Promise<Schema['UploadedFile']>;
}

/** By the old way of asking: a browser tells of no other how much it has sent. Nothing, if more is to come. */
function transfer(one: Sent, method: string, path: string, content: Blob, headers: Record<string, string>, progress: (sent: number) => void): Promise<unknown> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    one.request = request;
    request.open(method, address(path));
    request.setRequestHeader('content-type', 'application/octet-stream');
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => progress(event.loaded);
    request.upload.onload = () => { progress(content.size); if (one.part >= 1) one.state = 'checked'; };
    request.onload = () => {
      if (request.status === 204) { done(undefined); return; }
      let answer: unknown;
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        answer = undefined;
      }
      if (request.status === 201) done(answer);
      else fail(new ApiError(request.status, (answer ?? {}) as Partial<Problem>));
    };
    request.onerror = () => fail(new ApiError(0, { code: 'upload_cut' }));
    request.onabort = () => fail(new ApiError(0, { code: 'upload_cut' }));
    request.send(content);
  });
}

/** The files that were chosen, with the folders that they lie in. */
export function chosen(files: Iterable<File>): Named[] {
  return [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/** The files that were dropped, of folders all of them. */
export async function dropped(data: DataTransfer): Promise<Named[]> {
  // To be taken now: the list is empty as soon as anything is waited for.
  const items = [...data.items].filter((item) => item.kind === 'file').map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const found: Named[] = [];
  for (const { entry, file } of items) {
    if (entry) await walk(entry, '', found);
    // What a program drops has no place on a disk.
    else if (file) found.push({ file, path: file.name });
  }
  return found;
}

async function walk(entry: FileSystemEntry, above: string, found: Named[]): Promise<void> {
  const path = above + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail));
    found.push({ file, path });
  } else if (entry.isDirectory) {
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      // A hundred at a time, until there are none.
      const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
      if (some.length === 0) return;
      for (const one of some) await walk(one, `${path}/`, found);
    }
  }
}

export const uploads = new Uploads();
