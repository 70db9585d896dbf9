// The cases of rings: both ends in JavaScript, one end in C++, and the same ends over a port.
import { LinmemError } from '../../../include/linmem/js/linmem.mjs';
import { connectRing, PortConsumer, PortProducer, Ring, RingConsumer, ringFallbacks, RingProducer } from '../../../include/linmem/js/ring.mjs';
import { equal, ok, refuses, rejects } from '../expect.mjs';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const text = (bytes) => (bytes ? decoder.decode(bytes.slice()) : bytes);
const notCounts = [-1, 0.5, NaN, Infinity, '1', null, 1n, {}];

/** The bytes of message `number`, as fixture_ring.cpp makes them. */
export const bytesOf = (number, size) => Uint8Array.from({ length: size }, (_, i) => number * 31 + i * 7);
export const sizeOf = (number) => (number * 13) % 64;

function same(a, b, what) {
  equal(a.length, b.length, `length of ${what}`);
  for (let i = 0; i < a.length; ++i) if (a[i] !== b[i]) throw new Error(`${what} differs at ${i}`);
}

/** Ends of one kind of connection; `close` gives back what they took. */
const connections = {
  memory(memory, { capacity, kind }, options) {
    const ring = new Ring(memory, { capacity, kind });
    return {
      producer: ring.producer(options), consumer: ring.consumer(),
      close() {
        ring.abandon('producer'); // whatever the case left them at
        ring.abandon('consumer');
        ring.dispose();
      },
    };
  },
  port(memory, description, options) {
    const { port1, port2 } = new MessageChannel();
    return {
      producer: new PortProducer(port1, description, options),
      consumer: new PortConsumer(port2, description),
      close() {
        port1.close();
        port2.close();
      },
    };
  },
};

