// `./dev bench [NAME...] [--json]`: runs the benchmarks named, or all.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { measure, print } from './frame.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const build = path.resolve(here, '..', process.env.LINMEM_BUILD ?? 'build/wasm');
const known = fs.readdirSync(here).filter((f) => f.endsWith('.mjs') && !['run.mjs', 'frame.mjs'].includes(f))
  .map((f) => f.slice(0, -4)).sort();

const json = process.argv.includes('--json');
const names = process.argv.slice(2).filter((a) => a !== '--json');
const unknown = names.find((name) => !known.includes(name));
if (unknown !== undefined) {
  console.error(`bench: no benchmark is called ${unknown}; there are: ${known.join(', ')}`);
  process.exit(2);
}

/** Loads a module of the bench's build folder. */
async function load(name) {
  const file = path.join(build, 'bench', `${name}.mjs`);
  return (await import(pathToFileURL(file).href)).default;
}

if (!json) console.log(`Node ${process.version}, medians [quartiles], smaller is faster`);
for (const name of names.length > 0 ? names : known) {
  const { cases } = await import(`./${name}.mjs`);
  for await (const definition of cases(load)) {
    const rows = measure(name, definition);
    if (json) rows.forEach((row) => console.log(JSON.stringify(row)));
    else print(rows);
  }
}
