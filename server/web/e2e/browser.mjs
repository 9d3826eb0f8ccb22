// Debian's chromium by playwright-core, and what no page may do: say an error, ask another origin.
import { chromium } from 'playwright-core';

export const SCREENS = ['', 'library', 'library/albums', 'library/artists', 'library/genres', 'library/tracks', 'library?q=tide', 'queue', 'playlists', 'speakers', 'sync', 'history', 'about'];

export async function open() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
}

/** A page that notes each error and each request to another origin in `page.faults`. */
export async function visit(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en', ...options });
  const page = await context.newPage();
  page.faults = [];
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
