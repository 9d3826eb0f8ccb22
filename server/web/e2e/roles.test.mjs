// What a guest, an operator of one zone, and an admin see and may press: nothing that ends in a refusal.
import assert from 'node:assert/strict';
import { faultsOf } from './axe.mjs';
import { suite } from './suite.mjs';
import { until } from './system.mjs';

const test = suite({ speakers: ['Kitchen', 'Garden'], args: ['--loopback', 'guest', '--adopt-all-for', '24h'] });
const SCREENS = ['', 'library', 'library/albums', 'library/tracks', 'queue', 'playlists', 'speakers', 'sync', 'calibrate', 'start', 'history', 'about', 'admin'];
/** Of the browser alone, or what ends the page: nothing to ask the coordinator for. */
const LEFT = /^(Log in|Log out|Restore a backup|Save|Add a folder|Add music|Make this browser a speaker|Copy)/;

/** A zone of Garden's own, with music in both, a playlist and a preset: something to press on every screen. */
async function furnished(system) {
  const { zones } = await system.get('api/zones');
  if (!zones.some((one) => one.name === 'Upstairs')) await system.send('POST', 'api/zones', { name: 'Upstairs' });
  const { speakers } = await system.get('api/speakers');
  const of = (name) => speakers.find((one) => one.name === name);
  await system.send('PATCH', `api/speakers/${of('Garden').id}`, { zone: 'Upstairs' });
  await system.send('PATCH', `api/speakers/${of('Kitchen').id}`, { zone: 'all' });
  for (const zone of ['all', 'Upstairs']) await system.send('POST', `api/zones/${zone}/playback/play`, { search: 'format:flac' });
  const { tracks } = await system.get('api/tracks?limit=3');
  const { playlists } = await system.get('api/playlists');
  if (playlists.length === 0) await system.send('POST', 'api/playlists', { name: 'Evening', trackIds: tracks.map((track) => track.id) });
  const { presets } = await system.get('api/presets');
  if (presets.length === 0) await system.send('POST', 'api/presets', { name: 'As usual' });
  return { kitchen: of('Kitchen').id, garden: of('Garden').id, upstairs: (await system.get('api/zones')).zones.find((one) => one.name === 'Upstairs').id };
}

async function asOperator(system, bound, maxVolume) {
  const name = bound ? 'olga' : 'otto';
  await system.send('POST', 'api/users', { name, password: 'ten characters', role: 'operator', bound, maxVolume });
  const { secret } = await system.send('POST', 'api/tokens', { name: 'page', user: name });
  return { authorization: `Bearer ${secret}` };
}

