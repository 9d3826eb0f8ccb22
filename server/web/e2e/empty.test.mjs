// A system in which nothing is yet: each screen says so, and what to do.
import assert from 'node:assert/strict';
import { faultsOf } from './axe.mjs';
import { suite } from './suite.mjs';
import { temporary } from './system.mjs';

const music = temporary('empty');
const test = suite({ speakers: [], music });

const SAYS = [
  ['', 'Nothing plays here.'],
  ['library', 'There is no music yet.'],
  ['queue', 'The queue is empty.'],
  ['playlists', 'There is no playlist yet.'],
  ['speakers', 'No speaker has connected yet.'],
  ['sync', 'Play something on at least two speakers of this zone to see them side by side.'],
  ['history', 'Nothing was played yet.'],
  ['library?q=nothing', 'Nothing matches “nothing”.'],
  ['speakers/00000000-0000-4000-8000-000000000001', 'This speaker is not known.'],
  ['playlists/00000000-0000-4000-8000-000000000001', 'This playlist was deleted meanwhile.'],
  ['nowhere', 'There is no such page.'],
];

test('each screen of an empty system says what is missing, and can be read by machines', async ({ system, visit }) => {
  const page = await visit('', { viewport: { width: 360, height: 800 } });
  const faults = [];
  for (const [path, text] of SAYS) {
    await page.goto(system.url + path);
    await page.getByText(text).first().waitFor({ timeout: 15_000 });
    faults.push(...(await faultsOf(page, path || 'now')));
  }
  assert.deepEqual(faults, []);
});
