// A few pictures while working: node e2e/shot.mjs BASE OUT PATH...
import { chromium } from 'playwright-core';
const [base, out, ...paths] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const [w, h, scheme] of [[1280, 800, 'light'], [390, 844, 'dark']]) {
  const page = await browser.newPage({ viewport: { width: w, height: h }, colorScheme: scheme });
  page.on('console', (m) => ['error', 'warning'].includes(m.type()) && console.log(w, m.text()));
  page.on('pageerror', (e) => console.log(w, 'PAGEERROR', e.message, e.stack?.split('\n')[1]));
  for (const path of paths) {
    await page.goto(base + path);
    await page.waitForTimeout(2500);
    await page.screenshot({ path: `${out}/${path.replace(/\W+/g, '_') || 'now'}-${w}.png` });
  }
}
await browser.close();
