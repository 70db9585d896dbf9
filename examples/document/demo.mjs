// `./dev demo [FILE...]`: runs the patterns over documents and prints a table, and another of a batch of
// small ones. Each row is a process of its own, so that its memory is its own.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { Extractor } from './extractor.mjs';
import { patterns } from './files.mjs';
import { writeHtml } from './generate.mjs';
import { PooledBatch } from './pooled_batch/run.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const build = path.resolve(root, process.env.LINMEM_BUILD ?? 'build/wasm');

const loadModule = async () =>
  (await import(pathToFileURL(path.join(build, 'examples/document/document.mjs')).href)).default;

/** A function that extracts an open file by `pattern`. */
function begin(extractor, pattern) {
  if (pattern === 'streaming') return ({ fd, size }, mime, write) => extractor.stream(fd, mime, write, { total: size });
  const batch = pattern === 'pooled' ? new PooledBatch(extractor) : undefined;
  return ({ fd, size }, mime, write) => {
    const fill = (buffer) => buffer.readFrom(fd);
    return batch ? batch.extract(fill, size, mime, write) : extractor.zeroCopy(fill, size, mime, write);
  };
}

/** One row: extracts `file`, or nothing with pattern idle, and prints figures as JSON. */
async function row(pattern, file) {
  const extractor = await Extractor.create(await loadModule());
  const { memory } = extractor;
  const copied = () => memory.ledger.copied_in + memory.ledger.copied_out + memory.ledger.staged;
  const figures = { pagesBefore: memory.pages, copied: 0 };
  if (pattern !== 'idle') {
    const fd = fs.openSync(file);
    const { size } = fs.fstatSync(fd);
    const mime = extractor.mimeTypeOf({ name: path.basename(file) });
    const extract = begin(extractor, pattern);
    const before = copied(); // the file's name, to find the format
    const start = performance.now();
    const write = (chunk) => {
      figures.first ??= performance.now() - start;
      fs.writeSync(3, chunk);
    };
    Object.assign(figures, await extract({ fd, size }, mime, write));
    figures.total = performance.now() - start;
    fs.closeSync(fd);
    figures.copied = copied() - before;
  }
  figures.pages = memory.pages;
  figures.resident = process.resourceUsage().maxRSS * 1024;
  console.log(JSON.stringify(figures));
}

/** The same for a batch: `count` times the same small file; 'an instance each' makes one for every document. */
async function batchRow(pattern, file, count) {
  const createModule = await loadModule();
  const each = pattern === instanceEach;
  let extractor = await Extractor.create(createModule);
  let extract = begin(extractor, each ? 'zero-copy' : pattern);
  const mime = extractor.mimeTypeOf({ name: path.basename(file) });
  const one = async () => {
    if (each) extract = begin(extractor = await Extractor.create(createModule), 'zero-copy');
    const fd = fs.openSync(file);
    await extract({ fd, size: fs.fstatSync(fd).size }, mime, () => {});
    fs.closeSync(fd);
  };
  const mallocs = () => extractor.memory.data.getUint32(extractor.module._document_batch_figures(), true);
  for (let i = 0; i < count / 10; ++i) await one(); // warm
  const before = each ? 0 : mallocs();
  const start = performance.now();
  for (let i = 0; i < count; ++i) await one();
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({
    perSecond: count / seconds,
    mallocs: each ? mallocs() : (mallocs() - before) / count, // a new instance counts from 0
    pages: extractor.memory.pages,
  }));
}

function runRow(pattern, file, output, ...more) {
  const out = fs.openSync(output, 'w');
  const kind = more.length > 0 ? '--batch' : '--row';
  const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), kind, pattern, file ?? '', ...more],
    { stdio: ['ignore', 'pipe', 'pipe', out], encoding: 'utf8' });
  fs.closeSync(out);
  if (child.status !== 0) {
    const message = child.stderr.match(/(?:LinmemError|Error): (.*)/)?.[1] ?? `exit code ${child.status}`;
    return { error: message };
  }
  return JSON.parse(child.stdout);
}

/** True when the two files hold the same bytes; reads them a piece at a time. */
function sameContent(a, b) {
  if (fs.statSync(a).size !== fs.statSync(b).size) return false;
  const [fa, fb] = [fs.openSync(a), fs.openSync(b)];
  const [ba, bb] = [Buffer.alloc(1 << 20), Buffer.alloc(1 << 20)];
  let same = true;
  for (let n; same && (n = fs.readSync(fa, ba)) > 0;) {
    fs.readSync(fb, bb);
    same = ba.compare(bb, 0, n, 0, n) === 0;
  }
  fs.closeSync(fa);
  fs.closeSync(fb);
  return same;
}

function size(n) {
  if (n < 1000) return `${n} B`;
  const exponent = Math.min(3, Math.floor(Math.log10(n) / 3));
  return `${(n / 1000 ** exponent).toFixed(1)} ${' kMG'[exponent]}B`;
}
const ms = (n) => (n === undefined ? '-' : `${n.toFixed(n < 100 ? 1 : 0)} ms`);

