/**
 * A change against the version that was seen. Where somebody else changed another value meanwhile, both changes hold;
 * where it was the same value, the person sees both and chooses.
 */
import { dialogs } from '../ui/dialogs.svelte';
import { ApiError } from './api/client';

export interface Against<C extends object> {
  /** The resource as it was when the person looked, and its version. */
  seen: object;
  tag: string | undefined;
  change: C;
  /** The name of the resource, for the question. */
  what: string;
  /** The name of a value, and the value in words. */
  words: Partial<Record<keyof C, [label: string, show?: (value: unknown) => string]>>;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
const valueOf = (resource: object, key: PropertyKey): unknown => (resource as Record<PropertyKey, unknown>)[key];

/** The values that both changed, and not to the same. */
export function clashes<C extends object>(seen: object, now: object, change: C): (keyof C)[] {
  const keys = Object.keys(change) as (keyof C)[];
  return keys.filter((key) => !same(valueOf(now, key), valueOf(seen, key)) && !same(valueOf(now, key), change[key]));
}

/** Sends the change; undefined if the person keeps what the other one set. Other refusals are thrown. */
export async function changeAgainst<C extends object, T>({ seen, tag, change, what, words }: Against<C>, send: (ifMatch: string | undefined) => Promise<T>): Promise<T | undefined> {
  let [before, version] = [seen, tag];
  for (;;) {
    try {
      return await send(version);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'precondition_failed' || typeof error.current !== 'object' || error.current === null) throw error;
      const now = error.current;
      const sides = clashes(before, now, change).map((key) => {
        const [label, show = String] = words[key] ?? [String(key)];
        return { label, theirs: show(valueOf(now, key)), mine: show(change[key]) };
      });
      if (sides.length > 0 && !(await dialogs.mine(what, sides))) return undefined;
      [before, version] = [now, error.tag];
    }
  }
}
