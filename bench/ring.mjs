// A ring from a worker to the main thread, and natively between two threads.
//
// In WebAssembly and JavaScript under Node; a message is copied in by the sender, from where it has it:
//
// limit                  memcpy in one thread in WebAssembly, and a word of each 64 bytes read
// linmem                 C++ to C++, in place: claim, fill, commit; peek, read, consume; published by 16
// linmem, each published the same, published at each commit
// linmem, JS             JavaScript to JavaScript: tryWrite; up to 4 KB tryRead into an array, above it peek
// ringbuf.js             push and pop, into an array
// postMessage            the clone or the transferred array arrives as an event
//
// Natively, between two threads of C++:
//
// limit                  memcpy in one thread
// linmem                 as above
// Boost spsc_queue       of bytes: push and pop of a whole message, so copied out as well
// readerwriterqueue      of arrays of the size: try_enqueue; peek and pop, in place
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';

import { attach } from '../include/linmem/js/linmem.mjs';
import { Ring, RingConsumer } from '../include/linmem/js/ring.mjs';
import { native } from './compiled.mjs';
import { rowsOf, shuffled } from './frame.mjs';

const rounds = 31;
const targetMs = 20; // of one measurement
let sink = 0;

/** What a ring that nobody can wait on leaves: looking again, and now and then letting others run. */
const never = new Int32Array(new SharedArrayBuffer(4));
const nap = (looks) => { if (looks % 1000 === 0) Atomics.wait(never, 0, 0, 0.02); };

/** Reads a word of each 64 bytes. */
function readLines(bytes) {
  for (let at = 0; at < bytes.length; at += 64) sink += bytes[at];
}

/** Functions `(n) => ns a message`, from the first message to the last. */
function receivers(module, ring, worker, { size, descriptor, storage, RingBuffer }) {
  const theirs = new RingBuffer(storage, Uint8Array);
  const into = new Uint8Array(size);
  const ask = (way, n) => worker.postMessage({ way, n });

  /** Receives in a loop that looks until there is something. */
  const polled = (way, n, tryReceive, wait) => {
    ask(way, n);
    let start = 0;
    let looks = 0;
    for (let left = n; left > 0;) {
      if (!tryReceive()) {
        wait(++looks);
        continue;
      }
      if (left === n) start = performance.now();
      --left;
    }
    return ((performance.now() - start) * 1e6) / (n - 1);
  };
  const posted = (way) => (n) => new Promise((resolve) => {
    let left = n;
    let start = 0;
    const receive = (message) => {
      if (left === n) start = performance.now();
      readLines(message);
      if (--left > 0) return;
      worker.off('message', receive);
      resolve(((performance.now() - start) * 1e6) / (n - 1));
    };
    worker.on('message', receive);
    ask(way, n);
  });

  return {
    limit: (n) => module._bench_ring_copy(size, n),
    linmem: (n) => module._bench_ring_receive(ring.handle, size, n, 16),
    'linmem, each published': (n) => module._bench_ring_receive(ring.handle, size, n, 1),
    'linmem, JS': (n) => {
      const consumer = RingConsumer.from(descriptor);
      const ns = polled('linmem, JS', n, size > 4096
        ? () => {
          const message = consumer.peek();
          if (!message) return false;
          readLines(message);
          consumer.consume();
          return true;
        }
        : () => {
          if (!consumer.tryRead(into)) return false;
          readLines(into);
          return true;
        }, () => consumer.waitSync(10));
      consumer.dispose();
      return ns;
    },
    'ringbuf.js': (n) => {
      let at = 0;
      return polled('ringbuf.js', n, () => {
        at += theirs.pop(into, size - at, at);
        if (at < size) return false;
        at = 0;
        readLines(into);
        return true;
      }, nap);
    },
    'postMessage, copy': posted('postMessage, copy'),
    'postMessage, transfer': posted('postMessage, transfer'),
  };
}

/** How many messages take about the time of one measurement. */
async function calibrate(receive) {
  for (let n = 200; ; n *= 4) {
    const ns = await receive(n);
    if (ns * n >= (targetMs * 1e6) / 4) return Math.max(100, Math.ceil((targetMs * 1e6) / ns));
  }
}

async function* threads(load, note) {
  let RingBuffer;
  try {
    ({ RingBuffer } = await import('ringbuf.js'));
  } catch (e) {
    note(`ring: no figures between threads in WebAssembly: ${e.message} (npm ci --prefix bench)`);
    return;
  }
  const module = await (await load('ring_module'))();
  const memory = attach(module);
  module._bench_ring_start();
  for (const [name, size, capacity] of [['64 B', 64, 2 ** 18], ['4 KB', 4096, 2 ** 20], ['64 KB', 65536, 2 ** 20]]) {
    const ring = new Ring(memory, { capacity });
    const data = { size, descriptor: ring.descriptor, storage: RingBuffer.getStorageForCapacity(capacity, Uint8Array) };
    const worker = new Worker(new URL('ring_worker.mjs', import.meta.url), { workerData: data });
    await new Promise((resolve) => { worker.once('online', resolve); });
    const ways = [];
    for (const [way, receive] of Object.entries(receivers(module, ring, worker, { ...data, RingBuffer }))) {
      ways.push({ way, receive, n: await calibrate(receive), figures: [] });
    }
    for (let round = 0; round < rounds; ++round) {
      for (const { receive, n, figures } of shuffled(ways)) {
        figures.push((await receive(n)) / (size > 64 ? 1000 : 1));
      }
    }
    yield rowsOf('ring', `${name} from a worker to the main thread`, size > 64 ? 'us' : 'ns',
      new Map(ways.map(({ way, figures }) => [way, figures])));
    await worker.terminate();
    ring.dispose();
  }
  module._bench_ring_stop();
}

export async function* rows({ load, program, note }) {
  yield* native('ring', program('ring'), note, 'real_time');
  yield* threads(load, note);
}
