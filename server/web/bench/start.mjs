// Until the page can be used, with the processor four times slower: what plays is shown, and can be stopped.
import { open } from '../e2e/browser.mjs';
import { System } from '../e2e/system.mjs';
import { summary } from './figures.mjs';

export async function measure() {
  const system = await System.start({ speakers: ['Kitchen'] });
  const browser = await open();
  try {
    await system.send('POST', 'api/playback/play', { search: 'format:flac' });
    await system.send('PATCH', 'api/zones/all/session', { repeat: 'all' });
    const taken = [];
    for (let i = 0; i < 9; i++) {
      const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
      const page = await context.newPage();
      const session = await context.newCDPSession(page);
      await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
      await page.goto(system.url, { waitUntil: 'commit' });
      await page.getByRole('button', { name: 'Pause' }).waitFor();
      taken.push(await page.evaluate(() => performance.now()));
      await context.close();
    }
    return { slower: 4, usable_ms: summary(taken, 0) };
  } finally {
    await browser.close();
    await system.end();
  }
}
