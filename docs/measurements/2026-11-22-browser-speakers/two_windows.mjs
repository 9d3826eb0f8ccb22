// Two browsers as speakers, each on a sink of its own; prints what they believe. See README.md.
import { chromium } from 'playwright-core';

const [base, seconds] = [process.argv[2] ?? 'http://127.0.0.1:3000', Number(process.argv[3] ?? 120)];
const wait = (s) => new Promise((resolve) => setTimeout(resolve, s * 1000));
const args = ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'];
const browsers = [];
const pages = [];
for (const sink of ['spk1', 'spk2']) {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args,
    ignoreDefaultArgs: ['--mute-audio'],
    env: { ...process.env, PULSE_SINK: sink },
  });
  browsers.push(browser);
  const page = await browser.newPage();
  await page.goto(`${base}/test-client/`);
  await page.waitForSelector('#connection[data-state=open]');
  await page.click('#listen');
  pages.push(page);
}
await wait(5);
await pages[0].locator('#tracks button').first().click();
for (let t = 0; t < seconds; t += 10) {
  await wait(10);
  for (const page of pages) {
    const seen = await page.evaluate(() => {
      const { state, sync_error_us: error, correction_ppm: ppm, reanchors, underruns } = downbeat.report();
      return { state, errorMs: +(error / 1000).toFixed(2), ppm: +ppm.toFixed(0), reanchors, underruns, steps: downbeat.player.output.steps };
    });
    console.log(t + 10, JSON.stringify(seen));
  }
}
for (const browser of browsers) await browser.close();
