// Files through the extractor: what the command, its workers and the pages of the patterns share.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { fileReader, LinmemError } from '../../include/linmem/js/linmem.mjs';
import { Extractor } from './extractor.mjs';
import { PooledBatch } from './pooled_batch/run.mjs';

/** Where the build is. */
export const buildFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..',
  process.env.LINMEM_BUILD ?? 'build/wasm', 'examples/document');

/** The names of the patterns, as the command has them. */
export const patterns = ['zero-copy', 'streaming', 'pooled'];

/** A promise of what the build's document.mjs exports; rejects with what to do where there is none. */
export async function loadModule() {
  const file = path.join(buildFolder, 'document.mjs');
  if (!fs.existsSync(file) || !fs.existsSync(file.replace(/mjs$/, 'wasm'))) {
    throw new Error(`the extractor is not built: ${path.relative('.', file)} is missing.
Run ./dev demo once: it gets what is needed, builds it, and shows it.`);
  }
  return (await import(pathToFileURL(file).href)).default;
}

/** Waits for a pipe whose other end is slow. */
function pause(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Writes all of `view`, which may lie in linear memory, without a copy of its own. */
export function writeAll(fd, view) {
  for (let at = 0; at < view.length;) {
    try {
      at += fs.writeSync(fd, view, at, view.length - at);
    } catch (e) {
      if (e.code === 'EPIPE') process.exit(); // the reader has seen enough
      if (e.code !== 'EAGAIN') throw e;
      pause(2);
    }
  }
}

const reasons = {
  ENOENT: 'no such file', EACCES: 'no permission to read it', EPERM: 'no permission to read it',
  ELOOP: 'links that lead in a circle', ENAMETOOLONG: 'its name is too long',
};

/** What a person needs to know of an error. */
export function explain(e) {
  if (e instanceof LinmemError && e.code === 'timed_out') {
    return `took longer than ${e.limit / 1000} s, and was ended`;
  }
  if (e instanceof LinmemError) return e.message;
  if (e instanceof WebAssembly.RuntimeError) return `the module trapped: ${e.message}`;
  return reasons[e.code] ?? e.message;
}

/** Bytes by which a type is told: an office document's needs the names of its first files. */
export const headBytes = 4096;

/** True when the instance that threw `e` is not to be used again. */
export const isBroken = (e) => e instanceof WebAssembly.RuntimeError || e instanceof RangeError;

/** Opens `file` for reading; its size where it has one. */
export function open(file) {
  const fd = file === '-' ? 0 : fs.openSync(file, 'r');
  const stat = fs.fstatSync(fd);
  if (stat.isDirectory()) {
    if (fd !== 0) fs.closeSync(fd);
    throw new Error('is a folder, not a file');
  }
  return { fd, size: stat.isFile() ? stat.size : undefined };
}

/** The first bytes of what `read` gives, and a reader that still gives those. */
function peek(read, ledger) {
  const head = Buffer.alloc(headBytes);
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

/** A reader of `bytes`. */
function readerOf(bytes) {
  let left = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return (view) => {
    const n = left.copy(view);
    left = left.subarray(n);
    return n;
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

/** The type that the first bytes of something without a name show; plain text where they show none. */
function typeOfHead(extractor, head) {
  try {
    return extractor.mimeTypeOf({ head });
  } catch (e) {
    if (e.code === 'unsupported') return 'text/plain';
    throw e;
  }
}

/** The row about `file`, before anything is known. */
export const emptyRow = (file, mime = null) => ({
  file, mime, bytes_in: 0, bytes_out: 0, copied_in: 0, copied_out: 0, chunks: 0, first_chunk_ms: null,
  total_ms: 0, pages_before: 0, pages_peak: 0, replaced: 0, status: 'ok', error: null,
});

/** An extractor for files, by one of the patterns. */
export class FileExtractor {
  #extractor;
  #pattern;
  #batch;

  constructor(extractor, pattern) {
    this.#extractor = extractor;
    this.#pattern = pattern;
    if (pattern === 'pooled') this.#batch = new PooledBatch(extractor);
  }

  /** The extractor. */
  get extractor() { return this.#extractor; }

  /** Gives back what it keeps from one file to the next. */
  dispose() {
    try {
      this.#batch?.dispose();
    } catch (e) {
      if (!(e instanceof LinmemError) && !isBroken(e)) throw e; // of a broken instance, gone all the same
    }
  }

  /**
   * Extracts `file`, or standard input for -, or `bytes` in its place; `mime` is its type, or not known of
   * what is no file. Calls `write` with each chunk of text, and `item` with each table and image.
   *
   * @returns {row, metadata}: the figures of --json, with the error where there is one. Throws what broke
   *   the instance.
   */
  async extract({ file, mime, bytes }, write, { chunkSize, metadata, item } = {}) {
    const { memory } = this.#extractor;
    const { ledger } = memory;
    let before = { in: ledger.copied_in, out: ledger.copied_out };
    const row = { ...emptyRow(file, mime ?? null), pages_before: memory.pages };
    const start = performance.now();
    let fd;
    let found;
    try {
      let size = bytes?.length;
      let source = bytes && readerOf(bytes);
      if (!bytes) ({ fd, size } = open(file));
      source ??= fd;
      if (row.mime === null) {
        const input = peek(bytes ? source : fileReader(fd), ledger);
        row.mime = typeOfHead(this.#extractor, input.head);
        source = input.read;
      }
      if (size === undefined && this.#pattern !== 'streaming') {
        // A pipe does not say its size: it is collected first, and copied once.
        source = [...readPieces(typeof source === 'number' ? fileReader(source) : source)];
        size = source.reduce((sum, { length }) => sum + length, 0);
      }
      this.#extractor.formatOf(row.mime);
      before = { in: ledger.copied_in, out: ledger.copied_out }; // the question for the type is not counted
      const take = (chunk) => {
        row.first_chunk_ms ??= performance.now() - start;
        row.bytes_out += chunk.length;
        write(chunk);
      };
      const done = await this.#extractSource(source, size, row.mime, take, { chunkSize, metadata, item });
      row.bytes_in = done.bytesIn;
      row.chunks = done.chunks;
      row.replaced = done.replaced;
      found = done.metadata;
    } catch (e) {
      if (isBroken(e)) throw e;
      row.status = 'error';
      row.error = explain(e);
    } finally {
      if (fd !== undefined && fd !== 0) fs.closeSync(fd);
    }
    row.total_ms = performance.now() - start;
    row.copied_in = ledger.copied_in - before.in;
    row.copied_out = ledger.copied_out - before.out;
    row.pages_peak = memory.pages;
    return { row, metadata: found };
  }

  #extractSource(source, size, mime, write, options) {
    if (this.#pattern === 'streaming') return this.#extractor.stream(source, mime, write, { ...options, total: size });
    const fill = (buffer) => buffer.readFrom(source);
    return this.#batch ? this.#batch.extract(fill, size, mime, write, options)
      : this.#extractor.zeroCopy(fill, size, mime, write, options);
  }

  /**
   * Extracts `input` as extract() does, and keeps what comes: {row, metadata, items, text}, `text` as
   * Uint8Arrays if it `wants` that, and each item with its `bytes`.
   */
  async collect(input, { wants, ...options }) {
    const { memory } = this.#extractor;
    const text = [];
    let room = new Uint8Array(0); // behind the last of them, so that small chunks lie together
    const keep = (chunk) => {
      if (room.length < chunk.length) room = new Uint8Array(Math.max(chunk.length, 65536));
      room.set(chunk);
      const { buffer } = room;
      const isNew = text.at(-1)?.buffer !== buffer;
      const before = isNew ? 0 : text.pop().length;
      text.push(new Uint8Array(buffer, 0, before + chunk.length));
      room = room.subarray(chunk.length);
      memory.ledger.copied_out += chunk.length;
    };
    const items = [];
    const item = wants.items && (({ kind, name, type, position, bytes }) => {
      items.push({ kind, name, type, position, bytes: bytes.slice() });
      memory.ledger.copied_out += bytes.length;
    });
    const done = await this.extract(input, wants.text ? keep : () => {}, { ...options, metadata: wants.metadata, item });
    return { ...done, items, text };
  }
}

/**
 * The rest of a page that shows a pattern: `begin(extractor)` gives a function that extracts an open file.
 * Writes the text of each FILE to standard output.
 */
export async function run(begin) {
  const files = process.argv.slice(2);
  try {
    const extractor = await Extractor.create(await loadModule());
    const { memory } = extractor;
    const extract = begin(extractor);
    for (const file of files) {
      try {
        const { fd, size } = open(file);
        try {
          const mime = extractor.mimeTypeOf({ name: path.basename(file) });
          const { bytesIn, bytesOut } = await extract({ fd, size }, mime, (chunk) => writeAll(1, chunk));
          console.error(`${file}: ${mime}, ${bytesIn} B -> ${bytesOut} B, ${memory.pages} pages`);
        } finally {
          fs.closeSync(fd);
        }
      } catch (e) {
        console.error(`${file}: error: ${explain(e)}`);
        process.exitCode = 1;
        if (isBroken(e)) throw e;
      }
    }
    if (files.length === 0) console.error(`Usage: ${path.basename(path.dirname(process.argv[1]))}/run.mjs FILE...`);
  } catch (e) {
    console.error(e.message);
    process.exitCode = 1;
  }
}
