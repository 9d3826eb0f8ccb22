/**
 * The REST API, typed by the coordinator's own description.
 *
 * Addresses are relative to the page's base, so that the page works below any path of a proxy.
 */
import type { components, paths } from '../../../client/src/schema';

export type Schema = components['schemas'];
export type Track = Schema['TrackView'];
export type Album = Schema['AlbumView'];
export type Artist = Schema['ArtistView'];
export type Genre = Schema['GenreView'];
export type Folder = Schema['FolderView'];
export type Zone = Schema['ZoneView'];
export type Playback = Schema['PlaybackState'];
export type Speaker = Schema['SpeakerView'];
export type Playlist = Schema['PlaylistView'];
export type PlaylistEntry = Schema['PlaylistEntryView'];
export type QueueEntry = Schema['QueueEntryView'];
export type Problem = Schema['Problem'];
export type Sync = Schema['SyncView'];
export type Me = Schema['WhoamiView'];
export type Bound = Schema['Bound'];
export type User = Schema['UserView'];
export type ApiToken = Schema['TokenView'];
export type SpeakerKey = Schema['SpeakerKey'];
export type JoinToken = Schema['JoinToken'];

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type PathsWith<M extends Method> = { [P in keyof paths]: paths[P][M] extends object ? P : never }[keyof paths];
type Call<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>;
type Parameters<C, K extends string> = C extends { parameters: infer Q } ? (K extends keyof Q ? Q[K] : undefined) : undefined;
/** What a query may leave out may also be nothing: it is not sent. */
type OrNothing<Q> = { [K in keyof Q]: Q[K] | (undefined extends Q[K] ? null | undefined : never) };
type BodyOf<C> = C extends { requestBody?: infer B } ? (NonNullable<B> extends { content: { 'application/json': infer J } } ? J : undefined) : undefined;
type Json<R> = R extends { content: { 'application/json': infer J } } ? J : undefined;
type Answers<C> = C extends { responses: infer R } ? R : never;
type Good<R> = { [S in Extract<keyof R, 200 | 201 | 202 | 204 | 207>]: Json<R[S]> }[Extract<keyof R, 200 | 201 | 202 | 204 | 207>];
export type Answer<P extends keyof paths, M extends Method> = Good<Answers<Call<P, M>>>;

export interface Options<C> {
  path?: Parameters<C, 'path'>;
  query?: OrNothing<Parameters<C, 'query'>>;
  body?: BodyOf<C>;
  /** The ETag that the resource must still have. */
  ifMatch?: string;
  signal?: AbortSignal;
  /** The key of a POST that is sent again; a new one by default. */
  key?: string;
  /** Takes the ETag of the answer. */
  etag?: (tag: string) => void;
}

/** An answer that is an error, or no answer. */
export class ApiError extends Error {
  readonly status: number;
  /** Stable, for programs; `unreachable` if there was no answer. */
  readonly code: string;
  readonly detail: string;
  readonly field: string | undefined;
  /** Of `precondition_failed`: the resource as it is now. */
  readonly current: unknown;
  /** The version of `current`. */
  readonly tag: string | undefined;

  constructor(status: number, problem: Partial<Problem> & { current?: unknown }, tag?: string | null) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = problem.code ?? (status === 0 ? 'unreachable' : 'unknown');
    this.detail = problem.detail ?? '';
    this.field = problem.field ?? undefined;
    this.current = problem.current ?? undefined;
    this.tag = tag ?? undefined;
  }
}

/** An address of the coordinator, below the page's base. */
export function address(path: string): string {
  return new URL(path.replace(/^\//, ''), document.baseURI).href;
}

/** The address of a cover, at least of this many points. */
export function coverUrl(hash: string, size: 64 | 256 | 600 | 1200): string {
  return address(`api/covers/${hash}?size=${size}`);
}

function fill(path: string, names: Record<string, string | number> | undefined, query: object | undefined): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(names?.[name] ?? '')));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '' && value !== false) search.set(name, String(value));
  }
  const text = search.toString();
  return address(text ? `${filled}?${text}` : filled);
}

/** Observes each answer that tells the server's time; see `clock.ts`. */
type TimeObserver = (serverTime: number, clockId: string | undefined, sent: number, received: number) => void;
let observer: TimeObserver | undefined;
export function observeTime(observe: TimeObserver): void {
  observer = observe;
}

