// Takes the page that was built before away; the folder and its .gitignore stay.
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { built } from './built.mjs';

await mkdir(built, { recursive: true });
for (const name of await readdir(built)) {
  if (!name.startsWith('.')) await rm(join(built, name), { recursive: true });
}
