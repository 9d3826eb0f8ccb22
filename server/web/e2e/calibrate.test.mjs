// Calibration by microphone: what real agents sounded, late by what is known here, is found, written, and proved.
import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { faultsOf } from './axe.mjs';
import { open, visit as show } from './browser.mjs';
import { heardAt } from './room.mjs';
import { suite } from './suite.mjs';
import { temporary, until } from './system.mjs';

const test = suite({ speakers: [] });
const folder = temporary('room');
const wav = (name) => join(folder, `${name}.wav`);
/** What lies behind each card, and no program knows: microseconds. */
const ROOM = [
  { name: 'Kitchen', wav: wav('Kitchen'), behindUs: 1_250, gain: 0.8 },
  { name: 'Study', wav: wav('Study'), behindUs: 8_563, gain: 0.5, echoUs: 3_400 },
];
/** What was recorded with nothing set but 2 ms. */
const FIRST = wav('first');
/** How far off the answer may be, microseconds. */
const MOST_US = 100;

const speaker = async (system, name) => (await system.get('api/speakers')).speakers.find((one) => one.name === name);
const delayOf = async (system, name) => (await speaker(system, name)).outputDelayUs;

async function furnish(system) {
  if ((await system.get('api/speakers')).speakers.length > 0) return;
  for (const { name } of ROOM) system.speaker(name, { more: `,wav=${wav(name)}` });
  await system.adopted(ROOM.length);
  await until('their clocks', async () => (await system.get('api/speakers')).speakers.every((one) => one.errorBoundUs !== null && one.errorBoundUs < 400));
}

/** Has the speakers hiss, and writes what a phone in the room heard of it. */
async function record(system, to) {
  const plan = await system.send('POST', 'api/zones/all/calibration', { rounds: 8, levelDb: -20 });
  assert.deepEqual(plan.speakers.map((one) => one.name), ['Kitchen', 'Study']);
  await until('its end', async () => (await fetch(`${system.url}api/zones/all/calibration?listens=${plan.id}`, { headers: system.headers })).status === 404);
  // the cards write what they played every half second
  await new Promise((done) => setTimeout(done, 1_500));
  await heardAt(to, ROOM, plan.at - 100_000, plan.endsAt - 100_000);
}

test('known delays come back within a tenth of a millisecond, are written, proved and taken back', async ({ system }) => {
  await furnish(system);
  const [kitchen, study] = [await speaker(system, 'Kitchen'), await speaker(system, 'Study')];
  // what is set already is added to
  await system.send('PATCH', `api/speakers/${study.id}`, { outputDelayUs: 2_000 });
  const microphone = join(folder, 'microphone.wav');
  await record(system, FIRST);
  await copyFile(FIRST, microphone);
  const browser = await open({ args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-audio-capture=${microphone}`] });
  try {
    const page = await show(browser, `${system.url}sync`);
    await page.getByRole('link', { name: 'Calibrate by microphone' }).click();
    await page.getByRole('heading', { name: 'Where to stand' }).waitFor();
    await page.getByRole('button', { name: 'Listen', exact: true }).press('Enter');
    await page.getByRole('heading', { name: 'Listening' }).waitFor();
    await page.getByText('The level is good.').waitFor();
    assert.deepEqual(await faultsOf(page, 'while it listens'), []);
    await page.getByRole('heading', { name: 'What was heard' }).waitFor({ timeout: 60_000 });
    assert.deepEqual(await faultsOf(page, 'what was heard'), []);
    const row = page.getByRole('row', { name: /Study/ });
    await row.getByText('a louder echo was left out').waitFor();
    assert.match(await row.innerText(), /Sure/);
    // what somebody else set meanwhile is not overwritten
    const write = page.getByRole('button', { name: 'Set the new delay' });
    await system.send('PATCH', `api/speakers/${study.id}`, { outputDelayUs: 2_001 });
    await write.press('Enter');
    await page.getByText('Somebody else changed the delay of Study meanwhile.').waitFor();
    assert.equal(await delayOf(system, 'Study'), 2_001);
    await system.send('PATCH', `api/speakers/${study.id}`, { outputDelayUs: 2_000 });
    await write.press('Enter');
    const right = ROOM[1].behindUs - ROOM[0].behindUs;
    const off = async () => (await delayOf(system, 'Study')) - (await delayOf(system, 'Kitchen')) - right;
    await until('the delay', async () => (await delayOf(system, 'Study')) !== 2_000);
    console.log(`found ${await delayOf(system, 'Study')} us, off by ${await off()} us`);
    assert.ok(Math.abs(await off()) <= MOST_US, `off by ${await off()} us`);

    // the proof is another recording, of what the agents sound with it
    await record(system, microphone);
    await page.getByRole('button', { name: 'Measure again' }).press('Enter');
    const proof = page.getByText(/apart before, and are .* apart now/);
    await proof.waitFor({ timeout: 60_000 });
    const [, old, now] = /were ([\d.]+) ms apart before, and are ([\d.]+) ms/.exec(await proof.innerText());
    console.log(`${old} ms apart before, ${now} ms after`);
    assert.ok(Number(old) > 5 && Number(now) <= MOST_US / 1000, `${old} ms, then ${now} ms`);

    assert.deepEqual(page.faults, []);
  } finally {
    await browser.close();
    await system.send('PATCH', `api/speakers/${kitchen.id}`, { outputDelayUs: 0 });
    await system.send('PATCH', `api/speakers/${study.id}`, { outputDelayUs: 0 });
  }
});

test('an undo brings the old delay back, and who leaves silences the speakers', async ({ system }) => {
  await furnish(system);
  const browser = await open({ args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-audio-capture=${FIRST}`] });
  try {
    const page = await show(browser, `${system.url}calibrate?zone=all`);
    await page.getByRole('button', { name: 'Listen', exact: true }).click();
    await page.getByRole('button', { name: 'Set the new delay' }).click({ timeout: 60_000 });
    await page.getByText('1 delay is set.').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await until('the old delays', async () => (await system.get('api/speakers')).speakers.every((one) => one.outputDelayUs === 0));
    await page.getByRole('button', { name: 'Measure again' }).click();
    await page.getByRole('heading', { name: 'Listening' }).waitFor();
    await page.getByRole('link', { name: 'Library' }).first().click();
    await until('silence', async () => (await fetch(`${system.url}api/zones/all/calibration`, { headers: system.headers })).status === 404, 6);
    assert.deepEqual(page.faults, []);
  } finally {
    await browser.close();
  }
});

