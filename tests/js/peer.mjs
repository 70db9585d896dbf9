// A worker of the threads' tests, in Node and in a browser. It has no instance of the module: what it
// does, it does through the memory.
import { attach, LinmemError } from '../../include/linmem/js/linmem.mjs';
import { SharedParams } from '../../include/linmem/js/shared_params.mjs';

const port = globalThis.process?.versions?.node
  ? (await import('node:worker_threads')).parentPort : globalThis;

/** Calls `f` until it is not refused with one of `codes`; the number of refusals. */
function persist(f, ...codes) {
  for (let refused = 0; ; ++refused) {
    try {
      f();
      return refused;
    } catch (e) {
      if (!(e instanceof LinmemError) || !codes.includes(e.code)) throw e;
    }
  }
}

const tasks = {
  /** Adds 1 to the first element of the buffer, `rounds` times, under lock 0. */
  count(memory, { buffer: descriptor, number, rounds }) {
    const buffer = memory.open(descriptor);
    for (let i = 0; i < rounds; ++i) {
      persist(() => buffer.lock(0, number), 'leased');
      buffer.as('u32')[0] += 1; // not atomic: the lock is what keeps others out
      buffer.unlock(0, number);
    }
  },

  /** Adds 1 to u64 of the parameters, `rounds` times, on the newest version each time. */
  add(memory, { params: descriptor, rounds }) {
    const params = SharedParams.open(memory, descriptor);
    let conflicts = 0;
    for (let i = 0; i < rounds; ++i) {
      conflicts += persist(() => {
        params.discard();
        params.read();
        params.values.u64 += 1n;
        params.publish({ expected: params.version });
      }, 'conflict', 'timed_out');
    }
    return conflicts;
  },

  /** Reads the parameters `rounds` times; how many reads were torn. */
  watch(memory, { params: descriptor, rounds }) {
    const params = SharedParams.open(memory, descriptor);
    const { values } = params;
    let torn = 0;
    for (let i = 0; i < rounds; ++i) {
      persist(() => params.read(), 'timed_out');
      const isWhole = values.u32 === values.i32 && values.u64 === BigInt(values.u32) && values.f64 === values.u32;
      if (!isWhole) torn += 1;
    }
    return torn;
  },

  /** Publishes for ever. */
  publish(memory, { params: descriptor }) {
    const params = SharedParams.open(memory, descriptor);
    for (let n = 1; ; n = (n % 1e9) + 1) {
      Object.assign(params.values, { u32: n, i32: n, u64: BigInt(n), f64: n });
      persist(() => params.publish(), 'timed_out');
    }
  },

  /** The text of the buffer. */
  text(memory, { buffer: descriptor }) { return memory.open(descriptor).text(); },

  /** Waits for a version that was not read, then what there is in u32. */
  async wait(memory, { params: descriptor }) {
    const params = SharedParams.open(memory, descriptor);
    port.postMessage({ isWaiting: true });
    const isChanged = await params.changed(20000);
    params.read();
    return isChanged ? params.values.u32 : -1;
  },
};

let attached;
async function run({ memory, table, task, ...rest }) {
  try {
    attached ??= attach({ memory, table });
    port.postMessage({ result: await tasks[task](attached, rest) });
  } catch (e) {
    port.postMessage({ error: `${e.stack ?? e}` });
  }
}
if (port === globalThis) port.onmessage = ({ data }) => run(data);
else port.on('message', run);
