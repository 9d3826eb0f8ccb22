// A real coordinator with real agents on virtual cards, for tests and pictures: started, and ended to the last process.
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, mkdir } from 'node:fs/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built } from '../scripts/built.mjs';
import { credentials } from './browser.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
export const bin = process.env.DOWNBEAT_BINARIES ?? join(root, 'target/debug');

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** Waits until `ask` answers something; says for what it waited if it never does. */
export async function until(what, ask, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  let last;
  while (Date.now() < end) {
    try {
      last = await ask();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`waited ${seconds} s in vain for ${what}; last: ${String(last)}`);
}

/** What no log may hold; tests/src/secrets.rs has the same. */
const SECRET = /dbt_[\w.-]{16}|dbj1\.[\w.-]{16}|PRIVATE KEY|__Host-downbeat=\w|\/setup#\w|\$argon2|correct horse battery/;

/** A folder for the time of this process. */
export function temporary(name) {
  const folder = mkdtempSync(join(tmpdir(), `downbeat-${name}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** All that was started: whatever ends this process ends them. */
const started = new Set();
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));

export class System {
  #children = new Map();
  #leaks = [];
  headers = {};
  /** Where speakers find the coordinator. */
  address = '127.0.0.1';

  /**
   * `args` of the coordinator; by default it takes every speaker, as few of these tests are about that. `kept` is
   * the data folder that it finds. `bare`: it is told of no music, only where it may be chosen. `far`: speakers are no programs of the coordinator's own user on its machine.
   */
  static async start({ speakers = ['Kitchen', 'Study', 'Garden'], music, kept, bare = false, far = false, args = ['--adopt-all-for', '24h', '--legacy-speakers', 'all'] } = {}) {
    const system = new System();
    system.args = args;
    system.bare = bare;
    if (far) system.address = Object.values(networkInterfaces()).flat().find((one) => one?.family === 'IPv4' && !one.internal)?.address ?? system.address;
    system.folder = await mkdtemp(join(tmpdir(), 'downbeat-web-'));
    if (kept) await cp(kept, join(system.folder, 'coordinator'), { recursive: true });
    system.port = await freePort();
    system.url = `http://127.0.0.1:${system.port}/`;
    system.music = music ?? process.env.DOWNBEAT_TUNES ?? join(system.folder, 'music');
    if (!music && !process.env.DOWNBEAT_TUNES) {
      await mkdir(system.music, { recursive: true });
      await new Promise((done, fail) => {
        spawn(join(bin, 'downbeat-tunes'), [system.music], { stdio: 'ignore' }).on('exit', (code) => (code ? fail(new Error('downbeat-tunes failed')) : done()));
      });
    }
    await system.coordinator();
    for (const name of speakers) system.speaker(name);
    await system.adopted(speakers.length);
    if (!music && !bare) await until('the tracks', async () => { const { scan } = await system.get('api/health'); return !scan.running && scan.done > 0; });
    return system;
  }

  #run(name, program, args) {
    const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('DOWNBEAT_')));
    const child = spawn(join(bin, program), args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const words = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => {
      words.push(String(text));
      words.splice(0, words.length - 50);
      if (SECRET.test(text)) this.#leaks.push(`${name}: ${text}`);
    });
    started.add(child);
    const gone = new Promise((done) => child.on('exit', () => { started.delete(child); done(); }));
    this.#children.set(name, { child, gone, words });
  }

  async coordinator() {
    this.#run('coordinator', 'downbeat-server', ['--listen', `${this.address === '127.0.0.1' ? this.address : '0.0.0.0'}:${this.port}`, this.bare ? '--music-root' : '--music', this.music, '--data', join(this.folder, 'coordinator'), ...this.args, ...(process.env.DOWNBEAT_EMBEDDED ? [] : ['--web-dir', built])]);
    await until('the coordinator', () => this.get('api/health'));
    // Where rights are asked for: that of the machine's owner.
    const token = await readFile(join(this.folder, 'coordinator', 'admin-token'), 'utf8').catch(() => '');
    this.headers = token ? { authorization: `Bearer ${token.trim()}` } : {};
    Object.assign(credentials, this.headers);
  }

  /** What a child said last. */
  said(name) {
    return this.#children.get(name)?.words.join('') ?? '';
  }

  /** `data` of another machine: a card that was copied. `more` of its virtual card. */
  speaker(name, { data = join(this.folder, `agent-${name}`), as = name, more = '' } = {}) {
    const ppm = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 80 - 40;
    this.#run(as, 'downbeat-agent', ['--server', `ws://${this.address}:${this.port}`, '--name', name, '--output', `virtual:ppm=${ppm}${more}`, '--data', data]);
  }

  /** Waits until so many speakers are in; where speakers must be adopted, those that wait are. */
  async adopted(count) {
    let locked = true;
    await until('the speakers', async () => {
      if ((await this.get('api/health')).clients === count) return true;
      const { keys } = locked ? await this.get('api/speaker-keys').catch(() => ({ keys: (locked = false) || [] })) : { keys: [] };
      for (const { key, state } of keys) if (key && state === 'pending') await this.send('POST', 'api/speaker-keys/adopt', { key });
      return false;
    });
  }

  async kill(name, signal = 'SIGKILL') {
    const { child, gone } = this.#children.get(name);
    child.kill(signal);
    await gone;
    this.#children.delete(name);
  }

  async get(path) {
    const answer = await fetch(this.url + path, { headers: this.headers });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async send(method, path, body) {
    const answer = await fetch(this.url + path, { method, headers: { ...this.headers, 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  }

  async end() {
    for (const name of [...this.#children.keys()].reverse()) await this.kill(name, name === 'coordinator' ? 'SIGTERM' : 'SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
    if (this.#leaks.length) throw new Error(`logs hold secrets: ${this.#leaks.join()}`);
  }
}

