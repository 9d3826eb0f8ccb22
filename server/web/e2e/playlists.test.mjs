// Playlists: made, put in order by keys and by the pointer, and changed by two people at once.
import assert from 'node:assert/strict';
import { suite } from './suite.mjs';
import { until } from './system.mjs';

const test = suite({ speakers: [] });

async function made(system, name) {
  const { tracks } = await system.get('api/tracks?limit=4');
  const list = await system.send('POST', 'api/playlists', { name, trackIds: tracks.map((track) => track.id) });
  return { id: list.id, names: tracks.map((track) => track.title) };
}
const titles = async (system, id) => (await system.get(`api/playlists/${id}?limit=50`)).entries.map((entry) => entry.title);

test('a playlist is put in order by keys, and an entry that was removed comes back to its place', async ({ system, visit }) => {
  const { id, names } = await made(system, 'Morning');
  const page = await visit(`playlists/${id}`);
  const row = page.getByRole('row').filter({ hasText: names[0] }).first();
  await row.waitFor();
  await row.focus();
  await page.keyboard.press('Alt+ArrowDown');
  await until('the new order', async () => (await titles(system, id))[1] === names[0]);
  await until('the focus', () => page.evaluate((title) => document.activeElement?.textContent?.includes(title), names[0]));
  await page.keyboard.press('Delete');
  await until('an entry less', async () => (await titles(system, id)).length === names.length - 1);
  await page.getByRole('button', { name: 'Undo' }).click();
  await until('the entry back', async () => (await titles(system, id))[1] === names[0]);
});

test('a playlist is put in order by dragging', async ({ system, visit }) => {
  const { id, names } = await made(system, 'Noon');
  const page = await visit(`playlists/${id}`);
  const row = page.getByRole('row').filter({ hasText: names[0] }).first();
  await row.waitFor();
  const handle = await row.locator('.drag').boundingBox();
  const place = await page.getByRole('row').filter({ hasText: names[2] }).first().boundingBox();
  await page.mouse.move(handle.x + handle.width / 2, handle.y + handle.height / 2);
  await page.mouse.down();
  await page.mouse.move(handle.x + handle.width / 2, place.y + place.height / 2, { steps: 8 });
  await page.mouse.up();
  await until('the new order', async () => JSON.stringify(await titles(system, id)) === JSON.stringify([names[1], names[2], names[0], names[3]]));
});

test('a playlist that somebody else renamed meanwhile shows both names, and keeps what is chosen', async ({ system, visit }) => {
  const { id } = await made(system, 'Dusk');
  const page = await visit(`playlists/${id}`);
  const change = async (name) => {
    await page.getByRole('button', { name: 'More for' }).first().click();
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    await page.getByLabel('Name', { exact: true }).fill(name);
  };
  await page.getByRole('heading', { name: 'Dusk' }).waitFor();
  await change('Evening');
  await system.send('PATCH', `api/playlists/${id}`, { name: 'Twilight' });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Changed by someone else' });
  await dialog.waitFor();
  await dialog.getByText('Twilight').waitFor();
  await dialog.getByText('Evening').waitFor();
  assert.equal((await system.get(`api/playlists/${id}`)).name, 'Twilight', 'nothing is overwritten unasked');
  await dialog.getByRole('button', { name: 'Use mine' }).click();
  await until('mine', async () => (await system.get(`api/playlists/${id}`)).name === 'Evening');
});

test('a playlist that was deleted comes back', async ({ system, visit }) => {
  const { id, names } = await made(system, 'Night');
  const page = await visit(`playlists/${id}`);
  await page.getByRole('heading', { name: 'Night' }).waitFor();
  await page.getByRole('button', { name: 'More for' }).first().click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await until('it to be gone', async () => !(await system.get('api/playlists')).playlists.some((list) => list.name === 'Night'));
  await page.getByRole('button', { name: 'Undo' }).click();
  const back = await until('it to be back', async () => (await system.get('api/playlists')).playlists.find((list) => list.name === 'Night'));
  assert.deepEqual(await titles(system, back.id), names);
});
