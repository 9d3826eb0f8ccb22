// Two browsers as speakers, each on a sink that is one channel of a third: the recording has one clock, so that what is
// between the channels is what is between the browsers. One machine: the network adds nothing.
import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open, visit } from '../e2e/browser.mjs';
import { System, until } from '../e2e/system.mjs';
import { lag, rounded, summary } from './figures.mjs';

const RATE = 48_000;
const MUSIC_S = 240;
const WINDOW_S = 0.5;
const REACH = Math.round(0.15 * RATE);
const wait = (s) => new Promise((done) => setTimeout(done, s * 1000));

/** A burst of fresh noise every 250 to 350 ms, so that a correlation has one peak. */
function bursts() {
  let seed = 5;
  const random = () => { seed = (seed * 1664525 + 1013904223) >>> 0; return seed / 2 ** 32; };
  const pcm = new Int16Array(RATE * MUSIC_S * 2);
  for (let t = 0.3; t < MUSIC_S - 0.1; t += 0.25 + 0.1 * random()) {
    const length = Math.round(0.008 * RATE);
    for (let i = 0; i < length; i++) {
      const value = (random() + random() + random() - 1.5) * Math.sin((Math.PI * i) / length) ** 2 * 16_000;
      pcm.fill(value, (Math.floor(t * RATE) + i) * 2, (Math.floor(t * RATE) + i) * 2 + 2);
    }
  }
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + pcm.byteLength, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(2, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * 4, 28);
  head.writeUInt16LE(4, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(pcm.byteLength, 40);
  return Buffer.concat([head, Buffer.from(pcm.buffer)]);
}

function needed() {
  const there = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
  if (there('pulseaudio') && there('parec')) return true;
  if (process.getuid() !== 0) return false;
  spawnSync('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', 'pulseaudio', 'pulseaudio-utils'], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: ['ignore', 'ignore', 'inherit'] });
  return there('pulseaudio') && there('parec');
}

/** Processes that this one started. */
const children = () => spawnSync('pgrep', ['-P', String(process.pid)], { encoding: 'utf8' }).stdout.split('\n').map(Number).filter((pid) => pid > 0);

/** Skew by windows: seconds into the recording, milliseconds that the second browser is behind the first. */
function skews(recording) {
  const size = WINDOW_S * RATE;
  const found = [];
  for (let begin = 0; begin + size <= recording.length / 2; begin += size) {
    const [left, right] = [new Float64Array(size), new Float64Array(size)];
    for (let i = 0; i < size; i++) [left[i], right[i]] = [recording[(begin + i) * 2], recording[(begin + i) * 2 + 1]];
    const { samples, clear } = lag(left, right, REACH);
    if (clear > 0.4) found.push({ at: begin / RATE, ms: (samples / RATE) * 1000 });
  }
  return found;
}

export async function measure() {
  if (!needed()) return { left_out: 'no pulseaudio, and it cannot be installed' };
  const folder = await mkdtemp(join(tmpdir(), 'downbeat-pair-'));
  const music = join(folder, 'music');
  await mkdir(music);
  await writeFile(join(music, 'bursts.wav'), bursts());
  const socket = join(folder, 'pulse');
  const env = { ...process.env, PULSE_SERVER: `unix:${socket}`, PULSE_RUNTIME_PATH: folder, HOME: folder };
  const modules = [`module-native-protocol-unix socket=${socket} auth-anonymous=1`, `module-null-sink sink_name=rig channels=2 rate=${RATE}`,
    'module-remap-sink sink_name=spk1 master=rig channels=1 channel_map=mono master_channel_map=front-left remix=no',
    'module-remap-sink sink_name=spk2 master=rig channels=1 channel_map=mono master_channel_map=front-right remix=no'];
  const pulse = spawn('pulseaudio', ['-n', '--daemonize=no', '--exit-idle-time=-1', ...modules.flatMap((one) => ['-L', one])], { env, stdio: 'ignore' });
  const system = await System.start({ speakers: [], music });
  const browsers = [];
  /** A browser's processes are a group of their own, named by the first of them. */
  const groups = [];
  let record;
  try {
    await until('the track', async () => (await system.get('api/tracks')).total === 1);
    const pages = [];
    for (const sink of ['spk1', 'spk2']) {
      const before = new Set(children());
      const browser = await open({ args: ['--disable-gpu'], ignoreDefaultArgs: ['--mute-audio'], env: { ...env, PULSE_SINK: sink } });
      browsers.push(browser);
      groups.push(children().find((pid) => !before.has(pid)));
      const page = await visit(browser, `${system.url}listen`);
      await page.getByRole('button', { name: 'Tap to listen' }).click();
      pages.push(page);
    }
    await until('both', async () => (await system.get('api/health')).clients === 2);
    await system.send('POST', 'api/playback/play', { search: 'bursts' });
    for (const page of pages) await page.getByText('You hear it.').waitFor({ timeout: 60_000 });
    const file = join(folder, 'rec.f32');
    record = spawn('sh', ['-c', `exec parec -d rig.monitor --format=float32le --rate=${RATE} --channels=2 >${file}`], { env, stdio: 'ignore' });
    await wait(75);
    // One of them runs dry: its processes stand still for three seconds.
    const stood = groups[1] ? 75 : null;
    if (groups[1]) {
      process.kill(-groups[1], 'SIGSTOP');
      await wait(3);
      process.kill(-groups[1], 'SIGCONT');
    }
    await wait(30);
    record.kill('SIGTERM');
    await wait(0.5);
    const raw = await readFile(file);
    const all = skews(new Float32Array(raw.buffer, raw.byteOffset, Math.floor(raw.byteLength / 4)));
    const calm = all.filter((one) => one.at >= 10 && (stood === null || one.at < stood - 1)).map((one) => Math.abs(one.ms));
    const after = stood === null ? [] : all.filter((one) => one.at > stood + 3);
    const back = after.find((one, i) => after.slice(i, i + 4).every((next) => Math.abs(next.ms) < 0.3));
    const believed = [];
    for (const page of pages) believed.push(await page.evaluate(() => { const { player } = globalThis.downbeatListener; return { error_us: globalThis.downbeatListener.present()?.errorUs ?? null, steps: player.output.steps, ...player.counts }; }));
    return { skew_after_10_s_ms: summary(calm, 3), seconds_until_below_0_3_ms_after_standing_still: back && stood !== null ? rounded(back.at - stood - 3, 1) : null, believed };
  } finally {
    record?.kill('SIGKILL');
    for (const browser of browsers) await browser.close();
    await system.end();
    pulse.kill('SIGTERM');
  }
}
