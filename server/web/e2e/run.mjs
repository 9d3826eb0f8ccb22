// End to end: a real coordinator, real agents on virtual cards, Debian's chromium. `npm run e2e [FILE...]`, after a build.
// Each file has a system of its own; two run at once.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const asked = process.argv.slice(2);
const files = readdirSync(here).filter((name) => name.endsWith('.test.mjs') && (asked.length === 0 || asked.some((one) => name.startsWith(one))));
if (files.length === 0) {
  console.error(`no file of tests begins with ${asked.join(', ')}`);
  process.exit(2);
}
const { status } = spawnSync(process.execPath, ['--test', '--test-reporter=spec', '--test-concurrency=2', ...files.map((name) => here + name)], { stdio: 'inherit' });
process.exit(status ?? 1);
