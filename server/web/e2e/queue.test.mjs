// The queue: put in order, emptied, brought back; and somebody else who does the same.
import assert from 'node:assert/strict';
import { suite } from './suite.mjs';
import { until } from './system.mjs';

const test = suite({ speakers: ['Kitchen'] });
const entries = async (system) => (await system.get('api/zones/all/queue?offset=0&limit=50')).entries;
const titles = async (system) => (await entries(system)).map((entry) => entry.title);

test('a queue is put in order by the keyboard alone', async ({ system, visit }) => {
  await system.send('POST', 'api/playback/play', { search: 'format:flac' });
  const before = await titles(system);
  assert.ok(before.length >= 3, 'three tracks');
  const page = await visit('queue');
  const grid = page.getByRole('grid', { name: 'Queue' });
  const row = grid.getByRole('row').filter({ hasText: before[0] });
  await row.waitFor();
  await row.focus();
  await page.keyboard.press('Alt+ArrowDown');
  await until('the new order', async () => (await titles(system))[1] === before[0]);
  // The focus went with it: once more.
  await until('the focus', () => page.evaluate((title) => document.activeElement?.textContent?.includes(title), before[0]));
  await page.keyboard.press('Alt+ArrowDown');
  await until('the new order', async () => (await titles(system))[2] === before[0]);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Delete');
  const shorter = await until('an entry less', async () => { const now = await titles(system); return now.length === before.length - 1 && now; });
  assert.ok(!shorter.includes(before[2]), 'the one above it went');
  await page.getByRole('button', { name: 'Undo' }).click();
  await until('the entry back', async () => (await titles(system)).length === before.length);
  // The page shows what is there.
  const all = await titles(system);
  await until('the page to show it', async () => {
    const shown = await grid.getByRole('row').evaluateAll((rows) => rows.sort((a, b) => a.dataset.index - b.dataset.index).map((one) => one.querySelector('.title')?.textContent));
    return JSON.stringify(shown) === JSON.stringify(all);
  });
});

test('a queue that another one changes meanwhile is shown as it is', async ({ system, visit }) => {
  await system.send('POST', 'api/playback/play', { search: 'format:flac' });
  const page = await visit('queue');
  await page.getByRole('grid').waitFor();
  await system.send('POST', 'api/zones/all/queue', { search: 'paper', place: 'end' });
  const { total } = await system.get('api/zones/all/queue?offset=0&limit=1');
  await until('the entry of the other one', async () => Number(await page.getByRole('grid').getAttribute('aria-rowcount')) === total);
});

test('a queue that was cleared comes back around what plays, which is left alone', async ({ system, visit }) => {
  await system.send('POST', 'api/playback/play', { search: 'format:flac', startIndex: 1 });
  await system.send('POST', 'api/playback/pause', {});
  const before = await titles(system);
  const playing = (await system.get('api/playback/state')).currentTrack.title;
  const page = await visit('queue');
  await page.getByRole('button', { name: 'Clear' }).click();
  await until('the queue without what waits', async () => (await titles(system)).join() === playing);
  await until('the page to show it', async () => (await page.getByRole('grid').getAttribute('aria-rowcount')) === '1');
  await page.getByRole('button', { name: 'Undo' }).click();
  await until('the queue', async () => (await titles(system)).length === before.length);
  assert.deepEqual(await titles(system), before);
  const now = await system.get('api/playback/state');
  assert.deepEqual([now.currentTrack.title, now.queueIndex, now.playbackState], [playing, 1, 'paused']);
});
