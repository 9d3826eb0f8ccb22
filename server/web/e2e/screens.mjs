// Every screen, at one width, light and dark: read by axe. A file for each width, so that they are looked at side by side.
import assert from 'node:assert/strict';
import { faultsOf } from './axe.mjs';
import { screens } from './browser.mjs';
import { suite } from './suite.mjs';
import { until } from './system.mjs';

export function everyScreen(width) {
  const test = suite();
  test(`every screen can be read by machines, light and dark, at ${width} px`, async ({ system, visit }) => {
    await system.send('POST', 'api/playback/play', { search: 'format:flac' });
    await system.send('PATCH', 'api/zones/all/session', { repeat: 'all' });
    const { tracks } = await system.get('api/tracks?limit=3');
    const list = await system.send('POST', 'api/playlists', { name: 'Evening', trackIds: tracks.map((track) => track.id) });
    const { id } = (await system.get('api/speakers')).speakers[0];
    const { albums } = await system.get('api/albums');
    const faults = [];
    const page = await visit('', { viewport: { width, height: 800 }, colorScheme: 'light', reducedMotion: 'reduce' });
    for (const { name: screen, path, prepare } of screens({ speaker: id, playlist: list.id, album: albums[0].id })) {
      const name = `${screen} ${width}`;
      await page.goto(system.url + path);
      await page.locator('main h1, main h2').first().waitFor({ timeout: 15_000 }).catch(async () => faults.push(`${name}: no heading, but ${(await page.locator('body').innerText()).slice(0, 300)}`));
      await until(`${name} to be there`, async () => (await page.locator('main [aria-busy=true]').count()) === 0, 20).catch((error) => faults.push(error.message));
      await prepare(page).catch((error) => faults.push(`${name}: ${error.message.split('\n')[0]}`));
      faults.push(...(await faultsOf(page, `${name} light`)));
      // Only colours can differ in the dark.
      await page.emulateMedia({ colorScheme: 'dark' });
      faults.push(...(await faultsOf(page, `${name} dark`, ['color-contrast'])));
      await page.emulateMedia({ colorScheme: 'light' });
    }
    assert.deepEqual([...new Set(faults)], []);
  });
}
