// Calls through an InstancePool, in Node; and a soak.
//
// a call in a worker      limit: a message to a worker and its answer, without a pool; tinypool: the pool of
//                         that name, where it is installed beside this file
// a document of 10 KB     limit: an extractor on this thread that is at hand; linmem: one out of a pool on this
//                         thread; "in workers": out of a pool of workers; "a new instance for each"
// soak                    many documents through two workers, a hundredth of them bombs; counted
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

import { Extractor } from '../examples/document/extractor.mjs';
import { htmlParts } from '../examples/document/generate.mjs';
import { InstancePool, instantiate, ModuleCache, WorkerInstance } from '../include/linmem/js/services.mjs';
import { measureWaiting } from './frame.mjs';
import { soak } from './soak.mjs';

const bench = 'instance_pool';
const calls = 100; // in a row, one after the other, so that a round is long enough

/** `f`, `calls` times. */
const repeated = (f) => async () => { for (let i = 0; i < calls; ++i) await f(); };

/** Rows whose figures are for one of the repeated calls. */
const each = (rows) => rows.map((row) => ({ ...row, median: row.median / calls, q1: row.q1 / calls, q3: row.q3 / calls }));

/** A pool to compare with, or nothing and a note why. */
async function tinypool(note) {
  try {
    const { Tinypool } = await import('tinypool');
    return new Tinypool({ filename: 'data:text/javascript,export default ([a, b]) => a + b', minThreads: 1, maxThreads: 1 });
  } catch (e) {
    note(`${bench}: without tinypool: ${e.message}`);
    return undefined;
  }
}

async function callRows(note) {
  const echo = new Worker('import("node:worker_threads").then(({ parentPort: p }) => p.on("message", (m) => p.postMessage(m)))', { eval: true });
  const ask = () => new Promise((resolve) => { echo.once('message', resolve); echo.postMessage({ id: 1, args: [1, 2] }); });
  await ask();
  const source = 'data:text/javascript,' + encodeURIComponent(
    `import { serve } from '${new URL('../include/linmem/js/services.mjs', import.meta.url)}'; serve(() => ({ add: (a, b) => a + b }));`);
  const pool = new InstancePool(() => WorkerInstance.create(new URL(source)), { initial: 1, max: 1 });
  await pool.warmUp();
  const peer = await tinypool(note);
  const rows = await measureWaiting(bench, {
    name: 'a call in a worker',
    unit: 'us',
    variants: {
      limit: repeated(ask),
      linmem: repeated(() => pool.run((worker) => worker.call('add', [1, 2]))),
      ...(peer && { tinypool: repeated(() => peer.run([1, 2])) }),
    },
  });
  await echo.terminate();
  await peer?.destroy();
  await pool.dispose();
  return each(rows);
}

async function documentRows(folder) {
  const compiled = await new ModuleCache().compile(fs.readFileSync(path.join(folder, 'document.wasm')));
  const script = pathToFileURL(path.join(folder, 'document.mjs')).href;
  const { default: createModule } = await import(script);
  const create = () => Extractor.create(() => instantiate(createModule, compiled));
  const page = Buffer.concat([...htmlParts(10_000)]);
  const decoder = new TextDecoder();
  const extract = async (extractor) => {
    let text = '';
    await extractor.stream([page], 'text/html', (chunk) => { text += decoder.decode(chunk); });
    return text;
  };
  const atHand = await create();
  const here = new InstancePool(create, { initial: 1 });
  const workers = new InstancePool(() => WorkerInstance.create(
    new URL('../examples/document/document_worker.mjs', import.meta.url),
    { data: { script, compiled } }), { initial: 1, max: 1 });
  await Promise.all([here.warmUp(), workers.warmUp()]);
  const rows = await measureWaiting(bench, {
    name: 'a document of 10 KB',
    unit: 'us',
    variants: {
      limit: repeated(() => extract(atHand)),
      linmem: repeated(() => here.run(extract)),
      'linmem, in workers': repeated(() => workers.run((worker) => worker.call('extract', ['text/html', page]))),
      'a new instance for each': repeated(async () => extract(await create())),
    },
  });
  await Promise.all([here.dispose(), workers.dispose()]);
  return each(rows);
}

async function soakRows(folder) {
  const { documents, extracted, refused, lost, wrong, held, pages, pagesSlope, resident, residentSlope, heapSlope } =
    await soak(folder, 10_000);
  const row = (variant, unit, median) => ({
    bench, case: `soak, ${documents} documents`, variant, unit, median, q1: median, q3: median, rounds: 1, ratio: null,
  });
  return [
    row('extracted', 'documents', extracted), row('bombs refused', 'documents', refused), row('lost', 'documents', lost + wrong),
    row('still held', 'objects', held), row('pages', 'pages', pages), row('pages, slope', 'pages per 1,000', pagesSlope),
    row('resident', 'MB', Math.round(resident / 1e6)), row('resident, slope', 'KB per 1,000', Math.round(residentSlope / 1e3)),
    row('heap, slope', 'KB per 1,000', Math.round(heapSlope / 1e3)),
  ];
}

export async function* rows({ build, note }) {
  const folder = path.join(build, 'examples/document');
  yield await callRows(note);
  yield await documentRows(folder);
  yield await soakRows(folder);
}
