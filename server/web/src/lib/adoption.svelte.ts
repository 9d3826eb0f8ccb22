/**
 * Speakers that wait to be adopted, and the keys of the others. A coordinator that locks nothing yet has no such list;
 * a caller without the right is shown none.
 */
import { ApiError, maybe } from './api/client';

export interface SpeakerKey {
  /** The fingerprint; null: a speaker that does not encrypt. */
  key: string | null;
  state: 'pending' | 'adopted' | 'refused' | 'revoked';
  name: string;
  speaker: string | null;
  code: string | null;
  address: string | null;
  connected: boolean;
  verified: boolean;
  decidedBy: string | null;
  joinToken: string | null;
  disputed: boolean;
}

export interface JoinToken {
  id: string;
  name: string;
  uses: number;
  ends: string | null;
  over: boolean;
  madeBy: string;
}

const LOOK_MS = 3000;

class Adoption {
  /** Undefined until it is known; false: this coordinator has no such list, or not for this caller. */
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
      const list = await maybe<{ keys: SpeakerKey[] }>('get', '/api/speaker-keys');
      this.there = list !== undefined;
      this.keys = list?.keys ?? [];
      this.error = undefined;
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) this.there = false;
      else this.error = error;
    }
  }

  async adopt(by: { code: string } | { key: string }): Promise<SpeakerKey | undefined> {
    const done = await maybe<SpeakerKey>('post', '/api/speaker-keys/adopt', by);
    await this.look();
    return done;
  }

  async decide(key: string, what: 'refuse' | 'revoke' | 'forgive' | 'identify'): Promise<void> {
    await maybe('post', `/api/speaker-keys/${encodeURIComponent(key)}/${what}`, {});
    if (what !== 'identify') await this.look();
  }
}

export const adoption = new Adoption();

/** A code as it is read aloud: in capitals, with its dash, whatever was typed. */
export function codeOf(typed: string): string {
  const plain = typed.toUpperCase().replace(/[^A-Z0-9]/g, '').slice(0, 8);
  return plain.length > 4 ? `${plain.slice(0, 4)}-${plain.slice(4)}` : plain;
}

/** A fingerprint in groups that an eye can compare. */
export function fingerprint(key: string): string {
  return (key.slice(0, 16).match(/.{1,4}/g) ?? []).join(' ');
}
