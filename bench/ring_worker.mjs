// The sending thread of the ring benchmark, for all that is sent from JavaScript.
import { parentPort, workerData } from 'node:worker_threads';

import { RingBuffer } from 'ringbuf.js';

import { RingProducer } from '../include/linmem/js/ring.mjs';

/** As in ring.mjs. */
const never = new Int32Array(new SharedArrayBuffer(4));
const nap = (looks) => { if (looks % 1000 === 0) Atomics.wait(never, 0, 0, 0.02); };

const { size, descriptor, storage } = workerData;
const message = new Uint8Array(size).fill(1);
const theirs = new RingBuffer(storage, Uint8Array);

/** Each sends `n` messages. */
const ways = {
  'linmem, JS'(n) {
    const producer = RingProducer.from(descriptor, { publishEvery: 16 });
    while (n > 0) {
      if (producer.tryWrite(message)) --n;
      else producer.waitSync(size, 10);
    }
    producer.dispose();
  },
  'ringbuf.js'(n) {
    for (; n > 0; --n) {
      for (let at = 0, looks = 0; at < size;) {
        const pushed = theirs.push(message, size - at, at);
        at += pushed;
        if (pushed === 0) nap(++looks);
      }
    }
  },
  'postMessage, copy'(n) {
    for (; n > 0; --n) parentPort.postMessage(message);
  },
  'postMessage, transfer'(n) {
    for (; n > 0; --n) {
      const own = message.slice();
      parentPort.postMessage(own, [own.buffer]);
    }
  },
};

parentPort.on('message', ({ way, n }) => ways[way](n));
