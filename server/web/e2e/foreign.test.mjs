// A page of another site, in a browser that stands beside the coordinator: whatever it tries, it changes nothing and
// reads nothing. The browser is a program of this machine, and so an operator without a login: that is what it is after.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { suite } from './suite.mjs';
import { until } from './system.mjs';

const test = suite({ speakers: [] });

/** Serves an empty page at a port of its own. */
async function site() {
  const server = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end('<!doctype html><title>News</title>'));
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

/** In the page: tries all ways in; answers what came of each. */
async function attack({ target, hash, track, wait }) {
  const socket = target.replace('http', 'ws');
  const within = (promise) => Promise.race([promise, new Promise((done) => setTimeout(done, wait, 'nothing'))]);
  const tried = async (path, options) => {
    const answer = await fetch(target + path, options).catch((error) => error);
    return answer instanceof Error ? 'refused' : answer.type === 'opaque' ? 'unread' : `read: ${answer.status} ${(await answer.text()).slice(0, 80)}`;
  };
  const text = (body) => ({ method: 'POST', headers: { 'content-type': 'text/plain' }, body: JSON.stringify(body) });
  const opens = (path) => within(new Promise((done) => {
    const it = new WebSocket(socket + path);
    it.onopen = () => done('open');
    it.onerror = () => done('refused');
  }));
  const embeds = (kind, path) => within(new Promise((done) => {
    const it = document.createElement(kind);
    it.onload = it.oncanplay = () => done(kind === 'iframe' ? 'loaded' : 'embedded');
    it.onerror = () => done('refused');
    it.src = target + path;
    document.body.append(it);
  }));
  const form = (path, enctype, [name, value]) => within(new Promise((done) => {
    const frame = Object.assign(document.createElement('iframe'), { name: `f${Math.random()}` });
    const it = Object.assign(document.createElement('form'), { method: 'POST', action: target + path, enctype, target: frame.name });
    it.append(Object.assign(document.createElement('input'), { name, value }));
    document.body.append(frame, it);
    // the first is that of the empty frame
    setTimeout(() => { frame.onload = () => done('sent'); it.submit(); });
  }));
  const found = {};
  found['form as text'] = await form('api/zones', 'text/plain', ['{"name":"Evil form","x":"', '"}']);
  found['form'] = await form('api/playback/pause', 'application/x-www-form-urlencoded', ['a', 'b']);
  found['form with a file'] = await form('api/restore', 'multipart/form-data', ['a', 'b']);
  found['post'] = await tried('api/zones', text({ name: 'Evil post' }));
  found['post unread'] = await tried('api/zones', { ...text({ name: 'Evil unread' }), mode: 'no-cors' });
  found['post with credentials'] = await tried('api/zones', { ...text({ name: 'Evil cookie' }), mode: 'no-cors', credentials: 'include' });
  found['beacon'] = String(navigator.sendBeacon(`${target}api/playback/volume`, JSON.stringify({ volume: 100 })));
  for (const method of ['PATCH', 'PUT', 'DELETE']) found[method] = await tried('api/zones/all/session', { method, body: '{}' });
  found['patch with a token'] = await tried('api/zones/all', { method: 'PATCH', headers: { authorization: 'Bearer dbt_x' }, body: '{}' });
  for (const path of ['api/tracks', 'api/speakers', 'api/whoami', 'api/history.csv', `media/${hash}`, 'trust/ca.crt', 'trust']) {
    found[`read ${path}`] = await tried(path, {});
    found[`read ${path} with credentials`] = await tried(path, { credentials: 'include' });
  }
  for (const path of ['ws', '', 'api/events/ws']) found[`socket ${path}`] = await opens(path);
  found['events'] = await within(new Promise((done) => {
    const it = new EventSource(`${target}api/events`, { withCredentials: true });
    it.onopen = () => done('open');
    it.onerror = () => { if (it.readyState === EventSource.CLOSED) done('refused'); };
  }));
  found['audio'] = await embeds('audio', `media/${hash}`);
  found['picture'] = await embeds('img', `api/tracks/${track}/cover`);
  found['script'] = await embeds('script', 'api/tracks');
  return found;
}

test('a page of another site changes nothing and reads nothing', async ({ system, browser }) => {
  const { tracks } = await system.get('api/tracks?limit=1');
  await until('its hash', async () => (await system.get(`api/tracks/${tracks[0].id}`)).hash);
  const { hash, id: track } = await system.get(`api/tracks/${tracks[0].id}`);
  const context = await browser.newContext();
  // What the other pages want: this browser may control, without any login.
  const own = await context.newPage();
  await own.goto(system.url);
  const mine = await own.evaluate(async (path) => {
    const set = await fetch('api/playback/volume', { method: 'POST', body: '{"volume":33}' });
    const heard = await new Promise((done) => {
      const audio = new Audio(path);
      audio.oncanplay = () => done('embedded');
      audio.onerror = () => done('refused');
    });
    return [set.status, heard, (await fetch('api/whoami').then((answer) => answer.json())).name];
  }, `media/${hash}`);
  assert.deepEqual(mine, [200, 'embedded', 'loopback']);
  const state = async () => {
    const [zones, speakers, playback, session] = await Promise.all(['api/zones', 'api/speakers', 'api/playback/state', 'api/zones/all/session'].map((path) => system.get(path)));
    return { zones: zones.zones.map((one) => one.name), speakers: speakers.count, volume: playback.volume, playing: playback.playbackState, repeat: session.repeat };
  };
  const before = await state();

  const server = await site();
  try {
    // another site, another port of the same host, and a page without an origin
    for (const origin of ['localhost', '127.0.0.1', 'sandboxed']) {
      const page = await context.newPage();
      await page.goto(`http://${origin === 'sandboxed' ? 'localhost' : origin}:${server.address().port}/`);
      let frame = page.mainFrame();
      if (origin === 'sandboxed') {
        await page.setContent('<iframe sandbox="allow-scripts allow-forms" srcdoc="<!doctype html>"></iframe>');
        frame = await (await page.waitForSelector('iframe')).contentFrame();
      }
      const found = await frame.evaluate(attack, { target: system.url, hash, track, wait: 10_000 });
      const { beacon, ...rest } = found;
      for (const [what, came] of Object.entries(rest)) {
        assert.ok(['refused', 'unread', 'sent'].includes(came), `${origin}: ${what}: ${came}`);
      }
      // Its own page in a frame of another: not shown.
      await page.evaluate((target) => document.body.append(Object.assign(document.createElement('iframe'), { src: target, id: 'framed' })), system.url);
      await until('the frame to be refused', () => page.frames().some((one) => one.url().startsWith('chrome-error:')));
      await page.close();
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
  // A change is answered when it is done, so all that would be done is done.
  assert.deepEqual(await state(), before);
  const followers = await own.evaluate(() => new Promise((done) => { const it = new EventSource('api/events'); it.onopen = () => done('open'); it.onerror = () => done('refused'); }));
  assert.equal(followers, 'open');
});
