// The types of the REST API, from the coordinator's own description: `npm run types` writes them, `--check` compares.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const description = new URL('../../openapi.json', import.meta.url);
const types = new URL('../src/lib/api/types.d.ts', import.meta.url);

const document = JSON.parse(await readFile(description, 'utf8'));
// Names of operations are not used here, and the generator refuses those that are not unique.
// Some that stand in a query are described as parts of the path.
for (const [path, calls] of Object.entries(document.paths)) {
  for (const call of Object.values(calls)) {
    delete call.operationId;
    for (const parameter of call.parameters ?? []) {
      if (parameter.in !== 'path' || path.includes(`{${parameter.name}}`)) continue;
      parameter.in = 'query';
      parameter.required = false;
    }
  }
}
const text = `// Generated from server/openapi.json by \`npm run types\`. Do not edit.\n\n${astToString(
  await openapiTS(document, { alphabetize: true }),
)}`;
if (process.argv.includes('--check')) {
  const kept = await readFile(types, 'utf8').catch(() => '');
  if (kept !== text) {
    console.error('The types are not those of server/openapi.json: run `npm run types` and look at the difference.');
    process.exit(1);
  }
} else {
  await writeFile(types, text);
}
