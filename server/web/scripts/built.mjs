// The folder that the page is built into: the one that the coordinator embeds, or DOWNBEAT_PAGE.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const built = resolve(process.env.DOWNBEAT_PAGE ?? fileURLToPath(new URL('../built', import.meta.url)));
