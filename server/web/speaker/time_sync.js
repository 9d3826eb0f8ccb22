// Runs the time exchange: bursts of sequential requests, the quickest of each into the filter.
//
// It owns no socket and no clock; whoever has them calls `reply` with the stamp that was taken first of all.

import { BURST_LENGTH, encodeTimeRequest, quickest, sampleOf } from './clock.js';

const REPLY_TIMEOUT_MS = 1000;

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
      this.#next();
    }, REPLY_TIMEOUT_MS);
    this.shell.send(encodeTimeRequest(t1));
  }

  #next() {
    if (this.asked < BURST_LENGTH) {
      this.#ask();
      return;
    }
    const best = quickest(this.samples);
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
