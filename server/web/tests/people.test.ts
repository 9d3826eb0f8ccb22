import { describe, expect, it } from 'vitest';
import { claimOf, codeOf, fingerprint, unencrypted } from '../src/lib/adoption.svelte';
import { api, ApiError, proveBy, type Speaker, type SpeakerKey } from '../src/lib/api/client';
import { holdsSpeaker, holdsZone } from '../src/lib/bounds';
import { changeAgainst, clashes } from '../src/lib/conflict';
import { silence, type Heard } from '../src/lib/listen/silence';
import { isMusic } from '../src/lib/uploads.svelte';
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

describe('a change that asks who one is', () => {
  const answer = (status: number, body: object) => () => Promise.resolve(new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } }));
  it('asks for the password again, and the change is sent once more', async () => {
    const [fetched, base] = [globalThis.fetch, globalThis.document];
    Object.assign(globalThis, { document: { baseURI: 'http://h/' } });
    const asked: string[] = [];
    let calls = 0;
    proveBy((error) => { asked.push(error.code); return Promise.resolve(true); });
    try {
      globalThis.fetch = () => ((calls += 1) === 1 ? answer(401, { code: 'password_again' }) : answer(200, { users: [] }))();
      expect(await api.post('/api/users', { body: { name: 'olga', password: 'not a word', role: 'operator' } })).toEqual({ users: [] });
      expect([asked, calls]).toEqual([['password_again'], 2]);
      // A look is not worth a question.
      globalThis.fetch = answer(401, { code: 'login_required' });
      await expect(api.get('/api/users')).rejects.toMatchObject({ code: 'login_required' });
      expect(asked.length).toBe(1);
    } finally {
      proveBy(() => Promise.resolve(false));
      globalThis.fetch = fetched;
      Object.assign(globalThis, { document: base });
    }
  });
});

describe('a speaker that waits', () => {
  const id = '00000000-0000-4000-8000-000000000001';
  const key = (change: Partial<SpeakerKey>): SpeakerKey => ({ key: 'aa', state: 'pending', name: 'Kitchen', speaker: id, code: 'K7QX-3M9D', address: '10.0.0.9', connected: true, verified: false, decidedBy: null, joinToken: null, disputed: false, ...change });
  const there = (change: Partial<Speaker>) => new Map([[id, { id, name: 'Kitchen window', class: 'agent', connected: true, encrypted: true, ...change } as Speaker]]);
  const nobody = new Map<string, Speaker>();

  it('is told by its claim: new, from before, a copy, one of several, or in clear', () => {
    expect(claimOf(key({}), [], nobody)).toEqual({ kind: 'new' });
    expect(claimOf(key({}), [], there({ connected: false }))).toEqual({ kind: 'new' });
    expect(claimOf(key({}), [], there({}))).toEqual({ kind: 'before' });
    const holder = key({ key: 'bb', state: 'adopted', name: 'Old name' });
    expect(claimOf(key({ disputed: true }), [holder], there({}))).toEqual({ kind: 'copy', of: 'Kitchen window' });
    expect(claimOf(key({ disputed: true }), [holder], nobody)).toEqual({ kind: 'copy', of: 'Old name' });
    expect(claimOf(key({ disputed: true }), [key({ key: 'cc', disputed: true })], there({}))).toEqual({ kind: 'rivals' });
    expect(claimOf(key({ key: null }), [], there({}))).toEqual({ kind: 'clear' });
  });

  it('is none of those that play without encryption, and a browser is none either', () => {
    expect(unencrypted(there({ encrypted: false }).values()).map((one) => one.name)).toEqual(['Kitchen window']);
    for (const change of [{ encrypted: true }, { encrypted: null }, { encrypted: false, connected: false }, { encrypted: false, class: 'browser' as const }]) expect(unencrypted(there(change).values())).toEqual([]);
  });
});

describe('a bound operator', () => {
  const bound = { zones: ['z1'], labelled: { site: ['41', '42'] } };
  const speaker = (zoneId: string, labels: Record<string, string> = {}) => ({ zoneId, labels });
  it('has the speakers of the own zones, and those with one of the labels', () => {
    expect(holdsSpeaker(bound, speaker('z1'))).toBe(true);
    expect(holdsSpeaker(bound, speaker('z2', { site: '42' }))).toBe(true);
    expect(holdsSpeaker(bound, speaker('z2', { site: '43', floor: '41' }))).toBe(false);
    expect(holdsSpeaker({}, speaker('z1'))).toBe(false);
  });
  it('has a zone whose speakers all carry one, and none that is empty', () => {
    expect(holdsZone(bound, 'z1', [])).toBe(true);
    expect(holdsZone(bound, 'z2', [speaker('z2', { site: '41' }), speaker('z2', { site: '42' }), speaker('z3')])).toBe(true);
    expect(holdsZone(bound, 'z2', [speaker('z2', { site: '41' }), speaker('z2')])).toBe(false);
    expect(holdsZone(bound, 'z2', [])).toBe(false);
  });
});

describe('files that are added', () => {
  it('are those that are music by their names, and not hidden', () => {
    const names = ['a.flac', 'Ella/01.MP3', '.hidden.mp3', 'Ella/._01.mp3', '.trash/a.mp3', 'cover.jpg', 'mp3', 'a.mp3.exe'];
    expect(names.filter(isMusic)).toEqual(['a.flac', 'Ella/01.MP3']);
  });
});
