// A window as a speaker: what it says to the coordinator, and what it does when it is told something. It has no page of
// its own: `/test-client` lays it open, `/listen` is for visitors.
//
// A reader's path: connection.js -> clock.js -> score.js -> player.js -> voice.js.

import { Connection, CLIENT_VERSION } from './connection.js';
import { Player } from './player.js';
import { health, present, report } from './telemetry.js';

const HEALTH_MS = 30_000;
const nothing = () => {};

export class BrowserSpeaker {
  /**
   * @param {import('./identity.js').Identity} identity
   * @param {object} [hooks] what a page wants to know
   * @param {(state: {name: string, detail: string, retryMs?: number}) => void} [hooks.connection]
   * @param {(what: string, text: string, bad?: boolean) => void} [hooks.note] something worth telling happened
   * @param {(direction: string, message: object) => void} [hooks.traffic]
   * @param {(sample: object, outcome: string) => void} [hooks.time] a burst of time requests is done
   * @param {(id: string) => void} [hooks.welcome] the id that it is known by
   * @param {(name: string) => void} [hooks.name]
   * @param {(volume: {zone: number, speaker: number, muted: boolean}, zone?: {id: string, name: string}) => void} [hooks.level]
   * @param {(detail: string, code: string) => void} [hooks.refused] the coordinator refused something
   */
  constructor(identity, hooks = {}) {
    this.identity = identity;
    this.hooks = hooks;
    this.begun = performance.now();
    /** The zone that it is in, once it is known. */
    this.zone = null;
    /** The volumes in force, as the coordinator said them last. */
    this.volume = null;
    this.revision = -1;
    this.reportTimer = null;
    this.healthTimer = null;
    const note = hooks.note ?? nothing;
    this.player = new Player({
      log: (what, text) => note(what, text),
      fault: (error) => {
        note(error.code, error.detail, true);
        this.connection.send({ type: 'client_error', ...error });
      },
    });
    this.connection = new Connection({
      hello: () => this.#hello(),
      onState: (state) => hooks.connection?.(state),
      onMessage: (message) => this.#received(message),
      onTraffic: (direction, message) => hooks.traffic?.(direction, message),
      onTime: (sample, outcome) => {
        this.player.setClock(this.connection.clock);
        hooks.time?.(sample, outcome);
        if (outcome === 'stepped') note('clock', 'the clock stepped: beginning anew', true);
      },
    });
  }

  /** Connects, once no other window goes by the same id; it sounds when the player is told to listen. */
  async start() {
    this.healthTimer ??= setInterval(() => this.sendHealth(), HEALTH_MS);
    await this.identity.claim();
    this.connection.start();
  }

  /** Leaves the coordinator; `start` comes back. */
  stop() {
    this.connection.stop();
    clearInterval(this.reportTimer);
  }

  /** What is due and what is heard; null while the clock is not known. */
  present(nowUs = performance.now() * 1000) {
    return present(this.player, nowUs);
  }

