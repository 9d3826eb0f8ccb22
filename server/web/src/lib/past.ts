/**
 * The past that the coordinator keeps of speakers and zones, joined with what the page has seen itself since.
 *
 * A step holds the least and the greatest figure of its seconds. Drawn is the one that is farther off, so that a spike
 * of one second is seen in a day.
 */
import type { Schema } from './api/client';
import type { Mark, Sample } from './live/telemetry.svelte';

/** The times that a plot shows, seconds. */
export const SPANS = [60, 900, 3600, 86_400] as const;
/** Steps that a plot asks for: about as many as it has points on a screen. */
export const POINTS = 600;

type Figure = Schema['Figure'];
export type MarkKind = Schema['MarkKind'] | Mark['kind'];
export interface PastMark { at: number; kind: MarkKind; count: number }

/** The figure that is farther from zero at a step. */
export function farther(figure: Figure, step: number): number | null {
  const least = figure.min[step] ?? null;
  const most = figure.max[step] ?? null;
  if (least === null || most === null) return least ?? most;
  return -least > most ? least : most;
}

/** A speaker's past as samples. Steps at the end that nothing came in yet are left to what the page sees itself. */
export function samplesOf(past: Schema['SpeakerTelemetry']): Sample[] {
  const last = past.at.findLastIndex((_, step) => past.errorUs.max[step] !== null || past.boundUs.max[step] !== null);
  return past.at.slice(0, last + 1).map((at, step) => ({
    at,
    errorUs: farther(past.errorUs, step),
    boundUs: past.boundUs.max[step] ?? null,
    ppm: past.correctionPpm.middle[step] ?? null,
  }));
}

/** Both, each instant once: the page's own from where the coordinator's answer ends. */
export function joined(past: Sample[], own: Sample[], stepMs: number): Sample[] {
  const last = past.at(-1);
  if (!last) return own.slice();
  const from = own.findIndex((one) => one.at >= last.at + stepMs);
  return from < 0 ? past : [...past, ...own.slice(from)];
}

/** Both kinds of marks: the page's own from where the coordinator's answer ends. */
export function joinedMarks(past: Schema['SpeakerTelemetry'] | undefined, own: Mark[]): PastMark[] {
  const until = past ? Date.parse(past.time) : -Infinity;
  const kept = (past?.marks ?? []).map((mark) => ({ at: mark.at, kind: mark.kind as MarkKind, count: mark.count }));
  return [...kept, ...own.filter((mark) => mark.at > until).map((mark) => ({ ...mark, count: 1 }))];
}

/** How often a past is asked for again, milliseconds: a plot of a day does not change each second. */
export function every(span: number): number {
  return Math.max(10_000, (span * 1000) / POINTS);
}
