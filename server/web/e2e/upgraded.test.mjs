// Speakers from before encryption: they play on, are shown as such, and are adopted by one click when they are upgraded.
import { readFileSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import assert from 'node:assert/strict';
import { faultsOf } from './axe.mjs';
import { suite } from './suite.mjs';
import { temporary, until } from './system.mjs';

// What version 0.1.0 kept: a coordinator's database, and the id of its speaker “kitchen window”.
const before = fileURLToPath(new URL('../../../tests/fixtures/0.1.0/', import.meta.url));
const kept = temporary('kept');
await copyFile(join(before, 'downbeat.db'), join(kept, 'downbeat.db'));
const id = readFileSync(join(before, 'speaker-id'), 'utf8').trim();
const test = suite({ speakers: [], kept, far: true, args: ['--legacy-speakers', 'until=never'] });

test('one from before is shown as such, and after its upgrade it plays on and is adopted by one click', async ({ system, visit }) => {
  const page = await visit('admin');
  await page.getByText('No speaker waits.').waitFor();
  // An agent of 0.1.0, as far as its first word.
  await page.evaluate((speaker_id) => {
    const line = new WebSocket(`${location.origin.replace('http', 'ws')}/ws`);
    line.onopen = () => line.send(JSON.stringify({ type: 'hello', protocol: { min: 1, max: 1 }, speaker_id, name: 'kitchen', class: 'agent', version: '0.1.0' }));
    globalThis.line = line;
  }, id);
  const waiting = page.getByRole('region', { name: 'Waiting speakers' });
  await waiting.getByRole('heading', { name: 'Not encrypted yet' }).waitFor();
  await waiting.getByRole('link', { name: 'kitchen window' }).waitFor();
  assert.deepEqual(await faultsOf(page, 'admin with one from before'), []);
  await page.evaluate(() => globalThis.line.close());
  await waiting.getByRole('heading', { name: 'Not encrypted yet' }).waitFor({ state: 'detached' });

  const data = join(system.folder, 'agent-kitchen');
  await mkdir(data);
  await copyFile(join(before, 'speaker-id'), join(data, 'speaker-id'));
  system.speaker('kitchen');
  const row = waiting.getByRole('listitem', { name: 'kitchen' });
  await row.getByText('It plays already, as it did before its agent was upgraded.').waitFor();
  await row.getByRole('button', { name: 'Adopt: kitchen' }).click();
  await page.getByText('“kitchen” is adopted.').waitFor();
  await until('it to be the same speaker', async () => {
    const { speakers } = await system.get('api/speakers');
    return speakers.some((one) => one.id === id && one.connected && one.encrypted);
  });
});