  #hello() {
    return {
      speaker_id: this.identity.id,
      name: this.identity.name,
      class: 'browser',
      version: CLIENT_VERSION,
      // None sample-exactly: the browser decodes as it likes.
      capabilities: { formats: [], output: health(this.player).output, realtime: false, calibration: true },
      ...this.#known(),
    };
  }

  /** What this window plays by, so that a coordinator which comes back may go on from there. Only if it is sure of it. */
  #known() {
    const { player } = this;
    const { clock } = this.connection;
    const now = performance.now() * 1000;
    const bound = clock?.errorBoundAt(now);
    if (!player.session || !player.sounding || !(bound < 2000)) return {};
    return {
      known: {
        clock_id: clock.clockId,
        server_us: Math.round(clock.serverAt(now)),
        local_ns: Math.round(now * 1000),
        error_bound_us: bound,
        revision: player.session.revision,
        ...(player.session.timeline && { timeline: player.session.timeline }),
        plan: player.session.plan,
      },
    };
  }

  #received(message) {
    const handler = Object.hasOwn(HANDLERS, message.type) ? HANDLERS[message.type] : null;
    if (!handler) {
      this.connection.send({ type: 'client_error', code: 'unknown_message', detail: `this page does not know ${message.type}` });
      return;
    }
    Promise.resolve()
      .then(() => handler(this, message))
      .catch((error) => {
        this.hooks.note?.('fault', `${message.type}: ${error.message}`, true);
        this.connection.send({ type: 'client_error', code: error.code ?? 'bad_message', detail: `${message.type}: ${error.message}` });
      });
  }

  // ---- what the handlers do ----

  rename(name) {
    this.identity.rename(name);
    this.hooks.name?.(name);
  }

  session(message) {
    // An older one than already seen is to be ignored.
    if (message.revision < this.revision) return;
    this.revision = message.revision;
    this.player.setSession(message);
  }

  level(volume, at, rampMs, zone) {
    this.volume = volume;
    this.player.setLevel(volume, at, rampMs);
    this.hooks.level?.(volume, zone);
  }

  /** Begins to report as often as the settings say. */
  reportRegularly() {
    clearInterval(this.reportTimer);
    const every = this.player.settings.report_interval_ms;
    if (every > 0) this.reportTimer = setInterval(() => this.sendReport(), Math.max(100, every));
  }

  sendReport() {
    const { clock } = this.connection;
    const now = performance.now() * 1000;
    const bound = clock?.errorBoundAt(now) ?? null;
    this.connection.send({
      type: 'position_report',
      ...report(this.player),
      skew_ppm: clock?.skewPpm ?? 0,
      offset_us: Math.round(clock?.offsetAt(now) ?? 0),
      ...(bound !== null && { error_bound_us: bound, round_trip_us: clock.floorUs }),
    });
  }

  sendHealth() {
    this.connection.send({
      type: 'health',
      version: CLIENT_VERSION,
      uptime_s: Math.floor((performance.now() - this.begun) / 1000),
      ...health(this.player),
    });
  }
}

const session = (speaker, m) => speaker.session(m);

const HANDLERS = {
  welcome(speaker, m) {
    speaker.identity.keep(m.speaker_id);
    speaker.hooks.welcome?.(m.speaker_id);
    speaker.rename(m.name);
    // What follows is the whole truth, whatever was seen before.
    speaker.revision = -1;
    speaker.player.setSettings(m.settings);
    speaker.sendHealth();
    speaker.reportRegularly();
  },
  state_sync(speaker, m) {
    // Every zone counts its own revisions.
    if (m.zone === speaker.zone && m.revision < speaker.revision) return;
    speaker.zone = m.zone;
    speaker.revision = m.revision;
    speaker.player.setSession(m);
    speaker.player.setCalibration(null);
    speaker.level(m.volume, m.server_time, 50, { id: m.zone, name: m.zone_name });
  },
  play_track: session,
  pause: session,
  resume: session,
  seek: session,
  stop: session,
  plan_update: session,
  async prepare(speaker, m) {
    const answer = await speaker.player.prepare(m.entry);
    speaker.connection.send({ type: 'ready', prepare_id: m.prepare_id, entry: m.entry.entry, ...answer });
  },
  volume_change(speaker, m) {
    if (m.revision < speaker.revision) return;
    speaker.revision = m.revision;
    speaker.level(m.volume, m.at, m.ramp_ms);
  },
  position_check(speaker) {
    speaker.sendReport();
  },
  configure(speaker, m) {
    speaker.rename(m.name);
    speaker.player.setSettings(m.settings);
    speaker.reportRegularly();
  },
  identify(speaker, m) {
    speaker.player.identify(m.at);
  },
  metronome() {
    // A page does not tick: what lies behind a browser's output is not known to it, so there is nothing to trim by ear.
  },
  calibration(speaker, m) {
    speaker.player.setCalibration(m);
  },
  async announce(speaker, m) {
    await speaker.player.announce(m);
  },
  error(speaker, m) {
    // Another window took this one's id, and keeps it: this one comes back as somebody else, or they would fight for it.
    if (m.code === 'replaced') speaker.identity.keep(null);
    else speaker.hooks.refused?.(m.detail, m.code);
  },
};
