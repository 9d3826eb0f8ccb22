// Speakers that wait: adopted by the code that both sides show, refused, revoked, copied, let in by a token.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { faultsOf } from './axe.mjs';
import { suite } from './suite.mjs';
import { bin, until } from './system.mjs';

const test = suite({ speakers: [], far: true, args: ['--legacy-speakers', 'none'] });
const run = promisify(execFile);
const speaker = async (system, name) => (await system.get('api/speakers')).speakers.find((one) => one.name === name);
const waits = (page, name) => page.getByRole('region', { name: 'Waiting speakers' }).getByRole('listitem', { name });
const keysOf = (page) => page.getByRole('region', { name: 'Keys of speakers' });

test('a speaker that waits shows the same code, is adopted by it, plays, and is revoked', async ({ system, visit }) => {
  const page = await visit('admin', { viewport: { width: 390, height: 844 } });
  await page.getByText('No speaker waits.').waitFor();
  system.speaker('Kitchen');
  const row = waits(page, 'Kitchen');
  const code = await row.getByText(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/).innerText();
  await until('the speaker to show it, too', () => system.said('Kitchen').includes(code));
  await row.getByText(system.address).waitFor();
  await row.getByRole('button', { name: 'Let it be heard: Kitchen' }).click();
  await page.getByText('It plays a short tone.').waitFor();
  assert.deepEqual(await faultsOf(page, 'admin with one that waits'), []);
  assert.equal(await speaker(system, 'Kitchen'), undefined, 'it is no speaker yet');
  await row.getByRole('button', { name: 'It shows this code: Kitchen' }).click();
  await page.getByText('“Kitchen” is adopted.').waitFor();
  await keysOf(page).getByText(/adopted, its code was compared/).waitFor();
  await until('it to be there', async () => (await speaker(system, 'Kitchen'))?.connected);
  await system.send('POST', 'api/playback/play', { search: 'format:flac' });
  await until('the sound', async () => (await speaker(system, 'Kitchen')).state === 'playing');

  await keysOf(page).getByRole('button', { name: 'Revoke: Kitchen' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
  await until('its connection to end', async () => !(await speaker(system, 'Kitchen')).connected);
  await keysOf(page).getByText(/^revoked/).waitFor();
  await keysOf(page).getByRole('button', { name: 'Let it ask again: Kitchen' }).click();
  await page.getByText('“Kitchen” may ask again.').waitFor();
  await system.kill('Kitchen');
});

test('a speaker is refused, and the refusal is taken back', async ({ system, visit }) => {
  const page = await visit('admin');
  system.speaker('Study');
  await waits(page, 'Study').getByRole('button', { name: 'Refuse: Study' }).click();
  await keysOf(page).getByText(/^refused/).waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await until('it to be forgiven', async () => !(await system.get('api/speaker-keys')).keys.some((one) => one.name === 'Study' && one.state === 'refused'));
  await system.kill('Study');
});

test('a card that was copied is shown beside the speaker that it was copied from', async ({ system, visit }) => {
  const page = await visit('admin');
  system.speaker('Bar');
  const code = await waits(page, 'Bar').getByText(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/).innerText();
  const field = page.getByRole('textbox', { name: 'Or type the code that a speaker shows' });
  await field.pressSequentially(code.replace('-', '').toLowerCase());
  assert.equal(await field.inputValue(), code);
  await field.press('Enter');
  await page.getByText('“Bar” is adopted.').waitFor();
  await until('it to be there', async () => (await speaker(system, 'Bar'))?.connected);
  const data = join(system.folder, 'copy-of-Bar');
  await cp(join(system.folder, 'agent-Bar'), data, { recursive: true });
  system.speaker('Bar', { data, as: 'copy' });
  const row = waits(page, 'Bar');
  await row.getByText(/Another machine is the speaker “Bar” already/).waitFor({ timeout: 60_000 });
  assert.equal((await speaker(system, 'Bar')).connected, true, 'the one that was there plays on');
  assert.deepEqual(await faultsOf(page, 'admin with a copy'), []);
  await row.getByRole('button', { name: 'Refuse: Bar' }).click();
  await row.waitFor({ state: 'detached' });
  await system.kill('copy');
});

test('a join token lets a speaker in without a person, and ends with what it let in', async ({ system, visit }) => {
  const page = await visit('admin');
  const tokens = page.getByRole('region', { name: 'Join tokens' });
  await tokens.getByLabel('Name', { exact: true }).fill('Shop');
  await tokens.getByLabel('Address at which speakers find the coordinator').fill(`${system.address}:${system.port}`);
  await tokens.getByRole('button', { name: 'Make a token' }).click();
  const command = await tokens.getByRole('textbox', { name: /It is shown once/ }).inputValue();
  assert.match(command, /^downbeat-agent join dbj1\./);
  assert.deepEqual(await faultsOf(page, 'admin with a token'), []);
  const [program, ...words] = command.split(' ');
  await run(join(bin, program), ['--data', join(system.folder, 'agent-Till'), '--name', 'Till', '--output', 'virtual', ...words]);
  await keysOf(page).getByText(/adopted, by a join token/).waitFor();
  system.speaker('Till');
  await until('it to be there', async () => (await speaker(system, 'Till'))?.connected);
  await tokens.getByRole('button', { name: 'End it, and revoke 1 speaker: Shop' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
  await until('it to be revoked', async () => !(await speaker(system, 'Till')).connected);
  await tokens.getByText('Shop').waitFor({ state: 'detached' });
});
