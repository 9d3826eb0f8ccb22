import { describe, expect, it } from 'vitest';
import { codeOf, fingerprint } from '../src/lib/adoption.svelte';
import { ApiError, maybe, proveBy } from '../src/lib/api/client';
import { changeAgainst, clashes } from '../src/lib/conflict';
import { silence, type Heard } from '../src/lib/listen/silence';
import { dialogs } from '../src/ui/dialogs.svelte';

describe('two people who change one thing', () => {
  const seen = { name: 'Garden', volume: 40, labels: { floor: '1' } };
  it('disagree only about a value that both set, and not to the same', () => {
    expect(clashes(seen, { ...seen, name: 'Yard' }, { name: 'Terrace' })).toEqual(['name']);
    expect(clashes(seen, { ...seen, name: 'Terrace' }, { name: 'Terrace' })).toEqual([]);
    expect(clashes(seen, { ...seen, volume: 50 }, { name: 'Terrace' })).toEqual([]);
    expect(clashes(seen, { ...seen, labels: { floor: '2' } }, { labels: { floor: '3' } })).toEqual(['labels']);
  });

  const changed = (now: object) => new ApiError(412, { code: 'precondition_failed', detail: '', current: now }, '"2-9"');
  const change = { seen, tag: '"1-1"', change: { name: 'Terrace' }, what: 'Garden', words: { name: ['Name'] as [string] } };

  it('are not asked where they changed different values: both hold', async () => {
    const sent: (string | undefined)[] = [];
    const answer = await changeAgainst(change, async (tag) => {
      sent.push(tag);
      if (sent.length === 1) throw changed({ ...seen, volume: 50 });
      return 'done';
    });
    expect([answer, sent]).toEqual(['done', ['"1-1"', '"2-9"']]);
  });

  it('see both values, and one of them chooses', async () => {
    for (const mine of [true, false]) {
      let calls = 0;
      const answer = changeAgainst(change, async () => {
        calls += 1;
        if (calls === 1) throw changed({ ...seen, name: 'Yard' });
        return 'done';
      });
      await Promise.resolve();
      await new Promise((done) => setTimeout(done));
      expect(dialogs.clash?.sides).toEqual([{ label: 'Name', theirs: 'Yard', mine: 'Terrace' }]);
      dialogs.clash?.answer(mine);
      expect([await answer, calls]).toEqual(mine ? ['done', 2] : [undefined, 1]);
    }
  });

  it('are told of any other refusal', async () => {
    await expect(changeAgainst(change, () => Promise.reject(new ApiError(409, { code: 'name_taken' })))).rejects.toMatchObject({ code: 'name_taken' });
  });
});

describe('why this browser is silent', () => {
  const heard: Heard = { wanted: true, running: true, connection: 'open', refusal: undefined, clock: true, output: true, muted: false, speakerVolume: 80, zoneVolume: 60, ownVolume: 100, state: 'playing', fault: undefined };
  const kind = (change: Partial<Heard>) => silence({ ...heard, ...change })?.kind;
  it('is nothing while it sounds, also without a connection', () => {
    expect(kind({})).toBeUndefined();
    expect(kind({ connection: 'waiting' })).toBeUndefined();
  });
  it('is told by what a person can do first', () => {
    expect(kind({ wanted: false, running: false })).toBe('untapped');
    expect(kind({ running: false, muted: true })).toBe('interrupted');
    expect(kind({ state: 'idle', connection: 'waiting' })).toBe('noConnection');
    expect(silence({ ...heard, state: undefined, connection: 'refused', refusal: 'too old' })).toEqual({ kind: 'refused', text: 'too old' });
    expect(kind({ muted: true })).toBe('muted');
    expect(kind({ ownVolume: 0, zoneVolume: 0 })).toBe('ownSilent');
    expect(kind({ speakerVolume: 0 })).toBe('speakerSilent');
    expect(kind({ zoneVolume: 0 })).toBe('zoneSilent');
    expect(kind({ state: undefined, connection: 'connecting' })).toBe('connecting');
    expect(kind({ state: undefined, clock: false })).toBe('clock');
    expect(kind({ state: 'preparing', output: false })).toBe('output');
    expect(kind({ state: 'preparing' })).toBe('preparing');
    expect(kind({ state: 'paused' })).toBe('paused');
    expect(kind({ state: 'idle' })).toBe('idle');
    expect(silence({ ...heard, state: 'faulted', fault: { code: 'unsupported_here', text: 'ALAC' } })).toEqual({ kind: 'undecodable', text: 'ALAC' });
    expect(kind({ state: 'faulted', fault: { code: 'fetch_failed', text: '503' } })).toBe('fetch');
  });
});

describe('the code of a speaker', () => {
  it('is what was meant, however it was typed', () => {
    expect(['k7qx3m9d', 'K7QX-3M9D', ' k7qx 3m9d ', 'k7q', 'K7QX-3M9DXX'].map(codeOf)).toEqual(['K7QX-3M9D', 'K7QX-3M9D', 'K7QX-3M9D', 'K7Q', 'K7QX-3M9D']);
  });
  it('stands beside a part of its key that an eye can compare', () => {
    expect(fingerprint('0123456789abcdef'.repeat(4))).toBe('0123 4567 89ab cdef');
  });
});

describe('a coordinator of another version', () => {
  const answer = (status: number, body: object) => () => Promise.resolve(new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } }));
  it('lacks a call, which is no error; what it refuses is one', async () => {
    const [fetched, base] = [globalThis.fetch, globalThis.document];
    Object.assign(globalThis, { document: { baseURI: 'http://h/' } });
    try {
      globalThis.fetch = answer(404, { code: 'route_not_found' });
      expect(await maybe('get', '/api/whoami')).toBeUndefined();
      globalThis.fetch = answer(404, { code: 'speaker_key_not_found' });
      await expect(maybe('post', '/api/speaker-keys/x/refuse', {})).rejects.toMatchObject({ code: 'speaker_key_not_found' });
    } finally {
      globalThis.fetch = fetched;
      Object.assign(globalThis, { document: base });
    }
  });

  it('asks for the password again, and the change is sent once more', async () => {
    const [fetched, base] = [globalThis.fetch, globalThis.document];
    Object.assign(globalThis, { document: { baseURI: 'http://h/' } });
    const asked: string[] = [];
    let calls = 0;
    proveBy((error) => { asked.push(error.code); return Promise.resolve(true); });
    try {
      globalThis.fetch = () => ((calls += 1) === 1 ? answer(401, { code: 'password_again' }) : answer(200, { users: [] }))();
      expect(await maybe('post', '/api/users', {})).toEqual({ users: [] });
      expect([asked, calls]).toEqual([['password_again'], 2]);
      // A look is not worth a question.
      globalThis.fetch = answer(401, { code: 'login_required' });
      await expect(maybe('get', '/api/users')).rejects.toMatchObject({ code: 'login_required' });
      expect(asked.length).toBe(1);
    } finally {
      proveBy(() => Promise.resolve(false));
      globalThis.fetch = fetched;
      Object.assign(globalThis, { document: base });
    }
  });
});
