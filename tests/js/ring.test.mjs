// Rings between threads: a worker that has no module holds one end.
//
// The ring lies in a shared memory. Where the fixture was built without threads its memory is not
// shared, and the ring is laid out anew in a shared one that no module knows.
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

import { attach } from '../../include/linmem/js/linmem.mjs';
import { Ring, RingConsumer, RingProducer } from '../../include/linmem/js/ring.mjs';
import { bytesOf, sizeOf } from './cases/ring.mjs';
import { rejects } from './expect.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = path.resolve(root, process.env.LINMEM_BUILD ?? 'build/wasm');
const { default: createModule } = await import(pathToFileURL(path.join(build, 'tests/js/fixture.mjs')).href);

const million = 1_000_000;

/** A worker that does `job` of ring_worker.mjs; `result` is what it answers. */
function startWorker(job, data, transferList = []) {
  const worker = new Worker(new URL('ring_worker.mjs', import.meta.url), { workerData: { job, ...data }, transferList });
  const result = new Promise((resolve, reject) => {
    worker.on('message', resolve);
    worker.on('error', reject);
    worker.on('exit', () => resolve(undefined)); // after a message: too late to matter
  });
  return { worker, result };
}

/** The endpoint for side `role` of an empty ring in shared memory. */
async function sharedRing(options) {
  const memory = attach(await createModule());
  const ring = new Ring(memory, options);
  if (memory.isShared) return { descriptor: ring.descriptor, abandon: (role) => ring.abandon(role) };
  const size = 384 + ring.capacity;
  const shared = new WebAssembly.Memory({ initial: Math.ceil(size / 65536), maximum: 1000, shared: true });
  new Uint8Array(shared.buffer).set(memory.view(ring.descriptor.address, size));
  return { descriptor: { ...ring.descriptor, memory: shared, address: 0 } };
}

/** The sum of everything that came, and how much. */
async function drain(consumer) {
  let [count, sum] = [0, 0];
  for (;;) {
    const message = consumer.peek();
    if (message === null) return { count, sum };
    if (message === undefined) {
      await consumer.ready();
      continue;
    }
    for (let i = 0; i < message.length; ++i) sum = (sum * 31 + message[i]) | 0;
    if (message.length !== sizeOf(count)) throw new Error(`message ${count} has ${message.length} bytes`);
    ++count;
    consumer.consume();
  }
}
async function send(producer, count) {
  let sum = 0;
  for (let number = 0; number < count; ++number) {
    const bytes = bytesOf(number, sizeOf(number));
    for (let i = 0; i < bytes.length; ++i) sum = (sum * 31 + bytes[i]) | 0;
    if (number % 50_000 === 0) await new Promise((resolve) => { setTimeout(resolve, Math.random() * 3); });
    if (!producer.tryWrite(bytes)) await producer.write(bytes);
  }
  producer.end();
  return { count, sum };
}

