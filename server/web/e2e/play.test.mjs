// What plays: found, started, steered, by mouse and by keys.
import assert from 'node:assert/strict';
import { suite } from './suite.mjs';
import { until } from './system.mjs';

const test = suite({ speakers: ['Kitchen'] });
const zone = (system) => system.get('api/playback/state');

test('a track is found, and played, by the keyboard alone', async ({ system, visit }) => {
  const page = await visit();
  await page.getByRole('link', { name: 'Choose something from the library' }).waitFor();
  await page.keyboard.press('/');
  await page.getByRole('searchbox').waitFor();
  await until('the focus', () => page.evaluate(() => document.activeElement?.getAttribute('type') === 'search'));
  await page.keyboard.type('paper lan');
  // What was found for a part of it gives way to what is found for all of it.
  await page.locator('[data-for="paper lan"]').waitFor();
  await page.getByRole('row').filter({ hasText: 'Paper Lanterns' }).first().waitFor();
  await page.keyboard.press('ArrowDown');
  await until('the focus', () => page.evaluate(() => document.activeElement?.textContent?.includes('Paper Lanterns')));
  await page.keyboard.press('Enter');
  await until('the sound', async () => (await zone(system)).playbackState === 'playing');
  assert.equal((await zone(system)).currentTrack.title, 'Paper Lanterns');
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await page.keyboard.press('Escape');
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press(' ');
  await until('the pause', async () => (await zone(system)).playbackState === 'paused');
  await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
});

test('a volume is shown at once, and kept', async ({ system, visit }) => {
  const page = await visit();
  const slider = page.getByRole('slider', { name: 'Volume of Everywhere' }).first();
  await slider.waitFor();
  await slider.fill('37');
  await until('the volume', async () => Math.round((await zone(system)).volume) === 37);
  await system.send('POST', 'api/playback/volume', { volume: 64 });
  await until('what another one set', async () => (await slider.inputValue()) === '64');
});

test('a loop is set, moved and ended by keys', async ({ system, visit }) => {
  await system.send('POST', 'api/playback/play', { search: 'format:flac' });
  await system.send('POST', 'api/playback/pause', {});
  await system.send('POST', 'api/playback/seek', { position: 2 });
  const page = await visit();
  await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
  const loop = async () => (await zone(system)).session.loop;
  await until('the place', async () => (await page.getByRole('slider', { name: 'Position' }).getAttribute('aria-valuetext'))?.startsWith('0:02'));
  await page.keyboard.press('[');
  const { a, b } = await until('the loop', loop);
  assert.ok(Math.abs(a - 2) < 0.01, `from the present place, not ${a}`);
  const end = page.getByRole('slider', { name: 'End of the loop' });
  await end.focus();
  await page.keyboard.press('Shift+ArrowLeft');
  await until('a shorter loop', async () => Math.abs((await loop()).b - (b - 1)) < 0.01);
  await page.keyboard.press('\\');
  await until('no loop', async () => !(await loop()));
});

test('the keys are told by a question mark, and by a button', async ({ visit }) => {
  const page = await visit();
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keys' });
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Keys' }).click();
  await dialog.waitFor();
});
