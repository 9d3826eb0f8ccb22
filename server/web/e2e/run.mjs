// End to end: a real coordinator, real agents on virtual cards, Debian's chromium. `npm run e2e [FILE...]`, after a build.
// Each file has a system of its own; two run at once.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bin } from './system.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const asked = process.argv.slice(2);
const files = readdirSync(here).filter((name) => name.endsWith('.test.mjs') && (asked.length === 0 || asked.some((one) => name.startsWith(one))));
if (files.length === 0) {
  console.error(`no file of tests begins with ${asked.join(', ')}`);
  process.exit(2);
}
// The music is rendered once, and only read.
const music = mkdtempSync(join(tmpdir(), 'downbeat-tunes-'));
try {
  const { status: rendered } = spawnSync(join(bin, 'downbeat-tunes'), [music], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (rendered !== 0) throw new Error('downbeat-tunes failed');
  const args = ['--test', '--test-reporter=spec', '--test-concurrency=2', ...files.map((name) => here + name)];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...process.env, DOWNBEAT_TUNES: music } });
  process.exitCode = status ?? 1;
} finally {
  rmSync(music, { recursive: true, force: true });
}