describe(`rings between threads with ${path.relative(root, build)}`, () => {
  it('a million messages each way between two threads of JavaScript, checksums equal', { timeout: 120_000 }, async () => {
    const there = await sharedRing({ capacity: 65536 });
    const back = await sharedRing({ capacity: 65536 });
    const { result } = startWorker('both', { there: there.descriptor, back: back.descriptor, count: million });
    const producer = RingProducer.from(there.descriptor, { publishEvery: 16 });
    const consumer = RingConsumer.from(back.descriptor);
    const [sent, received, peer] = await Promise.all([send(producer, million), drain(consumer), result]);
    assert.deepEqual(peer.received, sent);
    assert.deepEqual(received, peer.sent);
    assert.equal(received.count, million);
  });

  it('a million messages each way between C++ and a thread of JavaScript', { timeout: 120_000 }, async (t) => {
    const module = await createModule();
    const memory = attach(module);
    if (!memory.isShared) {
      t.skip('this module has no threads, so its memory cannot be shared');
      return;
    }
    const there = new Ring(memory, { capacity: 65536 });
    const back = new Ring(memory, { capacity: 65536 });
    const { result } = startWorker('both', { there: there.descriptor, back: back.descriptor, count: million });
    assert.equal(module._fixture_ring_out(there.handle, 16), 1);
    assert.equal(module._fixture_ring_in(back.handle), 1);
    let [written, read] = [0, 0];
    while (written < million || read < million) {
      written += module._fixture_ring_write_many(written, Math.min(5000, million - written), 1);
      const n = module._fixture_ring_read_many(read, 5000) >>> 0;
      assert.ok(n <= 5000, 'messages as they were sent');
      read += n;
      if (written === million) module._fixture_ring_finish(0);
      await new Promise((resolve) => { setImmediate(resolve); });
    }
    const peer = await result;
    assert.equal(peer.received.count, million);
    assert.equal(peer.sent.count, million);
    module._fixture_ring_close();
  });

  it('a worker that is terminated in a claim: all that was committed is read, then abandoned is thrown', async () => {
    for (let round = 0; round < 10; ++round) {
      const { descriptor } = await sharedRing({ capacity: 4096 });
      const { worker } = startWorker('produce for ever', { ring: descriptor, publishEvery: round % 2 === 0 ? 0 : 3 });
      const consumer = RingConsumer.from(descriptor);
      const offsets = descriptor.offsets;
      const words = new Int32Array(descriptor.memory.buffer, descriptor.address, 96);
      while (Atomics.load(words, offsets.committed / 4) === 0) {
        await new Promise((resolve) => { setTimeout(resolve, 1); });
      }
      const exited = new Promise((resolve) => { worker.on('exit', resolve); });
      setTimeout(() => worker.terminate(), round);
      let number = 0;
      const readAll = () => {
        for (let message = consumer.peek(); message; message = consumer.peek()) {
          assert.deepEqual([...message], [...bytesOf(number, sizeOf(number))]);
          ++number;
          consumer.consume();
        }
      };
      await exited;
      consumer.abandonProducer();
      const committed = words[offsets.committed / 4];
      await assert.rejects(async () => {
        for (;;) {
          await consumer.ready(1000);
          readAll();
        }
      }, { code: 'abandoned' });
      assert.ok(number > 0);
      assert.equal(words[offsets.released / 4], committed, 'everything was read');
    }
  });

  it('a consumer that is terminated: the producer is told once it is declared gone', async () => {
    const { descriptor } = await sharedRing({ capacity: 4096 });
    const { worker } = startWorker('consume a little', { ring: descriptor });
    const producer = RingProducer.from(descriptor);
    const exited = new Promise((resolve) => { worker.on('exit', resolve); });
    for (let number = 0; number < 20; ++number) await producer.write(bytesOf(number, sizeOf(number)));
    worker.terminate();
    await exited;
    while (producer.tryWrite('x'));
    setTimeout(() => producer.abandonConsumer(), 10);
    await rejects(producer.write('y'), 'abandoned');
  });

  it('waitSync sleeps until something comes, or until its time is over', async () => {
    const { descriptor } = await sharedRing({ capacity: 4096 });
    const consumer = RingConsumer.from(descriptor);
    assert.equal(consumer.waitSync(5), false);
    startWorker('produce one', { ring: descriptor });
    assert.equal(consumer.waitSync(30_000), true); // a worker starts while this thread sleeps
    assert.equal(consumer.tryRead().length, 3);
    const full = await sharedRing({ capacity: 32 });
    const producer = RingProducer.from(full.descriptor);
    while (producer.tryWrite('x'));
    assert.equal(producer.waitSync(1, 5), false);
  });

  it('over a port: messages to a worker and from it, and a worker that is terminated', { timeout: 60_000 }, async (t) => {
    const module = await createModule();
    const memory = attach(module);
    if (memory.isShared) {
      t.skip('this memory is shared: a ring on it needs no port');
      return;
    }
    t.mock.method(console, 'warn', () => {});
    const there = new Ring(memory, { capacity: 4096 });
    const back = new Ring(memory, { capacity: 4096 });
    const forward = there.connect('consumer');
    const reverse = back.connect('producer');
    const count = 20_000;
    const { worker, result } = startWorker('both', { there: forward.endpoint, back: reverse.endpoint, count },
      [...forward.transfer, ...reverse.transfer]);
    const [sent, received, peer] = await Promise.all([
      send(there.producer({ publishEvery: 16 }), count), drain(back.consumer()), result,
    ]);
    assert.deepEqual(peer.received, sent);
    assert.deepEqual(received, peer.sent);
    await worker.terminate();

    const ring = new Ring(memory, { capacity: 4096 });
    const { endpoint, transfer } = ring.connect('producer');
    const dying = startWorker('produce for ever', { ring: endpoint, publishEvery: 1 }, transfer);
    const consumer = ring.consumer();
    assert.ok(await consumer.read());
    dying.worker.terminate();
    await assert.rejects(async () => { while (await consumer.read()); }, { code: 'abandoned' });
  });
});
