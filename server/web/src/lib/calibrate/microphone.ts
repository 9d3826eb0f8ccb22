/** A microphone that records all it hears, as it is: nothing is cancelled, suppressed or levelled. */

/** Why there is no microphone. */
export type Missing = 'insecure' | 'none' | 'refused' | 'busy';

export class NoMicrophone extends Error {
  constructor(readonly why: Missing) {
    super(why);
  }
}

interface Piece {
  frame: number;
  samples: Float32Array<ArrayBuffer>;
}

/** Longer than any calibration, seconds: a page that is forgotten does not fill the memory. */
const MOST_S = 240;

export class Microphone {
  /** The loudest sample of the last moment, 0..1. */
  peak = 0;
  #pieces: Piece[] = [];
  #stream: MediaStream;
  #context: AudioContext;
  #heard = 0;

  private constructor(stream: MediaStream, context: AudioContext) {
    this.#stream = stream;
    this.#context = context;
  }

  /** True where a browser gives microphones to pages at all. */
  static get allowed(): boolean {
    return globalThis.isSecureContext && navigator.mediaDevices?.getUserMedia !== undefined && 'AudioWorkletNode' in globalThis;
  }

  /** Asks for it, and begins to record. To be called in the handler of a press. */
  static async open(tell: (peak: number) => void): Promise<Microphone> {
    if (!Microphone.allowed) throw new NoMicrophone('insecure');
    const context = new AudioContext();
    let stream: MediaStream | undefined;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 } });
      await context.audioWorklet.addModule(new URL('./recorder.js', import.meta.url));
      await context.resume();
      const one = new Microphone(stream, context);
      const recorder = new AudioWorkletNode(context, 'downbeat-recorder', { numberOfInputs: 1, numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' });
      recorder.port.onmessage = ({ data }: MessageEvent<Piece>) => {
        one.#take(data);
        tell(one.peak);
      };
      new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(recorder);
      return one;
    } catch (error) {
      stream?.getTracks().forEach((track) => track.stop());
      void context.close();
      const name = error instanceof DOMException ? error.name : '';
      if (['NotAllowedError', 'SecurityError'].includes(name)) throw new NoMicrophone('refused');
      if (['NotFoundError', 'OverconstrainedError'].includes(name)) throw new NoMicrophone('none');
      if (['NotReadableError', 'AbortError'].includes(name)) throw new NoMicrophone('busy');
      throw error;
    }
  }

  #take(piece: Piece): void {
    this.peak = piece.samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    this.#heard += piece.samples.length;
    if (this.#heard <= MOST_S * this.rate) this.#pieces.push(piece);
  }

  get rate(): number {
    return this.#context.sampleRate;
  }

  /** True while its track lives: a headset that is pulled out ends it. */
  get live(): boolean {
    return this.#stream.getAudioTracks().some((track) => track.readyState === 'live');
  }

  /** All that was heard, each piece in its place. */
  recording(): Float32Array<ArrayBuffer> {
    const first = this.#pieces[0]?.frame ?? 0;
    const last = this.#pieces.at(-1);
    const samples = new Float32Array(last ? Math.min(MOST_S * this.rate, last.frame + last.samples.length - first) : 0);
    for (const piece of this.#pieces) {
      const at = piece.frame - first;
      if (at < samples.length) samples.set(piece.samples.subarray(0, samples.length - at), at);
    }
    return samples;
  }

  stop(): void {
    this.#stream.getTracks().forEach((track) => track.stop());
    void this.#context.close();
    this.#pieces = [];
  }
}
