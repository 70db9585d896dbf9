#!/usr/bin/env node
// Extracts the text of documents: `node examples/document/extract.mjs --help`.
import fs from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { fileReader, LinmemError, readEnvironment } from '../../include/linmem/js/linmem.mjs';
import { Extractor } from './extractor.mjs';

const usage = `Usage: extract.mjs [OPTION]... FILE...
Writes the text of each FILE to standard output and a line about each to standard error.
- is standard input.

  --pattern zero-copy|streaming  how the document goes through linear memory (streaming)
  --mime TYPE                    type of every FILE, for example text/html
  --list                         instead, the features, types and extensions that this build reads
  --chunk-size BYTES             longest chunk, at least 4 (65536)
  --json                         instead, one JSON object about each FILE to standard output
  --help                         this text

LINMEM_MEMORY_LIMIT_PAGES or LINMEM_MEMORY_LIMIT_MB (256) limits linear memory.
The exit code is 0 when every FILE was extracted, 1 when one was not, 2 for a wrong call.`;

const buildDir = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..',
  process.env.LINMEM_BUILD ?? 'build/wasm');

/** The module's factory, or a message that says what to do. */
async function loadModule() {
  const file = path.join(buildDir, 'examples/document/document.mjs');
  if (!fs.existsSync(file)) {
    throw new Error(`${path.relative('.', file)} is not built; run ./dev demo first`);
  }
  return (await import(pathToFileURL(file).href)).default;
}

