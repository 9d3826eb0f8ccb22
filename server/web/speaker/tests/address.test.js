import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addressOf, lieBelow, socketOf } from '../address.js';

test('everything is asked for where the page came from, also below a path of a proxy', () => {
  for (const [page, root] of [
    ['http://h:3000/test-client/', 'http://h:3000'],
    ['http://h:3000/test-client/index.html?zone=all#top', 'http://h:3000'],
    ['https://home.example/downbeat/test-client/', 'https://home.example/downbeat'],
    ['https://home.example/a/b/test-client/', 'https://home.example/a/b'],
  ]) {
    assert.equal(addressOf('api/tracks?cursor=x', page).href, `${root}/api/tracks?cursor=x`);
    assert.equal(socketOf('ws', page).href, `${root}/ws`.replace('http', 'ws'));
  }
});

test('a page that does not lie in the folder says where everything is', () => {
  lieBelow('https://home.example/downbeat/');
  assert.equal(addressOf('media/x').href, 'https://home.example/downbeat/media/x');
  assert.equal(socketOf('ws').href, 'wss://home.example/downbeat/ws');
  assert.equal(addressOf('ws', 'http://h/test-client/').href, 'http://h/ws', 'a page that is named counts more');
});
