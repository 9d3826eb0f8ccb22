// The WebSocket to the coordinator: who I am, what time it is, and everything else to whoever listens.
//
// It comes back by itself, with a growing random delay; what plays meanwhile goes on, for it needs no connection.

import { socketOf } from './address.js';
import { ClockFilter } from './clock.js';
import { TimeSync } from './time_sync.js';

export const PROTOCOL_VERSION = 1;
export const CLIENT_VERSION = '0.1.0';

const RETRY_FIRST_MS = 250;
const RETRY_MOST_MS = 10_000;
/** A coordinator of another version will not have changed in a second. */
const RETRY_REFUSED_MS = 60_000;

/** 5 us in a page that is isolated from others, 100 us in any other. */
const RESOLUTION_US = globalThis.crossOriginIsolated ? 5 : 100;

export const nowNs = () => Math.round(performance.now() * 1e6);

export class Connection {
  /**
   * @param {object} hooks
   * @param {() => object} hooks.hello the fields of `hello` beside the type
   * @param {(state: {name: string, detail: string}) => void} hooks.onState `connecting`, `open`, `waiting`, `refused`, `stopped`
   * @param {(message: object) => void} hooks.onMessage all but time replies
   * @param {(direction: string, message: object) => void} hooks.onTraffic for the log
   * @param {() => void} hooks.onTime the clock estimate changed
   */
  constructor(hooks) {
    this.hooks = hooks;
    this.socket = null;
    this.sync = null;
    this.clock = null;
    this.attempts = 0;
    this.retry = null;
    this.refused = false;
    this.stopped = true;
    this.watching = false;
  }

  start() {
    if (!this.stopped) return;
    this.stopped = false;
    this.#watch();
    this.#connect();
  }

  /** Leaves, and does not come back by itself. */
  stop() {
    this.stopped = true;
    clearTimeout(this.retry);
    this.retry = null;
    this.socket?.close();
  }

  #watch() {
    if (this.watching) return;
    this.watching = true;
    globalThis.addEventListener?.('online', () => this.#hurry());
    globalThis.document?.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.#hurry());
  }

  get open() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  send(message) {
    if (!this.open) return;
    this.socket.send(JSON.stringify(message));
    this.hooks.onTraffic('out', message);
  }

  /** Says hello anew, for example under another name. */
  restart() {
    this.attempts = 0;
    this.socket?.close();
  }

  #hurry() {
    if (this.retry === null || this.refused) return;
    clearTimeout(this.retry);
    this.#connect();
  }

  #connect() {
    this.retry = null;
    this.refused = false;
    this.hooks.onState({ name: 'connecting', detail: '' });
    const socket = new WebSocket(socketOf('ws'));
    this.socket = socket;
    socket.onopen = () => this.send({ type: 'hello', protocol: { min: PROTOCOL_VERSION, max: PROTOCOL_VERSION }, ...this.hooks.hello() });
    socket.onmessage = (event) => {
      // The stamp first, before anything is parsed.
      const t4 = nowNs();
      if (this.socket === socket && typeof event.data === 'string') this.#received(event.data, t4);
    };
    socket.onclose = (event) => {
      if (this.socket === socket) this.#lost(event);
    };
  }

  #received(text, t4) {
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      message = null;
    }
    if (message === null || typeof message !== 'object' || typeof message.type !== 'string') {
      this.send({ type: 'client_error', code: 'bad_message', detail: `not a message: ${text.slice(0, 80)}` });
      return;
    }
    if (message.type === 'time_reply') {
      this.sync?.reply(message, t4);
      return;
    }
    this.hooks.onTraffic('in', message);
    if (message.type === 'welcome') this.#welcome(message);
    if (message.type === 'error' && message.fatal && message.code === 'version_mismatch') this.refused = true;
    this.hooks.onMessage(message);
  }

  #welcome(message) {
    this.attempts = 0;
    // The same clock: the estimate is still good. Another: begin anew; the player keeps the old one until this one is sure.
    if (this.clock?.clockId !== message.clock_id) this.clock = new ClockFilter(message.clock_id, RESOLUTION_US);
    this.sync?.stop();
    const { socket } = this;
    this.sync = new TimeSync(this.clock, {
      send: (text) => socket.readyState === WebSocket.OPEN && socket.send(text),
      nowNs,
      onBurst: (sample, outcome) => this.hooks.onTime(sample, outcome),
      onSilence: () => socket.close(),
    });
    this.sync.start();
    this.hooks.onState({ name: 'open', detail: `coordinator ${message.server_version}, protocol ${message.protocol}` });
  }

  #lost(event) {
    this.sync?.stop();
    this.sync = null;
    this.socket = null;
    if (this.stopped) {
      this.hooks.onState({ name: 'stopped', detail: '' });
      return;
    }
    const most = Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** this.attempts);
    this.attempts += 1;
    const wait = this.refused ? RETRY_REFUSED_MS : RETRY_FIRST_MS / 2 + Math.random() * most;
    const reason = event.reason || (event.code === 1006 ? 'no answer' : `code ${event.code}`);
    this.hooks.onState({ name: this.refused ? 'refused' : 'waiting', detail: reason, retryMs: wait });
    this.retry = setTimeout(() => this.#connect(), wait);
  }
}