function tellTime(answer: unknown, sent: number, received: number): void {
  if (!observer || typeof answer !== 'object' || answer === null) return;
  const found = answer as { serverTime?: number; clockId?: string; state?: { serverTime?: number; clockId?: string } };
  const from = typeof found.serverTime === 'number' ? found : found.state;
  if (typeof from?.serverTime === 'number') observer(from.serverTime, from.clockId, sent, received);
}

/** Asked when a change is refused because nobody is logged in, or for too long: true if it may be sent once more. */
type Prover = (error: ApiError) => Promise<boolean>;
let prover: Prover | undefined;
export function proveBy(prove: Prover): void {
  prover = prove;
}
const PROVABLE = new Set(['password_again', 'login_required']);

async function call(method: Method, path: string, options: Options<unknown> = {}): Promise<unknown> {
  try {
    return await send(method, path, options);
  } catch (error) {
    const provable = error instanceof ApiError && error.status === 401 && PROVABLE.has(error.code) && method !== 'get';
    if (!provable || !prover || !(await prover(error))) throw error;
    return send(method, path, options);
  }
}

/** An answer that is no JSON, below the page's base; asked once more if the caller must log in for it. */
export async function proven(path: string, init: RequestInit = {}): Promise<Response> {
  for (let tries = 0; ; tries++) {
    let answer: Response;
    try {
      answer = await fetch(address(path), { credentials: 'same-origin', ...init });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new ApiError(0, {});
    }
    if (answer.ok) return answer;
    const error = new ApiError(answer.status, (await answer.json().catch(() => ({}))) as Partial<Problem>);
    const provable = error.status === 401 && PROVABLE.has(error.code) && (init.method ?? 'GET') !== 'GET';
    if (tries > 0 || !provable || !prover || !(await prover(error))) throw error;
  }
}

async function send(method: Method, path: string, options: Options<unknown>): Promise<unknown> {
  const { body, ifMatch, signal } = options;
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (ifMatch) headers['if-match'] = ifMatch;
  if (method === 'post') headers['idempotency-key'] = options.key ?? newKey();
  const url = fill(path, options.path as Record<string, string> | undefined, options.query as object | undefined);
  const sent = performance.now();
  let response: Response;
  try {
    const init: RequestInit = { method: method.toUpperCase(), headers, credentials: 'same-origin' };
    if (body !== undefined) init.body = JSON.stringify(body);
    if (signal) init.signal = signal;
    response = await fetch(url, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, {});
  }
  const received = performance.now();
  const text = await response.text();
  let answer: unknown;
  try {
    answer = text ? JSON.parse(text) : undefined;
  } catch {
    answer = undefined;
  }
  // 409 of many targets says what each did, and is an answer like 207.
  const targets = typeof answer === 'object' && answer !== null && 'targets' in answer;
  const tag = response.headers.get('etag');
  if (!response.ok && !(response.status === 409 && targets)) throw new ApiError(response.status, answer ?? {}, tag);
  if (tag) options.etag?.(tag);
  tellTime(answer, sent, received);
  return answer;
}

/** A key by which the coordinator knows a POST that comes twice. Pages that are not secure have no `randomUUID`. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export const api = {
  get: <P extends PathsWith<'get'>>(path: P, options?: Options<Call<P, 'get'>>) =>
    call('get', path, options as Options<unknown>) as Promise<Answer<P, 'get'>>,
  post: <P extends PathsWith<'post'>>(path: P, options?: Options<Call<P, 'post'>>) =>
    call('post', path, options as Options<unknown>) as Promise<Answer<P, 'post'>>,
  put: <P extends PathsWith<'put'>>(path: P, options?: Options<Call<P, 'put'>>) =>
    call('put', path, options as Options<unknown>) as Promise<Answer<P, 'put'>>,
  patch: <P extends PathsWith<'patch'>>(path: P, options?: Options<Call<P, 'patch'>>) =>
    call('patch', path, options as Options<unknown>) as Promise<Answer<P, 'patch'>>,
  delete: <P extends PathsWith<'delete'>>(path: P, options?: Options<Call<P, 'delete'>>) =>
    call('delete', path, options as Options<unknown>) as Promise<Answer<P, 'delete'>>,
};
