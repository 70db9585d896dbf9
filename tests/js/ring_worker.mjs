// The other thread of ring.test.mjs. It has no module: only descriptors or ports of rings.
import { parentPort, workerData } from 'node:worker_threads';

import { connectRing, RingConsumer, RingProducer } from '../../include/linmem/js/ring.mjs';
import { bytesOf, sizeOf } from './cases/ring.mjs';

const { job, ring, there, back, count, publishEvery } = workerData;
const producerOf = (from, options) => (from.role ? connectRing(from, options) : RingProducer.from(from, options));
const consumerOf = (from) => (from.role ? connectRing(from) : RingConsumer.from(from));
const pause = () => new Promise((resolve) => { setTimeout(resolve, Math.random() * 3); });

async function receive(consumer) {
  let [received, sum] = [0, 0];
  for await (const message of consumer) {
    for (let i = 0; i < message.length; ++i) sum = (sum * 31 + message[i]) | 0;
    if (message.length !== sizeOf(received)) throw new Error(`message ${received} has ${message.length} bytes`);
    if (++received % 70_000 === 0) await pause();
  }
  return { count: received, sum };
}

async function send(producer) {
  let sum = 0;
  for (let number = 0; number < count; ++number) {
    const bytes = bytesOf(number, sizeOf(number));
    for (let i = 0; i < bytes.length; ++i) sum = (sum * 31 + bytes[i]) | 0;
    if (!producer.tryWrite(bytes)) await producer.write(bytes);
  }
  producer.end();
  return { count, sum };
}

const jobs = {
  async both() {
    const [received, sent] = await Promise.all([receive(consumerOf(there)), send(producerOf(back))]);
    parentPort.postMessage({ received, sent });
  },
  async 'produce for ever'() {
    const producer = producerOf(ring, { publishEvery });
    for (let number = 0; ; ++number) {
      const bytes = bytesOf(number, sizeOf(number));
      let room;
      while (!(room = producer.tryClaim(bytes.length))) await producer.ready(bytes.length);
      for (let i = 0; i < bytes.length; ++i) room[i] = bytes[i]; // slowly: to be terminated in it
      producer.commit();
    }
  },
  async 'consume a little'() {
    const consumer = consumerOf(ring);
    for (let i = 0; i < 10; ++i) await consumer.read();
    await new Promise(() => { setInterval(() => {}, 1000); }); // keeps its side
  },
  async 'produce one'() {
    producerOf(ring).tryWrite('one');
  },
};
await jobs[job]();