/** What holds for every kind of connection. */
const everywhere = [
  {
    name: 'messages come out as they went in, the largest and the empty one too, then the end',
    kind: 'messages',
    async run({ producer, consumer }) {
      const largest = producer.largest;
      equal(largest, 128 / 2 - 8);
      const sizes = [3, 0, largest, 1, 8, largest - 1, 7, 9, 0, 30, 40, 50];
      const sent = (async () => {
        for (const [i, size] of sizes.entries()) await producer.write(bytesOf(i, size));
        producer.end();
      })();
      for (const [i, size] of sizes.entries()) same(await consumer.read(), bytesOf(i, size), `message ${i}`);
      await sent;
      equal(await consumer.read(), null);
      equal(await consumer.read(), null);
      refuses(() => producer.tryClaim(1), 'closed');
    },
  },
  {
    name: 'text is written as UTF-8, and for await hands messages out in place',
    kind: 'messages',
    async run({ producer, consumer }) {
      const lines = ['héllo', '漢字', '', '🚀'];
      const sent = (async () => {
        for (const line of lines) await producer.write(line);
        producer.end();
      })();
      const got = [];
      for await (const message of consumer) got.push(text(message));
      await sent;
      equal(got.join('|'), lines.join('|'));
    },
  },
  {
    name: 'a claim is invisible until it is committed, and never was when it is aborted',
    kind: 'messages',
    async run({ producer, consumer }) {
      producer.tryClaim(8).fill(1);
      equal(consumer.peek(), undefined);
      producer.abort();
      refuses(() => producer.commit(8), 'out_of_range');
      const room = producer.tryClaim(8);
      equal(room.length, 8);
      room.set(encoder.encode('abcdefgh'));
      refuses(() => producer.commit(9), 'out_of_range', { limit: 8, actual: 9 });
      producer.commit(3);
      equal(text(await consumer.read()), 'abc');
      refuses(() => producer.commit(), 'invalid_argument');
      equal(consumer.peek(), undefined);
    },
  },
  {
    name: 'a message too large is refused with both numbers, and the ring goes on',
    kind: 'messages',
    async run({ producer, consumer }) {
      const { largest } = producer;
      refuses(() => producer.tryWrite(new Uint8Array(largest + 1)), 'limit_exceeded', { limit: largest, actual: largest + 1 });
      await rejects(producer.write(new Uint8Array(largest + 1)), 'limit_exceeded');
      for (const n of notCounts) refuses(() => producer.tryClaim(n), 'invalid_argument');
      await producer.write('on');
      equal(text(await consumer.read()), 'on');
    },
  },
  {
    name: 'a full ring says so, and there is room again once something is consumed',
    kind: 'messages',
    async run({ producer, consumer }) {
      let written = 0;
      while (producer.tryWrite(bytesOf(written, 20))) ++written;
      equal(written, 4); // 32 bytes each
      equal(await producer.ready(20, 0), false);
      for (let i = 0; i < 4; ++i) same(await consumer.read(), bytesOf(i, 20), `message ${i}`);
      equal(consumer.peek(), undefined); // gives everything back
      equal(await producer.ready(20, 5000), true);
      equal(producer.tryWrite('x'), true);
    },
  },
  {
    name: 'a wait for something to read ends after its time',
    kind: 'messages',
    async run({ producer, consumer }) {
      equal(await consumer.ready(5), false);
      await producer.write('x');
      equal(await consumer.ready(5000), true);
      for (const ms of [-1, NaN, '1', null]) {
        await rejects(consumer.ready(ms), 'invalid_argument');
        await rejects(producer.ready(1, ms), 'invalid_argument');
      }
    },
  },
  {
    name: 'a failure is thrown once, after what was committed; then the end',
    kind: 'messages',
    async run({ producer, consumer }) {
      await producer.write('last');
      producer.fail('invalid_data');
      equal(text(await consumer.read()), 'last');
      await rejects(consumer.read(), 'invalid_data');
      equal(await consumer.read(), null);
      refuses(() => producer.tryWrite('more'), 'closed');
    },
  },
  {
    name: 'a consumer that stops early is told to the producer',
    kind: 'messages',
    async run({ producer, consumer }) {
      await producer.write('one');
      await producer.write('two');
      for await (const message of consumer) {
        equal(text(message), 'one');
        break;
      }
      equal(await consumer.read(), null);
      await rejects((async () => { for (;;) await producer.write('more'); })(), 'closed');
    },
  },
  {
    name: 'a peer that is declared gone: what was published is read, then abandoned is thrown',
    kind: 'messages',
    async run({ producer, consumer }) {
      await producer.write('one');
      equal(await consumer.ready(5000), true);
      consumer.abandonProducer();
      equal(text(await consumer.read()), 'one');
      await rejects(consumer.read(), 'abandoned');
      await rejects(consumer.read(), 'abandoned');
      producer.abandonConsumer();
      refuses(() => producer.tryClaim(1), 'abandoned');
    },
  },
  {
    name: 'publication waits for the n-th commit, or for publish()',
    kind: 'messages',
    options: { publishEvery: 2 },
    async run({ producer, consumer }) {
      producer.tryWrite('a');
      equal(await consumer.ready(5), false);
      producer.tryWrite('b');
      equal(text(await consumer.read()), 'a');
      producer.tryWrite('c');
      producer.publish();
      equal(text(await consumer.read()), 'b');
      equal(text(await consumer.read()), 'c');
    },
  },
  {
    name: 'a message is copied into a buffer that holds it, and stays when that is too short',
    kind: 'messages',
    async run({ producer, consumer }) {
      await producer.write('12345678');
      await consumer.ready(5000);
      refuses(() => consumer.tryRead(new Uint8Array(7)), 'limit_exceeded', { limit: 7, actual: 8 });
      const into = new Uint8Array(10);
      equal(consumer.tryRead(into), 8);
      equal(text(into.subarray(0, 8)), '12345678');
      equal(consumer.tryRead(into), undefined);
    },
  },
  {
    name: 'bytes come out in order, in whatever pieces',
    kind: 'bytes',
    async run({ producer, consumer }) {
      const all = bytesOf(5, 1000);
      const sent = (async () => {
        for (let at = 0; at < all.length;) {
          const n = Math.min(1 + (at % 200), all.length - at);
          await producer.write(all.subarray(at, at + n));
          at += n;
        }
        producer.end();
      })();
      const got = [];
      for (let n = 1; ; n = 1 + (n * 7) % 60) {
        const piece = consumer.peek();
        if (piece === null) break;
        if (piece === undefined) {
          await consumer.ready();
          continue;
        }
        n = Math.min(n, piece.length);
        got.push(...piece.subarray(0, n));
        refuses(() => consumer.consume(piece.length + 1), 'out_of_range', { limit: piece.length, actual: piece.length + 1 });
        consumer.consume(n);
      }
      await sent;
      same(got, all, 'bytes');
    },
  },
  {
    name: 'a byte ring takes what fits',
    kind: 'bytes',
    async run({ producer, consumer }) {
      equal(producer.tryWrite(bytesOf(0, 200)), 128);
      equal(producer.tryWrite(bytesOf(0, 200)), 0);
      const into = new Uint8Array(100);
      await consumer.ready(5000);
      equal(consumer.tryRead(into), 100);
      same(into, bytesOf(0, 100), 'the front');
      producer.abort();
    },
  },
];

