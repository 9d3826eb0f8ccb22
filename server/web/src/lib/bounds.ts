/**
 * The zones and labels that an operator or a token is bound to, judged as the coordinator judges them
 * (docs/security.md, "Rights"). Pure.
 */
import type { Bound, Speaker } from './api/client';

type Placed = Pick<Speaker, 'zoneId' | 'labels'>;

/** Rights that a bound takes away elsewhere; the others hold everywhere, or nowhere. */
const BINDABLE = new Set(['steer', 'queue', 'volume', 'recall', 'identify', 'arrange', 'details', 'history']);

export function isBindable(right: string): boolean {
  return BINDABLE.has(right);
}

function carries(bound: Bound, speaker: Placed): boolean {
  return Object.entries(bound.labelled ?? {}).some(([key, values]) => values.includes(speaker.labels?.[key] as string));
}

/** A speaker that carries one of the labels, or stands in one of the zones. */
export function holdsSpeaker(bound: Bound, speaker: Placed): boolean {
  return (bound.zones ?? []).includes(speaker.zoneId) || carries(bound, speaker);
}

/** A zone that is one of these, or each of whose speakers carries one of the labels. */
export function holdsZone(bound: Bound, zone: string, speakers: readonly Placed[]): boolean {
  if ((bound.zones ?? []).includes(zone)) return true;
  const members = speakers.filter((one) => one.zoneId === zone);
  return members.length > 0 && members.every((one) => carries(bound, one));
}
