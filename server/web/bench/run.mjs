// Figures of the page, which no test asserts: `npm run bench [fleet|start|pair] [--minutes=N]`, after a build.
//   fleet   frames, tasks and memory of the page while 2,000 speakers report
//   start   until the page can be used, with the processor four times slower
//   pair    how far apart two browsers sound, as recorded from their sinks (PulseAudio)
import { loadavg } from 'node:os';

const asked = process.argv.slice(2).filter((one) => !one.startsWith('--'));
const minutes = Number(process.argv.find((one) => one.startsWith('--minutes='))?.slice(10) ?? 30);
const all = ['start', 'fleet', 'pair'];
const figures = { load1: [Number(loadavg()[0].toFixed(2))] };
for (const name of asked.length > 0 ? asked : all) {
  const { measure } = await import(`./${name}.mjs`);
  figures[name] = await measure({ minutes });
}
figures.load1.push(Number(loadavg()[0].toFixed(2)));
console.log(JSON.stringify(figures, null, 1));
process.exit(0);
