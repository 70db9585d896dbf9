// Real documents: LINMEM_CORPUS names a folder of them. Whatever they are, as plain text they come out
// as TextDecoder has them, at every chunk size and however they were fed; and both patterns agree,
// also on what they refuse.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { Extractor } from '../../examples/document/extractor.mjs';
import { attach, LinmemError } from '../../include/linmem/js/linmem.mjs';
import { readerOf } from './inputs.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = path.resolve(root, process.env.LINMEM_BUILD ?? 'build/wasm');
const corpus = process.env.LINMEM_CORPUS;

const options = { skip: corpus ? false : 'LINMEM_CORPUS names no folder of documents' };

const load = async (module) => (await import(pathToFileURL(path.join(build, module)).href)).default;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function corpusFiles() {
  const files = fs.readdirSync(corpus, { recursive: true }).map((f) => path.join(corpus, f))
    .filter((f) => fs.statSync(f).isFile());
  assert.ok(files.length > 0);
  return files;
}

it('documents of a corpus', options, async () => {
  const extractor = await Extractor.create(await load('examples/document/document.mjs'));
  extractor.mimeTypeOf({ mime: 'text/plain' }); // found once: asking is counted
  const files = corpusFiles();

  async function text(file, mime, pattern, chunkSize) {
    const parts = [];
    const write = (chunk) => parts.push(Buffer.from(chunk));
    const fd = fs.openSync(file);
    try {
      await (pattern === 'streaming'
        ? extractor.stream(fd, mime, write, { chunkSize })
        : extractor.zeroCopy((buffer) => buffer.readFrom(fd), fs.fstatSync(fd).size, mime, write, { chunkSize }));
    } catch (e) {
      if (!(e instanceof LinmemError)) throw e; // the module trapped, or worse
      return `refused: ${e.message}`;
    } finally {
      fs.closeSync(fd);
    }
    for (const part of parts) assert.ok(part.length > 0 && part.length <= chunkSize, file);
    return Buffer.concat(parts).toString();
  }

  for (const file of files) {
    const bytes = fs.readFileSync(file);
    const sizes = bytes.length > 100000 ? [1024, 65536] : [4, 7, 64, 4096, 65536];
    const expected = decoder.decode(bytes);
    const mime = extractor.extensions.includes(path.extname(file)) ? extractor.mimeTypeOf({ name: file }) : 'text/plain';
    const { copied_in } = extractor.memory.ledger; // what it takes to ask for formats, no more
    const first = await text(file, mime, 'streaming', 65536);
    for (const size of sizes) {
      for (const pattern of ['streaming', 'zero-copy']) {
        assert.equal(await text(file, 'text/plain', pattern, size), expected, `${file}, ${pattern}, ${size}`);
        assert.equal(await text(file, mime, pattern, size), first, `${file}, ${pattern}, ${size}`);
      }
    }
    assert.equal(extractor.memory.ledger.copied_in, copied_in);
  }
  assert.equal(extractor.memory.ledger.buffers, 0);
});

it('every byte of a corpus at every chunk size, in place and in pieces', options, async (t) => {
  const module = await (await load('tests/js/fixture.mjs'))();
  const memory = attach(module);
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const sizes = [...Array.from({ length: 67 }, (_, i) => i + 4), 1024, 4096, 65536];
  const pieces = [1, 7, 65536];
  // A large file in single bytes takes a second for each chunk size: these few stand for the rest.
  const large = 65536;
  const sizesOfLarge = [4, 70, 65536];

  /** `stream` has `expected`, in chunks that are UTF-8 alone, none of them empty or too long. */
  function check(stream, expected, size, what) {
    let text = '';
    for (const view of stream) {
      if (view.length === 0 || view.length > size) assert.fail(`${what}: a chunk of ${view.length} bytes`);
      text += strict.decode(view);
    }
    assert.ok(text === expected, `${what}: another text`);
    assert.equal(stream.progress, 1, what);
    stream.dispose();
  }

  let runs = 0;
  const sampled = [];
  for (const file of corpusFiles()) {
    const bytes = fs.readFileSync(file);
    const expected = decoder.decode(bytes);
    const input = memory.from(bytes);
    if (bytes.length > large) sampled.push(file);
    for (const size of sizes) {
      const what = `${file}, chunks of ${size}`;
      check(memory.stream(module._fixture_text(input.handle, size)), expected, size, `${what}, in place`);
      for (const piece of pieces) {
        if (piece === 1 && bytes.length > large && !sizesOfLarge.includes(size)) continue;
        const source = readerOf(bytes, piece);
        check(memory.stream(module._fixture_copy(size, 65536), { source, total: bytes.length }), expected, size,
          `${what}, in pieces of ${piece}`);
        ++runs;
      }
    }
    input.dispose();
  }
  assert.equal(memory.ledger.streams + memory.ledger.buffers, 0);
  t.diagnostic(`${runs} runs fed in pieces of ${pieces.join(', ')}; single bytes only at chunk sizes ${
    sizesOfLarge.join(', ')} for the ${sampled.length} files above ${large} bytes`);
});
