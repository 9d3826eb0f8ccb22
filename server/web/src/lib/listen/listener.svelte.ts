/**
 * This browser as a speaker. It outlives the screen that started it: who looks into the library goes on listening.
 */
import { lieBelow } from '../../../speaker/address.js';
import { Identity } from '../../../speaker/identity.js';
import { BrowserSpeaker } from '../../../speaker/speaker.js';
import { segmentAt } from '../../../speaker/score.js';
import { address } from '../api/client';
import { prefs } from '../prefs.svelte';
import { hears } from './hears.svelte';
import { silence, type Heard, type Silence } from './silence';

const LOOK_MS = 250;

export interface Figures {
  errorUs: number | null;
  boundUs: number | null;
  latencyMs: number;
  underruns: number;
}

class Listener {
  /** A person tapped, and did not stop since. */
  wanted = $state(false);
  why = $state.raw<Silence | undefined>({ kind: 'untapped' });
  figures = $state.raw<Figures>({ errorUs: null, boundUs: null, latencyMs: 0, underruns: 0 });
  /** The id and the name that the coordinator knows it by. */
  id = $state<string | undefined>();
  name = $state('');
  zone = $state<string | undefined>();
  /** The browser could not begin: what it said. */
  problem = $state('');
  awake = $state(false);

  #speaker: InstanceType<typeof BrowserSpeaker> | undefined;
  #connection: Heard['connection'] = 'stopped';
  #refusal: string | undefined;
  #muted = false;
  #speakerVolume = 100;
  #zoneVolume = 100;
  #timer: ReturnType<typeof setInterval> | undefined;
  #lock: WakeLockSentinel | undefined;
  #silent: HTMLAudioElement | undefined;

  /** To be called in the handler of a tap or a key: else the browser allows no sound. */
  async listen(): Promise<void> {
    this.problem = '';
    this.wanted = true;
    hears.on = true;
    hears.used = true;
    hears.pause = () => void this.stop();
    hears.resume = () => void this.listen();
    const speaker = (this.#speaker ??= this.#made());
    speaker.player.setOwn(prefs.listenVolume);
    // iOS plays on with the switch at its side, and in the background, only what says that it plays.
    const { audioSession } = navigator as Navigator & { audioSession?: { type: string } };
    if (audioSession) audioSession.type = 'playback';
    this.#mediaKeys();
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
    try {
      await speaker.player.listen();
      await speaker.start();
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
      await this.stop();
    }
    void this.#keepAwake();
    this.#look();
  }

  async stop(): Promise<void> {
    this.wanted = false;
    hears.on = false;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#silent?.pause();
    void this.#lock?.release().catch(() => {});
    this.#lock = undefined;
    this.awake = false;
    this.#speaker?.stop();
    if (this.#speaker?.player.context) await this.#speaker.player.unlisten();
    this.#look();
  }

  setVolume(percent: number): void {
    prefs.setListenVolume(percent);
    this.#speaker?.player.setOwn(percent);
    this.#look();
  }

  #made(): InstanceType<typeof BrowserSpeaker> {
    lieBelow(address(''));
    const identity = new Identity('localStorage');
    this.name = identity.name;
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible' && this.wanted) void this.#keepAwake();
    });
    const speaker = new BrowserSpeaker(identity, {
      connection: ({ name }) => {
        this.#connection = name as Heard['connection'];
        if (name === 'open') this.#refusal = undefined;
        this.#look();
      },
      welcome: (id) => (this.id = id),
      name: (name) => (this.name = name),
      level: (volume, zone) => {
        this.#muted = volume.muted;
        this.#speakerVolume = volume.speaker;
        this.#zoneVolume = volume.zone;
        if (zone) this.zone = zone.id;
      },
      refused: (detail) => (this.#refusal = detail),
    });
    // For tests in a browser, and for measurements.
    Object.assign(globalThis, { downbeatListener: speaker });
    return speaker;
  }

  /** The engine's state in words of `silence`. */
  #look(): void {
    const speaker = this.#speaker;
    if (!speaker) return;
    const { player, connection } = speaker;
    const now = speaker.present();
    const due = now ? segmentAt(player.score, now.server) : null;
    const fault = due && player.media ? player.media.fault(due.entry) : null;
    const nowUs = performance.now() * 1000;
    const heard: Heard = {
      wanted: this.wanted,
      running: player.sounding,
      connection: this.#connection,
      refusal: this.#refusal,
      clock: connection.clock?.readyAt(nowUs) ?? false,
      output: player.output.ready,
      muted: this.#muted,
      speakerVolume: this.#speakerVolume,
      zoneVolume: this.#zoneVolume,
      ownVolume: prefs.listenVolume,
      state: now?.state,
      fault: fault ? { code: String(fault.code), text: fault.message } : undefined,
    };
    const why = silence(heard);
    if (JSON.stringify(why) !== JSON.stringify(this.why)) this.why = why;
    this.figures = {
      errorUs: now?.errorUs ?? null,
      boundUs: connection.clock?.bursts ? connection.clock.errorBoundAt(nowUs) : null,
      latencyMs: player.sounding ? player.outputLatencyMs : 0,
      underruns: player.counts.underruns,
    };
  }

  /** A screen that goes dark takes the sound with it on phones. Only pages by https may ask. */
  async #keepAwake(): Promise<void> {
    try {
      this.#lock = await navigator.wakeLock?.request('screen');
      this.awake = this.#lock !== undefined;
      this.#lock?.addEventListener('release', () => (this.awake = false));
    } catch {
      // The battery is low, or the page is hidden.
      this.awake = false;
    }
  }

  /** Browsers show keys on the lock screen only for a page with a media element: six seconds without a sound, over and over. */
  #mediaKeys(): void {
    if (!this.#silent) {
      this.#silent = new Audio(URL.createObjectURL(new Blob([stillWav()], { type: 'audio/wav' })));
      this.#silent.loop = true;
    }
    void this.#silent.play().catch(() => {});
  }
}

/** Six seconds of nothing: what is shorter than five gets no keys. 8 kHz, 8 bits. */
function stillWav(): ArrayBuffer {
  const frames = 6 * 8000;
  const view = new DataView(new ArrayBuffer(44 + frames));
  const text = (at: number, word: string) => [...word].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, 'RIFF');
  view.setUint32(4, 36 + frames, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, 8000, true);
  view.setUint32(28, 8000, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  text(36, 'data');
  view.setUint32(40, frames, true);
  for (let i = 0; i < frames; i++) view.setUint8(44 + i, 128);
  return view.buffer as ArrayBuffer;
}

export const listener = new Listener();