/** The shared block and data of `ring`, as both sides may damage them. */
const wordsOf = (memory, ring) => {
  const view = memory.view(ring.descriptor.address, 384 + ring.capacity);
  const words = new Int32Array(view.buffer, view.byteOffset, view.length / 4);
  return new Proxy(words, {
    get: (w, name) => w[ring.descriptor.offsets[name] / 4 || 0],
    set: (w, name, value) => {
      w[name in ring.descriptor.offsets ? ring.descriptor.offsets[name] / 4 : name] = value;
      return true;
    },
  });
};

export const cases = [
  ...Object.entries(connections).flatMap(([where, connect]) => everywhere.map(({ name, kind, options, run }) => ({
    name: `ring over a ${where}: ${name}`,
    async run({ memory }) {
      const ends = connect(memory, { capacity: 128, kind }, options);
      try {
        await run(ends);
      } finally {
        ends.close();
      }
    },
  }))),
  {
    name: 'a ring is made, described, and freed once its sides are free',
    run({ memory }) {
      const ring = new Ring(memory, { capacity: 256 });
      equal(ring.capacity, 256);
      equal(ring.kind, 'messages');
      equal(ring.largestMessage, 120);
      equal(ring.descriptor.address % 128, 0);
      const producer = ring.producer({ number: 5 });
      refuses(() => ring.producer(), 'leased', { limit: 0, actual: 5 });
      refuses(() => ring.dispose(), 'leased', { limit: 0, actual: 5 });
      const consumer = ring.consumer({ number: 6 });
      producer.dispose();
      producer.dispose();
      refuses(() => ring.dispose(), 'leased', { limit: 0, actual: 6 });
      consumer.dispose();
      const next = ring.producer();
      next.tryWrite('x');
      next.end();
      refuses(() => ring.producer(), 'closed');
      ring.dispose();
      ring.dispose();
      refuses(() => ring.consumer(), 'invalid_handle');
    },
  },
  {
    name: 'what no ring can be is refused before anything is made',
    run({ memory }) {
      for (const n of [...notCounts, 2 ** 32]) refuses(() => new Ring(memory, { capacity: n }), n === 2 ** 32 ? 'out_of_range' : 'invalid_argument');
      for (const n of [0, 16, 100, 2 ** 31]) refuses(() => new Ring(memory, { capacity: n }), 'invalid_argument');
      refuses(() => new Ring(memory, { capacity: 2 ** 30 }), 'out_of_memory');
      refuses(() => new Ring(memory, { kind: 'letters' }), 'invalid_argument');
      const ring = new Ring(memory, { capacity: 64 });
      refuses(() => ring.producer({ number: 0 }), 'invalid_argument');
      refuses(() => ring.producer({ publishEvery: -1 }), 'invalid_argument');
      refuses(() => ring.consumer({ number: 1.5 }), 'invalid_argument');
      refuses(() => ring.connect('both'), 'invalid_argument');
      refuses(() => ring.abandon('both'), 'invalid_argument');
      ring.dispose();
    },
  },
  {
    name: 'C++ writes, JavaScript reads: every size, wrapped and padded, then the failure',
    run({ module, memory }) {
      const ring = new Ring(memory, { capacity: 256 });
      equal(module._fixture_ring_out(ring.handle, 1), 1);
      const consumer = ring.consumer();
      for (let number = 0; number < 500; ++number) {
        const size = number % 121;
        equal(module._fixture_ring_write(number, size), 1, `write ${number}`);
        same(consumer.tryRead(), bytesOf(number, size), `message ${number}`);
      }
      module._fixture_ring_finish(10);
      refuses(() => consumer.peek(), 'invalid_data');
      equal(consumer.peek(), null);
      module._fixture_ring_close();
      ring.dispose();
    },
  },
  {
    name: 'JavaScript writes, C++ reads: every size, wrapped and padded; C++ cancels',
    run({ module, memory }) {
      const ring = new Ring(memory, { capacity: 256 });
      equal(module._fixture_ring_in(ring.handle), 1);
      const producer = ring.producer();
      for (let number = 0; number < 500; ++number) {
        const size = number % 121;
        equal(producer.tryWrite(bytesOf(number, size)), true, `write ${number}`);
        equal(module._fixture_ring_read(number), 1 + size, `message ${number}`);
      }
      equal(module._fixture_ring_read(0), 0); // empty
      module._fixture_ring_cancel();
      refuses(() => producer.tryClaim(1), 'closed');
      producer.dispose();
      module._fixture_ring_close();
      ring.dispose();
    },
  },
  {
    name: 'C++ that died with messages committed and not published: JavaScript reads them',
    run({ module, memory }) {
      const ring = new Ring(memory, { capacity: 1024 });
      module._fixture_ring_out(ring.handle, 0);
      const consumer = ring.consumer();
      module._fixture_ring_write(1, 10);
      module._fixture_ring_write(2, 20);
      equal(consumer.peek(), undefined);
      ring.abandon('producer');
      same(consumer.tryRead(), bytesOf(1, 10), 'the first');
      same(consumer.tryRead(), bytesOf(2, 20), 'the second');
      refuses(() => consumer.peek(), 'abandoned');
      consumer.dispose();
      module._fixture_ring_close();
      ring.dispose();
    },
  },
  {
    name: 'bytes cross between C++ and JavaScript both ways',
    run({ module, memory }) {
      const there = new Ring(memory, { capacity: 64, kind: 'bytes' });
      const producer = there.producer();
      equal(producer.tryWrite(new Uint8Array(100).fill(3)), 64);
      equal(module._fixture_ring_sum(there.handle), 192);
      equal(producer.tryWrite(new Uint8Array(50).fill(2)), 50);
      equal(module._fixture_ring_sum(there.handle), 100);
      const back = new Ring(memory, { capacity: 64, kind: 'bytes' });
      const consumer = back.consumer();
      equal(module._fixture_ring_count(back.handle, 100), 64);
      same(consumer.tryRead(), Uint8Array.from({ length: 64 }, (_, i) => i), 'counted bytes');
      producer.dispose();
      consumer.dispose();
      module._fixture_ring_close();
      there.dispose();
      back.dispose();
    },
  },
  {
    name: 'the module refuses an end of the wrong kind, a taken side and a handle that is no ring',
    run({ module, memory }) {
      const ring = new Ring(memory, { kind: 'bytes' });
      refuses(() => memory.check(module._fixture_ring_out(ring.handle, 1)), 'invalid_argument');
      refuses(() => memory.check(module._fixture_ring_out(12345, 1)), 'invalid_handle');
      ring.dispose();
      const messages = new Ring(memory);
      const consumer = messages.consumer({ number: 4 });
      refuses(() => memory.check(module._fixture_ring_in(messages.handle)), 'leased', { limit: 0, actual: 4 });
      consumer.dispose();
      messages.dispose();
    },
  },
  {
    name: 'the ends go on while the memory grows between any two steps',
    hostGrows: true,
    run({ module, memory }) {
      const ring = new Ring(memory, { capacity: 64 });
      const producer = ring.producer({ publishEvery: 2 });
      const consumer = ring.consumer();
      const grow = () => equal(module._fixture_grow(1), 1);
      grow();
      producer.tryWrite('a');
      grow();
      producer.publish();
      grow();
      equal(text(consumer.peek()), 'a');
      grow();
      consumer.consume();
      grow();
      consumer.release();
      grow();
      producer.tryClaim(1)[0] = 98;
      producer.commit();
      producer.tryClaim(1);
      grow();
      producer.abort();
      producer.end();
      grow();
      equal(text(consumer.tryRead()), 'b');
      grow();
      equal(consumer.peek(), null);
      ring.dispose();
    },
  },
  {
    name: 'corrupt words are found by the first step that reads them, and end the ring for both',
    run({ memory }) {
      const data = 384 / 4;
      const damages = [
        ['published', 4096], ['published', -128], ['published', 68], ['producer_state', 77],
        [data + 16, -1], [data + 16, 200], [data + 17, 0], [data + 17, 0x20444150],
        ['released', 512], ['released', -128], ['released', 68], ['consumer_state', 77],
      ];
      for (const [word, value] of damages) {
        const ring = new Ring(memory, { capacity: 256 });
        const producer = ring.producer();
        const consumer = ring.consumer();
        producer.tryWrite(bytesOf(1, 56)); // a record of 64
        consumer.tryRead();
        producer.tryWrite(bytesOf(2, 56));
        wordsOf(memory, ring)[word] = value;
        if (word === 'released' || word === 'consumer_state') {
          refuses(() => { while (producer.tryWrite(bytesOf(3, 56)));
            throw new LinmemError('timed_out', `${word} ${value} unnoticed`); }, 'corrupt');
          refuses(() => { while (consumer.tryRead()); }, 'corrupt');
        } else {
          refuses(() => consumer.peek(), 'corrupt');
          refuses(() => producer.tryClaim(1), 'corrupt');
        }
        equal(wordsOf(memory, ring).producer_state, 4);
        equal(wordsOf(memory, ring).consumer_state, 4);
        ring.abandon('producer');
        ring.abandon('consumer');
        ring.dispose();
      }
    },
  },
  {
    name: 'a descriptor that leads to no ring is refused',
    run({ memory }) {
      const ring = new Ring(memory, { capacity: 64 });
      const { descriptor } = ring;
      for (const address of [descriptor.address + 128, 0]) {
        refuses(() => RingConsumer.from({ ...descriptor, address }), 'corrupt');
      }
      refuses(() => RingProducer.from({ ...descriptor, address: 2 ** 31 }), 'corrupt');
      for (const [word, value] of [['version', 9], ['capacity', 65], ['capacity', 2 ** 30], ['kind', 2], ['magic', 0]]) {
        const words = wordsOf(memory, ring);
        const before = words[word];
        words[word] = value;
        refuses(() => RingConsumer.from(descriptor), 'corrupt');
        words[word] = before;
      }
      RingConsumer.from(descriptor).dispose();
      ring.dispose();
    },
  },
  {
    name: 'a ring on memory that is not shared is connected through a port, counted, with one warning',
    async run({ module, memory }) {
      if (memory.isShared) {
        console.log('    not run: this memory is shared, a ring on it needs no port');
        return;
      }
      const { warn } = console;
      const warnings = [];
      console.warn = (said) => warnings.push(said);
      const before = ringFallbacks();
      try {
        const out = new Ring(memory, { capacity: 256 });
        const { endpoint, transfer } = out.connect('consumer');
        equal(transfer.length, 1);
        equal(endpoint.role, 'consumer');
        const consumer = connectRing(endpoint);
        module._fixture_ring_out(out.handle, 1);
        const received = (async () => {
          let number = 0;
          for await (const message of consumer) same(message, bytesOf(number, sizeOf(number++)), 'message');
          return number;
        })();
        for (let number = 0; number < 300;) {
          number += module._fixture_ring_write_many(number, 300 - number, 0);
          await new Promise((resolve) => { setTimeout(resolve, 0); });
        }
        module._fixture_ring_finish(0);
        equal(await received, 300);

        const back = new Ring(memory, { capacity: 256 });
        const producer = connectRing(back.connect('producer').endpoint, { publishEvery: 4 });
        module._fixture_ring_in(back.handle);
        const sent = (async () => {
          for (let number = 0; number < 300; ++number) await producer.write(bytesOf(number, sizeOf(number)));
          producer.end();
        })();
        for (let number = 0; number < 300;) {
          const n = module._fixture_ring_read_many(number, 300);
          ok(n <= 300, 'messages as they were sent');
          number += n;
          await new Promise((resolve) => { setTimeout(resolve, 0); });
        }
        await sent;
        module._fixture_ring_close();
        equal(ringFallbacks(), before + 2);
        ok(warnings.length <= 1, 'one warning in all');
        out.dispose();
      } finally {
        console.warn = warn;
      }
    },
  },
];
