/**
 * Why a speaker is silent, or not in step: reasons in order of weight, the first of which is told. Pure, so that each is
 * tested.
 */
import type { Speaker, Zone } from './api/client';

export type Reason =
  | { kind: 'away'; since: string }
  | { kind: 'muted' | 'zoneMuted' | 'silent' | 'zoneSilent' | 'maxSilent' | 'faulted' | 'noClock' | 'losses' | 'preparing' | 'missing' | 'idle' | 'browser' }
  | { kind: 'late'; us: number }
  | { kind: 'unsure'; us: number }
  | { kind: 'underruns' | 'starved'; count: number }
  | { kind: 'old'; ms: number }
  | { kind: 'error'; text: string };

/** Beyond this an echo may be heard by somebody between two speakers. */
export const LATE_US = 1_000;
export const UNSURE_US = 2_000;
const OLD_MS = 5_000;

export interface Seen {
  underruns: number;
  starved: number;
}

/** What a person set so, and is no fault. */
const WANTED = new Set<Reason['kind']>(['muted', 'zoneMuted', 'silent', 'zoneSilent', 'maxSilent', 'idle', 'browser', 'preparing']);

export function isBad(reason: Reason): boolean {
  return !WANTED.has(reason.kind);
}

export function reasons(speaker: Speaker, zone: Zone | undefined, seen?: Seen): Reason[] {
  if (!speaker.connected) return [{ kind: 'away', since: speaker.lastSeen }];
  const found: Reason[] = [];
  const playing = zone?.state.playbackState === 'playing';
  if (speaker.state === 'faulted') {
    found.push({ kind: 'faulted' });
    const text = lastError(speaker);
    if (text) found.push({ kind: 'error', text });
  }
  if (typeof speaker.reportAgeMs === 'number' && speaker.reportAgeMs > OLD_MS) found.push({ kind: 'old', ms: speaker.reportAgeMs });
  if (playing && speaker.state === 'playing' && Math.abs(speaker.syncErrorUs ?? 0) > LATE_US) found.push({ kind: 'late', us: speaker.syncErrorUs ?? 0 });
  if (speaker.class !== 'browser' && typeof speaker.errorBoundUs === 'number' && speaker.errorBoundUs > UNSURE_US) found.push({ kind: 'unsure', us: speaker.errorBoundUs });
  if (seen && seen.underruns > 0) found.push({ kind: 'underruns', count: seen.underruns });
  if (seen && seen.starved > 0) found.push({ kind: 'starved', count: seen.starved });
  if (speaker.muted) found.push({ kind: 'muted' });
  else if (zone?.state.muted) found.push({ kind: 'zoneMuted' });
  else if (speaker.volume === 0) found.push({ kind: 'silent' });
  else if (zone && zone.state.volume === 0) found.push({ kind: 'zoneSilent' });
  else if (speaker.maxVolume === 0) found.push({ kind: 'maxSilent' });
  if (playing && speaker.state === 'preparing') found.push({ kind: 'preparing' });
  if (!playing) found.push({ kind: 'idle' });
  if (speaker.class === 'browser') found.push({ kind: 'browser' });
  return found;
}

export function lastError(speaker: Speaker): string | undefined {
  const error = speaker.lastError as Record<string, unknown> | null | undefined;
  const text = error?.['detail'] ?? error?.['message'] ?? error?.['text'];
  return typeof text === 'string' ? text : undefined;
}
