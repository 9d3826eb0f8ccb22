// One file of tests: a system of its own, one browser, and pages that may not fail in silence.
import assert from 'node:assert/strict';
import { after, before, test as tell } from 'node:test';
import { open, visit } from './browser.mjs';
import { System } from './system.mjs';

/** A test waits for events; one that hangs is ended. */
const LIMIT_MS = 180_000;

/**
 * The `test` of this file: its body gets the `system`, and `visit(path, options)` for pages, whose faults fail it.
 * @param {Parameters<typeof System.start>[0]} [options] of the system
 */
export function suite(options) {
  let system;
  let browser;
  before(async () => {
    // One that does not come is no reason to leave the other behind.
    await Promise.all([System.start(options).then((one) => (system = one)), open().then((one) => (browser = one))]);
  }, { timeout: LIMIT_MS });
  after(async () => {
    await browser?.close();
    await system?.end();
  });
  return (name, body) =>
    tell(name, { timeout: LIMIT_MS }, async () => {
      const pages = [];
      const show = async (path = '', settings = {}) => {
        const { base = system.url, ...rest } = settings;
        const page = await visit(browser, base + path, { extraHTTPHeaders: system.headers, ...rest });
        pages.push(page);
        return page;
      };
      try {
        await body({ system, browser, visit: show });
        for (const page of pages) assert.deepEqual(page.faults, [], 'no error in the console, no other origin');
      } catch (error) {
        // What a person would look at.
        for (const page of pages) {
          const text = await page.locator('body').innerText({ timeout: 5000 }).catch(() => '(nothing)');
          console.error(`at ${page.url()}; unanswered: ${[...page.asked].map((one) => `${one.method()} ${one.url()}`).join(', ') || 'nothing'}; faults: ${page.faults.join(' ') || 'none'}; shown:\n${text.slice(0, 1500)}\n`);
        }
        throw error;
      } finally {
        for (const context of browser.contexts()) await context.close();
      }
    });
}
