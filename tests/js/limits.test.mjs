// Memory limits from the environment, on the extractor: what does not fit is an error, and nothing else
// happens to the instance.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { Extractor } from '../../examples/document/extractor.mjs';
import { readEnvironment } from '../../include/linmem/js/services.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = path.resolve(root, process.env.LINMEM_BUILD ?? 'build/wasm');
const { default: createModule } = await import(pathToFileURL(path.join(build, 'examples/document/document.mjs')).href);
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'linmem-limits-'));
after(() => fs.rmSync(scratch, { recursive: true }));

const small = Buffer.from('# Tides\n\nHigh water at *six*.\n');
const smallText = 'Tides\n\nHigh water at six.\n';
const large = Buffer.alloc(8e6, 'A line of a document that is too large.\n\n');

/** The text of `bytes`, which are Markdown: its parser wants the whole document. */
async function extract(extractor, pattern, bytes) {
  let text = '';
  const write = (chunk) => { text += extractor.memory.decode(chunk); };
  if (pattern === 'streaming') {
    let at = 0;
    const read = (view) => {
      const n = bytes.copy(view, 0, at);
      at += n;
      return n;
    };
    await extractor.stream(read, 'text/markdown', write);
  } else {
    await extractor.zeroCopy((buffer) => buffer.write(bytes), bytes.length, 'text/markdown', write);
  }
  return text;
}

describe('LINMEM_MEMORY_LIMIT_PAGES=64', () => {
  for (const pattern of ['streaming', 'zero-copy']) {
    it(`${pattern}: a document that needs more is refused, and the next one extracts correctly`, async () => {
      const { limits } = readEnvironment({ LINMEM_MEMORY_LIMIT_PAGES: '64' });
      const extractor = await Extractor.create(createModule, { limits });
      const { tracker } = extractor.memory;
      assert.equal(await extract(extractor, pattern, small), smallText);
      await assert.rejects(extract(extractor, pattern, large), (e) => {
        assert.equal(e.code, 'limit_exceeded');
        assert.equal(e.subject, 'linear memory in pages');
        assert.equal(e.limit, 64);
        assert.ok(e.actual > 64 && e.actual < 400, `a demand of ${e.actual} pages`);
        return true;
      });
      assert.equal(await extract(extractor, pattern, small), smallText);
      const figures = tracker.figures();
      assert.equal(figures.operation_seconds.count, 3);
      assert.equal(figures.operation_errors_total, 1);
      assert.ok(figures.memory_grow_denied_total > 0);
      assert.ok(figures.memory_peak_pages <= 64);
    });

    it(`${pattern}: a thousand refusals in a row leave pages and used bytes where they were`, async () => {
      const { limits } = readEnvironment({ LINMEM_MEMORY_LIMIT_PAGES: '64' });
      const extractor = await Extractor.create(createModule, { limits });
      const { tracker } = extractor.memory;
      const refused = () => assert.rejects(extract(extractor, pattern, large), { code: 'limit_exceeded', limit: 64 });
      await refused(); // grows to what fits, once
      const state = () => {
        const { memory_pages: pages, heap_used_bytes: used } = tracker.figures();
        return { pages, used, claimed: tracker.heap_claimed_bytes };
      };
      const before = state();
      for (let i = 0; i < 1000; ++i) await refused();
      assert.deepEqual(state(), before);
      assert.equal(await extract(extractor, pattern, small), smallText);
      assert.equal(tracker.operation_errors, 1001);
    });
  }
});

describe('extract.mjs with a limit', () => {
  const page = path.join(scratch, 'large.html');
  const notes = path.join(scratch, 'small.md');
  fs.writeFileSync(page, Buffer.concat([Buffer.from('<p>'), large]));
  fs.writeFileSync(notes, small);
  const run = (env) => spawnSync(process.execPath, [path.join(root, 'examples/document/extract.mjs'),
    '--pattern', 'zero-copy', page, notes], { env: { ...process.env, ...env }, maxBuffer: 2 ** 26 });

  it('names limit and demand, extracts the other file, and exits with 1', () => {
    const { status, stdout, stderr } = run({ LINMEM_MEMORY_LIMIT_PAGES: '64' });
    assert.equal(status, 1);
    assert.equal(stdout.toString(), smallText);
    assert.match(stderr.toString(), /large\.html: error: limit exceeded: linear memory in pages: limit 64, got 1[0-9]{2}\n/);
  });

  it('says which setting it does not take, and goes on with the default', () => {
    const { status, stderr } = run({ LINMEM_MEMORY_LIMIT_PAGES: '64 pages' });
    assert.equal(status, 0);
    assert.match(stderr.toString(), /extract\.mjs: LINMEM_MEMORY_LIMIT_PAGES: expected 1 to 16777216, got "64 pages"\n/);
  });
});
