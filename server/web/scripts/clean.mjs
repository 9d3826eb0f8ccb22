// Takes the page that was built before away; the folder and its .gitignore stay.
import { readdir, rm } from 'node:fs/promises';

const built = new URL('../built/', import.meta.url);
for (const name of await readdir(built)) {
  if (!name.startsWith('.')) await rm(new URL(name, built), { recursive: true });
}
