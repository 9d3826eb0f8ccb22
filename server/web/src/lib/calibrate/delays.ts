/** From what was heard to what is to be set: the output delay of each speaker, in steps of a microsecond. Pure. */
import { median, type Arrival, type Heard } from './analyse';

/** Sound needs so long for a metre, milliseconds. */
export const MS_A_METRE = 2.915;
/** No greater delay can be set, either way, microseconds. */
export const MOST_US = 5_000_000;

export interface Measured {
  speakerId: string;
  name: string;
  /** The delay that was set while it sounded, microseconds. */
  outputDelayUs: number;
}

export interface Row extends Measured {
  arrival: Arrival;
  /** Later than the speaker that stays as it is, microseconds. */
  lateUs: number;
  /** The delay that makes it as late as that one. */
  newUs: number;
  /** More than can be set: it plays too late whatever is done. */
  beyond: boolean;
}

/** The speaker that stays as it is unless a person chooses: the one in the middle, so that the others change least. */
export function middle(heard: Heard): string {
  const sure = heard.arrivals.filter((one) => one.confidence !== 'unsure');
  const list = (sure.length > 0 ? sure : heard.arrivals).toSorted((a, b) => a.lateUs - b.lateUs);
  return list[(list.length - 1) >> 1]?.id ?? '';
}

/** A speaker that is heard late has more delay behind its card than it knows: that is added to what was set. */
export function rows(heard: Heard, speakers: Measured[], stays: string): Row[] {
  const base = heard.arrivals.find((one) => one.id === stays)?.lateUs ?? 0;
  return heard.arrivals.flatMap((arrival) => {
    const speaker = speakers.find((one) => one.speakerId === arrival.id);
    if (!speaker) return [];
    const lateUs = arrival.lateUs - base;
    const wanted = Math.round(speaker.outputDelayUs + lateUs);
    const newUs = Math.max(-MOST_US, Math.min(MOST_US, wanted));
    return [{ ...speaker, arrival, lateUs, newUs, beyond: newUs !== wanted }];
  });
}

/** How far apart they are heard, the latest minus the earliest, microseconds. */
export function apart(heard: Heard): number {
  const all = heard.arrivals.map((one) => one.lateUs);
  return all.length > 1 ? Math.max(...all) - Math.min(...all) : 0;
}

/** What the level of a microphone says, by the loudest samples of late. */
export function levelOf(peaks: number[]): 'quiet' | 'good' | 'loud' {
  const most = Math.max(0, ...peaks);
  if (most >= 0.98) return 'loud';
  return median(peaks.length > 0 ? peaks : [0]) < 0.0015 && most < 0.004 ? 'quiet' : 'good';
}
