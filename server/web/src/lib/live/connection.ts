/** The one stream of events: opened, followed, and opened again where it ended. */
import { SseParser, type Message } from './sse';

export type Link = 'connecting' | 'live' | 'waiting';

export interface ConnectionSettings {
  url: string;
  take: (message: Message) => void;
  link: (link: Link, retryAt?: number) => void;
  /** Each sign of life, also a comment. */
  heard: () => void;
  fetch?: typeof fetch;
  random?: () => number;
}

/** The coordinator says something at least every 15 s; a connection that is silent for longer is dead. */
const SILENCE_MS = 21_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

/** How long to wait before the next try: anything up to a bound that doubles, so that pages do not come back at once. */
export function wait(attempt: number, random: () => number): number {
  return random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
}

export class Connection {
  readonly #settings: ConnectionSettings;
  #lastId = '';
  #attempt = 0;
  #abort: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  open(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    void this.#follow();
  }

  /** Tries at once, if it waits: the network is back, or a person looks. */
  hurry(): void {
    if (this.#timer === undefined || this.#ended) return;
    this.#attempt = 0;
    this.open();
  }

  close(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#abort?.abort();
  }

  async #follow(): Promise<void> {
    const { url, take, link, heard } = this.#settings;
    const abort = new AbortController();
    this.#abort = abort;
    let watch: ReturnType<typeof setTimeout> | undefined;
    const alive = () => {
      clearTimeout(watch);
      watch = setTimeout(() => abort.abort(), SILENCE_MS);
    };
    link('connecting');
    try {
      alive();
      const headers: Record<string, string> = { accept: 'text/event-stream' };
      if (this.#lastId) headers['last-event-id'] = this.#lastId;
      const response = await (this.#settings.fetch ?? fetch)(url, {
        headers,
        signal: abort.signal,
        cache: 'no-store',
        credentials: 'same-origin',
      });
      if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new SseParser();
      link('live');
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        alive();
        heard();
        this.#attempt = 0;
        for (const message of parser.push(value)) {
          if (message.id) this.#lastId = message.id;
          take(message);
        }
      }
    } catch {
      // Whatever broke it: it is tried again.
    } finally {
      clearTimeout(watch);
    }
    if (this.#ended) return;
    const ms = wait(this.#attempt++, this.#settings.random ?? Math.random);
    link('waiting', Date.now() + ms);
    this.#timer = setTimeout(() => this.open(), ms);
  }
}
