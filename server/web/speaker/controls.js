// Transport, volume and track list: everything a person can want of the zone. It works with or without sound in this window.

import { clock, clockInWords } from './format.js';

const $ = (id) => document.getElementById(id);

/** While a slider is being moved, changes are sent this often. */
const SLIDE_MS = 120;
/** How many tracks of the list become the queue. */
const MOST_QUEUED = 500;
/** How many are shown; the search finds the rest. */
const MOST_SHOWN = 300;

export class Controls {
  /**
   * @param {import('./api.js').Api} api
   * @param {object} hooks
   * @param {() => object | null} hooks.now what is due and heard, as the player says
   * @param {() => object | null} hooks.session the zone's last timeline and plan
   * @param {(text: string | null) => void} hooks.problem shows what went wrong
   */
  constructor(api, hooks) {
    this.api = api;
    this.hooks = hooks;
    this.tracks = [];
    this.found = [];
    this.speakerId = null;
    this.seeking = false;
    this.shownEntry = null;

    this.#click('previous', () => api.playback('previous'));
    this.#click('next', () => api.playback('next'));
    this.#click('stop', () => api.playback('stop'));
    this.#click('toggle', () => this.toggle());
    this.#slider('zone-volume', (volume) => api.playback('volume', { volume }));
    this.#slider('own-volume', (volume) => this.speakerId && api.changeSpeaker(this.speakerId, { volume }));
    $('own-muted').addEventListener('change', (e) => this.run(() => this.speakerId && api.changeSpeaker(this.speakerId, { muted: e.target.checked })));
    $('track-search').addEventListener('input', () => this.#showTracks());
    this.#seekBar();
    document.addEventListener('keydown', (e) => {
      const busy = e.target.closest('button, input, summary, pre, a') || e.ctrlKey || e.metaKey || e.altKey;
      if (e.key !== ' ' || busy) return;
      e.preventDefault();
      this.run(() => this.toggle());
    });
  }

  /** Does something that may fail, and says so if it does. */
  async run(action) {
    try {
      await action();
      this.hooks.problem(null);
    } catch (error) {
      this.hooks.problem(error.message);
    }
  }

  #click(id, action) {
    $(id).addEventListener('click', () => this.run(action));
  }

