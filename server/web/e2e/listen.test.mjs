// The browser as a speaker, for visitors: one tap, and the reason in words while nothing is heard.
import assert from 'node:assert/strict';
import { suite } from './suite.mjs';
import { until } from './system.mjs';

const test = suite({ speakers: ['Kitchen'] });
const browsers = async (system) => (await system.get('api/speakers')).speakers.filter((one) => one.class === 'browser' && one.connected);

test('one tap makes the browser a speaker, and it says why it is silent', async ({ system, visit }) => {
  await system.send('POST', 'api/playback/play', { search: 'format:flac' });
  await system.send('PATCH', 'api/zones/all/session', { repeat: 'all' });
  const page = await visit();
  await page.getByRole('link', { name: 'Listen here' }).click();
  await page.getByRole('heading', { name: 'Listen here' }).waitFor();
  assert.deepEqual(await browsers(system), [], 'nobody is a speaker before the tap');
  await page.getByRole('button', { name: 'Tap to listen' }).click();
  const [mine] = await until('a speaker', async () => { const found = await browsers(system); return found.length === 1 && found; });
  await page.getByText('You hear it.').waitFor({ timeout: 60_000 });
  const sounds = () => page.evaluate(() => globalThis.downbeatListener.present()?.state);
  assert.equal(await sounds(), 'playing');

  const own = page.getByRole('slider', { name: 'Volume of this browser' });
  await own.fill('0');
  await page.getByText('Your volume is 0.').waitFor();
  assert.equal((await browsers(system))[0].volume, mine.volume, 'that is nobody else’s business');
  await page.getByRole('button', { name: 'Turn it up' }).click();
  await page.getByText('You hear it.').waitFor();

  await system.send('PATCH', `api/speakers/${mine.id}`, { muted: true });
  await page.getByText('This browser is muted, or its zone is.').waitFor();
  await page.getByRole('button', { name: 'Unmute', exact: true }).click();
  await page.getByText('You hear it.').waitFor();
  await system.send('POST', 'api/playback/pause', {});
  await page.getByText('Its zone is paused.').waitFor();
  await system.send('POST', 'api/playback/resume', {});
  await page.getByText('You hear it.').waitFor();

  // Another screen is no reason to be silent.
  await page.getByRole('link', { name: 'Library' }).first().click();
  await page.getByRole('searchbox').waitFor();
  assert.equal(await sounds(), 'playing');
  await page.getByRole('link', { name: 'Listen here' }).click();
  await page.getByRole('button', { name: 'Stop listening' }).click();
  await until('it to be gone', async () => (await browsers(system)).length === 0);
  await page.getByRole('button', { name: 'Tap to listen' }).waitFor();

  // It is the same speaker the next time.
  await page.reload();
  await page.getByRole('button', { name: 'Tap to listen' }).click();
  await until('the same speaker', async () => (await browsers(system))[0]?.id === mine.id);
  await page.getByText('You hear it.').waitFor({ timeout: 60_000 });
  assert.equal(await own.inputValue(), '60', 'the own volume was kept');
});

test('two windows of one browser are two speakers', async ({ system, visit }) => {
  await until('nobody to listen', async () => (await browsers(system)).length === 0);
  const first = await visit('listen');
  await first.getByRole('button', { name: 'Tap to listen' }).click();
  await until('the first', async () => (await browsers(system)).length === 1);
  const second = await first.context().newPage();
  await second.goto(`${system.url}listen`);
  await second.getByRole('button', { name: 'Tap to listen' }).click();
  const two = await until('the second', async () => { const found = await browsers(system); return found.length === 2 && found; });
  assert.notEqual(two[0].id, two[1].id);
});