/** Presses everything that can be pressed, and answers what was refused. */
async function pressAll(page, system, screens) {
  const refused = [];
  let pressed = '';
  let count = 0;
  page.on('response', (answer) => {
    if ([401, 403].includes(answer.status()) && answer.url().includes('/api/')) refused.push(`${pressed}: ${answer.request().method()} ${new URL(answer.url()).pathname} ${answer.status()}`);
  });
  const open = async (path) => {
    await page.goto(system.url + path);
    await page.locator('main h1, main h2').first().waitFor();
    await until('it to be there', async () => (await page.locator('main [aria-busy=true]').count()) === 0);
  };
  for (const path of screens) {
    pressed = `${path || 'now'}, looked at`;
    await open(path);
    // Each once: a list of rows has the same buttons in every row.
    const seen = new Set();
    for (let i = 0; ; i++) {
      const button = page.locator('main button:visible:enabled, .player button:visible:enabled').nth(i);
      if (!(await button.count())) break;
      // One that goes while it is looked at is none.
      const name = await button.evaluate((one) => (one.getAttribute('aria-label') ?? one.innerText).trim(), undefined, { timeout: 400 }).catch(() => '');
      if (!name) continue;
      const kind = name.replace(/[:“].*/, '').replace(/ (for|of|in) .*/, '');
      if (seen.has(kind) || LEFT.test(name)) continue;
      seen.add(kind);
      pressed = `${path || 'now'}, ${name}`;
      count += 1;
      await button.click({ timeout: 400 }).catch(() => undefined);
      const items = page.locator('[role=menuitem]:visible');
      const choices = await items.count();
      for (let k = 0; k < choices; k++) {
        if (k > 0) await button.click({ timeout: 400 }).catch(() => undefined);
        pressed = `${path || 'now'}, ${name}, ${await items.nth(k).innerText({ timeout: 400 }).catch(() => '')}`;
        await items.nth(k).click({ timeout: 400 }).catch(() => undefined);
        const dialog = page.locator('dialog[open]');
        const field = dialog.locator('input.field').first();
        if (await field.count()) await field.fill('Something').catch(() => undefined);
        await page.keyboard.press('Escape');
        if (!page.url().endsWith(path)) await open(path);
      }
      await page.keyboard.press('Escape');
      if (new URL(page.url()).pathname !== `/${path}`) await open(path);
    }
    for (const slider of await page.locator('main input[type=range]:visible:enabled').all()) {
      pressed = `${path || 'now'}, ${await slider.getAttribute('aria-label')}`;
      await slider.press('ArrowRight', { timeout: 400 }).catch(() => undefined);
      count += 1;
    }
    for (const select of await page.locator('main select:visible:enabled').all()) {
      pressed = `${path || 'now'}, ${(await select.getAttribute('aria-label').catch(() => '')) ?? 'a choice'}`;
      const last = await select.locator('option:enabled').last().getAttribute('value', { timeout: 400 }).catch(() => null);
      if (last && !['de', 'hu', 'dark'].includes(last)) await select.selectOption(last, { timeout: 400 }).catch(() => undefined);
      count += 1;
    }
  }
  assert.ok(count > 20, `only ${count} things could be pressed`);
  return [...new Set(refused)];
}

test('a guest controls what plays, and is offered nothing else', async ({ system, visit }) => {
  const { kitchen } = await furnished(system);
  const page = await visit('', { extraHTTPHeaders: {} });
  await page.getByRole('button', { name: 'Pause' }).first().waitFor();
  assert.equal(await page.getByRole('link', { name: 'History' }).count(), 0);
  await page.goto(`${system.url}speakers`);
  await page.getByRole('region', { name: 'Upstairs' }).waitFor();
  for (const name of ['New zone', 'Save the present zones']) assert.equal(await page.getByRole('button', { name }).count(), 0, name);
  assert.equal(await page.getByRole('combobox', { name: /Zone of/ }).count(), 0);
  await page.goto(`${system.url}speakers/${kitchen}`);
  await page.getByText('You may look and listen. Log in to control what plays.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Rename' }).count(), 0);
  assert.ok(await page.getByRole('slider', { name: 'Volume of Kitchen' }).isEnabled(), 'a volume is a guest’s, too');
  await page.goto(`${system.url}admin`);
  await page.getByRole('heading', { name: 'You' }).waitFor();
  assert.equal(await page.getByRole('heading', { name: 'Users' }).count(), 0);
  assert.deepEqual(await faultsOf(page, 'admin as a guest'), []);
  assert.deepEqual(await pressAll(page, system, [...SCREENS, `speakers/${kitchen}`]), []);
});

