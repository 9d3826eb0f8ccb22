// The weight of the built page, packed with brotli, and its bounds: the first load, and each part that is fetched later.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { built } from './built.mjs';

const FIRST_JS = 60_000;
const FIRST_CSS = 15_000;
const LATER_JS = 40_000;

const html = await readFile(join(built, 'index.html'), 'utf8');
const packed = async (name) => (await stat(join(built, `${name}.br`)).catch(() => stat(join(built, name)))).size;
const named = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)].map((match) => match[1]);
const first = { js: 0, css: 0 };
for (const name of named) first[name.endsWith('.js') ? 'js' : 'css'] += await packed(name);
let largest = ['', 0];
for (const name of (await readdir(join(built, 'assets'))).map((one) => `assets/${one}`)) {
  if (!name.endsWith('.js') || named.includes(name)) continue;
  const size = await packed(name);
  if (size > largest[1]) largest = [name, size];
}
console.log(`first load: ${first.js} bytes of JS (at most ${FIRST_JS}), ${first.css} of CSS (at most ${FIRST_CSS})`);
console.log(`largest part that is fetched later: ${largest[0]}, ${largest[1]} bytes (at most ${LATER_JS})`);
if (first.js > FIRST_JS || first.css > FIRST_CSS || largest[1] > LATER_JS) {
  console.error('The page is too heavy.');
  process.exit(1);
}
