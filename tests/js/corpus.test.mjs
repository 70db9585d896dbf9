// Real documents: LINMEM_CORPUS names a folder of them. Whatever they are, as plain text they come out
// as TextDecoder has them, at every chunk size; and both patterns agree, also on what they refuse.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { Extractor } from '../../examples/document/extractor.mjs';
import { LinmemError } from '../../include/linmem/js/linmem.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = path.resolve(root, process.env.LINMEM_BUILD ?? 'build/wasm');
const corpus = process.env.LINMEM_CORPUS;

it('documents of a corpus', { skip: corpus ? false : 'LINMEM_CORPUS names no folder of documents' }, async () => {
  const { default: createModule } = await import(pathToFileURL(path.join(build, 'examples/document/document.mjs')).href);
  const extractor = await Extractor.create(createModule);
  extractor.mimeTypeOf({ mime: 'text/plain' }); // found once
  const files = fs.readdirSync(corpus, { recursive: true }).map((f) => path.join(corpus, f))
    .filter((f) => fs.statSync(f).isFile());
  assert.ok(files.length > 0);

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
    const expected = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
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