test('an operator of one zone arranges that one, and looks at the others', async ({ system, visit }) => {
  const { kitchen, garden, upstairs } = await furnished(system);
  const page = await visit('', { extraHTTPHeaders: await asOperator(system, { zones: [upstairs] }, 60) });
  await page.getByText('This zone is not one of yours: you may look and listen.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Pause' }).count(), 0);
  await page.keyboard.press(' ');
  assert.equal((await system.get('api/playback/state')).playbackState, 'playing');
  assert.deepEqual(await faultsOf(page, 'another zone'), []);
  await page.getByRole('combobox', { name: 'Zone' }).selectOption({ label: 'Upstairs' });
  await page.getByRole('button', { name: 'Pause' }).first().click();
  await until('the pause', async () => (await system.get('api/zones/Upstairs/playback/state')).playbackState === 'paused');
  // No louder than the bound, wherever the slider is pulled.
  await system.send('POST', 'api/zones/Upstairs/playback/volume', { volume: 30 });
  await page.getByRole('slider', { name: 'Volume of Upstairs' }).first().fill('90');
  await until('the bound', async () => Math.round((await system.get('api/zones/Upstairs/playback/state')).volume) === 60);
  await page.goto(`${system.url}history`);
  await page.getByRole('combobox', { name: 'Zone' }).last().waitFor();
  assert.deepEqual(await page.getByRole('combobox', { name: 'Zone' }).last().locator('option').allInnerTexts(), ['Upstairs']);
  await page.goto(`${system.url}speakers/${garden}`);
  await page.getByRole('button', { name: 'Rename' }).waitFor();
  await page.goto(`${system.url}speakers/${kitchen}`);
  await page.getByText('This speaker is not one of yours').waitFor();
  assert.ok(await page.getByRole('slider', { name: 'Volume of Kitchen' }).isDisabled());
  assert.deepEqual(await pressAll(page, system, [...SCREENS, `speakers/${garden}`, `speakers/${kitchen}`]), []);
});

test('an admin logs in by https, and may everything', async ({ system, visit }) => {
  const { kitchen } = await furnished(system);
  await system.send('POST', 'api/users', { name: 'ada', password: 'ten characters', role: 'admin' });
  const base = system.url.replace('http:', 'https:');
  const page = await visit('', { base, ignoreHTTPSErrors: true, extraHTTPHeaders: {} });
  await page.getByRole('button', { name: 'Log in' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Log in' });
  await dialog.getByLabel('User').fill('ada');
  await dialog.getByLabel('Password').fill('wrong password');
  await dialog.getByRole('button', { name: 'Log in' }).click();
  await dialog.getByText('User or password is wrong.').waitFor();
  assert.deepEqual(await faultsOf(page, 'the login'), []);
  await dialog.getByLabel('Password').fill('ten characters');
  await dialog.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('link', { name: 'ada' }).first().click();
  for (const name of ['You', 'Waiting speakers', 'Join tokens', 'Keys of speakers', 'Users', 'Tokens of programs', 'What was done']) await page.getByRole('heading', { name, exact: true }).waitFor();

  const users = page.getByRole('region', { name: 'Users' });
  await users.getByText('Add a user').first().click();
  await users.getByLabel('User').fill('otto');
  await users.getByLabel('Password').fill('ten characters');
  await users.getByRole('checkbox', { name: 'Upstairs' }).check();
  await users.getByRole('button', { name: 'Add a user' }).click();
  await users.getByText('operator, may control and arrange · Bound to Upstairs').waitFor();
  await users.getByRole('button', { name: 'More for otto' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await users.getByText('otto').waitFor({ state: 'detached' });

  const tokens = page.getByRole('region', { name: 'Tokens of programs' });
  await tokens.getByText('Make a token').first().click();
  await tokens.getByLabel('Name', { exact: true }).fill('Home');
  await tokens.getByRole('checkbox', { name: 'look' }).check();
  await tokens.getByRole('button', { name: 'Make a token' }).click();
  const secret = await tokens.getByRole('textbox', { name: /It is shown once/ }).inputValue();
  const asked = await fetch(`${system.url}api/whoami`, { headers: { authorization: `Bearer ${secret}` } });
  assert.deepEqual((await asked.json()).rights.includes('users'), false);
  await page.getByRole('region', { name: 'What was done' }).getByText('user otto').first().waitFor();
  assert.deepEqual(await faultsOf(page, 'admin'), []);

  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('button', { name: 'Log in' }).first().waitFor();
  assert.equal(await page.getByRole('heading', { name: 'Users', exact: true }).count(), 0);

  const all = await visit('', {});
  assert.deepEqual(await pressAll(all, system, [...SCREENS, `speakers/${kitchen}`]), []);
});
