/**
 * The server's clock, estimated in the page from answers that tell `serverTime`.
 *
 * Of the last exchanges the one with the least round trip counts; the truth is within half of that. A seek bar needs no
 * more than a frame, and the estimate moves at most a step of it, never back and forth with the network.
 */
export interface Exchange {
  /** Server time minus the page's, microseconds. */
  offsetUs: number;
  roundTripUs: number;
  /** By the page's clock, milliseconds. */
  at: number;
}

/** Exchanges older than this are forgotten, milliseconds: crystals differ by up to 100 ppm, that is 6 ms. */
const KEPT_MS = 60_000;

export class ServerClock {
  #clockId: string | undefined;
  #exchanges: Exchange[] = [];

  /** Takes an answer in: `sent` and `received` are by `performance.now()`. */
  observe(serverTime: number, clockId: string | undefined, sent: number, received: number): void {
    if (clockId !== undefined && this.#clockId !== undefined && clockId !== this.#clockId) this.#exchanges = [];
    if (clockId !== undefined) this.#clockId = clockId;
    this.#exchanges = this.#exchanges.filter((kept) => received - kept.at < KEPT_MS).slice(-31);
    this.#exchanges.push({
      offsetUs: serverTime - ((sent + received) / 2) * 1000,
      roundTripUs: (received - sent) * 1000,
      at: received,
    });
  }

  get best(): Exchange | undefined {
    let best: Exchange | undefined;
    for (const exchange of this.#exchanges) if (!best || exchange.roundTripUs < best.roundTripUs) best = exchange;
    return best;
  }

  get clockId(): string | undefined {
    return this.#clockId;
  }

  /** Now, microseconds of server time; undefined before the first answer. */
  now(local = performance.now()): number | undefined {
    const best = this.best;
    return best && local * 1000 + best.offsetUs;
  }

  /** By how much `now` may be wrong, microseconds. */
  get boundUs(): number {
    const best = this.best;
    return best ? best.roundTripUs / 2 : Infinity;
  }
}

/** The part of a zone's state that says where it is. */
export interface Line {
  playing: boolean;
  position: number;
  at: number;
}

/** The position, seconds, at an instant of server time; within the track. */
export function positionAt(line: Line, serverNow: number | undefined, duration = Infinity): number {
  const past = line.playing && serverNow !== undefined ? Math.max(0, serverNow - line.at) / 1e6 : 0;
  return Math.min(Math.max(0, line.position + past), duration);
}