/** Waits for a pipe whose other end is slow. */
function pause(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Writes all of `view`, which lies in linear memory, without a copy of its own. */
function writeAll(fd, view) {
  for (let at = 0; at < view.length;) {
    try {
      at += fs.writeSync(fd, view, at, view.length - at);
    } catch (e) {
      if (e.code === 'EPIPE') process.exit(0); // the reader has seen enough
      if (e.code !== 'EAGAIN') throw e;
      pause(2);
    }
  }
}

/** The type of a file: as the user says, by its name, or of standard input by its first bytes. */
function typeOf(extractor, options, file, head) {
  if (options.mime !== undefined) return extractor.mimeTypeOf({ mime: options.mime });
  if (file !== '-') return extractor.mimeTypeOf({ name: path.basename(file) });
  try {
    return extractor.mimeTypeOf({ head });
  } catch (e) {
    if (e.code === 'unsupported') return 'text/plain';
    throw e;
  }
}

/** Opens `file` for reading; its size where it has one. */
function open(file) {
  const fd = file === '-' ? 0 : fs.openSync(file, 'r');
  const stat = fs.fstatSync(fd);
  if (stat.isDirectory()) {
    if (fd !== 0) fs.closeSync(fd);
    throw new Error('is a folder, not a file');
  }
  return { fd, size: stat.isFile() ? stat.size : undefined };
}

/** Standard input: its type by its first bytes, and a reader that still gives those. */
function openInput(fd, ledger) {
  const read = fileReader(fd);
  const head = Buffer.alloc(4096); // an office document is known by what its first files are called
  let size = 0;
  for (let n; size < head.length && (n = read(head.subarray(size))) > 0;) size += n;
  let left = head.subarray(0, size);
  return {
    head: left,
    read(view) {
      if (left.length === 0) return read(view);
      const n = left.copy(view);
      left = left.subarray(n);
      ledger.copied_in += n;
      return n;
    },
  };
}

/** All that `read` gives, in pieces. */
function* readPieces(read) {
  for (;;) {
    const piece = Buffer.allocUnsafe(65536);
    const n = read(piece);
    if (n === 0) return;
    yield piece.subarray(0, n);
  }
}

/** Extracts one file; the row about it. */
async function extract(extractor, file, options) {
  const { memory } = extractor;
  const { ledger } = memory;
  let before = { in: ledger.copied_in, out: ledger.copied_out };
  const row = {
    file, mime: null, bytes_in: 0, bytes_out: 0, copied_in: 0, copied_out: 0, chunks: 0,
    first_chunk_ms: null, total_ms: 0, pages_before: memory.pages, pages_peak: 0, replaced: 0,
    status: 'ok', error: null,
  };
  const start = performance.now();
  let fd;
  try {
    const opened = open(file);
    fd = opened.fd;
    if (file !== '-') row.mime = typeOf(extractor, options, file);
    let source = fd;
    let { size } = opened;
    if (file === '-') {
      const input = openInput(fd, ledger);
      row.mime = typeOf(extractor, options, file, input.head);
      source = input.read;
      if (size === undefined && options.pattern === 'zero-copy') {
        // A pipe does not say its size: it is collected first, and copied once.
        source = [...readPieces(input.read)];
        size = source.reduce((sum, { length }) => sum + length, 0);
      }
    }
    before = { in: ledger.copied_in, out: ledger.copied_out }; // the question for the type is not counted
    const write = (chunk) => {
      row.first_chunk_ms ??= performance.now() - start;
      row.bytes_out += chunk.length;
      if (!options.json) writeAll(1, chunk);
    };
    const done = options.pattern === 'zero-copy'
      ? await extractor.zeroCopy((buffer) => buffer.readFrom(source), size, row.mime, write, options)
      : await extractor.stream(source, row.mime, write, { ...options, total: size });
    row.bytes_in = done.bytesIn;
    row.chunks = done.chunks;
    row.replaced = done.replaced;
  } catch (e) {
    row.status = 'error';
    row.error = explain(e);
    if (e instanceof WebAssembly.RuntimeError) row.broken = true;
  } finally {
    if (fd !== undefined && fd !== 0) fs.closeSync(fd);
  }
  row.total_ms = performance.now() - start;
  row.copied_in = ledger.copied_in - before.in;
  row.copied_out = ledger.copied_out - before.out;
  row.pages_peak = memory.pages;
  return row;
}

/** What a person needs to know of an error. */
function explain(e) {
  if (e instanceof LinmemError) return e.message;
  if (e.code === 'ENOENT') return 'no such file';
  if (e.code === 'EACCES') return 'no permission to read it';
  if (e instanceof WebAssembly.RuntimeError) return `the module trapped: ${e.message}`;
  return e.message;
}

const bytes = (n) => `${n.toLocaleString('en')} B`;
const ms = (n) => (n === null ? '-' : `${n.toFixed(n < 10 ? 2 : 0)} ms`);

/** The line about a row. */
function line(row) {
  if (row.status !== 'ok') return `${row.file}: error: ${row.error}`;
  return `${row.file}: ${row.mime}, ${bytes(row.bytes_in)} -> ${bytes(row.bytes_out)} in ` +
    `${row.chunks} chunk${row.chunks === 1 ? '' : 's'}, copied ${bytes(row.copied_in)} in and ` +
    `${bytes(row.copied_out)} out, first ${ms(row.first_chunk_ms)}, all ${ms(row.total_ms)}, ` +
    `${row.pages_before} -> ${row.pages_peak} pages` +
    (row.replaced ? `, ${row.replaced} invalid sequence${row.replaced === 1 ? '' : 's'} replaced` : '');
}

function parse() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        'pattern': { type: 'string', default: 'streaming' },
        'mime': { type: 'string' },
        'chunk-size': { type: 'string', default: '65536' },
        'json': { type: 'boolean', default: false },
        'list': { type: 'boolean', default: false },
        'help': { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    if (!['zero-copy', 'streaming'].includes(values.pattern)) {
      throw new Error(`--pattern is zero-copy or streaming, not ${values.pattern}`);
    }
    const chunkSize = Number(values['chunk-size']);
    if (!Number.isInteger(chunkSize) || chunkSize < 4 || chunkSize > 2 ** 30) {
      throw new Error(`--chunk-size is a number from 4 to ${2 ** 30}, not ${values['chunk-size']}`);
    }
    if (positionals.length === 0 && !values.list) throw new Error('no FILE');
    return { files: positionals, options: { ...values, chunkSize } };
  } catch (e) {
    console.error(`extract.mjs: ${e.message}\n\n${usage}`);
    process.exit(2);
  }
}

const { files, options } = parse();
try {
  const createModule = await loadModule();
  const { limits, problems } = readEnvironment();
  for (const problem of problems) console.error(`extract.mjs: LINMEM_${problem}`);
  let extractor = await Extractor.create(createModule, { limits });
  if (options.list) {
    for (const list of ['features', 'mimeTypes', 'extensions']) {
      console.log(`${list}: ${extractor[list].join(' ')}`);
    }
  }
  for (const file of files) {
    const { broken, ...row } = await extract(extractor, file, options);
    if (row.status !== 'ok') process.exitCode = 1;
    if (options.json) writeAll(1, Buffer.from(`${JSON.stringify(row)}\n`));
    if (!options.json || row.status !== 'ok') console.error(line(row));
    if (broken) extractor = await Extractor.create(createModule, { limits });
  }
} catch (e) {
  console.error(`extract.mjs: ${e.message}`);
  process.exitCode = 1;
}
