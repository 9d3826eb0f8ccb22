// End to end: a real coordinator, real agents on virtual cards, Debian's chromium. `npm run e2e`, after `npm run build`.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { open, SCREENS, visit } from './browser.mjs';
import { System, until } from './system.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const only = process.argv[2];
const tests = [];
const test = (name, body) => tests.push({ name, body });

const zone = (system) => system.get('api/playback/state');

test('a track is found, and played, by the keyboard alone', async ({ system, browser }) => {
  const page = await visit(browser, system.url);
  await page.getByRole('link', { name: 'Choose something from the library' }).waitFor();
  await page.keyboard.press('/');
  await page.getByRole('searchbox').waitFor();
  await until('the focus', () => page.evaluate(() => document.activeElement?.getAttribute('type') === 'search'));
  await page.keyboard.type('paper lan');
  const row = page.getByRole('row').filter({ hasText: 'Paper Lanterns' }).first();
  await row.waitFor();
  await row.focus();
  await page.keyboard.press('Enter');
  await until('the sound', async () => (await zone(system)).playbackState === 'playing');
  assert.equal((await zone(system)).currentTrack.title, 'Paper Lanterns');
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await page.keyboard.press('Escape');
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press(' ');
  await until('the pause', async () => (await zone(system)).playbackState === 'paused');
  await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
  return page;
});

test('a queue is put in order by the keyboard alone', async ({ system, browser }) => {
  await system.send('POST', 'api/playback/play', { search: 'format:flac' });
  const titles = async () => (await system.get('api/zones/all/queue?offset=0&limit=50')).entries.map((entry) => entry.title);
  const before = await titles();
  assert.ok(before.length >= 3, 'three tracks');
  const page = await visit(browser, `${system.url}queue`);
  const grid = page.getByRole('grid', { name: 'Queue' });
  const row = grid.getByRole('row').filter({ hasText: before[0] });
  await row.waitFor();
  await row.focus();
  await page.keyboard.press('Alt+ArrowDown');
  await until('the new order', async () => (await titles())[1] === before[0]);
  // The focus went with it: once more.
  await until('the focus', () => page.evaluate((title) => document.activeElement?.textContent?.includes(title), before[0]));
  await page.keyboard.press('Alt+ArrowDown');
  await until('the new order', async () => (await titles())[2] === before[0]);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Delete');
  const shorter = await until('an entry less', async () => { const now = await titles(); return now.length === before.length - 1 && now; });
  assert.ok(!shorter.includes(before[2]), 'the one above it went');
  await page.getByRole('button', { name: 'Undo' }).click();
  await until('the entry back', async () => (await titles()).length === before.length);
  // The page shows what is there.
  const all = await titles();
  await until('the page to show it', async () => {
    const shown = await grid.getByRole('row').evaluateAll((rows) => rows.sort((a, b) => a.dataset.index - b.dataset.index).map((one) => one.querySelector('.title')?.textContent));
    return JSON.stringify(shown) === JSON.stringify(all);
  });
  return page;
});

test('a speaker dies and returns, and the page says so', async ({ system, browser }) => {
  const page = await visit(browser, `${system.url}speakers`);
  await page.getByText('Nothing is wrong.').waitFor();
  await system.kill('Study');
  await page.getByText(/Away since/).first().waitFor({ timeout: 40_000 });
  await page.getByText('One needs a look:').waitFor();
  system.speaker('Study');
  await page.getByText('Nothing is wrong.').waitFor({ timeout: 60_000 });
  return page;
});

test('a volume is shown at once, and kept', async ({ system, browser }) => {
  const page = await visit(browser, system.url);
  const slider = page.getByRole('slider', { name: 'Volume of Everywhere' }).first();
  await slider.waitFor();
  await slider.fill('37');
  await until('the volume', async () => Math.round((await zone(system)).volume) === 37);
  await system.send('POST', 'api/playback/volume', { volume: 64 });
  await until('what another one set', async () => (await slider.inputValue()) === '64');
  return page;
});

test('the coordinator restarts under the page, which goes on', async ({ system, browser }) => {
  const page = await visit(browser, `${system.url}queue`);
  await page.getByRole('grid').waitFor();
  await system.kill('coordinator', 'SIGKILL');
  await page.getByText('No connection. The music plays on.').waitFor({ timeout: 20_000 });
  await system.coordinator();
  await page.getByText('No connection. The music plays on.').waitFor({ state: 'detached', timeout: 40_000 });
  await system.send('POST', 'api/playback/volume', { volume: 51 });
  await until('news after the restart', async () => (await page.getByRole('slider', { name: 'Volume of Everywhere' }).first().inputValue()) === '51');
  return page;
});

test('a queue that another one changes meanwhile is shown as it is', async ({ system, browser }) => {
  const page = await visit(browser, `${system.url}queue`);
  await page.getByRole('grid').waitFor();
  await system.send('POST', 'api/zones/all/queue', { search: 'paper', place: 'end' });
  const { total } = await system.get('api/zones/all/queue?offset=0&limit=1');
  await until('the entry of the other one', async () => Number(await page.getByRole('grid').getAttribute('aria-rowcount')) === total);
  return page;
});

test('every screen can be read by machines, light and dark, wide and narrow', async ({ system, browser }) => {
  await system.send('POST', 'api/playback/play', { search: 'format:flac' });
  await system.send('PATCH', 'api/zones/all/session', { repeat: 'all' });
  if ((await system.get('api/playlists')).playlists.length === 0) await system.send('POST', 'api/playlists', { name: 'Evening', trackIds: [] });
  const { id } = (await system.get('api/speakers')).speakers[0];
  const faults = [];
  let last;
  for (const [width, colorScheme] of [[1280, 'light'], [360, 'dark'], [1280, 'dark'], [360, 'light']]) {
    const page = await visit(browser, system.url, { viewport: { width, height: 800 }, colorScheme, reducedMotion: 'reduce' });
    for (const path of [...SCREENS, `speakers/${id}`]) {
      await page.goto(system.url + path);
      await page.locator('main h1, main h2').first().waitFor({ timeout: 15_000 }).catch(async () => faults.push(`${path || 'now'} ${width}: no heading, but ${(await page.locator('body').innerText()).slice(0, 300)} ${page.faults.join(' ')}`));
      await until(`${path || 'now'} at ${width} to be there`, async () => (await page.locator('main [aria-busy=true]').count()) === 0, 20).catch(async (error) => faults.push(`${error.message}: ${await page.locator('main').innerText()}`));
      // Not as a tag: the page's policy allows none of others.
      await page.evaluate(axe);
      const found = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })).violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(' | ')} ${one.nodes[0]?.failureSummary?.split('\n')[1]?.trim() ?? ''}`));
      faults.push(...found.map((fault) => `${path || 'now'} ${width} ${colorScheme}: ${fault}`));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) faults.push(`${path || 'now'} ${width}: ${wide} px wider than the window`);
    }
    faults.push(...page.faults);
    if (last) await last.context().close();
    last = page;
  }
  assert.deepEqual([...new Set(faults)], []);
  return last;
});

const system = await System.start();
const browser = await open();
let passed = 0;
let failed = 0;
try {
  for (const { name, body } of tests) {
    if (only && !name.includes(only)) continue;
    let page;
    try {
      page = await body({ system, browser });
      assert.deepEqual(page.faults, [], 'no error in the console, no other origin');
      passed += 1;
      console.log(`ok   ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL ${name}\n${error.stack ?? error}`);
    }
    for (const context of browser.contexts()) await context.close();
  }
} finally {
  await browser.close();
  await system.end();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
