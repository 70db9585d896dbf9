// Documents through a pool of workers, some of them bombs: each answer is the right one, and nothing stays.
import path from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { soak } from '../../bench/soak.mjs';
import { equal } from './expect.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = path.resolve(root, process.env.LINMEM_BUILD ?? 'build/wasm');

it('bombs among documents are errors, and all others are extracted', async () => {
  const figures = await soak(path.join(build, 'examples/document'), 300, 300);
  equal(figures.extracted, 594);
  equal(figures.refused, 6); // two of each kind
  equal(figures.lost + figures.wrong, 0, 'lost');
  equal(figures.held, 0, 'buffers and streams left');
  equal(figures.instances, 2, 'instances made');
  equal(figures.pagesSlope, 0, 'growth');
});
