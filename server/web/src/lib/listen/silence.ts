/** Why this browser is silent while it is to be a speaker: the first reason that holds. Pure, so that each is tested. */

export interface Heard {
  /** A person tapped. */
  wanted: boolean;
  /** Of the audio context: `running`, or not, as while a phone is locked or a call comes in. */
  running: boolean;
  connection: 'connecting' | 'open' | 'waiting' | 'refused' | 'stopped';
  refusal: string | undefined;
  clock: boolean;
  output: boolean;
  muted: boolean;
  speakerVolume: number;
  zoneVolume: number;
  ownVolume: number;
  /** What the engine is at: `playing`, `preparing`, `paused`, `idle`, `faulted`. */
  state: string | undefined;
  /** Why the file that is due cannot be played here. */
  fault: { code: string; text: string } | undefined;
}

export type Silence =
  | { kind: 'untapped' | 'interrupted' | 'connecting' | 'noConnection' | 'clock' | 'output' | 'muted' | 'speakerSilent' | 'zoneSilent' | 'ownSilent' | 'preparing' | 'paused' | 'idle' }
  | { kind: 'refused' | 'undecodable' | 'fetch'; text: string };

/** Undefined: it is heard. */
export function silence(heard: Heard): Silence | undefined {
  if (!heard.wanted) return { kind: 'untapped' };
  if (!heard.running) return { kind: 'interrupted' };
  // What plays goes on without a connection; only then is its loss no reason.
  const sounds = heard.state === 'playing';
  if (!sounds && heard.connection === 'refused') return { kind: 'refused', text: heard.refusal ?? '' };
  if (!sounds && heard.connection === 'waiting') return { kind: 'noConnection' };
  if (heard.muted) return { kind: 'muted' };
  if (heard.ownVolume === 0) return { kind: 'ownSilent' };
  if (heard.speakerVolume === 0) return { kind: 'speakerSilent' };
  if (heard.zoneVolume === 0) return { kind: 'zoneSilent' };
  if (sounds) return undefined;
  if (heard.connection !== 'open') return { kind: 'connecting' };
  if (heard.state === 'faulted' && heard.fault) return { kind: heard.fault.code === 'fetch_failed' ? 'fetch' : 'undecodable', text: heard.fault.text };
  if (!heard.clock) return { kind: 'clock' };
  if (heard.state === 'paused') return { kind: 'paused' };
  if (heard.state === 'idle' || heard.state === undefined) return { kind: 'idle' };
  if (!heard.output) return { kind: 'output' };
  return { kind: 'preparing' };
}
