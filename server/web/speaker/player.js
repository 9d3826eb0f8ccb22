// Plays a score in step, by Web Audio.
//
// Two estimators, kept apart so that one sees which broke: the coordinator's clock against this machine's (`clock.js`), and this
// machine's against the sound card (`output_clock.js`). Between them every frame of the AudioContext has a server instant at which
// it leaves the speaker. The player lays out chunks two seconds ahead, each resampled by a few ppm so that content and instant
// agree; past the threshold it jumps, with a crossfade.
//
// An AudioWorklet would do this a little better, but a page that came by plain http has none.

import { Hisses, layOut } from './codes.js';
import { Level } from './level.js';
import { MediaStore } from './media_store.js';
import { OutputClock } from './output_clock.js';
import { render } from './renderer.js';
import { divergence, segmentAt, segmentFrom, segmentsOf, shifted, splice } from './score.js';
import { Servo } from './servo.js';
import { announce, chirp } from './signals.js';
import { gainOf } from './timeline.js';
import { Voice } from './voice.js';

/** Smaller steps of the output are not worth a line in the log. */
const TOLD_STEP_US = 5000;
const TICK_MS = 100;
const READ_MS = 50;
const CHUNK_S = 0.25;
const LOOKAHEAD_S = 2;
/** What is to sound must be handed to the context this much earlier. */
const MARGIN_S = 0.08;
/** How long before its turn a missing file is waited for. */
const LATE_S = 0.3;
/** Hisses are laid out this much ahead, by what is known of the output then. */
const HISS_AHEAD_US = 800_000;
const FADE_S = 0.01;
/** Agents jump past 5 ms; a browser's output steps by that much many times an hour. */
const MIN_DRIFT_US = 25_000;
/** The error must last this many ticks, or it was only an idea. */
const DRIFT_TICKS = 5;
/** An error that would take the servo a quarter of a minute, and that has come to stay for three seconds, is jumped, too. */
const STEADY_DRIFT_US = 8_000;
const STEADY_TICKS = 30;
/** How long the output must have been steady before a late joiner comes in, and how long that is waited for. */
const STEADY_S = 1;
const PATIENCE_S = 5;
/** How much of the plan is fetched ahead: while an entry plays, the next one. */
const FETCH_AHEAD_US = 600e6;

const DEFAULT_SETTINGS = { output_delay_us: 0, max_drift_us: 5000, report_interval_ms: 1000, ping_interval_ms: 0 };

/** Local time, microseconds. */
export const localUs = () => performance.now() * 1000;

export class Player {
  /**
   * @param {object} hooks
   * @param {(kind: string, text: string) => void} hooks.log something worth telling happened
   * @param {(error: {code: string, detail: string, entry?: string}) => void} hooks.fault something failed
   */
  constructor({ log, fault }) {
    this.log = log;
    this.fault = fault;
    this.context = null;
    /** Whether sound is wanted from this page. Until then it is a controller only. */
    this.listening = false;
    this.settings = { ...DEFAULT_SETTINGS };
    this.session = null;
    /** Sessions that wait for their clock. */
    this.coming = [];
    this.score = [];
    this.clock = null;
    this.scoreClock = null;
    this.voice = null;
    this.ending = [];
    this.notBefore = -Infinity;
    this.patienceS = null;
    this.servo = new Servo();
    this.output = new OutputClock();
    this.level = new Level();
    /** How loud this window is beside all that the coordinator says, 0..100. */
    this.ownPercent = 100;
    /** What is sounded for a microphone, and what of it is laid out. */
    this.hisses = null;
    this.laidOut = [];
    this.counts = { underruns: 0, starved: 0, reanchors: 0, output_losses: 0 };
    this.driftTicks = 0;
    this.steadyTicks = 0;
    this.told = new Set();
  }

