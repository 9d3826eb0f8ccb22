/** Speakers that wait to be adopted, and the keys of the others. A caller without the right is shown none. */
import { api, ApiError, type Speaker, type SpeakerKey } from './api/client';

const LOOK_MS = 3000;

class Adoption {
  /** Undefined until it is known; false: not for this caller. */
  there = $state<boolean | undefined>();
  keys = $state.raw<SpeakerKey[]>([]);
  error = $state.raw<unknown>();
  #watchers = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  get pending(): SpeakerKey[] {
    return this.keys.filter((one) => one.state === 'pending');
  }

  /** Looks every few seconds until the returned function is called. */
  watch(): () => void {
    this.#watchers += 1;
    if (this.#timer === undefined) {
      void this.look();
      this.#timer = setInterval(() => {
        if (document.visibilityState === 'visible' && this.there !== false) void this.look();
      }, LOOK_MS);
    }
    return () => {
      this.#watchers -= 1;
      if (this.#watchers > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  async look(): Promise<void> {
    if (this.there === false) return;
    try {
      this.keys = (await api.get('/api/speaker-keys')).keys;
      this.there = true;
      this.error = undefined;
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) this.there = false;
      else this.error = error;
    }
  }

  /** With the code, it was compared with the one that the speaker shows; by the key alone, it was not. */
  async adopt(by: { code: string; key?: string } | { key: string }): Promise<{ name: string }> {
    const done = await api.post('/api/speaker-keys/adopt', { body: by });
    await this.look();
    return done;
  }

  async decide(key: string, what: 'refuse' | 'revoke' | 'forgive' | 'identify'): Promise<void> {
    await api.post(`/api/speaker-keys/{key}/${what}`, { path: { key } });
    if (what !== 'identify') await this.look();
  }
}

export const adoption = new Adoption();

/** How one that waits stands to the speakers that are there. */
export type Claim =
  /** It is new. */
  | { kind: 'new' }
  /** It does not encrypt: its agent must be upgraded. */
  | { kind: 'clear' }
  /** It plays already, as it did before its agent was upgraded. */
  | { kind: 'before' }
  /** Another machine is this speaker already: its data folder was copied, or one of them lies. */
  | { kind: 'copy'; of: string }
  /** Several that wait say that they are this speaker, and none plays. */
  | { kind: 'rivals' };

export function claimOf(one: SpeakerKey, keys: readonly SpeakerKey[], speakers: ReadonlyMap<string, Speaker>): Claim {
  if (!one.key) return { kind: 'clear' };
  const known = one.speaker ? speakers.get(one.speaker) : undefined;
  if (one.disputed) {
    const holder = keys.find((other) => other.state === 'adopted' && other.speaker === one.speaker);
    return holder ? { kind: 'copy', of: known?.name ?? holder.name } : { kind: 'rivals' };
  }
  return known?.connected ? { kind: 'before' } : { kind: 'new' };
}

/** Speakers that still play without encryption, as before the upgrade. */
export function unencrypted(speakers: Iterable<Speaker>): Speaker[] {
  return [...speakers].filter((one) => one.class === 'agent' && one.connected && one.encrypted === false);
}

/** A code as it is read aloud: in capitals, with its dash, whatever was typed. */
export function codeOf(typed: string): string {
  const plain = typed.toUpperCase().replace(/[^A-Z0-9]/g, '').slice(0, 8);
  return plain.length > 4 ? `${plain.slice(0, 4)}-${plain.slice(4)}` : plain;
}

/** A fingerprint in groups that an eye can compare. */
export function fingerprint(key: string): string {
  return (key.slice(0, 16).match(/.{1,4}/g) ?? []).join(' ');
}
