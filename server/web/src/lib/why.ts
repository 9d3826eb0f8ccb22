/**
 * Why a speaker is silent, or not in step: reasons in order of weight, the first of which is told. Pure, so that each is
 * tested.
 */
import type { Schema, Speaker, Zone } from './api/client';

/** Why a speaker may be a millisecond off or more, as the coordinator makes it out. */
export type Cause = Schema['UnsureCause'];

export type Reason =
  | { kind: 'away'; since: string }
  | { kind: Plain }
  | { kind: 'late'; us: number }
  | { kind: 'unsure'; us: number; because?: Cause; stepUs?: number; tripUs?: number }
  | { kind: 'underruns' | 'starved' | 'losses'; count: number }
  | { kind: 'old'; ms: number }
  | { kind: 'error' | 'outputFault'; text: string };

type Plain =
  | 'muted' | 'zoneMuted' | 'silent' | 'zoneSilent' | 'maxSilent' | 'faulted' | 'noClock' | 'preparing' | 'missing' | 'paused' | 'idle' | 'unknown' | 'untapped' | 'browser';

/** Beyond this an echo may be heard by somebody between two speakers. */
export const LATE_US = 1_000;
export const UNSURE_US = 2_000;
const OLD_MS = 5_000;

/** What happened lately, while somebody looked. */
export interface Seen {
  underruns: number;
  starved: number;
  losses?: number;
}

/** What a person set so, and is no fault. */
const WANTED = new Set<Reason['kind']>(['muted', 'zoneMuted', 'silent', 'zoneSilent', 'paused', 'idle', 'browser', 'preparing', 'untapped', 'unknown']);
/** With one of these nothing is heard of it. */
const SILENT = new Set<Reason['kind']>(['away', 'faulted', 'outputFault', 'unknown', 'muted', 'zoneMuted', 'silent', 'zoneSilent', 'maxSilent', 'preparing', 'missing', 'paused', 'idle', 'untapped']);

export function isBad(reason: Reason): boolean {
  return !WANTED.has(reason.kind);
}

export function isSilent(reason: Reason): boolean {
  return SILENT.has(reason.kind);
}

export function reasons(speaker: Speaker, zone: Zone | undefined, seen?: Seen): Reason[] {
  if (!speaker.connected) return [{ kind: 'away', since: speaker.lastSeen }];
  const found: Reason[] = [];
  const state = zone?.state.playbackState;
  const playing = state === 'playing';
  const browser = speaker.class === 'browser';
  if (speaker.health?.output_fault) found.push({ kind: 'outputFault', text: speaker.health.output_fault });
  if (speaker.state === 'faulted') {
    found.push({ kind: 'faulted' });
    const text = lastError(speaker);
    if (text) found.push({ kind: 'error', text });
  }
  const reported = typeof speaker.reportAgeMs === 'number';
  if (reported && (speaker.reportAgeMs ?? 0) > OLD_MS) found.push({ kind: 'old', ms: speaker.reportAgeMs ?? 0 });
  if (playing && speaker.state === 'playing' && Math.abs(speaker.syncErrorUs ?? 0) > LATE_US) found.push({ kind: 'late', us: speaker.syncErrorUs ?? 0 });
  if (!browser && reported && speaker.errorBoundUs === null) found.push({ kind: 'noClock' });
  const bound = speaker.errorBoundUs;
  if (!browser && typeof bound === 'number' && (speaker.unsureBecause || bound > UNSURE_US)) found.push({ kind: 'unsure', us: bound, ...causeOf(speaker) });
  if (seen?.losses) found.push({ kind: 'losses', count: seen.losses });
  if (seen && seen.underruns > 0) found.push({ kind: 'underruns', count: seen.underruns });
  if (seen && seen.starved > 0) found.push({ kind: 'starved', count: seen.starved });
  if (speaker.muted) found.push({ kind: 'muted' });
  else if (zone?.state.muted) found.push({ kind: 'zoneMuted' });
  else if (speaker.volume === 0) found.push({ kind: 'silent' });
  else if (zone && zone.state.volume === 0) found.push({ kind: 'zoneSilent' });
  else if (speaker.maxVolume === 0) found.push({ kind: 'maxSilent' });
  if (playing && browser && speaker.state === 'idle') found.push({ kind: 'untapped' });
  else if (playing && speaker.state === 'preparing') found.push({ kind: speaker.cache?.entries[0]?.state === 'missing' ? 'missing' : 'preparing' });
  else if (playing && !speaker.state) found.push({ kind: 'unknown' });
  if (!playing) found.push({ kind: state === 'paused' ? 'paused' : 'idle' });
  if (browser) found.push({ kind: 'browser' });
  return found;
}

function causeOf(speaker: Speaker): { because?: Cause; stepUs?: number; tripUs?: number } {
  const { unsureBecause: because, cardStepUs: stepUs, roundTripUs: tripUs } = speaker;
  return { ...(because ? { because } : {}), ...(typeof stepUs === 'number' ? { stepUs } : {}), ...(typeof tripUs === 'number' ? { tripUs } : {}) };
}

export function lastError(speaker: Speaker): string | undefined {
  const text = speaker.lastError?.detail;
  return text ? text : undefined;
}
