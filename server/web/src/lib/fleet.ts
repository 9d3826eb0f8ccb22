/** A speaker as a row shows it: what the events tell, and the figures that were reported last. */
import type { Speaker, Zone } from './api/client';
import { isBad, reasons, type Reason, type Seen } from './why';

/** Figures that are no events, of the last report. */
const LIVE = ['reportAgeMs', 'position', 'positionFrames', 'syncErrorUs', 'correctionPpm', 'dacPpm', 'skewPpm', 'offsetUs', 'errorBoundUs', 'cardBoundUs', 'cardStepUs', 'roundTripUs', 'jitterUs', 'probesLost', 'unsureBecause', 'bufferMs', 'truth', 'cache', 'health', 'underruns', 'starved', 'reanchors', 'outputLosses'] as const;

export function withReport(speaker: Speaker, report: Speaker | undefined): Speaker {
  if (!report || !speaker.connected) return speaker;
  const merged = { ...speaker };
  for (const name of LIVE) Object.assign(merged, { [name]: report[name] });
  return merged;
}

interface Row {
  speaker: Speaker;
  report: Speaker | undefined;
  row: Speaker;
  /** The zone that the fault was judged by. */
  judged: Zone | undefined;
  fault: Reason | undefined;
}

/** Rows of thousands of speakers, of which few change at once: what did not change is the same object as before. */
export class Rows {
  readonly #known = new Map<string, Row>();

  of(speaker: Speaker, report: Speaker | undefined): Speaker {
    let known = this.#known.get(speaker.id);
    if (!known || known.speaker !== speaker || known.report !== report) {
      known = { speaker, report, row: withReport(speaker, report), judged: undefined, fault: undefined };
      this.#known.set(speaker.id, known);
    }
    return known.row;
  }

  /** The gravest fault of a row that `of` gave. */
  fault(row: Speaker, zone: Zone | undefined, seen: () => Seen): Reason | undefined {
    const known = this.#known.get(row.id);
    const judge = () => reasons(row, zone, seen()).find(isBad);
    if (!known || known.row !== row || !zone) return judge();
    if (known.judged !== zone) {
      known.judged = zone;
      known.fault = judge();
    }
    return known.fault;
  }
}

/** Selectors of so many speakers each, in turn: all of a large fleet are asked for, and never all at once. */
export function inTurn(ids: () => readonly string[], size: number): () => string | undefined {
  let at = 0;
  return () => {
    const all = ids();
    if (all.length === 0) return undefined;
    if (at >= all.length) at = 0;
    const some = all.slice(at, at + size);
    at += size;
    return byId(some);
  };
}

export function byId(ids: readonly string[]): string | undefined {
  return ids.length > 0 ? `id in (${ids.join(',')})` : undefined;
}

/** The plain words of a filter: all of them stand in the name, the zone or the labels. Else it is a selector. */
export function isSelector(filter: string): boolean {
  return /[=:!,()]/.test(filter);
}

export function matches(speaker: Speaker, filter: string): boolean {
  const hay = `${speaker.name} ${speaker.zone} ${Object.entries(speaker.labels ?? {}).map(([key, value]) => `${key}=${String(value)}`).join(' ')} ${speaker.state ?? ''}`.toLowerCase();
  return filter.toLowerCase().split(/\s+/).every((word) => hay.includes(word));
}
