// Sounds that are not the zone's music: the chirp by which a person finds a speaker, and clips mixed over what plays.

/** @param {number} beginS of the context */
export function chirp(context, beginS) {
  const tone = new OscillatorNode(context, { frequency: 660 });
  const gain = new GainNode(context, { gain: 0 });
  tone.frequency.setValueAtTime(660, beginS);
  tone.frequency.exponentialRampToValueAtTime(1760, beginS + 0.35);
  gain.gain.setValueAtTime(0, beginS);
  gain.gain.linearRampToValueAtTime(0.25, beginS + 0.02);
  gain.gain.setValueAtTime(0.25, beginS + 0.3);
  gain.gain.linearRampToValueAtTime(0, beginS + 0.4);
  tone.connect(gain).connect(context.destination);
  tone.start(beginS);
  tone.stop(beginS + 0.45);
}

/**
 * Plays a decoded clip of which the first frame is due at `dueS`, and lets the music give way by `duckDb` meanwhile.
 * @param {AudioNode} into where the clip is mixed in
 * @param {AudioParam} music the gain of the music
 */
export function announce(context, media, dueS, duckDb, into, music) {
  const buffer = context.createBuffer(media.channels.length, media.length, context.sampleRate);
  media.channels.forEach((samples, c) => buffer.copyToChannel(samples, c));
  const begin = Math.max(dueS, context.currentTime + 0.02);
  const offset = begin - dueS;
  if (offset >= buffer.duration) return;
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(into);
  source.start(begin, offset);
  const end = begin + buffer.duration - offset;
  const ducked = 10 ** (Math.min(0, duckDb) / 20);
  music.setValueAtTime(1, begin);
  music.linearRampToValueAtTime(ducked, Math.min(end, begin + 0.2));
  music.setValueAtTime(ducked, end);
  music.linearRampToValueAtTime(1, end + 0.5);
}
