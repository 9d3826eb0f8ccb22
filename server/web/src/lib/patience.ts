/** How long to wait before something is tried again, and when to give it up. */

/** The first wait, milliseconds; it doubles. */
const FIRST = 500;
/** The longest. */
const LONGEST = 15_000;
/** Nothing went on for this long: it is given up. */
const GIVE_UP = 5 * 60_000;

export class Patience {
  #tries = 0;
  #since: number | undefined;

  /** It went on. */
  moved(_now: number): void {
    this.#tries = 0;
    this.#since = undefined;
  }

  /** Milliseconds to wait now, by a random half; nothing: give it up. */
  next(now: number, random = Math.random()): number | undefined {
    this.#since ??= now;
    if (now - this.#since > GIVE_UP) return undefined;
    const wait = Math.min(LONGEST, FIRST * 2 ** this.#tries);
    this.#tries += 1;
    return wait / 2 + (wait / 2) * random;
  }
}
