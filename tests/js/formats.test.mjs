// The extractor's formats: each is found by name, type and content, and extracted by both patterns.
import assert from 'node:assert/strict';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { Extractor } from '../../examples/document/extractor.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = path.resolve(root, process.env.LINMEM_BUILD ?? 'build/wasm');

const formats = [
  { name: 'a.html', mime: 'text/html', text: '<p>a<p>b', expected: 'a\n\nb\n' },
  { name: 'a.MD', mime: 'text/markdown', text: '# *a*', expected: 'a\n' },
  { name: 'x/a.txt', mime: 'text/plain', text: ' a\n', expected: ' a\n' },
  { name: 'a.json', mime: 'application/json', text: '{"a": [1, "é"]}', expected: 'a:\n- 1\n- é\n', broken: '{\n"a"' },
  { name: 'a.yml', mime: 'application/yaml', text: 'a: [1, é]', expected: 'a:\n- 1\n- é\n', broken: 'a: [\n' },
  { name: 'a.xml', mime: 'application/xml', text: '<a><b>x</b><b>é</b></a>', expected: 'x\né\n', broken: '<a>\n<b></a>' },
  { name: 'a.csv', mime: 'text/csv', text: 'a,"b ""c"""\n1,2', expected: 'a\tb "c"\n1\t2\n' },
  { name: 'a.tsv', mime: 'text/tab-separated-values', text: 'a\tb,c', expected: 'a\tb,c\n' },
];

describe('the formats of the extractor', () => {
  let extractor;
  before(async () => {
    const { default: createModule } = await import(pathToFileURL(path.join(build, 'examples/document/document.mjs')).href);
    extractor = await Extractor.create(createModule);
  });

  function* pieces(bytes, size) {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  async function extract(pattern, text, mime) {
    const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
    const parts = [];
    const write = (chunk) => parts.push(Buffer.from(chunk));
    await (pattern === 'streaming'
      ? extractor.stream(pieces(bytes, 5), mime, write, { chunkSize: 4 })
      : extractor.zeroCopy((buffer) => buffer.write(bytes), bytes.length, mime, write, { chunkSize: 4 }));
    return Buffer.concat(parts).toString();
  }

  it('says what it reads', () => {
    assert.deepEqual(extractor.features, ['text', 'spreadsheets']);
    for (const { name, mime } of formats) {
      assert.ok(extractor.mimeTypes.includes(mime), mime);
      assert.ok(extractor.extensions.includes(path.extname(name).toLowerCase()), name);
    }
  });

  it('finds a format by name, by type and by content', () => {
    for (const { name, mime } of formats) {
      assert.equal(extractor.mimeTypeOf({ name }), mime);
      assert.equal(extractor.mimeTypeOf({ mime: `${mime.toUpperCase()} ; charset=utf-8` }), mime);
    }
    assert.equal(extractor.mimeTypeOf({ mime: 'application/x-yaml' }), 'application/yaml');
    for (const [head, mime] of [['\uFEFF\n <!DOCTYPE html>', 'text/html'], ['<HTML lang=x>', 'text/html'],
      ['<?xml version="1.0"?><a/>', 'application/xml'], ['%YAML 1.2\n---', 'application/yaml']]) {
      assert.equal(extractor.mimeTypeOf({ head: new TextEncoder().encode(head) }), mime);
    }
    for (const document of [{ name: 'a.png' }, { name: '' }, { mime: 'image/png' }, { mime: '' },
      { head: new TextEncoder().encode('<htmlx>') }, { head: new Uint8Array() }]) {
      assert.throws(() => extractor.mimeTypeOf(document), { code: 'unsupported', message: /known: .*html/ });
    }
  });

  it('extracts each, in both patterns, and refuses what is broken and goes on', async () => {
    for (const { mime, text, expected, broken } of formats) {
      for (const pattern of ['streaming', 'zero-copy']) {
        assert.equal(await extract(pattern, text, mime), expected, `${mime}, ${pattern}`);
        if (broken === undefined) continue;
        await assert.rejects(extract(pattern, broken, mime), { code: 'invalid_data', message: /line \d+, column \d+/ });
        assert.equal(await extract(pattern, text, mime), expected, `${mime}, ${pattern}, behind a broken one`);
      }
    }
    assert.equal(extractor.memory.ledger.buffers, 0);
  });

  it('ends nesting of 100,000 levels with an error, and goes on', async () => {
    const deep = {
      'application/json': ['[', ']'], 'application/yaml': ['[', ']'], 'application/xml': ['<a>', '</a>'],
    };
    for (const [mime, [opens, closes]] of Object.entries(deep)) {
      const text = opens.repeat(1e5) + closes.repeat(1e5);
      for (const pattern of ['streaming', 'zero-copy']) {
        await assert.rejects(extract(pattern, text, mime), { code: 'limit_exceeded', limit: 512, actual: 513 }, mime);
      }
    }
    assert.equal(await extract('streaming', '<div>'.repeat(1e5) + 'x', 'text/html'), 'x\n');
  });
});