  get #state() {
    const { timeline } = this.hooks.session() ?? {};
    if (!timeline) return 'stopped';
    if (!timeline.running) return 'paused';
    const now = this.hooks.now();
    return now && !now.expected ? 'stopped' : 'playing';
  }

  /** Pause; else go on, or begin with the queue, or with the whole library. */
  toggle() {
    return this.api.playback(this.#state === 'playing' ? 'pause' : 'play');
  }

  /** Plays a track, and after it those that stand below it in the list. */
  #play(track) {
    const list = this.found.filter((t) => !t.fault);
    const at = list.indexOf(track);
    const begin = Math.max(0, Math.min(at, list.length - MOST_QUEUED));
    const trackIds = list.slice(begin, begin + MOST_QUEUED).map((t) => t.id);
    return this.api.playback('play', { trackIds, startIndex: at - begin });
  }

  #slider(id, send) {
    const slider = $(id);
    const text = $(`${id}-text`);
    let timer = null;
    const flush = () => {
      timer = null;
      this.run(() => send(Number(slider.value)));
    };
    slider.addEventListener('input', () => {
      text.value = slider.value;
      slider.dataset.held = 'yes';
      timer ??= setTimeout(flush, SLIDE_MS);
    });
    slider.addEventListener('change', () => setTimeout(() => delete slider.dataset.held, 600));
  }

  #showSlider(id, value) {
    const slider = $(id);
    if (slider.dataset.held || !Number.isFinite(value)) return;
    slider.value = value;
    $(`${id}-text`).value = Math.round(value);
  }

  /** The volumes as the coordinator says. */
  showLevel({ zone, speaker, muted }, zoneName) {
    this.#showSlider('zone-volume', zone);
    this.#showSlider('own-volume', speaker);
    $('own-muted').checked = muted;
    if (zoneName) $('zone-name').textContent = zoneName;
  }

  #seekBar() {
    const bar = $('seek');
    bar.addEventListener('input', () => {
      this.seeking = true;
      $('position').textContent = clock(Number(bar.value));
    });
    bar.addEventListener('change', () => {
      const position = Number(bar.value);
      this.run(() => this.api.playback('seek', { position })).finally(() => setTimeout(() => (this.seeking = false), 300));
    });
  }

  async loadTracks() {
    await this.run(async () => {
      this.tracks = await this.api.tracks();
      this.#showTracks();
    });
  }

  #showTracks() {
    const words = $('track-search').value.trim().toLowerCase();
    this.found = this.tracks.filter((t) => `${t.title ?? ''} ${t.artist ?? ''} ${t.album ?? ''}`.toLowerCase().includes(words));
    const items = this.found.slice(0, MOST_SHOWN).map((track) => this.#trackItem(track));
    if (items.length === 0) {
      const none = document.createElement('li');
      none.className = 'quiet';
      none.textContent = this.tracks.length === 0 ? 'The library is empty.' : 'Nothing is called that.';
      items.push(none);
    }
    $('tracks').replaceChildren(...items);
    this.#markTrack();
  }

  #trackItem(track) {
    const item = document.createElement('li');
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.track = track.id;
    button.disabled = Boolean(track.fault);
    const title = document.createElement('span');
    title.textContent = track.title || track.path || track.id;
    const artist = document.createElement('span');
    artist.className = track.fault ? 'artist fault' : 'artist';
    artist.textContent = track.fault ?? [track.artist, track.album].filter(Boolean).join(' · ');
    const length = document.createElement('span');
    length.className = 'length';
    length.textContent = Number.isFinite(track.duration) && track.duration > 0 ? clock(track.duration) : '';
    button.append(title, artist, length);
    button.addEventListener('click', () => this.run(() => this.#play(track)));
    item.append(button);
    return item;
  }

  #markTrack() {
    for (const button of $('tracks').querySelectorAll('button')) {
      if (button.dataset.track === this.shownEntry?.track) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
    }
  }

  /** Brings the page in line with the present: to be called often. */
  show() {
    const now = this.hooks.now();
    const expected = now?.expected ?? null;
    const state = this.#state;
    const toggle = $('toggle');
    const label = state === 'playing' ? 'Pause' : 'Play';
    if (toggle.getAttribute('aria-label') !== label) {
      toggle.setAttribute('aria-label', label);
      toggle.title = `${label} (space)`;
      toggle.querySelector('use').setAttribute('href', state === 'playing' ? '#i-pause' : '#i-play');
    }
    const entry = expected?.entry ?? null;
    if (entry?.entry !== this.shownEntry?.entry) {
      this.shownEntry = entry;
      $('title').textContent = entry ? entry.title || 'Untitled' : 'Nothing is playing';
      $('artist').textContent = entry?.artist ?? '';
      document.title = entry ? `${entry.title || 'Untitled'} – Downbeat` : 'Downbeat: browser speaker';
      this.#markTrack();
    }
    const bar = $('seek');
    bar.disabled = !entry;
    // of a file that holds several tracks, the track
    const first = entry?.track_start_frames ?? 0;
    const length = entry ? ((entry.track_end_frames ?? entry.frames) - first) / entry.sample_rate : 0;
    const position = entry ? Math.min(length, Math.max(0, (expected.frames - first) / entry.sample_rate)) : 0;
    if (Number(bar.max) !== length) bar.max = length || 1;
    $('duration').textContent = clock(length);
    if (this.seeking) return;
    bar.value = position;
    const words = entry ? `${clockInWords(position)} of ${clockInWords(length)}` : 'nothing is playing';
    if (bar.getAttribute('aria-valuetext') !== words) bar.setAttribute('aria-valuetext', words);
    $('position').textContent = clock(position);
  }
}
