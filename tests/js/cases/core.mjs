// The cases of buffers, streams, pools and attaching.
import { attach, LinmemError } from '../../../include/linmem/js/linmem.mjs';
import { equal, ok, refuses, rejects } from '../expect.mjs';
import { broken, bytesOf, chunkSizes, joined, piecesOf, readerOf, sample } from '../inputs.mjs';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

const notCounts = [-1, 0.5, NaN, Infinity, -Infinity, '1', null, undefined, 1n, {}];

/**
 * The same Linmem, tortured: the memory grows before and after every call into the C ABI, so that any
 * view or address kept across one is wrong.
 */
export function tortured(memory, module) {
  const grow = () => {
    // Through the module: Emscripten 3.1's memcpy has views of its own, which miss what the host does
    // behind its back. Not into the maximum, which some cases are about.
    if (memory.pages < 600) module._fixture_grow(1);
  };
  const done = new Set();
  const torture = (abi) => {
    if (done.has(abi)) return abi;
    done.add(abi);
    for (const [name, f] of Object.entries(abi)) {
      abi[name] = (...args) => {
        grow();
        try {
          return f(...args);
        } finally {
          grow();
        }
      };
    }
    return abi;
  };
  torture(memory.abi);
  const part = memory.part.bind(memory);
  memory.part = (name, names) => (name === 'tracker' ? part(name, names) : torture(part(name, names)));
  return memory;
}

