// `./dev bench [NAME...] [--json]`: runs the benchmarks named, or all.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { measure, print } from './frame.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const build = path.resolve(here, '..', process.env.LINMEM_BUILD ?? 'build/wasm');
const nativeBuild = path.resolve(here, '..', process.env.LINMEM_NATIVE_BUILD ?? 'build/clang');
// A benchmark is what exports `cases` or `rows`; the other modules here serve them.
const known = fs.readdirSync(here).filter((f) => f.endsWith('.mjs'))
  .filter((f) => /^export (const|async function\*) (cases|rows)\b/m.test(fs.readFileSync(path.join(here, f), 'utf8')))
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

/** The path of a native program of a benchmark. */
const program = (name) => path.join(nativeBuild, 'bench', `bench_${name}`);

// A benchmark exports `cases`, which frame.mjs measures, or `rows`, which come from elsewhere too.
async function* rowsOf(name) {
  const bench = await import(`./${name}.mjs`);
  if (bench.rows) {
    yield* bench.rows({ load, program, build, note: (text) => console.error(text) });
  } else {
    for await (const definition of bench.cases(load)) yield measure(name, definition);
  }
}

if (!json) console.log(`Node ${process.version}, medians [quartiles], smaller is faster`);
for (const name of names.length > 0 ? names : known) {
  for await (const rows of rowsOf(name)) {
    if (json) rows.forEach((row) => console.log(JSON.stringify(row)));
    else print(rows);
  }
}
