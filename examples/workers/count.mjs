// Counts the words of files with four threads on one memory: node count.mjs FILE...
//
// Where memory cannot be shared (no SharedArrayBuffer, or no build with threads) it says so and does
// the same on one thread.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { attach } from '../../include/linmem/js/linmem.mjs';
import { SharedParams } from '../../include/linmem/js/shared_params.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const builds = (process.env.LINMEM_BUILD?.split(':') ?? ['build/wasm-threads', 'build/wasm'])
  .map((build) => path.resolve(root, build, 'examples/workers/workers.mjs'))
  .filter((file) => fs.existsSync(file));
const files = process.argv.slice(2);
if (files.length === 0 || builds.length === 0) {
  console.error(builds.length === 0 ? 'count: no build has the example; see docs/threads.md' : 'usage: count.mjs FILE...');
  process.exit(2);
}

const { default: createModule } = await import(pathToFileURL(builds[0]).href);
const module = await createModule();
const memory = attach(module);
if (!memory.isShared) console.error('count: a build without threads: one thread does it');

const progress = new SharedParams(memory, module._count_progress());
const { values } = progress;
for (const file of files) {
  const buffer = memory.alloc(Math.max(1, fs.statSync(file).size));
  const fd = fs.openSync(file);
  buffer.readFrom(fd);
  fs.closeSync(fd);
  const start = performance.now();
  memory.check(module._count_begin(buffer.handle));
  let reports = 0;
  do {
    await progress.changed();
    progress.read();
    reports += 1;
  } while (values.done < values.threads);
  const ms = performance.now() - start;
  console.log(`${file}: ${values.words} words in ${values.bytes} bytes, ${values.threads} threads, ${ms.toFixed(1)} ms`);
  console.error(`  ${reports} reports read, ${progress.bytesMoved} bytes of them moved, ${memory.ledger.copied_in} bytes of text copied`);
  buffer.dispose();
}
process.exit(0); // idle threads would keep Node
