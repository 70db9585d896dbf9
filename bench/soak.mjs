// Many documents through an InstancePool, and what is left of it: pages, resident memory, losses.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import v8 from 'node:v8';
import vm from 'node:vm';

import { htmlParts } from '../examples/document/generate.mjs';
import { InstancePool, ModuleCache, WorkerInstance } from '../include/linmem/js/services.mjs';

// Collection on demand, without asking for a flag on the command line: garbage is no leak.
v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc');

const worker = new URL('../examples/document/document_worker.mjs', import.meta.url);
const limits = { hardPages: 32 };

/** Documents that no extractor should take, and the error that each has to be. */
const bombs = [
  { code: 'limit_exceeded', type: 'text/markdown', bytes: Buffer.from('['.repeat(100_000)) }, // deeply nested
  { code: 'limit_exceeded', type: 'text/markdown', bytes: Buffer.alloc(2 ** 22, 'a') }, // huge
  { code: 'unsupported', type: 'application/x-unknown', bytes: Buffer.from('?') }, // invalid
];

/** True for the error that `bomb` has to be; of memory, one that names the limit and a demand beyond it. */
function isExpected(e, { code }) {
  return e.code === code
    && (code !== 'limit_exceeded' || (e.limit === limits.hardPages && e.actual > limits.hardPages));
}

/** Forty documents of 1 to 40 KB. */
function makeDocuments() {
  return Array.from({ length: 40 }, (_, i) => {
    const html = Buffer.concat([...htmlParts((i + 1) * 1000, i + 1)]);
    return i % 4 === 3 ? { type: 'text/plain', bytes: html } : { type: 'text/html', bytes: html };
  });
}

/** The slope of the least squares through the points. */
function slope(points) {
  const mean = (f) => points.reduce((sum, p) => sum + f(p), 0) / points.length;
  const [x, y] = [mean((p) => p.x), mean((p) => p.y)];
  return mean((p) => (p.x - x) * (p.y - y)) / mean((p) => (p.x - x) ** 2);
}

/**
 * Sends `documents` documents through a pool of two workers, a hundredth of them bombs, eight at a time.
 *
 * @param {string} folder that document.mjs and document.wasm are in
 * @param {number} warmUp documents of which nothing is sampled yet: it takes the engine's own heaps some
 *   thousands to reach their size
 * @returns counts, and slopes in pages and bytes for a thousand documents; the heap is that of this thread
 */
export async function soak(folder, documents, warmUp = documents) {
  const compiled = await new ModuleCache().compile(fs.readFileSync(path.join(folder, 'document.wasm')));
  const script = pathToFileURL(path.join(folder, 'document.mjs')).href;
  const pool = new InstancePool(() => WorkerInstance.create(worker, {
    data: { script, compiled, limits },
    // Without limits the engine's heaps grow with every large document that it drops.
    options: { resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 2 } },
  }),
    { initial: 2, max: 2, timeoutMs: 60_000 });
  await pool.warmUp();
  const extract = ({ type, bytes }) => pool.run((instance) => instance.call('extract', [type, bytes]));

  // Each instance meets everything once: from then on its memory has no reason to grow.
  const good = makeDocuments();
  for (const lease of await Promise.all([pool.acquire(), pool.acquire()])) {
    for (const document of [...good, ...bombs]) {
      const { type, bytes } = document;
      document.text = (await lease.instance.call('extract', [type, bytes]).catch(() => ({}))).text;
    }
    lease.release();
  }

  const result = { documents: warmUp + documents, extracted: 0, refused: 0, lost: 0, wrong: 0, held: 0 };
  const samples = [];
  let next = 0;
  let done = 0;
  const feed = async () => {
    while (next < warmUp + documents) {
      const i = next++;
      const bomb = i % 100 === 99 ? bombs[Math.floor(i / 100) % bombs.length] : undefined;
      const document = bomb ?? good[i % good.length];
      try {
        const { text, held } = await extract(document);
        result.held += held;
        if (!bomb && text === document.text) ++result.extracted;
        else ++result.wrong;
      } catch (e) {
        if (bomb && isExpected(e, bomb)) ++result.refused;
        else ++result.lost;
      }
      if (++done >= warmUp && done % Math.ceil(documents / 100) === 0) {
        collect();
        const { rss, heapUsed } = process.memoryUsage();
        samples.push({ x: done / 1000, pages: pool.statistics.pages, resident: rss, heap: heapUsed });
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, feed));
  const { pages, created } = pool.statistics;
  await pool.dispose();
  const slopeOf = (figure) => slope(samples.map((sample) => ({ x: sample.x, y: sample[figure] })));
  return {
    ...result, pages, instances: created, resident: samples.at(-1).resident,
    pagesSlope: slopeOf('pages'), residentSlope: slopeOf('resident'), heapSlope: slopeOf('heap'),
  };
}
