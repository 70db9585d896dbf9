// The cases of threads in Node, where the build has them.
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { attach } from '../../include/linmem/js/linmem.mjs';
import { cases } from './cases/threads.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = path.resolve(root, process.env.LINMEM_BUILD ?? 'build/wasm');
const { default: createModule } = await import(pathToFileURL(path.join(build, 'tests/js/fixture.mjs')).href);

async function fresh() {
  const module = await createModule();
  return { module, memory: attach(module) };
}

const { isShared } = (await fresh()).memory;
const skip = isShared ? false : 'a build without threads: its memory is not shared';

describe(`threads with ${path.relative(root, build)}`, { skip }, () => {
  for (const { name, run } of cases) it(name, async () => run(await fresh()));
});