test('without a microphone it says why, and what to do', async ({ system, browser, visit }) => {
  await furnish(system);
  const page = await visit('calibrate');
  await page.getByRole('button', { name: 'Listen', exact: true }).click();
  await page.getByText('This device has no microphone').waitFor();
  assert.equal((await fetch(`${system.url}api/zones/all/calibration`, { headers: system.headers })).status, 404, 'nobody hisses to nobody');
  const strict = await open({ args: ['--use-fake-device-for-media-stream', '--deny-permission-prompts'] });
  try {
    const denied = await show(strict, `${system.url}calibrate`);
    await denied.getByRole('button', { name: 'Listen', exact: true }).click();
    await denied.getByText('The browser may not use the microphone.').waitFor();
    assert.deepEqual(await faultsOf(denied, 'refused'), []);
  } finally {
    await strict.close();
  }
  const context = await browser.newContext({ extraHTTPHeaders: system.headers, locale: 'en' });
  const plain = await context.newPage();
  await plain.addInitScript(() => Object.defineProperty(globalThis, 'isSecureContext', { get: () => false }));
  await plain.goto(`${system.url}calibrate`);
  await plain.getByRole('heading', { name: 'No page gets a microphone without encryption' }).waitFor();
  assert.equal(await plain.getByRole('link', { name: /^https:/ }).getAttribute('href'), `${system.url.replace('http:', 'https:')}calibrate`);
  assert.deepEqual(await faultsOf(plain, 'without encryption'), []);
  // no other address may even ask
  const may = (one) => one.evaluate(() => document.featurePolicy.allowsFeature('microphone'));
  assert.equal(await may(page), true);
  await page.goto(`${system.url}sync`);
  assert.equal(await may(page), false);
});

test('a browser hisses in its turn, too', async ({ system, visit }) => {
  await furnish(system);
  const page = await visit('listen');
  await page.getByRole('button', { name: 'Tap to listen' }).click();
  const mine = await until('a speaker', async () => (await system.get('api/speakers')).speakers.find((one) => one.class === 'browser' && one.connected));
  await until('its output', () => page.evaluate(() => globalThis.downbeatListener.player.ready));
  const plan = await system.send('POST', 'api/zones/all/calibration', { rounds: 3 });
  const part = plan.speakers.find((one) => one.speakerId === mine.id);
  assert.ok(part, 'it takes part');
  await until('its hiss', () => page.evaluate(() => globalThis.downbeatListener.player.laidOut.length > 0), 20);
  await system.send('DELETE', 'api/zones/all/calibration');
  await until('silence', () => page.evaluate(() => globalThis.downbeatListener.player.laidOut.length === 0 && globalThis.downbeatListener.player.hisses === null), 5);
  await page.getByRole('button', { name: 'Stop listening' }).click();
  await until('it to be gone', async () => !(await system.get('api/speakers')).speakers.some((one) => one.class === 'browser' && one.connected));
});

test('a zone of one speaker has nothing to compare', async ({ system, visit }) => {
  await furnish(system);
  await system.send('POST', 'api/zones', { name: 'Attic' });
  const { id } = await speaker(system, 'Study');
  await system.send('PATCH', `api/speakers/${id}`, { zone: 'Attic' });
  const page = await visit('calibrate');
  await page.getByRole('heading', { name: 'This zone needs two speakers' }).waitFor();
  await system.send('PATCH', `api/speakers/${id}`, { zone: 'all' });
  await page.getByRole('heading', { name: 'Where to stand' }).waitFor();
});
