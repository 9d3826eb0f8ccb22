// Debian's chromium by playwright-core, and what no page may do: say an error, ask another origin.
import { chromium } from 'playwright-core';

/** Every screen of a system that plays: its address, and what is done to see it. */
export function screens({ speaker, playlist, album }) {
  const at = (path, name = path.replace(/\W+/g, '-') || 'now', prepare = async () => {}) => ({ path, name, prepare });
  const plain = ['', 'library', 'library/albums', 'library/artists', 'library/genres', 'library/tracks', 'library?q=tide', 'queue', 'playlists', 'speakers', 'sync', 'calibrate', 'listen', 'start', 'history', 'about', 'admin', 'nowhere'];
  return [
    ...plain.map((path) => at(path)),
    ...(album ? [at(`library/albums/${album}`, 'album')] : []),
    ...(playlist ? [at(`playlists/${playlist}`, 'playlist')] : []),
    ...(speaker ? [at(`speakers/${speaker}`, 'speaker')] : []),
    at('speakers', 'fleet', async (page) => {
      await page.getByRole('button', { name: 'All speakers' }).click();
      await page.getByRole('grid', { name: 'All speakers' }).waitFor();
    }),
    at('speakers', 'dialog', async (page) => {
      await page.getByRole('button', { name: 'New zone' }).click();
      await page.getByRole('dialog').waitFor();
    }),
    at('queue', 'menu', async (page) => {
      await page.getByRole('row').first().getByRole('button').last().click();
      await page.getByRole('menu').waitFor();
    }),
    at('about', 'keys', async (page) => {
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    }),
  ];
}

/** Sent with every request, set by the system: as whom the pages are seen. */
export const credentials = {};

/** As root a browser starts only without its sandbox; nothing foreign is opened here. */
export async function open(options = {}) {
  const { args = [], ...rest } = options;
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', ...args], ...rest });
}

/** A page that notes each error and each request to another origin in `page.faults`. */
export async function visit(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en', extraHTTPHeaders: { ...credentials }, ...options });
  const page = await context.newPage();
  page.faults = [];
  page.asked = new Set();
  page.on('request', (request) => page.asked.add(request));
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => page.asked.delete(request));
  page.on('pageerror', (error) => page.faults.push(`error: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    // A browser writes each answer of 4xx and 5xx, and each lost connection, into the console by itself.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) page.faults.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const to = new URL(request.url());
    if (!['blob:', 'data:'].includes(to.protocol) && to.origin !== new URL(url).origin) page.faults.push(`foreign: ${request.url()}`);
  });
  await page.goto(url);
  return page;
}
