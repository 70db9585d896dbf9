// embind.hpp: functions bound with embind take buffers, and answer with streams, buffers and results.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { attach } from '../../include/linmem/js/linmem.mjs';
import { equal, refuses } from './expect.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const build = path.resolve(here, '../..', process.env.LINMEM_BUILD ?? 'build/wasm', 'tests/js');
const { default: createModule } = await import(pathToFileURL(path.join(build, 'fixture_embind.mjs')).href);

async function fresh() {
  const module = await createModule();
  return { module, memory: attach(module) };
}

const text = 'Zwei Zeilen:\nalle in UTF-8, 漢字 auch.\n';

describe('embind.hpp', () => {
  it('a function takes a SharedBuffer, and reads it in place', async () => {
    const { module, memory } = await fresh();
    const buffer = memory.from(text);
    const before = memory.ledger.copied_in;
    equal(module.countLines(buffer), 2);
    buffer.reset();
    equal(module.countLines(buffer), 0);
    equal(memory.ledger.copied_in, before);
    buffer.dispose();
  });

  it('what is no buffer, or was disposed, is an error value and never a trap', async () => {
    const { module, memory } = await fresh();
    const disposed = memory.from(text);
    disposed.dispose();
    const stranger = memory.from('other');
    const stale = { handle: stranger.handle };
    stranger.dispose();
    for (const x of [disposed, stale, undefined, null, 0, 7, 'text', {}, [], Symbol.iterator, () => {},
      { handle: -1 }, { handle: 1.5 }, { handle: 2 ** 32 }, { handle: NaN }, { handle: 'x' }, { handle: {} }]) {
      equal(module.countLines(x), 0);
      refuses(() => memory.check(module.openText(x, 16)), 'invalid_handle');
      equal(module.view(x).length, 0);
    }
    const buffer = memory.from(text);
    equal(module.countLines(buffer), 2, 'afterwards');
    buffer.dispose();
  });

  it('a function answers with a stream, which leases the buffer', async () => {
    const { module, memory } = await fresh();
    const buffer = memory.from(text);
    const stream = memory.stream(module.openText(buffer, 16));
    refuses(() => buffer.dispose(), 'leased');
    equal(stream.text(), text);
    stream.dispose();
    refuses(() => memory.stream(module.openText(buffer, 3)), 'invalid_argument', { limit: 4, actual: 3 });
    buffer.dispose();
  });

  it('a function answers with a buffer that it made', async () => {
    const { module, memory } = await fresh();
    const buffer = memory.buffer(module.makeText(text));
    equal(buffer.text(), text);
    equal(memory.ledger.buffers, 1);
    equal(module.countLines(buffer), 2);
    buffer.dispose();
    equal(memory.ledger.buffers, 0);
    refuses(() => memory.buffer(module.makeText('')), 'invalid_argument', { limit: 1, actual: 0 });
  });

  it('a view lies in linear memory, and is made anew after growth', async () => {
    const { module, memory } = await fresh();
    const buffer = memory.from(text);
    const old = module.view(buffer);
    equal(old.buffer, memory.memory.buffer);
    equal(memory.decode(old), text);
    const large = memory.alloc(memory.memory.buffer.byteLength);
    if (!memory.isShared) equal(old.length, 0, 'the length of a stale view');
    equal(module.view(buffer).buffer, memory.memory.buffer);
    equal(memory.decode(module.view(buffer)), text);
    large.dispose();
    buffer.dispose();
  });

  it('a result is its value, or undefined with the reason for unwrap()', async () => {
    const { module, memory } = await fresh();
    const buffer = memory.from(text);
    equal(memory.unwrap(module.firstLine(buffer)), 'Zwei Zeilen:');
    const flat = memory.from('no line');
    refuses(() => memory.unwrap(module.firstLine(flat)), 'invalid_data', { limit: 1, actual: 0 });
    refuses(() => memory.unwrap(module.firstLine(null)), 'invalid_handle');
    equal(memory.unwrap(0), 0);
    equal(memory.unwrap(null), null);
  });

  it('the types that --emit-tsd writes take a SharedBuffer, and nothing less', (t) => {
    const types = path.join(build, 'fixture_embind.d.mts');
    if (!fs.existsSync(types)) {
      t.skip('this Emscripten writes types only with a TypeScript compiler of its own');
      return;
    }
    const folder = fs.mkdtempSync(path.join(here, '.types-'));
    try {
      fs.copyFileSync(types, path.join(folder, 'module.d.mts'));
      fs.writeFileSync(path.join(folder, 'consumer.mts'), `
        import { attach } from '../../../include/linmem/js/linmem.mjs';
        import createModule from './module.mjs';
        const module = await createModule();
        const memory = attach(module);
        const count: number = module.countLines(memory.from('text'));
        memory.stream(module.openText(memory.from('text'), 16)).text();
        // @ts-expect-error: a stream is no buffer
        module.countLines(memory.stream(1));
        // @ts-expect-error: nor is its handle
        module.countLines(memory.alloc(1).handle);
        void count;`);
      const { stdout } = spawnSync(process.execPath, [path.join(here, 'node_modules/typescript/bin/tsc'),
        '--strict', '--noEmit', '--target', 'es2022', '--module', 'nodenext', '--lib', 'es2022,dom',
        path.join(folder, 'consumer.mts')]);
      assert.equal(stdout.toString(), '');
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
