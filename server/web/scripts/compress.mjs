// Lays a `.br` and a `.gz` beside each file of the built page that is text: the coordinator sends them as they are.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { built } from './built.mjs';

for (const name of await readdir(built, { recursive: true })) {
  if (!/\.(js|css|html|svg|webmanifest|json)$/.test(name)) continue;
  const file = join(built, name);
  const text = await readFile(file);
  const br = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length } });
  const gz = gzipSync(text, { level: 9 });
  // Of a small file the packed one may be larger.
  if (br.length < text.length) await writeFile(`${file}.br`, br);
  if (gz.length < text.length) await writeFile(`${file}.gz`, gz);
}
