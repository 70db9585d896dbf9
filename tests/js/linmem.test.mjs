// Runs the shared cases in Node, and those that only Node can run.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';
import { describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { attach, fileReader } from '../../include/linmem/js/linmem.mjs';
import { cases, tortured } from './cases.mjs';
import { equal, ok, refuses } from './expect.mjs';

// Collection on demand, without asking for a flag on the command line.
v8.setFlagsFromString('--expose-gc');
globalThis.gc = vm.runInNewContext('gc');

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = path.resolve(root, process.env.LINMEM_BUILD ?? 'build/wasm');
const { default: createModule } = await import(pathToFileURL(path.join(build, 'tests/js/fixture.mjs')).href);

async function fresh() {
  const module = await createModule();
  return { module, memory: attach(module) };
}

describe(`linmem.mjs with ${path.relative(root, build)}`, () => {
  // A case that the host has not what it takes for returns the reason.
  const passes = (t, reason) => { if (reason) t.skip(reason); };
  for (const { name, run } of cases) it(name, async (t) => passes(t, await run(await fresh())));

  for (const { name, run, hostGrows } of cases) {
    if (hostGrows) continue; // counts pages itself
    it(`memory grows at every step: ${name}`, async (t) => {
      const { module, memory } = await fresh();
      passes(t, await run({ module, memory: tortured(memory, module) }));
    });
  }

  it('what is dropped without dispose is reported, and freed', async () => {
    const module = await createModule();
    const leaks = [];
    const memory = attach(module, { onLeak: (leak) => leaks.push(leak.kind) });
    (() => {
      const buffer = memory.from('dropped');
      memory.stream(module._fixture_text(buffer.handle, 64));
      memory.alloc(1).dispose();
    })();
    for (let i = 0; i < 50 && memory.ledger.buffers + memory.ledger.streams > 0; ++i) {
      globalThis.gc();
      await new Promise((resolve) => { setTimeout(resolve, 10); });
    }
    ok(leaks.includes('stream') && leaks.includes('buffer'), `both leaks reported: ${leaks}`);
    equal(leaks.length, 2, 'what was disposed is not reported');
    equal(memory.ledger.buffers + memory.ledger.streams, 0, 'what is left');
  });

  it('a file goes straight into linear memory, and out again in chunks', async () => {
    const { module, memory } = await fresh();
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'linmem-')), 'file.txt');
    const text = 'Zeile mit Umlauten: äöü 漢字\n'.repeat(10000);
    fs.writeFileSync(file, text);
    const size = fs.statSync(file).size;

    const buffer = memory.alloc(size);
    const fd = fs.openSync(file);
    equal(buffer.readFrom(fd), size);
    equal(buffer.text(), text);
    fs.closeSync(fd);

    const again = fs.openSync(file);
    const stream = memory.stream(module._fixture_copy(65536, 65536), { source: again, total: size });
    equal(stream.text(), text);
    fs.closeSync(again);
    equal(memory.ledger.copied_in, 0);
    fs.rmSync(path.dirname(file), { recursive: true });
  });

  it('a descriptor that is none is the host\'s error, and nothing is committed', async () => {
    const { memory } = await fresh();
    const buffer = memory.alloc(8);
    let code;
    try { buffer.readFrom(987654); } catch (e) { code = e.code; }
    equal(code, 'EBADF');
    equal(buffer.length, 0);
    refuses(() => fileReader(-1), 'invalid_argument');
    refuses(() => fileReader(1.5), 'invalid_argument');
  });
});