  /** Begins to sound. To be called in the handler of a tap or a key, or the browser refuses. */
  async listen() {
    if (!this.context) {
      // The longest buffer there is: nothing here is in a hurry, and a short one runs dry when the machine is busy.
      const context = new AudioContext({ latencyHint: 'playback' });
      this.context = context;
      this.media = new MediaStore(context);
      this.master = new GainNode(context);
      this.level.attach(this.master);
      this.music = new GainNode(context);
      this.own = new GainNode(context, { gain: gainOf(this.ownPercent) });
      this.music.connect(this.master).connect(this.own).connect(context.destination);
      // A browser lets go of the device after some silence, and its clock stands. At -120 dB this is no sound, but no silence either.
      const awake = new ConstantSourceNode(context, { offset: 1e-6 });
      awake.connect(context.destination);
      awake.start();
      context.onstatechange = () => this.#stateChanged();
      setInterval(() => this.#readOutput(), READ_MS);
      setInterval(() => this.#tick(), TICK_MS);
    }
    this.listening = true;
    await this.context.resume();
  }

  /** Is a mere controller again. */
  async unlisten() {
    this.listening = false;
    this.#silence();
    await this.context.suspend();
  }

  /** Whether the browser lets it sound: not while a phone is locked or a call comes in. */
  get sounding() {
    return this.context?.state === 'running';
  }

  #stateChanged() {
    this.log('output', `the audio context is ${this.context.state}`);
    if (this.sounding) return;
    if (this.listening) this.counts.output_losses += 1;
    this.#silence();
    this.output.reset();
  }

  #readOutput() {
    if (!this.sounding) return;
    const now = performance.now();
    const stamp = this.context.getOutputTimestamp?.();
    const fresh = stamp && stamp.contextTime > 0 && Math.abs(now - stamp.performanceTime) < 2000;
    const [contextS, atMs] = fresh
      ? [stamp.contextTime, stamp.performanceTime]
      : [this.context.currentTime - (this.context.outputLatency || this.context.baseLatency || 0.04), now];
    if (this.output.add(contextS, atMs * 1000) === 'stepped' && Math.abs(this.output.lastStepUs) > TOLD_STEP_US) {
      this.log('output', `the output stepped by ${(this.output.lastStepUs / 1000).toFixed(1)} ms: the system fell behind or buffered anew`);
    }
  }

  /** How loud this window is, 0..100: of nobody else's business, and so not told. */
  setOwn(percent) {
    this.ownPercent = percent;
    if (!this.own) return;
    const { gain, context } = this.own;
    gain.cancelScheduledValues(context.currentTime);
    gain.setTargetAtTime(gainOf(percent), context.currentTime, 0.015);
  }

  // ---- what the coordinator says ----

  setClock(clock) {
    this.clock = clock;
  }

  setSettings(settings) {
    this.settings = { ...this.settings, ...settings };
  }

  get maxDriftUs() {
    return Math.max(MIN_DRIFT_US, this.settings.max_drift_us);
  }

  /** A message with a timeline and a plan. */
  setSession(session) {
    this.session = session;
    this.coming.push(session);
    this.#applySessions();
  }

