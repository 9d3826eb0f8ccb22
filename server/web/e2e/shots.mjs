// Pictures of every screen, on a desk and on a phone, light and dark, into shots/: `npm run shots [URL]`.
// Without an address a system of its own is started; with one, that of a coordinator that runs.
import { mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { open, SCREENS, visit } from './browser.mjs';
import { System } from './system.mjs';

const out = fileURLToPath(new URL('../shots/', import.meta.url));
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const system = process.argv[2] ? undefined : await System.start();
const url = process.argv[2] ?? system.url;
const browser = await open();
try {
  if (system) {
    await system.send('POST', 'api/playback/play', { search: 'format:flac' });
    await system.send('PATCH', 'api/zones/all/session', { repeat: 'all' });
  }
  const { speakers } = await (await fetch(`${url}api/speakers`)).json();
  const { albums } = await (await fetch(`${url}api/albums`)).json();
  const paths = [...SCREENS, ...(speakers[0] ? [`speakers/${speakers[0].id}`] : []), ...(albums[0] ? [`library/albums/${albums[0].id}`] : [])];
  for (const [name, viewport] of [['desk', { width: 1280, height: 800 }], ['phone', { width: 390, height: 844 }]]) {
    for (const colorScheme of ['light', 'dark']) {
      const page = await visit(browser, url, { viewport, colorScheme, deviceScaleFactor: 1 });
      for (const path of paths) {
        await page.goto(url + path);
        await page.locator('main h1, main h2').first().waitFor();
        await page.waitForTimeout(path.startsWith('s') ? 4000 : 900);
        await page.screenshot({ path: `${out}${path.replace(/[0-9a-f-]{36}/, 'one').replace(/\W+/g, '-') || 'now'}-${name}-${colorScheme}.png` });
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
