// Pooled batches: documents that leave their memory to each other, counted.
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { Extractor } from '../../examples/document/extractor.mjs';
import { PooledBatch } from '../../examples/document/pooled_batch/run.mjs';
import { docx, docxType } from './documents.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = path.resolve(root, process.env.LINMEM_BUILD ?? 'build/wasm');
const { default: createModule } = await import(pathToFileURL(path.join(build, 'examples/document/document.mjs')).href);

/** Document number `i` of each type: no two are alike, and none is larger than the last of the first ten. */
const documents = {
  'text/html': (i) => `<title>${i}</title><p>${'word &amp; <b>bold</b> é '.repeat(20 + i % 10 * 30)}`,
  'text/plain': (i) => `${i} é\n`.repeat(50 + i % 10 * 200),
  'text/csv': (i) => `${i},"a, b",c\r\n`.repeat(20 + i % 10 * 50),
  'text/tab-separated-values': (i) => `${i}\tb\n`.repeat(20 + i % 10 * 50),
  'text/markdown': (i) => `# ${i}\n\n*a* [b](c) \`d\`\n\n- e\n\n| f | g |\n|---|---|\n| 1 | 2 |\n`.repeat(1 + i % 10 * 3),
  'application/json': (i) =>
    JSON.stringify(Array.from({ length: 10 + i % 10 * 20 }, (_, k) => ({ k, i, s: 'x'.repeat(k % 9) }))),
  'application/yaml': (i) => Array.from({ length: 10 + i % 10 * 10 }, (_, k) => `k${k}: [v${i}, "é"]\n`).join(''),
  'application/xml': (i) => `<a>${`<b>${i} <i>y</i></b>`.repeat(10 + i % 10 * 30)}</a>`,
  [docxType]: (i) => docx(`<w:p><w:r><w:t>${i} é</w:t></w:r></w:p>`.repeat(10 + i % 10 * 30)),
};

/** `count` documents of `type`, for extractAll(). */
const batchOf = (type, count) => ({
  documents: Array.from({ length: count }, (_, i) => documents[type](i)),
  types: Array(count).fill(type),
});

/** The text of `document` by streaming, in an instance of its own. */
async function streamed(type, document) {
  const extractor = await Extractor.create(createModule);
  let text = '';
  await extractor.stream([document], type, (chunk) => { text += extractor.memory.decode(chunk); });
  return text;
}