/** Prints rows of cells below `head`, numbers to the right. */
function table(head, rows) {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((r) => [...r[i]].length)));
  const print = (cells) => console.log(cells.map((cell, i) => {
    const space = ' '.repeat(widths[i] - [...cell].length);
    return i < 2 ? cell + space : space + cell;
  }).join('  ').trimEnd());
  print(head);
  print(widths.map((w) => '-'.repeat(w)));
  rows.forEach(print);
}

function documents() {
  // The longest pages of docs/ stand for the others: a table is read, not scrolled.
  const pages = fs.readdirSync(path.join(root, 'docs')).filter((f) => f.endsWith('.md'))
    .map((f) => path.join('docs', f))
    .sort((x, y) => fs.statSync(path.join(root, y)).size - fs.statSync(path.join(root, x)).size);
  const own = ['README.md', ...pages.slice(0, 4), 'examples/document/sample.html'];
  const big = path.join(build, 'generated-100MB.html');
  if (!fs.existsSync(big)) console.log('Generating an HTML document of 100 MB ...');
  writeHtml(big, 100e6);
  return [...own.map((f) => path.join(root, f)).filter(fs.existsSync), big];
}

const instanceEach = 'an instance each';
const batchSize = 1000;

/** Prints what a batch costs by each pattern. */
function batch(file, scratch) {
  const each = size(fs.statSync(file).size);
  console.log(`\n${batchSize.toLocaleString('en')} times ${path.basename(file)}, ${each}, one after the other:\n`);
  const rows = ['pooled', 'zero-copy', 'streaming', instanceEach].map((pattern) => {
    const r = runRow(pattern, file, path.join(scratch, 'batch'), `${batchSize}`);
    if (r.error) {
      process.exitCode = 1;
      return [pattern, `error: ${r.error}`, '-', '-', '-'];
    }
    return [pattern, '', Math.round(r.perSecond).toLocaleString('en'), r.mallocs.toFixed(1), `${r.pages}`];
  });
  table(['pattern', '', 'documents/s', 'mallocs each', 'pages'], rows);
}

function demo(args) {
  const files = args.length > 0 ? args : documents();
  const scratch = fs.mkdtempSync(path.join(build, 'demo-'));
  const idle = runRow('idle', undefined, path.join(scratch, 'idle'));
  if (idle.error) {
    console.error(`demo: ${idle.error}`);
    process.exit(1);
  }
  const rows = [];
  const notes = [];
  for (const file of files) {
    const relative = path.relative(root, path.resolve(file));
    const name = relative === '' || relative.startsWith('..') ? file : relative;
    const outputs = [];
    for (const pattern of patterns) {
      const problem = !fs.existsSync(file) ? 'no such file'
        : fs.statSync(file).isDirectory() ? 'is a folder, not a file' : undefined;
      const output = path.join(scratch, `${rows.length}`);
      const r = problem ? { error: problem } : runRow(pattern, file, output);
      if (r.error) {
        notes.push(`${name}, ${pattern}: error: ${r.error}`);
        process.exitCode = 1;
        continue;
      }
      outputs.push(output);
      rows.push([outputs.length === 1 ? name : '', pattern, size(r.bytesIn), size(r.bytesOut), size(r.copied), `${r.chunks}`,
        ms(r.first), ms(r.total), r.bytesIn < 1e5 ? '-' : `${(r.bytesIn / 1e3 / r.total).toFixed(0)} MB/s`,
        `${r.pagesBefore} -> ${r.pages}`, `+${size(Math.max(0, r.resident - idle.resident))}`]);
      if (outputs.length === 1 && r.replaced) notes.push(`${name}: ${r.replaced} invalid sequences became U+FFFD`);
    }
    if (outputs.some((output) => !sameContent(outputs[0], output))) {
      notes.push(`${name}: the patterns gave different text`);
      process.exitCode = 1;
    }
  }
  console.log();
  if (rows.length > 0) {
    table(['document', 'pattern', 'in', 'text out', 'copied', 'chunks', 'first', 'total', 'speed', 'pages',
      'resident'], rows);
    console.log(`
copied    bytes that linmem copied between the host and linear memory, as its ledger counted
chunks    pieces in which the text came out, each valid UTF-8 of at most 64 KiB
first     from opening the document to its first chunk
pages     of linear memory, 64 KiB each, before the document and at its end; they never shrink
resident  peak of the process above that of an idle one (${size(idle.resident)})`);
    if (process.exitCode !== 1) console.log('\nAll patterns gave the same text for every document.');
  }
  if (args.length === 0) batch(path.join(here, 'sample.html'), scratch);
  if (notes.length > 0) console.log(`\n${notes.join('\n')}`);
  fs.rmSync(scratch, { recursive: true });
}

if (process.argv[2] === '--row') {
  await row(process.argv[3], process.argv[4]);
} else if (process.argv[2] === '--batch') {
  await batchRow(process.argv[3], process.argv[4], Number(process.argv[5]));
} else {
  demo(process.argv.slice(2));
}
