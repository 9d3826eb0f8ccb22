import type { Track } from '../lib/api/client';

/** Questions that a person answers: one at a time, in a native dialog (`Ask.svelte`). */
export interface Question {
  title: string;
  text?: string;
  /** Asks for a text with this name. */
  field?: string;
  value?: string;
  yes: string;
  bad?: boolean;
  answer: (value: string | undefined) => void;
}

/** A value of which two people want something else. */
export interface Clash {
  what: string;
  sides: { label: string; theirs: string; mine: string }[];
  /** True: mine. */
  answer: (mine: boolean) => void;
}

class Dialogs {
  clash = $state.raw<Clash | undefined>();
  /** The track whose tags are being changed. */
  tags = $state.raw<Track | undefined>();
  /** The track that is being rated. */
  rating = $state.raw<Track | undefined>();
  question = $state.raw<Question | undefined>();

  #ask(question: Omit<Question, 'answer'>): Promise<string | undefined> {
    return new Promise((answer) => (this.question = { ...question, answer }));
  }

  async sure(title: string, yes: string, bad = true, text?: string): Promise<boolean> {
    return (await this.#ask({ title, yes, bad, ...(text === undefined ? {} : { text }) })) !== undefined;
  }

  /** True if the person wants the own values in the place of those that somebody else set meanwhile. */
  mine(what: string, sides: Clash['sides']): Promise<boolean> {
    return new Promise((answer) => (this.clash = { what, sides, answer }));
  }

  text(title: string, field: string, yes: string, value = ''): Promise<string | undefined> {
    return this.#ask({ title, field, yes, value });
  }
}

export const dialogs = new Dialogs();
