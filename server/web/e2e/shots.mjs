// Pictures of every screen, on a desk and on a phone, light and dark, into shots/: `npm run shots [URL]`.
// Without an address a system of its own is started; with one, that of a coordinator that runs. `readme` in its place
// takes the three of the README anew, into docs/pictures/.
import { mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { open, screens, visit } from './browser.mjs';
import { System } from './system.mjs';

const readme = process.argv[2] === 'readme';
const address = readme ? undefined : process.argv[2];
const out = fileURLToPath(new URL(readme ? '../../../docs/pictures/' : '../shots/', import.meta.url));
if (!readme) await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const system = address ? undefined : await System.start();
const url = address ?? system.url;
const browser = await open();
try {
  if (system) {
    await system.send('POST', 'api/playback/play', { search: 'format:flac' });
    await system.send('PATCH', 'api/zones/all/session', { repeat: 'all' });
    const { tracks } = await system.get('api/tracks?limit=6');
    await system.send('POST', 'api/playlists', { name: 'Evening', trackIds: tracks.map((track) => track.id) });
    await system.send('POST', 'api/playlists', { name: 'Quiet mornings', rule: { query: 'genre:ambient' } });
    await system.send('POST', 'api/zones', { name: 'Upstairs' });
  }
  const { speakers } = await (await fetch(`${url}api/speakers`)).json();
  const { albums } = await (await fetch(`${url}api/albums`)).json();
  const { playlists } = await (await fetch(`${url}api/playlists`)).json();
  const all = screens({ speaker: speakers[0]?.id, album: albums[0]?.id, playlist: playlists[0]?.id });
  if (readme) {
    for (const [screen, width, colorScheme] of [['now', 1200, 'light'], ['sync', 1200, 'dark'], ['now', 390, 'dark']]) {
      const page = await visit(browser, url + (screen === 'now' ? '' : screen), { viewport: { width, height: 760 }, colorScheme });
      await page.locator('main h1').first().waitFor();
      await page.waitForTimeout(screen === 'sync' ? 30_000 : 5000);
      await page.screenshot({ path: `${out}${screen}-${width}.jpg`, type: 'jpeg', quality: 72 });
      await page.context().close();
    }
  }
  for (const [name, viewport] of readme ? [] : [['desk', { width: 1280, height: 800 }], ['phone', { width: 390, height: 844 }]]) {
    for (const colorScheme of ['light', 'dark']) {
      const page = await visit(browser, url, { viewport, colorScheme, deviceScaleFactor: 1 });
      for (const { path, name: screen, prepare } of all) {
        await page.goto(url + path);
        await page.locator('main h1, main h2').first().waitFor();
        await prepare(page);
        // Plots and figures have something to show then.
        await page.waitForTimeout(['speaker', 'sync', 'speakers', 'fleet'].includes(screen) ? 5000 : 900);
        await page.screenshot({ path: `${out}${screen}-${name}-${colorScheme}.png` });
      }
      for (const fault of page.faults) console.log(fault);
      await page.context().close();
    }
  }
} finally {
  await browser.close();
  await system?.end();
}
console.log(`The pictures are in ${out}`);
