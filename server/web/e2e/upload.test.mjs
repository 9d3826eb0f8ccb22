// Music that is added on the page: chosen and dropped, with the answer of each file in words.
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { faultsOf } from './axe.mjs';
import { suite } from './suite.mjs';
import { temporary, until } from './system.mjs';

const music = temporary('upload');
const test = suite({ speakers: [], music });

/** A second of silence with a number in it, so that no two are the same. */
function wav(n) {
  const bytes = Buffer.alloc(44 + 2 * 8000);
  bytes.write('RIFF', 0); bytes.writeUInt32LE(bytes.length - 8, 4); bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16); bytes.writeUInt16LE(1, 20); bytes.writeUInt16LE(1, 22); bytes.writeUInt32LE(8000, 24);
  bytes.writeUInt32LE(16000, 28); bytes.writeUInt16LE(2, 32); bytes.writeUInt16LE(16, 34); bytes.write('data', 36); bytes.writeUInt32LE(16000, 40);
  bytes.writeUInt16LE(n, 44);
  return bytes;
}
const file = (name, buffer) => ({ name, mimeType: 'application/octet-stream', buffer });

test('music is chosen, and each file has its answer', async ({ visit }) => {
  const page = await visit('library', { viewport: { width: 390, height: 844 } });
  await page.getByRole('button', { name: 'Add music' }).waitFor();
  const input = page.locator('[data-upload]');
  await input.setInputFiles([file('one.wav', wav(1)), file('two.wav', wav(2)), file('no.mp3', Buffer.from('this is no music')), file('cover.jpg', Buffer.from('x'))]);
  await page.getByRole('heading', { name: '2 of 3 files added' }).waitFor();
  await page.getByText('This is no music that can be played.').waitFor();
  await page.getByText('One file is no music, and is left out.').waitFor();
  assert.deepEqual(await faultsOf(page, 'uploads'), []);
  await page.getByRole('row').filter({ hasText: 'one' }).first().waitFor();
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await page.getByRole('heading', { name: '2 of 3 files added' }).waitFor({ state: 'detached' });

  await input.setInputFiles([file('again.wav', wav(1)), file('two.wav', wav(3))]);
  await page.getByText('This music is there already, to the bit.').waitFor();
  await page.getByText('Another file has this name there. It is left as it is; rename one of them.').waitFor();
  assert.deepEqual((await readdir(music)).sort(), ['one.wav', 'two.wav']);
});

test('a file that is dropped is added, and one that broke off goes on by itself', async ({ system, visit }) => {
  const page = await visit('library');
  await page.getByRole('button', { name: 'Add music' }).waitFor();
  await page.route('**/api/library/files*', (route) => route.abort(), { times: 1 });
  const data = await page.evaluateHandle((bytes) => {
    const held = new DataTransfer();
    held.items.add(new File([new Uint8Array(bytes)], 'dropped.wav'));
    return held;
  }, [...wav(9)]);
  await page.dispatchEvent('main', 'dragenter', { dataTransfer: data });
  await page.getByText('Let go to add it to the music').waitFor();
  await page.dispatchEvent('main', 'drop', { dataTransfer: data });
  await page.getByText('The connection broke off; it goes on by itself').waitFor();
  await page.getByRole('heading', { name: '1 file added' }).waitFor();
  await until('the track', async () => (await system.get('api/tracks')).tracks.some((one) => one.title === 'dropped'));
});

test('a large file goes on where a lost connection cut it', async ({ system, visit }) => {
  const page = await visit('library');
  await page.getByRole('button', { name: 'Add music' }).waitFor();
  const asked = [];
  page.on('request', (request) => { if (request.method() === 'PATCH') asked.push(Number(request.headers()['upload-offset'])); });
  // the second piece finds no way the first time
  let cuts = 1;
  await page.route('**/api/library/uploads/*', (route) => (route.request().method() === 'PATCH' && asked.at(-1) > 0 && cuts-- > 0 ? route.abort() : route.continue()));
  const large = Buffer.alloc(40 << 20);
  wav(7).copy(large, 0, 0, 44);
  large.writeUInt32LE(large.length - 8, 4);
  large.writeUInt32LE(large.length - 44, 40);
  const path = join(temporary('large'), 'large.wav');
  await writeFile(path, large);
  await page.locator('[data-upload]').setInputFiles(path);
  await page.getByRole('heading', { name: '1 file added' }).waitFor();
  assert.deepEqual(asked, [0, 32 << 20, 32 << 20]);
  await until('the track', async () => (await system.get('api/tracks')).tracks.some((one) => one.title === 'large'));
  assert.deepEqual((await system.get('api/library/uploads')).uploads.filter((one) => !one.file), []);
});