export const cases = [
  {
    name: 'attach finds the memory, the version and empty ledgers',
    run({ module, memory }) {
      ok(/^\d+\.\d+\.\d+$/.test(memory.version), 'a version');
      ok(memory.memory instanceof WebAssembly.Memory, 'a memory');
      equal(memory.pages, memory.memory.buffer.byteLength / 65536);
      for (const field of ['copied_in', 'copied_out', 'staged', 'buffers', 'streams']) {
        equal(memory.ledger[field], 0, field);
      }
      equal(attach(module).version, memory.version);
    },
  },
  {
    name: 'attach refuses a module without the C ABI',
    run() {
      refuses(() => attach({}), 'unsupported');
      refuses(() => attach({ exports: {}, memory: new WebAssembly.Memory({ initial: 1 }) }), 'unsupported');
      const memory = new WebAssembly.Memory({ initial: 1 });
      refuses(() => attach({ exports: { linmem_abi: () => 16 }, memory }), 'corrupt');
      refuses(() => attach({ exports: { linmem_abi: () => 16 } }), 'unsupported');
    },
  },
  {
    name: 'a buffer takes bytes and text and gives them back, each copy counted',
    run({ module, memory }) {
      const buffer = memory.alloc(100);
      equal(buffer.capacity, 100);
      equal(buffer.length, 0);
      equal(buffer.write('héllo'), 6);
      equal(buffer.write(new Uint8Array([1, 2, 3])), 3);
      equal(buffer.write(new Uint16Array([0x0404]).buffer), 2);
      equal(buffer.length, 11);
      equal(buffer.free, 89);
      equal(decoder.decode(buffer.view(0, 6).slice()), 'héllo');
      equal(memory.ledger.copied_in, 11);
      const expected = [...encoder.encode('héllo'), 1, 2, 3, 4, 4].reduce((a, b) => a + b);
      equal(module._fixture_sum(buffer.handle), expected);
      equal(module._fixture_twin(buffer.handle), 11, 'length seen by another translation unit');
      buffer.dispose();
      equal(memory.ledger.buffers, 0);
    },
  },
  {
    name: 'what is no count is refused before it reaches the module, and changes nothing',
    run({ memory }) {
      const buffer = memory.alloc(8);
      buffer.write('abcd');
      for (const x of notCounts) {
        refuses(() => memory.alloc(x), 'invalid_argument');
        refuses(() => buffer.reserve(x), 'invalid_argument');
        refuses(() => buffer.commit(x), 'invalid_argument');
        if (x !== undefined) {
          refuses(() => buffer.view(x), 'invalid_argument');
          if (x !== null) refuses(() => buffer.view(0, x), 'invalid_argument');
        }
      }
      for (const x of [2 ** 32, 2 ** 53, 1e300]) {
        refuses(() => memory.alloc(x), 'out_of_range');
        refuses(() => buffer.reserve(x), 'out_of_range');
        refuses(() => buffer.commit(x), 'out_of_range');
      }
      for (const x of [{}, 5, null, undefined]) refuses(() => buffer.write(x), 'invalid_argument');
      equal(buffer.text(), 'abcd');
      buffer.dispose();
    },
  },
  {
    name: 'offsets and lengths at every edge are inside or an error that names the limit',
    run({ memory }) {
      const buffer = memory.alloc(8);
      buffer.write('12345678');
      equal(buffer.view(0, 8).length, 8);
      equal(buffer.view(8).length, 0);
      equal(buffer.view(7)[0], 0x38);
      refuses(() => buffer.view(9), 'out_of_range', { limit: 8, actual: 9 });
      refuses(() => buffer.view(0, 9), 'out_of_range', { limit: 8, actual: 9 });
      refuses(() => buffer.view(1, 8), 'out_of_range', { limit: 7, actual: 8 });
      refuses(() => buffer.view(2 ** 31), 'out_of_range');
      refuses(() => buffer.view(2 ** 32 - 1, 2), 'out_of_range');
      refuses(() => buffer.reserve(1), 'limit_exceeded', { limit: 0, actual: 1 });
      refuses(() => buffer.write('x'), 'limit_exceeded', { limit: 0, actual: 1 });
      refuses(() => buffer.commit(1), 'out_of_range', { limit: 0, actual: 1 });
      refuses(() => memory.alloc(0), 'invalid_argument');
      equal(buffer.text(), '12345678');
      buffer.dispose();
    },
  },
  {
    name: 'a disposed buffer or stream is refused, twice disposed is fine',
    run({ module, memory }) {
      const buffer = memory.from('text');
      const { handle } = buffer;
      buffer.dispose();
      buffer.dispose();
      for (const f of [() => buffer.view(), () => buffer.length, () => buffer.capacity, () => buffer.text(),
        () => buffer.reserve(1), () => buffer.commit(0), () => buffer.write('x'), () => buffer.room,
        () => buffer.reset(), () => buffer.readFrom(() => 0)]) {
        refuses(f, 'invalid_handle');
      }
      refuses(() => memory.stream(module._fixture_text(handle, 64)), 'invalid_handle', { limit: 0, actual: handle });
      const stream = memory.stream(module._fixture_copy(64, 64), { source: () => 0 });
      stream.dispose();
      stream.dispose();
      for (const f of [() => stream.next(), () => stream.chunk(), () => stream.progress, () => stream.rewind()]) {
        refuses(f, 'invalid_handle');
      }
      equal(memory.ledger.streams, 0);
    },
  },
  {
    name: 'forged and foreign handles are errors, and the module works on',
    run({ module, memory }) {
      const buffer = memory.from('text');
      for (const handle of [1, 77, 2 ** 31, 2 ** 32 - 1, buffer.handle + 1, buffer.handle ^ 0x400]) {
        refuses(() => memory.stream(module._fixture_text(handle, 64)), 'invalid_handle');
        refuses(() => memory.stream(handle), 'invalid_handle');
      }
      refuses(() => memory.stream(buffer.handle), 'invalid_handle');
      equal(memory.stream(module._fixture_text(buffer.handle, 64)).text(), 'text');
    },
  },
  {
    name: 'more memory than there may be is an error, and the instance works on',
    run({ module, memory }) {
      refuses(() => memory.alloc(2 ** 32 - 1), 'out_of_memory');
      refuses(() => memory.alloc(100 * 2 ** 20), 'out_of_memory', { limit: 0, actual: 100 * 2 ** 20 });
      refuses(() => memory.check(module._fixture_grow(65536)), 'limit_exceeded');
      const buffer = memory.from('still here');
      equal(buffer.text(), 'still here');
      buffer.dispose();
    },
  },
  {
    name: 'growth between acquire and write loses nothing: views asked for again are fresh',
    run({ module, memory }) {
      const buffer = memory.alloc(1000);
      buffer.write('before ');
      const stale = buffer.reserve(100);
      memory.check(module._fixture_grow(3));
      if (!memory.isShared) equal(stale.length, 0, 'a view held across growth');
      buffer.room.set(encoder.encode('written'));
      memory.check(module._fixture_grow(1));
      buffer.commit(7);
      memory.memory.grow(1); // behind the module's back, as a host may
      equal(buffer.text(), 'before written');
      buffer.write(' after');
      equal(buffer.text(), 'before written after');
      buffer.dispose();
    },
  },
  {
    name: 'growth at every step of a stream changes no result',
    run({ module, memory }) {
      const bytes = encoder.encode(sample);
      for (const chunk of [4, 7, 64, 4096]) {
        const short = bytes.slice(0, chunk < 64 ? 300 : bytes.length);
        const stream = memory.stream(module._fixture_growing(chunk), { source: readerOf(short, 50) });
        const parts = [];
        for (;;) {
          if (stream.next() === null) break;
          if (memory.pages < 900) memory.check(module._fixture_grow(1)); // the yielded view is stale now
          parts.push(...stream.chunk());
        }
        equal(decoder.decode(Uint8Array.from(parts)), decoder.decode(short));
        stream.dispose();
      }
    },
  },
  {
    name: 'a synchronous source fills a buffer in place: no byte is counted as copied',
    run({ memory }) {
      const bytes = encoder.encode(sample);
      const buffer = memory.alloc(bytes.length);
      equal(buffer.readFrom(readerOf(bytes, 777)), bytes.length);
      equal(buffer.text(), sample);
      equal(memory.ledger.copied_in, 0);
      buffer.dispose();
    },
  },
  {
    name: 'a source longer than the buffer is an error that names the limit; what came is kept',
    async run({ memory }) {
      const bytes = encoder.encode('0123456789');
      const sync = memory.alloc(8);
      refuses(() => sync.readFrom(readerOf(bytes)), 'limit_exceeded', { limit: 8, actual: 9 });
      equal(sync.text(), '01234567');
      const waited = memory.alloc(8);
      await rejects(waited.readFrom(piecesOf(bytes, 3)), 'limit_exceeded', { limit: 8, actual: 9 });
      equal(waited.text(), '01234567');
      const exact = memory.alloc(10);
      equal(exact.readFrom(readerOf(bytes)), 10);
      equal(await memory.alloc(10).readFrom(piecesOf(bytes, 4)), 10);
    },
  },
  {
    name: 'a reader that claims more than there is room for is refused',
    run({ module, memory }) {
      const buffer = memory.alloc(8);
      refuses(() => buffer.readFrom((view) => view.length + 1), 'out_of_range');
      refuses(() => buffer.readFrom(() => -1), 'invalid_argument');
      refuses(() => buffer.readFrom(() => undefined), 'invalid_argument');
      equal(buffer.length, 0);
      const stream = memory.stream(module._fixture_copy(64, 64), { source: (view) => view.length + 1 });
      refuses(() => stream.next(), 'out_of_range');
      stream.dispose();
    },
  },
  {
    name: 'anything that is waited for fills a buffer, each byte copied once',
    async run({ memory }) {
      const bytes = encoder.encode(sample);
      const sources = [
        () => new Blob([bytes]),
        () => new Response(bytes),
        () => new Response(bytes).body,
        () => piecesOf(bytes, 1000),
        () => [sample.slice(0, 10), encoder.encode(sample.slice(10))],
      ];
      for (const source of sources) {
        const before = memory.ledger.copied_in;
        const buffer = memory.alloc(bytes.length);
        equal(await buffer.readFrom(source()), bytes.length);
        equal(buffer.text(), sample);
        equal(memory.ledger.copied_in - before, bytes.length);
        buffer.dispose();
      }
      refuses(() => memory.alloc(1).readFrom(null), 'invalid_argument');
      refuses(() => memory.alloc(1).readFrom({}), 'invalid_argument');
    },
  },
  {
    name: 'every chunk is valid alone and the chunks join to the whole, at every chunk size',
    run({ module, memory }) {
      const input = memory.from(sample);
      for (const size of chunkSizes) {
        const inPlace = memory.stream(module._fixture_text(input.handle, size));
        equal(joined(inPlace, size), sample);
        equal(inPlace.progress, 1);
        inPlace.dispose();
        const copied = memory.stream(module._fixture_copy_over(input.handle, size));
        equal(joined(copied, size), sample);
        copied.dispose();
        const fed = memory.stream(module._fixture_copy(size, 100), { source: readerOf(encoder.encode(sample)) });
        equal(joined(fed, size), sample);
        fed.dispose();
      }
      equal(memory.ledger.streams, 0);
      input.dispose();
    },
  },
  {
    name: 'invalid input becomes what TextDecoder makes of it, cut anywhere, and is counted',
    run({ module, memory }) {
      const input = bytesOf(...broken.flatMap((b) => ['x', b, '漢', b, b]), [0xF0, 0x9F]);
      const expected = decoder.decode(input);
      const original = encoder.encode(expected);
      const count = expected.split('\uFFFD').length - 1;
      ok(original.length > 0 && count > 20, 'an input with many errors');
      const buffer = memory.from(input);
      for (const size of chunkSizes) {
        for (const open of [
          () => memory.stream(module._fixture_text(buffer.handle, size)),
          () => memory.stream(module._fixture_copy_over(buffer.handle, size)),
          () => memory.stream(module._fixture_copy(size, 7), { source: readerOf(input, 3) }),
        ]) {
          const stream = open();
          equal(joined(stream, size), expected);
          equal(stream.replaced, count, 'replaced');
          stream.dispose();
        }
      }
      buffer.dispose();
    },
  },
  {
    name: 'a text truncated at every byte ends like TextDecoder says',
    run({ module, memory }) {
      const text = encoder.encode('aé漢🚀');
      for (let n = 0; n <= text.length; ++n) {
        const stream = memory.stream(module._fixture_copy(4, 4), { source: readerOf(text.subarray(0, n), 1) });
        equal(joined(stream, 4), decoder.decode(text.subarray(0, n)));
        stream.dispose();
      }
    },
  },
  {
    name: 'a stream is fed by what is waited for, in any pieces',
    async run({ module, memory }) {
      const bytes = encoder.encode(sample);
      for (const piece of [1, 7, 65536]) {
        const short = bytes.subarray(0, piece === 1 ? 500 : bytes.length);
        const stream = memory.stream(module._fixture_copy(50, 64), { source: piecesOf(short, piece), total: short.length });
        equal(await stream.textAsync(), decoder.decode(short));
        equal(stream.progress, 1);
        equal(stream.total, short.length);
        stream.dispose();
      }
      const blob = memory.stream(module._fixture_copy(64, 64), { source: new Blob([bytes]) });
      equal(await blob.textAsync(), sample);
      equal(blob.total, undefined);
      const waiting = memory.stream(module._fixture_copy(64, 64), { source: piecesOf(bytes, 9) });
      refuses(() => waiting.next(), 'unsupported');
      const unfed = memory.stream(module._fixture_copy(64, 64));
      refuses(() => unfed.next(), 'unsupported');
    },
  },
  {
    name: 'a stream over a buffer leases it: neither freed nor reset under the stream',
    run({ module, memory }) {
      const buffer = memory.from(sample);
      const stream = memory.stream(module._fixture_text(buffer.handle, 64));
      refuses(() => buffer.dispose(), 'leased', { limit: 0, actual: 1 });
      refuses(() => buffer.reset(), 'leased');
      stream.next();
      stream.rewind();
      equal(stream.text(), sample);
      stream.rewind();
      equal(stream.text(), sample);
      stream.dispose();
      buffer.reset();
      equal(buffer.length, 0);
      buffer.dispose();
    },
  },
  {
    name: 'a failure comes after what was made before it, once, and the instance works on',
    run({ module, memory }) {
      const stream = memory.stream(module._fixture_failing(), { source: readerOf(encoder.encode('x'.repeat(50))) });
      equal(decoder.decode(stream.next().slice()), 'xxxxxxxxxx');
      refuses(() => stream.next(), 'limit_exceeded', { limit: 10, actual: 11 });
      equal(stream.next(), null);
      equal(stream.text(), '');
      stream.dispose();
      refuses(() => memory.stream(module._fixture_copy(3, 64)), 'invalid_argument', { limit: 4, actual: 3 });
      const next = memory.stream(module._fixture_copy(64, 64), { source: readerOf(encoder.encode('fine')) });
      equal(next.text(), 'fine');
      next.dispose();
      equal(memory.ledger.streams, 0);
    },
  },
  {
    name: 'leaving a loop early leaves the stream where it is',
    run({ module, memory }) {
      const buffer = memory.from(sample);
      const stream = memory.stream(module._fixture_text(buffer.handle, 64));
      let first = '';
      for (const view of stream) {
        first = decoder.decode(view.slice());
        break;
      }
      equal(first + stream.text(), sample);
      stream.dispose();
      buffer.dispose();
    },
  },
  {
    name: 'errors are Errors with a name, a code and the numbers',
    run({ memory }) {
      const e = refuses(() => memory.alloc(1).reserve(5), 'limit_exceeded', { limit: 1, actual: 5 });
      ok(e instanceof Error && e instanceof LinmemError, 'an Error');
      equal(e.message, 'limit exceeded: free buffer bytes: limit 1, got 5');
    },
  },
  {
    name: 'committed bytes are read as elements of every type',
    run({ memory }) {
      const buffer = memory.alloc(64);
      buffer.write(Float64Array.of(1.5, -2));
      equal(buffer.as('f64')[1], -2);
      equal(buffer.as('f32').length, 4);
      equal(buffer.as('u16').length, 8);
      equal(buffer.as('u64').length, 2);
      equal(buffer.as('clamped').constructor, Uint8ClampedArray);
      buffer.write(new Uint8Array(3));
      equal(buffer.as('u32').length, 4, 'a rest that fills no element is left out');
      buffer.as('i8')[0] = -1;
      equal(buffer.view()[0], 255);
      for (const x of ['f16', undefined, '__proto__', 3]) refuses(() => buffer.as(x), 'invalid_argument');
      buffer.dispose();
    },
  },
  {
    name: 'pixels in linear memory are what ImageData takes, a copy of them where memory is shared',
    run({ memory }) {
      if (typeof ImageData === 'undefined') return 'no ImageData here';
      const buffer = memory.from(new Uint8Array(16).fill(7));
      const pixels = buffer.as('clamped');
      const image = new ImageData(memory.isShared ? pixels.slice() : pixels, 2, 2);
      equal(image.data[15], 7);
      equal(image.data.buffer === memory.memory.buffer, !memory.isShared);
      buffer.dispose();
      return undefined;
    },
  },
  {
    name: 'lock words are taken and freed by number, and refuse what is wrong',
    run({ memory }) {
      const buffer = memory.alloc(64, { locks: true });
      buffer.lock(0, 7);
      refuses(() => buffer.lock(0, 8), 'leased', { limit: 0, actual: 7 });
      equal(buffer.tryLock(0), false);
      equal(buffer.tryLock(15, 2 ** 32 - 1), true);
      refuses(() => buffer.unlock(0, 8), 'leased', { limit: 0, actual: 7 });
      refuses(() => buffer.unlock(1), 'invalid_argument');
      buffer.unlock(0, 7);
      buffer.unlock(15, 2 ** 32 - 1);
      refuses(() => buffer.lock(16), 'out_of_range', { limit: 15, actual: 16 });
      refuses(() => buffer.lock(0, 0), 'invalid_argument');
      for (const x of notCounts) {
        refuses(() => buffer.lock(x), 'invalid_argument');
        if (x !== undefined) refuses(() => buffer.lock(0, x), 'invalid_argument');
      }
      buffer.write('data');
      buffer.lock(3);
      buffer.reset();
      equal(buffer.tryLock(3), true, 'a lock after reset');
      buffer.write('data');
      equal(buffer.text(), 'data');
      buffer.dispose();
      refuses(() => memory.alloc(1).lock(0), 'unsupported');
    },
  },
  {
    name: 'a pool gives the same memory again, and counts what it does',
    run({ memory }) {
      const pool = memory.pool({ keepBytes: 1 << 20 });
      const first = pool.acquire(1000);
      equal(first.capacity, 1024);
      first.write('used');
      const where = first.view().byteOffset;
      first.dispose();
      const second = pool.acquire(1010);
      equal(second.length, 0);
      second.write('x');
      equal(second.view().byteOffset, where);
      equal(pool.statistics.hits, 1);
      equal(pool.statistics.misses, 1);
      equal(pool.statistics.outstanding, 1);
      refuses(() => pool.dispose(), 'leased', { limit: 0, actual: 1 });
      second.dispose();
      equal(pool.statistics.retained_bytes, 1024);
      pool.trim();
      equal(pool.statistics.retained, 0);
      pool.warmUp(3, 500);
      equal(pool.statistics.retained, 3);
      pool.dispose();
      pool.dispose();
      refuses(() => pool.acquire(1), 'invalid_handle');
      refuses(() => pool.statistics, 'invalid_handle');
      equal(memory.ledger.buffers, 0);
    },
  },
  {
    name: 'a pool keeps its limit, with an error that names it, and works on',
    run({ memory }) {
      const pool = memory.pool({ limitBytes: 10000 });
      const held = pool.acquire(8192);
      refuses(() => pool.acquire(4096), 'limit_exceeded', { limit: 10000, actual: 8192 + 4096 });
      refuses(() => pool.acquire(2 ** 31), 'limit_exceeded');
      for (const x of notCounts) {
        refuses(() => pool.acquire(x), 'invalid_argument');
        refuses(() => pool.warmUp(x, 1), 'invalid_argument');
        if (x !== undefined) refuses(() => pool.trim(x), 'invalid_argument');
        if (x !== undefined) refuses(() => memory.pool({ keepBytes: x }), 'invalid_argument');
      }
      held.dispose();
      pool.acquire(4096).dispose();
      equal(pool.statistics.outstanding, 0);
      pool.dispose();
    },
  },
  {
    name: 'a pooled buffer released twice, or under a stream, is refused',
    run({ module, memory }) {
      const pool = memory.pool();
      const buffer = pool.acquire(100);
      const { handle } = buffer;
      buffer.write('text');
      const stream = memory.stream(module._fixture_text(handle, 64));
      refuses(() => buffer.dispose(), 'leased');
      stream.dispose();
      buffer.dispose();
      refuses(() => memory.check(memory.abi.free(handle)), 'invalid_handle', { limit: 0, actual: handle });
      equal(pool.statistics.retained, 1);
      pool.dispose();
    },
  },
  {
    hostGrows: true,
    name: 'noGrow refuses growth: views stay valid, malloc gives null, and afterwards all is as before',
    run({ module, memory }) {
      const pages = memory.pages;
      const kept = memory.from('kept');
      const answer = memory.noGrow(() => {
        const view = kept.view();
        refuses(() => memory.alloc(8 * 2 ** 20), 'out_of_memory');
        refuses(() => memory.check(module._fixture_grow(1)), 'limit_exceeded');
        equal(module._fixture_malloc(8 * 2 ** 20), 0, 'malloc');
        equal(memory.noGrow(() => module._fixture_malloc(8 * 2 ** 20)), 0, 'malloc in a scope within');
        equal(module._fixture_malloc(8 * 2 ** 20), 0, 'malloc after the scope within');
        equal(view.length, 4);
        return 5;
      });
      equal(answer, 5);
      ok(memory.pages - pages <= 1, 'no growth but for the buffer itself');
      equal(module._fixture_malloc(8 * 2 ** 20), 1, 'malloc after the scope');
      refuses(() => memory.noGrow(async () => {}), 'invalid_argument');
      refuses(() => memory.noGrow(() => { memory.memory.grow(1); }), 'corrupt');
      let thrown;
      try { memory.noGrow(() => { throw new RangeError('own'); }); } catch (e) { thrown = e; }
      ok(thrown instanceof RangeError, 'the error of the function');
      equal(module._fixture_malloc(8 * 2 ** 20), 1, 'malloc after an error');
    },
  },
  {
    name: 'debugging, a view that is used after growth, reset or disposal throws',
    run({ module }) {
      const memory = attach(module, { debug: true });
      const buffer = memory.alloc(100);
      buffer.write('text');
      const view = buffer.view();
      equal(view.length, 4);
      equal(view[0], 0x74);
      equal(memory.decode(view), 'text');
      const floats = buffer.as('f32');
      memory.check(module._fixture_grow(1));
      if (!memory.isShared) refuses(() => view[0], 'invalid_handle');
      if (!memory.isShared) refuses(() => floats[0], 'invalid_handle');
      const again = buffer.view();
      again[0] = 0x54;
      equal(buffer.text(), 'Text');
      buffer.reset();
      refuses(() => again[0], 'invalid_handle');
      refuses(() => { again[0] = 1; }, 'invalid_handle');
      buffer.write('more');
      equal(buffer.readFrom(() => 0), 0);
      const last = buffer.view();
      buffer.dispose();
      refuses(() => last.length, 'invalid_handle');
      const input = memory.from('two chunks');
      const stream = memory.stream(module._fixture_text(input.handle, 5));
      const first = stream.next();
      equal(memory.decode(first), 'two c');
      stream.next();
      refuses(() => first[0], 'invalid_handle');
      stream.dispose();
      input.dispose();
    },
  },
  {
    name: 'using disposes where the engine knows it',
    run({ memory }) {
      if (!Symbol.dispose) return 'no Symbol.dispose here';
      const buffer = memory.alloc(1);
      buffer[Symbol.dispose]();
      equal(buffer.handle, 0);
      return undefined;
    },
  },
];
