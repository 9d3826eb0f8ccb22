// The speakers of the zone, as the coordinator hears of them.

import { micros } from './format.js';

const EVERY_MS = 2000;

export class Speakers {
  /**
   * @param {import('./api.js').Api} api
   * @param {HTMLElement} body a `tbody`
   * @param {HTMLElement} spread where it is said how far apart they are
   * @param {() => {id: string | null, zone: string | null}} self this window
   */
  constructor(api, body, spread, self) {
    this.api = api;
    this.body = body;
    this.spread = spread;
    this.self = self;
  }

  start() {
    const again = async () => {
      if (document.visibilityState === 'visible') await this.refresh();
      setTimeout(again, EVERY_MS);
    };
    again();
  }

  async refresh() {
    let speakers;
    try {
      speakers = await this.api.speakers();
    } catch {
      // The connection says so already; old figures are worse than none.
      this.body.replaceChildren(message('The coordinator does not answer.'));
      this.spread.textContent = '';
      return;
    }
    const { id, zone } = this.self();
    const rank = (s) => (s.id === id ? 0 : s.connected ? 1 : 2);
    const here = (s) => zone === null || s.zoneId === zone;
    speakers.sort((a, b) => here(b) - here(a) || rank(a) - rank(b) || a.name.localeCompare(b.name));
    const errors = speakers.filter((s) => here(s) && sounding(s)).map((s) => s.syncErrorUs);
    this.spread.textContent = errors.length > 1 ? `${micros(Math.max(...errors) - Math.min(...errors))} apart, as they believe` : '';
    // Windows come and go; speakers stay in sight.
    const gone = (s) => s.class === 'browser' && !s.connected && s.id !== id;
    const rows = speakers.filter((s) => !gone(s)).map((s) => row(s, s.id === id, here(s)));
    const away = speakers.filter(gone).length;
    if (away > 0) rows.push(message(away === 1 ? 'and a browser window that is away' : `and ${away} browser windows that are away`));
    this.body.replaceChildren(...(rows.length ? rows : [message('No speaker has shown up yet.')]));
  }
}

function message(text) {
  const tr = document.createElement('tr');
  const td = tr.insertCell();
  td.colSpan = 4;
  td.className = 'quiet';
  td.textContent = text;
  return tr;
}

const sounding = (speaker) => speaker.connected && speaker.state === 'playing' && Number.isFinite(speaker.syncErrorUs);

function row(speaker, self, here) {
  const tr = document.createElement('tr');
  tr.classList.toggle('self', self);
  tr.classList.toggle('off', !speaker.connected || !here);
  const name = tr.insertCell();
  name.textContent = speaker.name;
  const facts = [here ? null : `zone ${speaker.zone}`, self ? 'this window' : speaker.class === 'browser' ? 'browser' : null];
  if (facts.some(Boolean)) {
    const more = document.createElement('span');
    more.className = 'zone';
    more.textContent = facts.filter(Boolean).join(', ');
    name.append(more);
  }
  const state = tr.insertCell();
  state.className = 'state';
  state.textContent = speaker.connected ? (speaker.state ?? 'connected') : 'away';
  for (const text of [sounding(speaker) ? micros(speaker.syncErrorUs, { sign: true }) : '–', speaker.connected ? micros(speaker.errorBoundUs) : '–']) {
    const cell = tr.insertCell();
    cell.className = 'number';
    cell.textContent = text;
  }
  return tr;
}
