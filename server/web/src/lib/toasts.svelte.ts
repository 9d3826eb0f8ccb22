/** Short news at the edge of the page: what was done, with a way back, or why it was not. */
import { sentence, t } from './words/index.svelte';

export interface Toast {
  id: number;
  text: string;
  bad: boolean;
  action?: { label: string; run: () => void };
}

const SHOWN_MS = 8_000;
/** With a way back it stays longer, and as long as somebody points at it or has its focus. */
const UNDO_MS = 15_000;

class Toasts {
  /** The one that is pointed at: it stays. */
  held: number | undefined;
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
    const end = () => {
      if (this.held === toast.id) setTimeout(end, 1000);
      else this.close(toast.id);
    };
    setTimeout(end, toast.action ? UNDO_MS : SHOWN_MS);
  }
}

export const toasts = new Toasts();
