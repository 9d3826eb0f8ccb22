// One unbroken stretch of sound: chunks, laid end to end on the context's frames, behind a gain of their own.
//
// A pause, a seek or a re-anchor ends a voice with a short fade and begins another; so a crossfade is nothing special. The
// voice remembers what it laid out, so that one can ask which content leaves the speaker at a given frame.

/** How long the memory reaches back, seconds. */
const MEMORY_S = 5;

export class Voice {
  /**
   * @param {number} frame the context's frame at which the voice begins
   * @param {number} content the server instant at which that frame's content is due, us
   */
  constructor(context, destination, frame, content, fadeInS) {
    this.context = context;
    this.begin = frame;
    this.head = frame;
    this.content = content;
    this.integral = 0;
    this.correctionPpm = 0;
    this.chunks = [];
    this.sources = new Set();
    this.endS = Infinity;
    this.gain = context.createGain();
    const startS = frame / context.sampleRate;
    this.gain.gain.setValueAtTime(0, 0);
    this.gain.gain.setValueAtTime(0, startS);
    this.gain.gain.linearRampToValueAtTime(1, startS + fadeInS);
    this.gain.connect(destination);
  }

  get headS() {
    return this.head / this.context.sampleRate;
  }

  get beginS() {
    return this.begin / this.context.sampleRate;
  }

  /** Lays a chunk at the head; `step` is how many microseconds of content lie between its frames. */
  append(channels, step) {
    const count = channels[0].length;
    const buffer = this.context.createBuffer(channels.length, count, this.context.sampleRate);
    channels.forEach((samples, c) => buffer.copyToChannel(samples, c));
    const source = new AudioBufferSourceNode(this.context, { buffer });
    source.connect(this.gain);
    source.onended = () => {
      source.disconnect();
      this.sources.delete(source);
    };
    source.start(this.headS);
    this.sources.add(source);
    this.chunks.push({ frame: this.head, count, content: this.content, step, correctionPpm: this.correctionPpm });
    const old = (this.context.currentTime - MEMORY_S) * this.context.sampleRate;
    while (this.chunks.length > 1 && this.chunks[0].frame + this.chunks[0].count < old) this.chunks.shift();
    this.head += count;
    this.content += count * step;
  }

  /** What the clock gained or lost: the same sound, told in another clock's time. */
  shift(us) {
    this.content += us;
    for (const chunk of this.chunks) chunk.content += us;
  }

  /** The content instant of the context's frame (whole or not), or null where this voice is silent. */
  contentAt(frame) {
    if (frame / this.context.sampleRate >= this.endS) return null;
    const chunk = this.chunks.find((c) => c.frame <= frame && frame < c.frame + c.count);
    return chunk ? { content: chunk.content + (frame - chunk.frame) * chunk.step, correctionPpm: chunk.correctionPpm } : null;
  }

  /** Fades out from `atS` of the context on, and is done. */
  end(atS, fadeS) {
    const from = Math.max(atS, this.context.currentTime);
    this.endS = from + fadeS / 2;
    const gain = this.gain.gain;
    if (from <= this.beginS) {
      gain.cancelScheduledValues(0);
      gain.value = 0;
      gain.setValueAtTime(0, 0);
      this.endS = this.beginS;
    } else {
      gain.cancelScheduledValues(from);
      gain.setValueAtTime(1, from);
      gain.linearRampToValueAtTime(0, from + fadeS);
    }
    for (const source of this.sources) source.stop(Math.max(from + fadeS, this.context.currentTime));
  }

  /** Nothing of it is heard any more, nor will be. */
  get over() {
    return this.context.currentTime > Math.min(this.endS, this.headS) + 1;
  }

  dispose() {
    this.gain.disconnect();
  }
}
