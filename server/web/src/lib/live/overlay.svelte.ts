/**
 * What a person set and the coordinator has not answered yet: shown at once, and taken back if it is refused.
 *
 * Of a value that is dragged one call at a time is on its way, and the newest value follows it.
 */
import { SvelteMap } from 'svelte/reactivity';

interface Slot {
  value: unknown;
  sending: boolean;
  next: (() => Promise<void>) | undefined;
}

export class Overlay {
  readonly #slots = new SvelteMap<string, Slot>();

  /** The value that was set, or the one that is known. */
  or<T>(key: string, known: T): T {
    const slot = this.#slots.get(key);
    return slot ? (slot.value as T) : known;
  }

  has(key: string): boolean {
    return this.#slots.has(key);
  }

  /** Shows `value` until `send` is answered. `send` takes the answer in by itself. */
  async set<T>(key: string, value: T, send: () => Promise<void>, refused: (error: unknown) => void): Promise<void> {
    const slot = this.#slots.get(key);
    if (slot?.sending) {
      this.#slots.set(key, { value, sending: true, next: send });
      return;
    }
    this.#slots.set(key, { value, sending: true, next: undefined });
    let call: (() => Promise<void>) | undefined = send;
    try {
      while (call) {
        await call();
        const now: Slot | undefined = this.#slots.get(key);
        call = now?.next;
        if (now && call) this.#slots.set(key, { ...now, next: undefined });
      }
    } catch (error) {
      refused(error);
    } finally {
      this.#slots.delete(key);
    }
  }
}
