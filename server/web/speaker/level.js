// How loud: two volumes and a mute, on the scale of the ear, with ramps so that nothing clicks.

import { gainOf } from './timeline.js';

/** Straight pieces that follow the curve of a ramp. */
const PIECES = 8;
const SHORTEST_S = 0.01;

export class Level {
  constructor() {
    /** 0..100, of both volumes together; their gains multiply. */
    this.percent = 100;
    this.node = null;
  }

  /** @param {GainNode} node what is to be that loud */
  attach(node) {
    this.node = node;
    node.gain.value = gainOf(this.percent);
  }

  /**
   * @param {{zone: number, speaker: number, muted: boolean}} level
   * @param {number | null} beginS of the node's context; null: now
   */
  set({ zone, speaker, muted }, beginS, rampMs) {
    const from = this.percent;
    // The percentage whose gain is the product of both gains.
    this.percent = muted ? 0 : (Math.min(100, Math.max(0, zone)) * Math.min(100, Math.max(0, speaker))) / 100;
    if (!this.node) return;
    const { gain, context } = this.node;
    const begin = Math.max(beginS ?? 0, context.currentTime);
    const ramp = Math.max(SHORTEST_S, rampMs / 1000);
    gain.cancelScheduledValues(begin);
    gain.setValueAtTime(gainOf(from), begin);
    for (let i = 1; i <= PIECES; i += 1) {
      gain.linearRampToValueAtTime(gainOf(from + ((this.percent - from) * i) / PIECES), begin + (ramp * i) / PIECES);
    }
  }
}
