/**
 * The caller that this page speaks for, and what it may. What is not allowed is refused by the coordinator in any case:
 * this only spares a person the try.
 */
import { address, api, ApiError, proveBy, type Me, type Speaker, type Zone } from './api/client';
import { holdsSpeaker, holdsZone, isBindable } from './bounds';
import { live } from './live/live.svelte';

class Myself {
  known = $state.raw<Me | undefined>();
  /** A person is to give the password: for the first time, or again. */
  asking = $state.raw<{ again: boolean; answer: (given: boolean) => void } | undefined>();

  /** True if the caller has the right at all; of a bound operator, somewhere. */
  may(right: string): boolean {
    return this.known?.rights.includes(right) ?? true;
  }

  /** The same, and known by now: what would be refused is not even asked for. */
  surely(right: string): boolean {
    return this.known?.rights.includes(right) ?? false;
  }

  /** True if the caller has the right in this zone. */
  mayIn(right: string, zone: Zone | undefined): boolean {
    const bound = this.known?.bound;
    if (!this.may(right) || !zone) return this.may(right) && !bound;
    return !bound || !isBindable(right) || holdsZone(bound, zone.id, [...live.speakers.values()]);
  }

  /** True if the caller has the right for this speaker. */
  mayWith(right: string, speaker: Speaker): boolean {
    const bound = this.known?.bound;
    return this.may(right) && (!bound || !isBindable(right) || holdsSpeaker(bound, speaker));
  }

  /** The loudest that the caller may set where it is as loud as `present` now; undefined: not louder than that. */
  loudest(present: number, wanted: number): number | undefined {
    const most = this.known?.maxVolume ?? 100;
    if (wanted <= most) return wanted;
    return wanted >= present && present > most ? undefined : most;
  }

  /** The same page by https, on the same port. */
  get secureAddress(): string {
    return address('').replace(/^http:/, 'https:');
  }

  async look(): Promise<void> {
    try {
      this.known = await api.get('/api/whoami');
    } catch (error) {
      // A cookie that has run out is taken away with this answer: the next look is another caller's.
      if (error instanceof ApiError && error.status === 401) this.known = await api.get('/api/whoami').catch(() => undefined);
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
    this.known = await api.post('/api/login', { body: { user, password } });
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
    await api.post('/api/logout');
    location.reload();
  }
}

export const me = new Myself();
