// The page for engineers: a speaker, a controller, and a window on all that is said between them.

import { Api } from './api.js';
import { nowNs } from './connection.js';
import { Controls } from './controls.js';
import { micros, place, ppm } from './format.js';
import { Identity } from './identity.js';
import { Log } from './log.js';
import { Plot } from './plot.js';
import { BrowserSpeaker } from './speaker.js';
import { Speakers } from './speakers.js';
import { present, report, underruns } from './telemetry.js';

const $ = (id) => document.getElementById(id);
const SHOW_MS = 200;

const identity = new Identity();
const api = new Api();
const log = new Log($('log'));
const plot = new Plot($('plot'));

const speaker = new BrowserSpeaker(identity, {
  connection: showConnection,
  note: (what, text, bad) => log.note(what, text, bad),
  traffic: (direction, message) => log.traffic(direction, message),
  time: (sample, outcome) => {
    const { clock } = connection;
    const now = performance.now() * 1000;
    const rest = `offset ${micros(clock.offsetAt(now))}, bound ${micros(clock.errorBoundAt(now))}`;
    log.time(sample ? `round trip ${micros(sample.roundTrip)}, ${outcome}, ${rest}` : outcome);
  },
  welcome: (id) => (controls.speakerId = id),
  name: showName,
  level: (volume, zone) => {
    if (zone) api.zone = zone.id;
    controls.showLevel(volume, zone?.name);
  },
  refused: problem,
});
const { player, connection } = speaker;

// ---- what is shown ----

function problem(text) {
  $('problem').hidden = text === null;
  $('problem').textContent = text ?? '';
}

function showConnection({ name, detail, retryMs }) {
  const words = {
    connecting: 'connecting',
    open: `connected to ${detail}`,
    waiting: `not connected (${detail}), trying again in ${((retryMs ?? 0) / 1000).toFixed(1)} s`,
    refused: `refused: ${detail}`,
  };
  $('connection').dataset.state = name;
  $('connection').textContent = words[name];
  log.note(name, detail, name === 'waiting' || name === 'refused');
  if (name === 'open') {
    problem(null);
    controls.loadTracks();
  }
}

function showName(name) {
  if (document.activeElement !== $('name')) $('name').value = name;
}

function text(id, value) {
  const node = $(id);
  if (node.textContent !== value) node.textContent = value;
}

function showFigures() {
  const nowUs = performance.now() * 1000;
  const now = present(player, nowUs);
  const { clock } = connection;
  const state = now?.state ?? 'idle';
  const sounding = now !== null && now.errorUs !== null;
  plot.add(sounding ? now.errorUs / 1000 : null);
  text('drift', sounding ? micros(now.errorUs, { sign: true }) : '–');
  const summary = plot.summary;
  const why = {
    idle: player.listening ? 'nothing to play' : 'not listening: a remote control only',
    preparing: player.output.ready ? 'fetching and decoding' : 'learning when the output sounds',
    paused: 'paused',
    faulted: 'cannot play: see the messages',
  };
  const late = sounding && (now.errorUs > 0 ? 'late' : 'early');
  text('drift-text', sounding ? `${late}; median ${summary?.median.toFixed(2)} ms, worst ${summary?.worst.toFixed(2)} ms of the last minute` : (why[state] ?? state));
  text('f-state', state);
  text('f-expected', place(now?.expected));
  text('f-actual', place(now?.actual));
  text('f-correction', sounding ? ppm(now.correctionPpm) : '–');
  text('f-offset', clock?.bursts ? micros(clock.offsetAt(nowUs)) : '–');
  text('f-skew', clock?.bursts > 3 ? ppm(clock.skewPpm) : '–');
  text('f-roundtrip', micros(clock?.floorUs));
  text('f-bound', clock ? micros(clock.errorBoundAt(nowUs)) : '–');
  text('f-latency', player.sounding ? `${player.outputLatencyMs.toFixed(1)} ms` : '–');
  text('f-dac', player.output.ready ? ppm(player.output.dacPpm) : '–');
  text('f-reanchors', String(player.counts.reanchors));
  text('f-underruns', String(underruns(player)));
  plot.draw();
}

function showListening() {
  const on = player.listening && player.sounding;
  $('listen-card').classList.toggle('on', on);
  $('listen').setAttribute('aria-pressed', String(on));
  $('listen').querySelector('span').textContent = on ? 'Listening' : player.listening ? 'Tap to go on listening' : 'Tap to listen here';
  text(
    'listen-text',
    on
      ? 'This window is a speaker. Tap to make it a mere remote control again.'
      : 'This window becomes a speaker. Until then it is a remote control. Every window is a speaker of its own.',
  );
}

const controls = new Controls(api, { now: () => present(player), session: () => player.session, problem });
const speakers = new Speakers(api, $('speakers'), $('spread'), () => ({ id: identity.id, zone: api.zone }));

$('listen').addEventListener('click', async () => {
  try {
    if (player.listening && player.sounding) {
      await player.unlisten();
    } else {
      await player.listen();
      await keepAwake();
    }
  } catch (error) {
    problem(`The browser gives no sound: ${error.message}`);
  }
  showListening();
});

/** A screen that goes dark takes the sound with it on phones. Only pages by https may ask. */
async function keepAwake() {
  try {
    await navigator.wakeLock?.request('screen');
  } catch {
    // The battery is low, or the page is hidden.
  }
}

$('name-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const name = $('name').value.trim();
  if (!name) return;
  identity.rename(name);
  $('name').blur();
  controls.run(() => identity.id && api.changeSpeaker(identity.id, { name }));
});
$('log-kinds').addEventListener('change', (event) => log.show(event.target.value, event.target.checked));
$('log-search').addEventListener('input', (event) => log.search(event.target.value));
$('log-pause').addEventListener('change', (event) => (log.paused = event.target.checked));
$('log-clear').addEventListener('click', () => log.clear());

$('name').value = identity.name;
setInterval(() => {
  showListening();
  controls.show();
  showFigures();
}, SHOW_MS);

await speaker.start();
speakers.start();

// For the console, and for tests in a browser.
globalThis.downbeat = { player, connection, api, identity, log, nowNs, report: () => report(player) };
