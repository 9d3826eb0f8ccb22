// Speakers and zones: moved, lost, found silent and why, picked by selectors.
import assert from 'node:assert/strict';
import { suite } from './suite.mjs';
import { until } from './system.mjs';

const test = suite();
const speaker = async (system, name) => (await system.get('api/speakers')).speakers.find((one) => one.name === name);

test('a speaker dies and returns, and the page says so', async ({ system, visit }) => {
  const page = await visit('speakers');
  await page.getByText('Nothing is wrong.').waitFor();
  await system.kill('Study');
  await page.getByText(/Away since/).first().waitFor({ timeout: 40_000 });
  await page.getByText('One needs a look:').waitFor();
  system.speaker('Study');
  await page.getByText('Nothing is wrong.').waitFor({ timeout: 60_000 });
});

test('a second zone is made, gets a speaker, plays on its own, and is deleted and brought back', async ({ system, visit }) => {
  const page = await visit('speakers');
  await page.getByRole('button', { name: 'New zone' }).click();
  await page.getByLabel('Name of the zone').fill('Upstairs');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const zone = page.getByRole('region', { name: 'Upstairs' });
  await zone.waitFor();
  await page.getByRole('combobox', { name: 'Zone of Garden' }).selectOption({ label: 'Upstairs' });
  await until('the move', async () => (await speaker(system, 'Garden')).zone === 'Upstairs');
  await zone.getByRole('link', { name: 'Garden' }).waitFor();
  await system.send('POST', 'api/zones/Upstairs/playback/play', { search: 'paper' });
  await zone.getByText('Paper Lanterns').waitFor();
  assert.notEqual((await system.get('api/playback/state')).playbackState, 'playing', 'the other zone is left alone');
  await zone.getByRole('button', { name: 'More for Upstairs' }).click();
  await page.getByRole('menuitem', { name: 'Delete the zone' }).click();
  await page.getByRole('button', { name: 'Delete the zone' }).last().click();
  await until('the zone to go', async () => !(await system.get('api/zones')).zones.some((one) => one.name === 'Upstairs'));
  await page.getByRole('button', { name: 'Undo' }).click();
  await until('the zone with its speaker', async () => (await speaker(system, 'Garden')).zone === 'Upstairs');
  await system.send('DELETE', 'api/zones/Upstairs');
});

test('a silent speaker says why in words, and what to do', async ({ system, visit }) => {
  const { id } = await speaker(system, 'Garden');
  await system.send('POST', 'api/playback/play', { search: 'format:flac' });
  await system.send('PATCH', 'api/zones/all/session', { repeat: 'all' });
  const page = await visit(`speakers/${id}`);
  await page.getByRole('heading', { name: 'Garden' }).waitFor();
  await system.send('PATCH', `api/speakers/${id}`, { muted: true });
  await page.getByText('It is muted.').waitFor();
  await page.getByRole('button', { name: 'Unmute', exact: true }).click();
  await until('the sound', async () => !(await speaker(system, 'Garden')).muted);
  await page.getByText('It is muted.').waitFor({ state: 'hidden' });
  await system.send('PATCH', `api/speakers/${id}`, { volume: 0 });
  await page.getByText('Its volume is 0.').waitFor();
  await system.send('PATCH', `api/speakers/${id}`, { volume: 100 });
  await system.send('POST', 'api/playback/volume', { muted: true });
  await page.getByText('Its zone is muted.').waitFor();
  await system.send('POST', 'api/playback/volume', { muted: false });
});

test('a setting that somebody else changed meanwhile shows both, and keeps what is chosen', async ({ system, visit }) => {
  const { id } = await speaker(system, 'Garden');
  const page = await visit(`speakers/${id}`);
  await page.getByRole('button', { name: 'Rename' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Terrace');
  await system.send('PATCH', `api/speakers/${id}`, { name: 'Yard' });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Changed by someone else' });
  await dialog.waitFor();
  await dialog.getByText('Yard').waitFor();
  await dialog.getByText('Terrace').waitFor();
  await dialog.getByRole('button', { name: 'Keep theirs' }).click();
  await dialog.waitFor({ state: 'hidden' });
  assert.ok(await speaker(system, 'Yard'), 'theirs is kept');
  await system.send('PATCH', `api/speakers/${id}`, { name: 'Garden' });
});

test('speakers are picked by a selector that is saved, and muted together', async ({ system, visit }) => {
  for (const [name, floor] of [['Kitchen', '0'], ['Study', '1'], ['Garden', '0']]) await system.send('PATCH', `api/speakers/${(await speaker(system, name)).id}`, { labels: { floor } });
  const page = await visit('speakers');
  await page.getByRole('button', { name: 'All speakers' }).click();
  await page.getByRole('searchbox', { name: 'Filter' }).fill('floor=0');
  const grid = page.getByRole('grid', { name: 'All speakers' });
  await until('two of them', async () => (await grid.getAttribute('aria-rowcount')) === '2');
  await page.getByRole('button', { name: 'Save this filter' }).click();
  await page.getByRole('searchbox', { name: 'Filter' }).fill('');
  await until('all of them', async () => (await grid.getAttribute('aria-rowcount')) === '3');
  await page.reload();
  await page.getByRole('button', { name: 'floor=0', exact: true }).click();
  await until('two of them again', async () => (await grid.getAttribute('aria-rowcount')) === '2');
  await page.getByRole('checkbox', { name: 'Select all' }).check();
  await page.getByRole('group', { name: '2 selected' }).getByRole('button', { name: 'Mute', exact: true }).click();
  await until('two to be muted', async () => (await system.get('api/speakers')).speakers.filter((one) => one.muted).map((one) => one.name).sort().join() === 'Garden,Kitchen');
  await page.getByRole('button', { name: 'Undo' }).click();
  await until('none to be muted', async () => (await system.get('api/speakers')).speakers.every((one) => !one.muted));
});
