// Hands on what a microphone hears, with the frame at which each piece begins: a piece that is lost leaves its gap.
// Runs in the audio thread, as a file of its own.
class Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    this.piece = new Float32Array(4096);
    this.filled = 0;
    this.begin = 0;
  }

  process([input]) {
    const heard = input?.[0];
    if (!heard) return true;
    if (this.filled === 0) this.begin = currentFrame;
    this.piece.set(heard, this.filled);
    this.filled += heard.length;
    // a piece is whole when no further quantum fits
    if (this.filled + heard.length <= this.piece.length) return true;
    const samples = this.piece.slice(0, this.filled);
    this.port.postMessage({ frame: this.begin, samples }, [samples.buffer]);
    this.filled = 0;
    return true;
  }
}

registerProcessor('downbeat-recorder', Recorder);
