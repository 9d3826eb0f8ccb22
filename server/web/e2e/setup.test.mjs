// From a first start to sound, by what the page says.
import { suite } from './suite.mjs';
import { until } from './system.mjs';

const test = suite({ speakers: [] });

test('a first start leads to sound in three steps', async ({ system, visit }) => {
  const page = await visit();
  await page.getByRole('link', { name: 'Set up step by step' }).click();
  await page.getByRole('heading', { name: 'Set up' }).waitFor();
  await page.getByText('Waiting for the first speaker.').waitFor();
  await page.getByRole('button', { name: 'Play something' }).and(page.locator(':disabled')).waitFor();
  system.speaker('Kitchen');
  const name = page.getByRole('textbox', { name: 'Name of Kitchen' });
  await name.waitFor();
  await page.getByRole('button', { name: 'Let it be heard: Kitchen' }).click();
  await page.getByText('It plays a short tone.').waitFor();
  await name.fill('Bar');
  await name.press('Tab');
  await until('the name', async () => (await system.get('api/speakers')).speakers[0].name === 'Bar');
  await page.getByRole('button', { name: 'Play something' }).click();
  await until('the sound', async () => (await system.get('api/playback/state')).playbackState === 'playing');
  await page.getByRole('button', { name: 'Pause' }).first().waitFor();
  await page.getByRole('main').getByRole('link', { name: 'To what plays' }).click();
  await page.getByRole('slider', { name: 'Position' }).waitFor();
});
