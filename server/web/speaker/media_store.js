// The files, fetched once and decoded whole.
//
// A browser gives no way to decode a part of a file in a page that is not https, so a track is held as decoded samples: some 23 MB a
// minute. The store keeps what it is told is wanted, and beyond that the latest few.

import { addressOf } from './address.js';

/** Decoded samples that may be kept beside the wanted ones. */
export const KEEP_BYTES = 256e6;
/** A single track longer than this (about 45 minutes) would put the page at risk. */
const MAX_TRACK_BYTES = 1e9;
const RETRY_MS = 5000;

export class MediaError extends Error {
  /**
   * @param {string} code stable, as in `client_error`: `fetch_failed`, or `unsupported_here`, which blames this browser and not
   * the file
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export class MediaStore {
  /** @param {AudioContext} context decodes to its own rate */
  constructor(context) {
    this.context = context;
    this.files = new Map();
  }

  /** The decoded file, or null while it is not there. */
  get(entry) {
    return this.files.get(entry.hash)?.media ?? null;
  }

  /** Why the file cannot be had, or null. */
  fault(entry) {
    return this.files.get(entry.hash)?.error ?? null;
  }

  get bytes() {
    return [...this.files.values()].reduce((sum, f) => sum + (f.media?.bytes ?? 0), 0);
  }

  /** Fetches and decodes, once. Resolves to the decoded file, or throws a `MediaError`. */
  load(entry) {
    const known = this.files.get(entry.hash);
    const retry = known?.error && performance.now() - known.failedAt > RETRY_MS;
    if (known && !retry) {
      // Most lately used last.
      this.files.delete(entry.hash);
      this.files.set(entry.hash, known);
      return known.promise;
    }
    const file = { media: null, error: null, failedAt: 0, promise: null };
    this.files.set(entry.hash, file);
    file.promise = this.#fetchAndDecode(entry).then(
      (media) => (file.media = media),
      (error) => {
        file.error = error instanceof MediaError ? error : new MediaError('unsupported_here', String(error));
        file.failedAt = performance.now();
        throw file.error;
      },
    );
    // A prefetch that fails is told when the entry is asked for.
    file.promise.catch(() => {});
    return file.promise;
  }

  async #fetchAndDecode(entry) {
    const name = entry.title || entry.hash.slice(0, 12);
    const size = (entry.frames / entry.sample_rate) * this.context.sampleRate * 2 * 4;
    if (size > MAX_TRACK_BYTES) {
      const minutes = Math.round(entry.frames / entry.sample_rate / 60);
      throw new MediaError('unsupported_here', `${name}: ${minutes} minutes are more than a browser can hold decoded`);
    }
    let data;
    try {
      const response = await fetch(addressOf(`media/${entry.hash}`));
      if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
      data = await response.arrayBuffer();
    } catch (error) {
      throw new MediaError('fetch_failed', `${name}: ${error.message}`);
    }
    if (entry.bytes && data.byteLength !== entry.bytes) {
      throw new MediaError('fetch_failed', `${name}: ${data.byteLength} bytes came instead of ${entry.bytes}`);
    }
    let buffer;
    try {
      buffer = await this.context.decodeAudioData(data);
    } catch (error) {
      throw new MediaError('unsupported_here', `${name}: this browser cannot decode ${entry.format} (${error.message})`);
    }
    if (buffer.numberOfChannels > 2) buffer = await toStereo(buffer);
    const channels = Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c));
    return { channels, length: buffer.length, bytes: buffer.length * channels.length * 4 };
  }

  /** Lets go of what is neither among `wanted` entries nor lately used. */
  keep(wanted) {
    const hashes = new Set(wanted.map((e) => e.hash));
    let spare = this.bytes;
    for (const [hash, file] of this.files) {
      if (spare <= KEEP_BYTES) return;
      if (hashes.has(hash) || !file.media) continue;
      this.files.delete(hash);
      spare -= file.media.bytes;
    }
  }
}

/** Web Audio knows how to fold 5.1 to two channels. */
function toStereo(buffer) {
  const context = new OfflineAudioContext(2, buffer.length, buffer.sampleRate);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(context.destination);
  source.start();
  return context.startRendering();
}
