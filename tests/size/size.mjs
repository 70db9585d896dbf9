// The size of the document example in each preset, what a page has to fetch; and whether each preset reads
// what it says, and nothing else. `./dev size` builds the presets and runs this, which also writes the table
// of docs/size.md with --write. More than the budget is a failure.
//
// wasm is the module; JavaScript is Emscripten's and the extractor's with what it uses of linmem's
// half, as esbuild bundles and minifies it (it comes with tests/packaging/vite). Each file is
// compressed by itself, gzip at level 9 and brotli at 11.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import zlib from 'node:zlib';

import { Extractor } from '../../examples/document/extractor.mjs';
import { formats } from '../js/documents.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** What each preset reads, and bytes that it may have, gzipped. */
const features = {
  minimal: ['text'],
  standard: ['text', 'spreadsheets', 'office'],
  complete: ['text', 'spreadsheets', 'office', 'images', 'pdf'],
};
const budgets = { minimal: 100 * 1024, standard: 250 * 1024, complete: 500 * 1024 };

/** What is wrong with what a preset says that it reads: it must be what it reads, and nothing else. */
async function claims(preset, folder) {
  const { default: createModule } = await import(pathToFileURL(path.join(folder, 'document.mjs')).href);
  const extractor = await Extractor.create(createModule);
  const problems = [];
  if (String(extractor.features) !== String(features[preset])) problems.push(`has ${extractor.features}, not ${features[preset]}`);
  for (const { mime, text, expected } of formats) {
    const bytes = Buffer.from(text);
    let read = '';
    try {
      await extractor.zeroCopy((buffer) => buffer.write(bytes), bytes.length, mime, (chunk) => { read += Buffer.from(chunk); });
    } catch (e) {
      if (e.code !== 'unsupported') throw e;
      read = undefined;
    }
    const isClaimed = extractor.mimeTypes.includes(mime);
    if (isClaimed && read !== expected) problems.push(`${mime}: ${JSON.stringify(read)}, not ${JSON.stringify(expected)}`);
    if (!isClaimed && read !== undefined) problems.push(`${mime} is read, and not said to be`);
  }
  return problems;
}

/** What the extractor is to whoever bundles it. */
function bundle(folder) {
  const entry = [
    `export { Extractor } from './examples/document/extractor.mjs';`,
    `export { default } from '${path.join(folder, 'document.mjs')}';`,
  ].join('\n');
  const esbuild = path.join(root, 'tests/packaging/vite/node_modules/.bin/esbuild');
  const { status, stdout, stderr, error } = spawnSync(esbuild, ['--bundle', '--minify', '--format=esm',
    '--platform=neutral', '--external:node:*', '--log-level=warning'], { cwd: root, input: entry });
  if (status !== 0) throw error ?? new Error(`esbuild: ${stderr}`);
  return stdout;
}

const compressors = {
  raw: (bytes) => bytes,
  gzip: (bytes) => zlib.gzipSync(bytes, { level: 9 }),
  brotli: (bytes) => zlib.brotliCompressSync(bytes),
};

const folderOf = (preset) => path.join(root, 'build', `document-${preset}`, 'examples/document');

const rows = Object.keys(budgets).map((preset) => {
  const folder = folderOf(preset);
  const files = [fs.readFileSync(path.join(folder, 'document.wasm')), bundle(folder)];
  const sizes = Object.entries(compressors).map(([name, f]) => [name, files.map((file) => f(file).length)]);
  return { preset, sizes: Object.fromEntries(sizes) };
});
const sum = (numbers) => numbers.reduce((a, b) => a + b);

if (process.argv.includes('--json')) {
  for (const { preset, sizes } of rows) {
    console.log(JSON.stringify({ preset, raw: sum(sizes.raw), gzip: sum(sizes.gzip), brotli: sum(sizes.brotli) }));
  }
} else {
  const columns = ['preset', 'wasm', 'gzip', 'brotli', 'JS', 'gzip', 'brotli', 'all, gzip', 'budget'];
  const figure = (n) => n.toLocaleString('en');
  const table = [columns, columns.map((_, i) => (i === 0 ? '---' : '---:')), ...rows.map(({ preset, sizes }) => [
    preset, ...[0, 1].flatMap((file) => Object.values(sizes).map((all) => figure(all[file]))),
    figure(sum(sizes.gzip)), figure(budgets[preset]),
  ])].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  console.log(table);
  if (process.argv.includes('--write')) {
    const page = path.join(root, 'docs/size.md');
    fs.writeFileSync(page, fs.readFileSync(page, 'utf8').replace(/^(\|.*\n)+/m, `${table}\n`));
  }
}

for (const [i, { preset, sizes }] of rows.entries()) {
  const bytes = sum(sizes.gzip);
  if (bytes > budgets[preset]) {
    console.error(`over its budget: ${preset}: ${bytes} bytes gzipped, budget ${budgets[preset]}`);
    process.exitCode = 1;
  }
  if (i > 0 && sum(sizes.raw) <= sum(rows[i - 1].sizes.raw)) {
    console.error(`${preset} is not larger than ${rows[i - 1].preset}, which reads less`);
    process.exitCode = 1;
  }
}
for (const preset of Object.keys(features)) {
  for (const problem of await claims(preset, folderOf(preset))) {
    console.error(`${preset}: ${problem}`);
    process.exitCode = 1;
  }
}
