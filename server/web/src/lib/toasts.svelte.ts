/** Short news at the edge of the page: what was done, with a way back, or why it was not. */
import { sentence, t } from './words/index.svelte';

export interface Toast {
  id: number;
  text: string;
  bad: boolean;
  action?: { label: string; run: () => void };
}

const SHOWN_MS = 8_000;

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;

  say(text: string, action?: { label: string; run: () => void }): void {
    this.#show({ id: this.#next++, text, bad: false, ...(action ? { action } : {}) });
  }

  refuse(error: unknown): void {
    if (error instanceof DOMException && error.name === 'AbortError') return;
    this.#show({ id: this.#next++, text: t().act.refused(sentence(error)), bad: true });
  }

  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  #show(toast: Toast): void {
    this.list = [...this.list.filter((one) => one.text !== toast.text).slice(-2), toast];
    setTimeout(() => this.close(toast.id), SHOWN_MS);
  }
}

export const toasts = new Toasts();
