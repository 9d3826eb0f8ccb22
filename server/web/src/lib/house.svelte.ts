/** The settings of the house: music folders, guests. After a change the coordinator starts anew, and is waited for. */
import { api, type Schema } from './api/client';
import { toasts } from './toasts.svelte';
import { t } from './words/index.svelte';

/** It is back within a second or two; longer than this nobody waits for it. */
const BACK_MS = 20_000;
const GLANCE_MS = 250;

class House {
  value = $state.raw<Schema['SettingsView'] | undefined>();
  error = $state.raw<unknown>();
  /** A change is on its way, or the coordinator starts anew by it. */
  busy = $state(false);

  async look(): Promise<void> {
    try {
      this.value = await api.get('/api/settings');
      this.error = undefined;
    } catch (error) {
      this.error = error;
    }
  }

  again(): void {
    void this.look();
  }

  /** Ends when the change is in force. */
  async set(body: Schema['SettingsRequest']): Promise<void> {
    this.busy = true;
    try {
      const { startedAt } = await api.get('/api/health');
      this.value = await api.patch('/api/settings', { body });
      if (!this.value.startsAnew) return;
      toasts.say(t().house.startsAnew);
      for (const end = Date.now() + BACK_MS; Date.now() < end; ) {
        await new Promise((done) => setTimeout(done, GLANCE_MS));
        const health = await api.get('/api/health').catch(() => undefined);
        if (health && health.startedAt !== startedAt) return;
      }
    } finally {
      this.busy = false;
    }
  }
}

export const house = new House();
