/** A list that the coordinator hands out in parts, each with the cursor of the next one. */
export interface Page<T> {
  items: T[];
  next: string | null | undefined;
  total?: number | undefined;
}

export interface Paged<T> {
  readonly items: T[];
  /** How many there are, as far as is known: of lists that do not say it, those that were read and one more. */
  readonly total: number;
  readonly error: unknown;
  readonly loading: boolean;
  readonly first: boolean;
  /** Reads on until this many are known. */
  need(upTo: number): void;
  again(): void;
}

/** `key` says what the list is of; when it changes, it is read from the start. Call within a component. */
export function paged<T>(ask: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>, key: () => unknown): Paged<T> {
  let items = $state.raw<T[]>([]);
  let total = $state(0);
  let error = $state.raw<unknown>();
  let loading = $state(true);
  let first = $state(true);
  let turn = $state(0);
  let next: string | undefined;
  let ended = false;
  let wanted = 1;
  let abort: AbortController | undefined;

  async function read(signal: AbortSignal): Promise<void> {
    loading = true;
    error = undefined;
    try {
      // Of a list that begins anew the old items stay until the first part of the new one is here.
      while (!ended && (first || items.length < wanted)) {
        const page = await ask(next, signal);
        if (signal.aborted) return;
        items = first ? page.items : [...items, ...page.items];
        first = false;
        next = page.next ?? undefined;
        ended = !next;
        total = page.total ?? items.length + (ended ? 0 : 1);
        if (ended) total = items.length;
      }
    } catch (reason) {
      if (!signal.aborted) error = reason;
    }
    if (!signal.aborted) loading = false;
  }

  $effect(() => {
    void turn;
    void key();
    abort = new AbortController();
    const { signal } = abort;
    next = undefined;
    ended = false;
    wanted = 1;
    first = true;
    error = undefined;
    // Not within the effect: what is read here is no reason to begin anew.
    queueMicrotask(() => void read(signal));
    return () => abort?.abort();
  });

  return {
    get items() { return items; },
    get total() { return total; },
    get error() { return error; },
    get loading() { return loading; },
    get first() { return first; },
    need(upTo) {
      wanted = Math.max(wanted, upTo);
      if (!loading && !ended && items.length < wanted && abort && error === undefined) void read(abort.signal);
    },
    again() { turn += 1; },
  };
}
