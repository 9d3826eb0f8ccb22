// A coordinator that was told of no music asks for a folder, and guests are bounded on the page.
import assert from 'node:assert/strict';
import { faultsOf } from './axe.mjs';
import { suite } from './suite.mjs';
import { until } from './system.mjs';

const test = suite({ speakers: [], bare: true });

test('the setup asks for a music folder, looks into it and takes it', async ({ system, visit }) => {
  const page = await visit('start');
  await page.getByRole('heading', { name: 'Set up' }).waitFor();
  await page.getByRole('button', { name: 'Choose a folder' }).click();
  await page.getByRole('button', { name: system.music, exact: true }).click();
  await page.getByText(/files of music\./).waitFor();
  assert.deepEqual(await faultsOf(page, 'choose a folder'), []);
  await page.getByRole('button', { name: 'Take this folder' }).click();
  await page.getByText('The coordinator starts anew for it; what plays goes on.').waitFor();
  await until('the tracks', async () => (await system.get('api/tracks')).total > 0);
  await page.getByText(/\d+ tracks/).first().waitFor();
});

test('folders and guests are set among the admin controls, and an unfit folder says why', async ({ system, visit }) => {
  const page = await visit('admin');
  const folders = page.getByRole('region', { name: 'Music folders' });
  await folders.getByText(system.music).waitFor();
  await folders.getByRole('button', { name: 'Use the coordinator’s own folder' }).click();
  await until('the own folder', async () => (await system.get('api/settings')).music.length === 2);
  await page.getByRole('combobox', { name: 'People in this network who do not log in' }).selectOption('listen');
  await until('the guests', async () => (await system.get('api/settings')).guests === 'listen');
  await until('the coordinator', async () => (await system.get('api/health')).startedAt);
  assert.deepEqual(await faultsOf(page, 'settings'), []);
});
