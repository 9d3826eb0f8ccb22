/** A speaker as a row shows it: what the events tell, and the figures that were reported last. */
import type { Speaker } from './api/client';

/** Figures that are no events, of the last report. */
const LIVE = ['reportAgeMs', 'position', 'positionFrames', 'syncErrorUs', 'correctionPpm', 'dacPpm', 'skewPpm', 'offsetUs', 'errorBoundUs', 'roundTripUs', 'bufferMs', 'truth', 'cache', 'health', 'underruns', 'starved', 'reanchors', 'outputLosses'] as const;

export function withReport(speaker: Speaker, report: Speaker | undefined): Speaker {
  if (!report || !speaker.connected) return speaker;
  const merged = { ...speaker };
  for (const name of LIVE) Object.assign(merged, { [name]: report[name] });
  return merged;
}

/** The plain words of a filter: all of them stand in the name, the zone or the labels. Else it is a selector. */
export function isSelector(filter: string): boolean {
  return /[=:!,()]/.test(filter);
}

export function matches(speaker: Speaker, filter: string): boolean {
  const hay = `${speaker.name} ${speaker.zone} ${Object.entries(speaker.labels ?? {}).map(([key, value]) => `${key}=${String(value)}`).join(' ')} ${speaker.state ?? ''}`.toLowerCase();
  return filter.toLowerCase().split(/\s+/).every((word) => hay.includes(word));
}
