// The table of 2,000 speakers, each of which reports once a second: the tasks of the main thread, frames, memory.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { open, visit } from '../e2e/browser.mjs';
import { bin, System, until } from '../e2e/system.mjs';
import { rounded, summary } from './figures.mjs';

const SPEAKERS = 2000;
const TRACE_S = 60;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** What the crowd of the load tool does not say: figures that change each second. */
function lively(speakers) {
  for (const one of speakers) {
    Object.assign(one, { state: 'playing', reportAgeMs: Math.floor(Math.random() * 1000), syncErrorUs: (Math.random() - 0.5) * 80, errorBoundUs: 20 + Math.random() * 60, correctionPpm: Math.random() * 4, underruns: 0, starved: 0, reanchors: 1, outputLosses: 0 });
  }
}

async function heap(session) {
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find((one) => one.name === 'JSHeapUsedSize').value / 1e6;
}

/** Tasks of the page's main thread, milliseconds, out of a trace. */
async function tasks(browser, page) {
  const path = `/tmp/downbeat-trace-${process.pid}.json`;
  await browser.startTracing(page, { path, categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline', '__metadata'] });
  await wait(TRACE_S * 1000);
  await browser.stopTracing();
  const { traceEvents } = JSON.parse(await readFile(path, 'utf8'));
  const mains = new Set(traceEvents.filter((one) => one.name === 'thread_name' && one.args?.name === 'CrRendererMain').map((one) => `${one.pid}/${one.tid}`));
  const found = traceEvents.filter((one) => one.ph === 'X' && one.name.endsWith('RunTask') && mains.has(`${one.pid}/${one.tid}`)).map((one) => one.dur / 1000);
  return found;
}

export async function measure({ minutes }) {
  const system = await System.start({ speakers: [] });
  const load = spawn(join(bin, 'downbeat-load'), ['--server', `127.0.0.1:${system.port}`, '--speakers', String(SPEAKERS), '--ramp', '400', '--hold', String(minutes * 60 + 600), '--pauses', '0'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const browser = await open();
  try {
    await until('the crowd', async () => (await system.get('api/health')).clients >= SPEAKERS, 180);
    const page = await visit(browser, `${system.url}speakers`);
    await page.route('**/api/speakers?*', async (route) => {
      const answer = await route.fetch();
      const body = await answer.json();
      lively(body.speakers ?? []);
      await route.fulfill({ response: answer, json: body });
    });
    await page.getByRole('button', { name: 'All speakers' }).click();
    const grid = page.getByRole('grid', { name: 'All speakers' });
    await until('all rows', async () => (await grid.getAttribute('aria-rowcount')) === String(SPEAKERS), 120);
    await wait(15_000);
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    const memory = [rounded(await heap(session), 1)];
    const all = await tasks(browser, page);
    const frames = await page.evaluate((seconds) => new Promise((done) => {
      const gaps = [];
      let last = performance.now();
      const end = last + seconds * 1000;
      const frame = (now) => { gaps.push(now - last); last = now; if (now < end) requestAnimationFrame(frame); else done(gaps); };
      requestAnimationFrame(frame);
    }), 30);
    const blank = await page.evaluate(async () => {
      // The list is scrolled by a screen a frame: how long does a row stay unknown?
      let worst = 0;
      let since;
      for (let i = 0; i < 120; i++) {
        scrollBy(0, 700);
        await new Promise((done) => requestAnimationFrame(done));
        const unknown = document.querySelector('[role=grid] [aria-busy=true]');
        since = unknown ? (since ?? performance.now()) : undefined;
        if (since) worst = Math.max(worst, performance.now() - since);
      }
      scrollTo(0, 0);
      return worst;
    });
    for (let minute = 1; minute <= minutes; minute++) {
      await wait(60_000);
      if (minute % Math.max(1, Math.floor(minutes / 10)) === 0) memory.push(rounded(await heap(session), 1));
    }
    return {
      speakers: SPEAKERS,
      tasks_over_1_ms: summary(all.filter((ms) => ms >= 1)),
      tasks_over_16_ms_in_a_minute: all.filter((ms) => ms > 16).length,
      main_thread_busy_percent: rounded((all.reduce((sum, ms) => sum + ms, 0) / (TRACE_S * 1000)) * 100, 1),
      frame_gap_ms: summary(frames),
      row_unknown_while_scrolling_ms: rounded(blank, 0),
      heap_mb_after_collection: memory,
      minutes,
      faults: page.faults,
    };
  } finally {
    load.kill('SIGKILL');
    for (const context of browser.contexts()) for (const page of context.pages()) await page.unrouteAll({ behavior: 'ignoreErrors' });
    await browser.close();
    await system.end();
  }
}
