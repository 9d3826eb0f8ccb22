// Puts the parts together: the connection brings clock and messages, the player plays, the rest shows.
//
// A reader's path: connection.js -> clock.js -> score.js -> player.js -> voice.js.

import { Api } from './api.js';
import { Connection, CLIENT_VERSION, nowNs } from './connection.js';
import { Controls } from './controls.js';
import { micros, place, ppm } from './format.js';
import { Identity } from './identity.js';
import { Log } from './log.js';
import { Player } from './player.js';
import { Plot } from './plot.js';
import { Speakers } from './speakers.js';
import { health, present, report, underruns } from './telemetry.js';

const $ = (id) => document.getElementById(id);
const HEALTH_MS = 30_000;
const SHOW_MS = 200;

const begun = performance.now();
const identity = new Identity();
const api = new Api();
const log = new Log($('log'));
const plot = new Plot($('plot'));

const player = new Player({
  log: (what, text) => log.note(what, text),
  fault: (error) => {
    log.note(error.code, error.detail, true);
    connection.send({ type: 'client_error', ...error });
  },
});

let revision = -1;
let reportTimer = null;

const connection = new Connection({
  hello: () => ({
    speaker_id: identity.id,
    name: identity.name,
    class: 'browser',
    version: CLIENT_VERSION,
    // None sample-exactly: the browser decodes as it likes.
    capabilities: { formats: [], output: health(player).output, realtime: false },
    ...known(),
  }),
  onState: showConnection,
  onMessage: received,
  onTraffic: (direction, message) => log.traffic(direction, message),
  onTime: (sample, outcome) => {
    player.setClock(connection.clock);
    const { clock } = connection;
    const rest = `offset ${micros(clock.offsetAt(performance.now() * 1000))}, bound ${micros(clock.errorBoundAt(performance.now() * 1000))}`;
    log.time(sample ? `round trip ${micros(sample.roundTrip)}, ${outcome}, ${rest}` : outcome);
    if (outcome === 'stepped') log.note('clock', 'the clock stepped: beginning anew', true);
  },
});

/** What this window plays by, so that a coordinator which comes back may go on from there. Only if it is sure of it. */
function known() {
  const { clock } = connection;
  const now = performance.now() * 1000;
  const bound = clock?.errorBoundAt(now);
  if (!player.session || !player.sounding || !(bound < 2000)) return {};
  return {
    known: {
      clock_id: clock.clockId,
      server_us: Math.round(clock.serverAt(now)),
      local_ns: Math.round(now * 1000),
      error_bound_us: bound,
      revision: player.session.revision,
      ...(player.session.timeline && { timeline: player.session.timeline }),
      plan: player.session.plan,
    },
  };
}

const handlers = {
  welcome(m) {
    identity.keep(m.speaker_id);
    controls.speakerId = m.speaker_id;
    showName(m.name);
    // What follows is the whole truth, whatever was seen before.
    revision = -1;
    player.setSettings(m.settings);
    sendHealth();
    reportRegularly();
  },
  state_sync(m) {
    // Every zone counts its own revisions.
    if (m.zone === api.zone && m.revision < revision) return;
    api.zone = m.zone;
    revision = m.revision;
    player.setSession(m);
    player.setLevel(m.volume, m.server_time, 50);
    controls.showLevel(m.volume, m.zone_name);
  },
  play_track: session,
  pause: session,
  resume: session,
  seek: session,
  stop: session,
  plan_update: session,
  async prepare(m) {
    const answer = await player.prepare(m.entry);
    connection.send({ type: 'ready', prepare_id: m.prepare_id, entry: m.entry.entry, ...answer });
  },
  volume_change(m) {
    if (m.revision < revision) return;
    revision = m.revision;
    player.setLevel(m.volume, m.at, m.ramp_ms);
    controls.showLevel(m.volume);
  },
  position_check() {
    sendReport();
  },
  configure(m) {
    showName(m.name);
    player.setSettings(m.settings);
    reportRegularly();
  },
  identify(m) {
    player.identify(m.at);
  },
  metronome() {
    // A page does not tick: what lies behind a browser's output is not known to it, so there is nothing to trim by ear.
  },
  async announce(m) {
    await player.announce(m);
  },
  error(m) {
    // Another window took this one's id, and keeps it: this one comes back as somebody else, or they would fight for it.
    if (m.code === 'replaced') identity.keep(null);
    else problem(m.detail);
  },
};

function session(m) {
  // An older one than already seen is to be ignored.
  if (m.revision < revision) return;
  revision = m.revision;
  player.setSession(m);
}

function received(message) {
  const handler = Object.hasOwn(handlers, message.type) ? handlers[message.type] : null;
  if (!handler) {
    connection.send({ type: 'client_error', code: 'unknown_message', detail: `this page does not know ${message.type}` });
    return;
  }
  Promise.resolve()
    .then(() => handler(message))
    .catch((error) => {
      log.note('fault', `${message.type}: ${error.message}`, true);
      connection.send({ type: 'client_error', code: error.code ?? 'bad_message', detail: `${message.type}: ${error.message}` });
    });
}

// ---- telemetry ----

function sendReport() {
  const { clock } = connection;
  const now = performance.now() * 1000;
  const bound = clock?.errorBoundAt(now) ?? null;
  connection.send({
    type: 'position_report',
    ...report(player),
    skew_ppm: clock?.skewPpm ?? 0,
    offset_us: Math.round(clock?.offsetAt(now) ?? 0),
    ...(bound !== null && { error_bound_us: bound, round_trip_us: clock.floorUs }),
  });
}

/** Begins to report as often as the settings say. */
function reportRegularly() {
  clearInterval(reportTimer);
  const every = player.settings.report_interval_ms;
  if (every > 0) reportTimer = setInterval(sendReport, Math.max(100, every));
}

function sendHealth() {
  connection.send({
    type: 'health',
    version: CLIENT_VERSION,
    uptime_s: Math.floor((performance.now() - begun) / 1000),
    ...health(player),
  });
}

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
  identity.rename(name);
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
setInterval(sendHealth, HEALTH_MS);

await identity.claim();
connection.start();
speakers.start();

// For the console, and for tests in a browser.
globalThis.downbeat = { player, connection, api, identity, log, nowNs, report: () => report(player) };
