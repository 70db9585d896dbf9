// What counting costs, and what reading a figure costs.
//
// limit    compiled with LINMEM_METRICS 0; for reading, an element of an Int32Array
// linmem   every allocation of the heap asked, counted and given back; an arena asks for its chunks
// ledger   a field of a block through a DataView; call: an exported function
import { attach } from '../include/linmem/js/linmem.mjs';
import { compiled } from './compiled.mjs';
import { measure } from './frame.mjs';

const times = 1000;

export async function* rows(host) {
  yield* compiled('resource_tracker')(host);
  const module = await (await host.load('resource_tracker_module'))();
  const memory = attach(module);
  const { tracker, ledger } = memory;
  const HEAP32 = new Int32Array(memory.memory.buffer);
  const at = [0, 1, 2, 3].map((i) => 1000 + 2 * i);
  let sink = 0;
  const variants = {
    limit: () => {
      const [a, b, c, d] = at;
      for (let i = 0; i < times; ++i) sink += HEAP32[a] + HEAP32[b] + HEAP32[c] + HEAP32[d];
    },
    linmem: () => {
      for (let i = 0; i < times; ++i) {
        sink += tracker.memory_pages + tracker.memory_peak_pages + tracker.grow_failed + tracker.operations;
      }
    },
    ledger: () => {
      for (let i = 0; i < times; ++i) {
        sink += ledger.copied_in + ledger.copied_out + ledger.staged + ledger.buffers;
      }
    },
    call: () => {
      for (let i = 0; i < times; ++i) {
        sink += module._bench_pages() + module._bench_pages() + module._bench_pages() + module._bench_pages();
      }
    },
  };
  yield measure('resource_tracker', {
    name: 'a figure read in JavaScript',
    unit: 'ns',
    variants: Object.fromEntries(Object.entries(variants).map(([way, run]) => [way, { run, operations: 4 * times }])),
  });
}