describe('pooled batch', () => {
  for (const type of Object.keys(documents)) {
    for (const count of [10, 1000]) {
      it(`${type}: ${count.toLocaleString('en')} documents after the first ten`, async (t) => {
        const extractor = await Extractor.create(createModule);
        const { memory } = extractor;
        const batch = new PooledBatch(extractor);
        await batch.extractAll(batchOf(type, 10)); // warm: as much memory as any of them needs
        const { heap_allocations: heap, batch_allocations: served } = batch.figures;
        const before = { heap, served, pages: memory.pages };
        const input = batchOf(type, count);
        const began = performance.now();
        const results = await batch.extractAll(input);
        const seconds = (performance.now() - began) / 1000;
        const mallocs = batch.figures.heap_allocations - before.heap;
        const spared = (batch.figures.batch_allocations - before.served) / count;
        t.diagnostic(`${mallocs / count} mallocs each, ${spared.toFixed(1)} spared, ` +
          `${memory.pages - before.pages} pages more, ${Math.round(count / seconds)} documents/s`);
        assert.ok(results.every(({ error, text }) => !error && text.length > 0));
        for (const i of [0, 3, 9]) assert.equal(results[i].text, await streamed(type, input.documents[i]));
        assert.equal(mallocs, 0, 'no document asks the heap');
        assert.ok(spared >= (type === 'text/plain' ? 0 : 1), 'what is counted is what happens');
        assert.equal(memory.pages, before.pages, 'and none grows the memory');
        batch.dispose();
        assert.equal(memory.ledger.buffers + memory.ledger.streams, 0);
      });
    }
  }

  for (const type of Object.keys(documents)) {
    it(`${type}: what the other patterns cost`, async (t) => {
      const document = documents[type](9);
      const size = 3 * document.length;
      const fill = (buffer) => buffer.write(document);
      const extractor = await Extractor.create(createModule);
      const batch = new PooledBatch(extractor);
      const nothing = () => {};
      const ways = {
        pooled: () => batch.extract(fill, size, type, nothing),
        'zero-copy': () => extractor.zeroCopy(fill, size, type, nothing),
        streaming: () => extractor.stream([document], type, nothing),
        'an instance each': async () => (await Extractor.create(createModule)).zeroCopy(fill, size, type, nothing),
      };
      const mallocs = {};
      for (const [way, f] of Object.entries(ways)) {
        const count = way === 'an instance each' ? 50 : 1000;
        for (let i = 0; i < 50; ++i) await f();
        const before = batch.figures.heap_allocations;
        const began = performance.now();
        for (let i = 0; i < count; ++i) await f();
        const perSecond = Math.round(count / (performance.now() - began) * 1000);
        mallocs[way] = (batch.figures.heap_allocations - before) / count;
        const counted = way === 'an instance each' ? 'its own' : `${mallocs[way]} mallocs`;
        t.diagnostic(`${way}: ${perSecond} documents/s, ${counted} each`);
      }
      assert.equal(mallocs.pooled, 0);
      assert.ok(mallocs['zero-copy'] >= 2 && mallocs.streaming >= 2, 'the counter counts');
      batch.dispose();
    });
  }

  it('has an error for the one that is bad, and the text of the nine others', async () => {
    const extractor = await Extractor.create(createModule);
    const batch = new PooledBatch(extractor);
    const good = '{"a": 1}';
    const names = [...'abcdefghij'];
    const input = { documents: Array(10).fill(good), types: Array(10).fill('application/json'), names };
    for (const [bad, code] of [['{"a": ', 'invalid_data'], [`${'['.repeat(600)}1${']'.repeat(600)}`, 'limit_exceeded']]) {
      input.documents[4] = bad;
      const results = await batch.extractAll(input);
      assert.deepEqual(results.map(({ name }) => name), names);
      assert.equal(results[4].error.code, code);
      assert.equal(results[4].text, undefined);
      const others = results.filter((_, i) => i !== 4);
      assert.deepEqual(others.map(({ error, text }) => error ?? text), Array(9).fill('a: 1\n'));
    }
    input.types[4] = 'image/x-none';
    assert.equal((await batch.extractAll(input))[4].error.code, 'unsupported');
    batch.dispose();
  });

  it('refuses lists of different lengths, and extracts nothing', async () => {
    const extractor = await Extractor.create(createModule);
    const batch = new PooledBatch(extractor);
    const operations = () => extractor.memory.tracker.figures().operation_seconds.count;
    const wrong = (input, message) => assert.rejects(batch.extractAll(input), { code: 'invalid_argument', message });
    await wrong({ documents: ['a', 'b'], types: ['text/plain'] }, 'invalid argument: types of a batch: limit 2, got 1');
    await wrong({ documents: ['a'], types: ['text/plain'], names: ['a', 'b'] },
      'invalid argument: names of a batch: limit 1, got 2');
    assert.equal(operations(), 0);
    assert.deepEqual(await batch.extractAll({ documents: [], types: [] }), []);
    batch.dispose();
  });

  it('a document larger than all that is kept is extracted, and costs the next ones nothing', async () => {
    const extractor = await Extractor.create(createModule);
    const batch = new PooledBatch(extractor, { capacity: 4096, keepBytes: 2 ** 17 });
    const small = batchOf('application/json', 10);
    const expected = (await batch.extractAll(small)).map(({ text }) => text);
    const large = JSON.stringify(Array.from({ length: 1e5 }, (_, i) => i));
    const [result] = await batch.extractAll({ documents: [large], types: ['application/json'] });
    assert.equal(result.text.split('\n').length, 1e5 + 1);
    assert.ok(batch.figures.memory_bytes <= 2 ** 17, `keeps ${batch.figures.memory_bytes} bytes`);
    const before = batch.figures.heap_allocations;
    assert.deepEqual((await batch.extractAll(small)).map(({ text }) => text), expected);
    assert.equal(batch.figures.heap_allocations, before);
    batch.dispose();
  });

  it('what is allocated in the middle of a document and kept is not given to the next one', async () => {
    const extractor = await Extractor.create(createModule);
    const { memory } = extractor;
    const batch = new PooledBatch(extractor);
    const input = batchOf('text/html', 1);
    const [{ text: expected }] = await batch.extractAll(input);
    let kept;
    const fill = (buffer) => buffer.write(input.documents[0]);
    const size = 3 * input.documents[0].length;
    await batch.extract(fill, size, 'text/html', () => { kept ??= memory.from('kept'); });
    assert.equal((await batch.extractAll(input))[0].text, expected);
    assert.equal(kept.text(), 'kept');
    assert.throws(() => batch.dispose(), { code: 'leased', actual: 1 });
    kept.dispose();
    const before = batch.figures.heap_allocations;
    assert.equal((await batch.extractAll(input))[0].text, expected);
    assert.equal(batch.figures.heap_allocations, before, 'and once it is freed, all is as before');
    batch.dispose();
  });

  it('takes one document at a time, and an instance one batch', async () => {
    const extractor = await Extractor.create(createModule);
    const batch = new PooledBatch(extractor);
    assert.throws(() => new PooledBatch(extractor), { code: 'leased' });
    const extract = () => batch.extract((buffer) => buffer.write('<p>a'), 4, 'text/html', () => {});
    const both = await Promise.allSettled([extract(), extract()]);
    assert.deepEqual(both.map(({ status }) => status), ['fulfilled', 'rejected']);
    assert.equal(both[1].reason.code, 'leased');
    batch.dispose();
    await assert.rejects(extract());
    new PooledBatch(extractor).dispose();
  });

  it('a limit refuses a document, and the next one is extracted', async () => {
    const extractor = await Extractor.create(createModule, { limits: { hardPages: 64 } });
    const batch = new PooledBatch(extractor);
    const input = { documents: ['# a\n', 'x'.repeat(8e6), '# b\n'], types: Array(3).fill('text/markdown') };
    const results = await batch.extractAll(input);
    assert.deepEqual(results.map(({ text }) => text), ['a\n', undefined, 'b\n']);
    assert.equal(results[1].error.code, 'limit_exceeded');
    assert.equal(results[1].error.limit, 64);
    batch.dispose();
  });
});
