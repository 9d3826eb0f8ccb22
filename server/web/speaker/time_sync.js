// Runs the time exchange: bursts of sequential requests, the least delays of each into the filter.
//
// It owns no socket and no clock; whoever has them calls `reply` with the stamp that was taken first of all.

import { BURST_LENGTH, encodeTimeRequest, least, sampleOf } from './clock.js';

/** A lost answer must not cost the time in which a hundred would come: four times the slowest of late, at least this. */
const REPLY_TIMEOUT_MS = 1000;
const LEAST_TIMEOUT_MS = 100;
const SLOW_TIMES = 4;

export class TimeSync {
  /**
   * @param {object} shell
   * @param {(text: string) => void} shell.send writes to the socket
   * @param {() => number} shell.nowNs the local clock, whole nanoseconds
   * @param {(sample: object, outcome: string) => void} shell.onBurst a burst is done
   * @param {() => void} shell.onSilence a whole burst was not answered: the connection is dead
   */
  constructor(filter, shell) {
    this.filter = filter;
    this.shell = shell;
    this.samples = [];
    this.asked = 0;
    this.pending = null;
    this.timer = null;
    this.rejected = 0;
    /** How long the slowest answer of late took, ms; it fades. */
    this.slowestMs = null;
  }

  start() {
    this.#ask();
  }

  stop() {
    clearTimeout(this.timer);
    this.pending = null;
    this.timer = null;
  }

  /** @param {number} t4 local ns, taken before the message was parsed */
  reply({ t1, t2, t3 }, t4) {
    if (t1 !== this.pending) return;
    this.pending = null;
    clearTimeout(this.timer);
    const took = (t4 - t1) / 1e6;
    this.slowestMs = Math.max(took, (this.slowestMs ?? 0) * 0.875);
    const sample = sampleOf({ t1, t2, t3, t4 });
    if (sample) this.samples.push(sample);
    else this.rejected += 1;
    this.#next();
  }

  #ask() {
    const t1 = this.shell.nowNs();
    this.pending = t1;
    this.asked += 1;
    this.timer = setTimeout(() => {
      this.pending = null;
      // it may have been the network that slowed down
      if (this.slowestMs !== null) this.slowestMs *= 2;
      this.#next();
    }, this.#timeoutMs);
    this.shell.send(encodeTimeRequest(t1));
  }

  get #timeoutMs() {
    if (this.slowestMs === null) return REPLY_TIMEOUT_MS;
    return Math.min(REPLY_TIMEOUT_MS, Math.max(LEAST_TIMEOUT_MS, SLOW_TIMES * this.slowestMs));
  }

  #next() {
    if (this.asked < BURST_LENGTH) {
      this.#ask();
      return;
    }
    const best = least(this.samples);
    const outcome = best ? this.filter.add(best) : 'nothing';
    const answered = this.samples.length + this.rejected;
    this.samples = [];
    this.rejected = 0;
    this.asked = 0;
    if (answered === 0) {
      this.shell.onSilence();
      return;
    }
    // A random phase, so that many pages do not ask in step.
    this.timer = setTimeout(() => this.#ask(), this.filter.pauseMs * (0.9 + 0.2 * Math.random()));
    this.shell.onBurst(best, outcome);
  }
}
