// The coordinator's REST calls, as this page needs them. What goes wrong comes back as a sentence.

import { addressOf } from './address.js';

export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(addressOf(`api${path}`), {
      method,
      headers: { accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      cache: 'no-store',
    });
  } catch {
    throw new ApiError(0, 'unreachable', 'the coordinator does not answer');
  }
  const text = await response.text();
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    // not JSON: the status has to do
  }
  if (response.ok) return answer;
  // application/problem+json (RFC 9457)
  const sentence = answer?.detail ?? answer?.title ?? answer?.error ?? `${response.status} ${response.statusText}`;
  throw new ApiError(response.status, answer?.code ?? '', sentence);
}

export class Api {
  constructor() {
    /** The zone to be controlled; null: the default one. */
    this.zone = null;
  }

  /** `play`, `pause`, `resume`, `seek`, `stop`, `next`, `previous` or `volume`. */
  playback(action, body = {}) {
    return call('POST', `/playback/${action}`, { ...body, ...(this.zone && { zone: this.zone }) });
  }

  state() {
    return call('GET', `/playback/state${this.zone ? `?zone=${encodeURIComponent(this.zone)}` : ''}`);
  }

  /** All tracks, page by page. */
  async tracks(most = 5000) {
    const tracks = [];
    let cursor = null;
    do {
      const page = await call('GET', `/tracks${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ''}`);
      tracks.push(...(page?.tracks ?? []));
      cursor = page?.next ?? null;
    } while (cursor && tracks.length < most);
    return tracks;
  }

  async speakers() {
    return (await call('GET', '/speakers'))?.speakers ?? [];
  }

  changeSpeaker(id, change) {
    return call('PATCH', `/speakers/${encodeURIComponent(id)}`, change);
  }

  identify(id) {
    return call('POST', `/speakers/${encodeURIComponent(id)}/identify`, {});
  }
}
