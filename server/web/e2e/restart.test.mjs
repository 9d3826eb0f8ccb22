// A coordinator that goes and comes back under the page, which says what it knows and goes on.
import { suite } from './suite.mjs';
import { until } from './system.mjs';

const test = suite({ speakers: ['Kitchen'] });

test('the coordinator restarts under the page, which goes on', async ({ system, visit }) => {
  await system.send('POST', 'api/playback/play', { search: 'format:flac' });
  const page = await visit('queue');
  await page.getByRole('grid').waitFor();
  await system.kill('coordinator', 'SIGKILL');
  await page.getByText('No connection. The music plays on.').waitFor({ timeout: 20_000 });
  await system.coordinator();
  await page.getByText('No connection. The music plays on.').waitFor({ state: 'detached', timeout: 40_000 });
  await system.send('POST', 'api/playback/volume', { volume: 51 });
  await until('news after the restart', async () => (await page.getByRole('slider', { name: 'Volume of Everywhere' }).first().inputValue()) === '51');
});

test('a list that cannot be loaded says so, and is loaded when it is asked again', async ({ system, visit }) => {
  const page = await visit();
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.route('**/api/genres*', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ code: 'library_busy', detail: 'busy', status: 503, title: 'Busy', type: 'urn:downbeat:problem:library_busy' }) }));
  await page.goto(`${system.url}library/genres`);
  await page.getByText('The library is busy. Try again in a moment.').waitFor();
  await page.unroute('**/api/genres*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('alert').waitFor({ state: 'detached' });
});
