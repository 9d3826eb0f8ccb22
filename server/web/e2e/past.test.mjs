// What the coordinator kept: a plot begins with an hour of it, and a restore says before what it changes.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { faultsOf } from './axe.mjs';
import { suite } from './suite.mjs';
import { temporary, until } from './system.mjs';

const test = suite({});

async function playing(system) {
  const { tracks } = await system.get('api/tracks');
  await system.send('POST', 'api/playback/play', { trackIds: tracks.map((one) => one.id) });
  // before any page looks
  return until('figures of all', async () => {
    const past = await system.get('api/zones/all/telemetry?last=60');
    return past.speakers.length === 3 && past.speakers.every((one) => one.errorUs.max.filter((us) => us !== null).length > 2) && past;
  });
}

test('the sync lab and a speaker open with what was before anybody looked', async ({ system, visit }) => {
  const past = await playing(system);
  assert.ok(past.marks.some((one) => one.kind === 'playing'), 'the zone’s own marks');
  const page = await visit('sync');
  await page.getByRole('heading', { name: 'Error of each speaker against the beat' }).waitFor();
  const spans = (name) => page.getByRole('button', { name, exact: true });
  await page.getByRole('button', { name: '1 h', exact: true, pressed: true }).waitFor();
  await spans('24 h').click();
  await page.getByRole('button', { name: '24 h', exact: true, pressed: true }).waitFor();
  assert.deepEqual(await faultsOf(page, 'sync lab with its past'), []);
  const table = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Save as CSV' }).click();
  assert.equal((await table).suggestedFilename(), 'downbeat-telemetry.csv');
  await page.getByRole('link', { name: 'Kitchen' }).first().click();
  await page.getByRole('button', { name: '1 h', exact: true, pressed: true }).waitFor();
  await page.locator('.plot canvas').waitFor();
  await page.getByText(/^(In step all this time|Out of step since|Last out of step)/).waitFor();
  assert.deepEqual(await faultsOf(page, 'a speaker with its past'), []);
});

test('a restore says what would be lost, and asks', async ({ system, visit }) => {
  const answer = await fetch(`${system.url}api/backup`, { method: 'POST', headers: system.headers });
  const file = join(temporary('backup'), 'before.db');
  await writeFile(file, Buffer.from(await answer.arrayBuffer()));
  await system.send('POST', 'api/zones', { name: 'Terrace' });
  const page = await visit('about');
  await page.getByRole('button', { name: 'Restore' }).waitFor();
  await page.locator('input[type=file][accept=".db"]').setInputFiles(file);
  const asked = page.getByRole('dialog');
  await asked.getByText('Zones: 2 now, 1 after. 1 would be lost: Terrace.').waitFor();
  assert.deepEqual(await faultsOf(page, 'a restore that asks'), []);
  await asked.getByRole('button', { name: 'Cancel' }).click();
  assert.equal((await system.get('api/zones')).zones.length, 2);
  await page.locator('input[type=file][accept=".db"]').setInputFiles(file);
  await asked.getByRole('button', { name: 'Restore' }).click();
  await until('the restored zones', async () => (await system.get('api/zones')).zones.length === 1);
});
