/**
 * Who this page speaks for, and what it may. A coordinator that locks nothing does not say, and everything may be tried;
 * what is not allowed is refused by the coordinator in any case: this only spares a person the try.
 */
import { address, ApiError, maybe, proveBy } from './api/client';

export interface Bound {
  zones: string[];
  labelled: Record<string, string[]>;
}

export interface Me {
  name: string;
  role: 'admin' | 'operator' | 'guest' | 'listener' | 'nobody' | 'speaker';
  session: boolean;
  bound: Bound | null;
  maxVolume: number | null;
  rights: string[];
  encrypted: boolean;
}

class Myself {
  known = $state.raw<Me | undefined>();
  /** A person is to give the password: for the first time, or again. */
  asking = $state.raw<{ again: boolean; answer: (given: boolean) => void } | undefined>();

  may(right: string): boolean {
    return this.known?.rights.includes(right) ?? true;
  }

  /** The same page by https, on the same port. */
  get secureAddress(): string {
    return address('').replace(/^http:/, 'https:');
  }

  async look(): Promise<void> {
    try {
      this.known = await maybe<Me>('get', '/api/whoami');
    } catch (error) {
      // A cookie that has run out is taken away with this answer: the next look is another caller's.
      if (error instanceof ApiError && error.status === 401) this.known = await maybe<Me>('get', '/api/whoami').catch(() => undefined);
    }
  }

  start(): void {
    proveBy((error) => this.ask(error.code === 'password_again'));
    void this.look();
  }

  /** Opens the form; true if the person logged in. */
  ask(again = false): Promise<boolean> {
    return new Promise((answer) => {
      this.asking?.answer(false);
      this.asking = { again, answer };
    });
  }

  async login(user: string, password: string): Promise<void> {
    this.known = await maybe<Me>('post', '/api/login', { user, password });
    const asked = this.asking;
    this.asking = undefined;
    asked?.answer(true);
    // Everything that was read before was read as somebody else.
    if (!asked?.again) location.reload();
  }

  close(): void {
    const asked = this.asking;
    this.asking = undefined;
    asked?.answer(false);
  }

  async logout(): Promise<void> {
    await maybe('post', '/api/logout', {});
    location.reload();
  }
}

export const me = new Myself();
