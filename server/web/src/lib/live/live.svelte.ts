/** The page's picture of the system, kept true by one stream of events. */
import { address, api, observeTime, type Playback, type Zone } from '../api/client';
import { ServerClock } from './clock';
import { Connection, type Link } from './connection';
import { Picture, type EventBody } from './picture.svelte';
import type { Message } from './sse';

/** A picture that is older than this is shown as old, milliseconds. */
const STALE_MS = 3_000;
const PROBE_MS = 20_000;
/** Lists of the library are read again at most this often: a scan changes it three times a second. */
const SHELF_MS = 3_000;
/** The zone that every system has. */
export const DEFAULT_ZONE = '00000000-0000-0000-0000-000000000000';

export class Live extends Picture {
  link = $state<Link>('connecting');
  /** When the next try is due, by `Date.now()`. */
  retryAt = $state(0);
  /** Since when the picture may be old; 0: it is not. */
  lostAt = $state(0);
  now = $state(Date.now());
  /** The revision of the library that lists are of. */
  shelf = $state(0);
  readonly clock = new ServerClock();

  #waiting: Message[] = [];
  #flush = false;
  #connection: Connection | undefined;
  #shelved = 0;
  #shelving: ReturnType<typeof setTimeout> | undefined;

  /** True while the picture is too old to be shown as the present. */
  get stale(): boolean {
    return this.lostAt > 0 && this.now - this.lostAt > STALE_MS;
  }

  start(): () => void {
    observeTime((...exchange) => this.clock.observe(...exchange));
    const connection = new Connection({
      url: address('api/events'),
      take: (message) => this.#later(message),
      heard: () => {},
      link: (link, retryAt) => {
        this.link = link;
        this.retryAt = retryAt ?? 0;
        if (link === 'live') {
          this.lostAt = 0;
          void this.probe();
        } else if (this.lostAt === 0 && this.complete) this.lostAt = Date.now();
      },
    });
    this.#connection = connection;
    connection.open();
    const seen = () => {
      if (document.visibilityState === 'visible') {
        connection.hurry();
        void this.probe();
      }
    };
    const online = () => connection.hurry();
    document.addEventListener('visibilitychange', seen);
    window.addEventListener('online', online);
    const second = setInterval(() => {
      if (this.link !== 'live') this.now = Date.now();
    }, 500);
    const probe = setInterval(() => {
      if (document.visibilityState === 'visible' && this.link === 'live') void this.probe();
    }, PROBE_MS);
    return () => {
      connection.close();
      document.removeEventListener('visibilitychange', seen);
      window.removeEventListener('online', online);
      clearInterval(second);
      clearInterval(probe);
    };
  }

  hurry(): void {
    this.#connection?.hurry();
  }

  /** Asks the server's time; answers are taken in by the clock. */
  async probe(): Promise<void> {
    try {
      for (let i = 0; i < 3; i++) await api.get('/api/health');
    } catch {
      // The stream of events says that the coordinator is away.
    }
  }

  /** Events are taken in once a frame, however many come. */
  #later(message: Message): void {
    this.#waiting.push(message);
    if (this.#flush) return;
    this.#flush = true;
    const run = () => {
      if (!this.#flush) return;
      this.#flush = false;
      const messages = this.#waiting;
      this.#waiting = [];
      for (const one of messages) this.apply(JSON.parse(one.data) as EventBody);
      this.#shelve();
    };
    requestAnimationFrame(run);
    // A window that is hidden or covered gets no frames.
    setTimeout(run, 100);
  }

  #shelve(): void {
    if ((this.library?.revision ?? 0) === this.shelf || this.#shelving !== undefined) return;
    const ms = Math.max(0, this.#shelved + SHELF_MS - Date.now());
    this.#shelving = setTimeout(() => {
      this.#shelving = undefined;
      this.#shelved = Date.now();
      this.shelf = this.library?.revision ?? 0;
    }, ms);
  }

  zoneOf(id: string | undefined): Zone | undefined {
    return (id !== undefined ? this.zones.get(id) : undefined) ?? this.zones.get(DEFAULT_ZONE) ?? this.zones.values().next().value;
  }

  stateOf(id: string | undefined): Playback | undefined {
    return this.zoneOf(id)?.state;
  }
}

export const live = new Live();