  #applySessions() {
    const now = localUs();
    if (!this.clock?.readyAt(now)) return;
    if (this.scoreClock && this.scoreClock !== this.clock) {
      const shift = this.clock.serverAt(now) - this.scoreClock.serverAt(now);
      this.score = shifted(this.score, shift);
      this.voice?.shift(shift);
      this.notBefore += shift;
      this.hisses?.shift(shift);
    }
    this.scoreClock = this.clock;
    while (this.coming.length > 0) this.#apply(this.coming.shift(), this.clock.serverAt(now));
    this.#fetch();
    this.#tick();
  }

  #apply(session, now) {
    const before = this.score;
    this.score = splice(before, segmentsOf(session), session.at, now);
    const change = divergence(before, this.score, now, this.maxDriftUs);
    const changeS = change === Infinity ? Infinity : (this.contextAtServer(change) ?? -Infinity);
    for (const v of this.ending) if (change < v.content && changeS < v.endS) v.end(changeS, FADE_S);
    const { voice } = this;
    if (!voice) {
      this.notBefore = Math.min(this.notBefore, change);
      return;
    }
    if (change < voice.content) {
      this.#endVoice(change);
      return;
    }
    // Where the two lines differ by less than the threshold, go on with the very same sample and let the servo do the rest.
    const [old, fresh] = [segmentAt(before, voice.content), segmentAt(this.score, voice.content)];
    if (old && fresh && old.entry.entry === fresh.entry.entry) voice.shift(fresh.line.timeOf(old.line.positionAt(voice.content)) - voice.content);
  }

  /** The volumes of the zone and of this speaker, from server instant `at` on. */
  setLevel(level, at, rampMs) {
    this.level.set(level, this.contextAtServer(at), rampMs);
  }

  /** Primes an entry. Resolves to `{lead_us}` or `{lead_us, error}`, for `ready`. */
  async prepare(entry) {
    if (!this.listening) return { lead_us: 0 };
    try {
      await this.media.load(entry);
      return { lead_us: Math.round(150_000 + this.outputLatencyMs * 1000 + Math.max(0, this.settings.output_delay_us)) };
    } catch (error) {
      return { lead_us: 0, error: { code: error.code, detail: error.message, entry: entry.entry } };
    }
  }

  /** A chirp at server instant `at`, so that a person finds this speaker. */
  identify(at) {
    if (this.sounding) chirp(this.context, Math.max(this.contextAtServer(at) ?? 0, this.context.currentTime + 0.02));
  }

  /** Sounds a code for a microphone, or no more. */
  setCalibration(told) {
    this.hisses = told?.on ? new Hisses(told) : null;
    for (const source of this.hisses ? [] : this.laidOut.splice(0)) source.stop();
    this.#tick();
  }

  /** Mixes a clip over what plays, which gives way meanwhile. */
  async announce({ clip, at, duck_db: duckDb = 0 }) {
    if (!this.sounding) return;
    const media = await this.media.load(clip);
    const due = this.contextAtServer(at);
    if (due !== null) announce(this.context, media, due, duckDb, this.master, this.music.gain);
  }

  // ---- instants ----

  /** Whether it is known when a frame leaves the speaker. */
  get ready() {
    return this.sounding && this.output.ready && this.scoreClock !== null;
  }

  #serverAtContext(contextS) {
    return this.scoreClock.serverAt(this.output.localAt(contextS)) + this.settings.output_delay_us;
  }

  /** The context's time that leaves the speaker at server instant `server`; null while that is not known. */
  contextAtServer(server) {
    if (!this.ready) return null;
    return this.output.contextAt(this.scoreClock.localAt(server - this.settings.output_delay_us));
  }

  /** How long a frame waits between the graph and the loudspeaker, as measured. */
  get outputLatencyMs() {
    if (!this.sounding) return 0;
    if (!this.output.ready) return (this.context.outputLatency || 0) * 1000;
    return Math.max(0, this.output.localAt(this.context.currentTime) - localUs()) / 1000;
  }

  // ---- the work ----

  #tick() {
    this.ending = this.ending.filter((v) => !v.over || v.dispose());
    if (this.coming.length > 0) this.#applySessions();
    if (!this.ready) return;
    this.#hiss();
    this.#fetch();
    if (this.voice) this.#watch();
    if (this.voice) this.#extend();
    if (!this.voice) this.#begin();
  }

  /** Lays out the hisses that are due soon. They have the window's own volume, and no other. */
  #hiss() {
    const { hisses, context } = this;
    if (!hisses || !this.listening) return;
    const soonest = this.#serverAtContext(context.currentTime + MARGIN_S);
    for (const at of hisses.due(soonest, soonest + HISS_AHEAD_US)) {
      const dueS = this.contextAtServer(at);
      const frameUs = (this.#serverAtContext(dueS + 1) - this.#serverAtContext(dueS)) / context.sampleRate;
      const source = layOut(context, this.own, hisses.code, hisses.level, dueS, frameUs);
      source.onended = () => this.laidOut.splice(this.laidOut.indexOf(source) >>> 0, 1);
      this.laidOut.push(source);
    }
    if (hisses.over) this.hisses = null;
  }

  /** Sees that what is due and what comes next is there in time. */
  #fetch() {
    if (!this.listening || !this.scoreClock) return;
    const now = this.scoreClock.serverAt(localUs());
    const wanted = this.score.filter((s) => s.end > now && s.start < now + FETCH_AHEAD_US).slice(0, 2);
    const held = this.session?.timeline && this.session.plan.find((e) => e.entry === this.session.timeline.entry);
    const entries = [...wanted.map((s) => s.entry), ...(held ? [held] : [])];
    for (const entry of entries) {
      this.media.load(entry).catch((error) => this.#tellOnce(entry, error));
      if (!this.media.get(entry)) break;
    }
    this.media.keep(entries);
  }

  #tellOnce(entry, error) {
    const key = `${entry.entry} ${error.code}`;
    if (this.told.has(key)) return;
    this.told.add(key);
    this.fault({ code: error.code, detail: error.message, entry: entry.entry });
  }

  /** Begins a voice, if something is due soon and its file is there. */
  #begin() {
    const { context } = this;
    const soonest = this.#serverAtContext(context.currentTime + MARGIN_S);
    const from = Math.max(soonest, this.notBefore);
    const segment = segmentFrom(this.score, from);
    if (!segment || !this.media.get(segment.entry)) return;
    const at = Math.max(from, segment.start);
    if (at > this.#serverAtContext(context.currentTime + LOOKAHEAD_S)) return;
    // Who comes in late has time to wait until decoding no longer shakes the output, but not for ever.
    this.patienceS ??= context.currentTime + PATIENCE_S;
    const late = at > segment.start && this.notBefore === -Infinity;
    if (late && this.output.steadyS < STEADY_S && context.currentTime < this.patienceS) return;
    this.patienceS = null;
    const frame = Math.ceil(this.contextAtServer(at) * context.sampleRate);
    const content = this.#serverAtContext(frame / context.sampleRate);
    // A track's own beginning needs no fade; a place within it does.
    const fade = at === segment.start && segment.line.frameAt(at) <= 0 ? 0.001 : FADE_S;
    this.voice = new Voice(context, this.music, frame, content, fade);
    this.servo.begin();
    this.#extend();
  }

  /** Watches the error at the head of the voice: late is positive. */
  #watch() {
    const { voice, context } = this;
    if (voice.headS < context.currentTime + 0.02) {
      // The page was held up so long that what was laid out has run out.
      this.counts.underruns += 1;
      this.log('output', 'the page was held up, and the sound ran out');
      this.#endVoice(-Infinity);
      return;
    }
    const error = this.#serverAtContext(voice.headS) - voice.content;
    this.driftTicks = Math.abs(error) > this.maxDriftUs ? this.driftTicks + 1 : 0;
    // Half a minute of slewing would be heard as an echo beside another speaker: once the output is steady, rather jump.
    this.steadyTicks = Math.abs(error) > STEADY_DRIFT_US && this.output.steadyS > 2 ? this.steadyTicks + 1 : 0;
    if (this.driftTicks < DRIFT_TICKS && this.steadyTicks < STEADY_TICKS) return;
    this.counts.reanchors += 1;
    this.log('output', `off by ${(error / 1000).toFixed(1)} ms: jumping to the right position`);
    this.#endVoice(this.#serverAtContext(context.currentTime + MARGIN_S));
  }

  /** Lays out chunks up to the horizon, each a little faster or slower as the servo says. */
  #extend() {
    const { voice, context } = this;
    const rate = context.sampleRate;
    for (let chunks = 0; chunks < 4 && voice.headS < context.currentTime + LOOKAHEAD_S; chunks += 1) {
      const segment = segmentAt(this.score, voice.content);
      if (!segment) return this.#finish();
      if (!this.media.get(segment.entry)) {
        if (voice.headS > context.currentTime + LATE_S) return undefined;
        this.counts.starved += 1;
        return this.#finish();
      }
      const error = this.#serverAtContext(voice.headS) - voice.content;
      const natural = this.#serverAtContext(voice.headS + CHUNK_S) - this.#serverAtContext(voice.headS);
      voice.correctionPpm = this.servo.correct(error, CHUNK_S);
      const step = (natural / (CHUNK_S * rate)) * (1 + voice.correctionPpm * 1e-6);
      const left = this.#playableUntil(segment) - voice.content;
      const count = Math.max(1, Math.min(Math.round(CHUNK_S * rate), Math.ceil(left / step)));
      voice.append(
        render({
          score: this.score,
          mediaOf: (entry) => this.media.get(entry),
          outputRate: rate,
          content: voice.content,
          step,
          count,
        }),
        step,
      );
    }
    return undefined;
  }

  /** Up to where the score goes on without silence and with its files there. */
  #playableUntil(segment) {
    let end = segment.end;
    for (let next = segmentAt(this.score, end); next && this.media.get(next.entry); next = segmentAt(this.score, end)) end = next.end;
    return end;
  }

  /** The voice has said all it has to say. */
  #finish() {
    this.ending.push(this.voice);
    this.notBefore = this.voice.content;
    this.voice = null;
  }

  /** Fades the voice out at a server instant, and lets the next one begin there. */
  #endVoice(at) {
    const { voice, context } = this;
    const earliest = context.currentTime + MARGIN_S;
    const atS = Math.max(earliest, at === -Infinity || !this.ready ? -Infinity : this.contextAtServer(at));
    voice.end(atS, FADE_S);
    this.ending.push(voice);
    this.notBefore = this.ready ? this.#serverAtContext(atS) : -Infinity;
    this.voice = null;
    this.driftTicks = 0;
    this.steadyTicks = 0;
  }

  #silence() {
    for (const source of this.laidOut.splice(0)) source.stop();
    for (const v of this.ending) if (v.endS > this.context.currentTime) v.end(-Infinity, FADE_S);
    if (this.voice) this.#endVoice(-Infinity);
    this.notBefore = -Infinity;
  }

  /** The content at the context's frame (whole or not), of whatever voice sounds then. */
  heardAt(frame) {
    for (const voice of [this.voice, ...this.ending]) {
      const heard = voice?.contentAt(frame);
      if (heard) return heard;
    }
    return null;
  }
}
