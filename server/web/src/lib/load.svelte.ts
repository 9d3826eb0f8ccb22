/** Something that is asked for, and asked anew when what it depends on changes. Call within a component. */
export interface Loaded<T> {
  readonly value: T | undefined;
  readonly error: unknown;
  again(): void;
}

/** While `ask` runs again, what was known stays. `reset` says that it is about something else now. */
export function load<T>(ask: (signal: AbortSignal) => Promise<T>, key: () => unknown = () => undefined): Loaded<T> {
  let value = $state.raw<T | undefined>();
  let error = $state.raw<unknown>();
  let turn = $state(0);
  let last: unknown;
  $effect(() => {
    void turn;
    const about = key();
    const abort = new AbortController();
    if (about !== last) {
      last = about;
      value = undefined;
    }
    error = undefined;
    ask(abort.signal).then(
      (answer) => { if (!abort.signal.aborted) value = answer; },
      (reason) => { if (!abort.signal.aborted) error = reason; },
    );
    return () => abort.abort();
  });
  return {
    get value() { return value; },
    get error() { return error; },
    again() { turn += 1; },
  };
}
