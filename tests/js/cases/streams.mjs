// The cases of streams among the streams of the web: what goes in, what comes out, and who frees it.
import { equal, ok, refuses, rejects } from '../expect.mjs';
import { bytesOf, piecesOf, readerOf, sample } from '../inputs.mjs';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const bytes = encoder.encode(sample);

/** Lets everything that can go on without input go on. */
const settle = () => new Promise((resolve) => { setTimeout(resolve, 5); });

/** A ReadableStream of pieces of `data`, and what happened to it. */
function watched(data, piece) {
  const seen = { pulls: 0, cancelled: undefined, stream: undefined };
  let at = 0;
  seen.stream = new ReadableStream({
    pull(controller) {
      seen.pulls += 1;
      if (at >= data.length) return controller.close();
      controller.enqueue(data.slice(at, at + piece));
      at += piece;
      return undefined;
    },
    cancel(reason) { seen.cancelled = { reason }; },
  }, { highWaterMark: 0 });
  return seen;
}

/** All that a ReadableStream has, as text; unlike `new Response(readable).text()` with its own error. */
async function textOf(readable) {
  const streaming = new TextDecoder('utf-8', { ignoreBOM: true });
  const reader = readable.getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + streaming.decode();
    text += streaming.decode(value, { stream: true });
  }
}

async function caught(promise) {
  try {
    await promise;
  } catch (e) {
    return e;
  }
  throw new Error('expected a rejection');
}

/** A body as it comes from a server, where the page has one, and what is in it. */
async function served() {
  if (typeof document === 'undefined') return { response: new Response(bytes), text: sample };
  const text = await (await fetch(import.meta.url)).text();
  ok(text.includes('this very line'), 'a served file');
  return { response: await fetch(import.meta.url), text };
}

export const cases = [
  {
    name: 'a stream is a byte stream: a default reader gets copies of its own, counted',
    async run({ module, memory }) {
      const buffer = memory.from(sample);
      const readable = memory.stream(module._fixture_text(buffer.handle, 100)).readable();
      const reader = readable.getReader();
      let all = '';
      let last;
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        ok(value.length > 0 && value.length <= 100, 'a chunk');
        ok(value.buffer !== last && value.buffer !== memory.memory.buffer, 'a buffer of its own');
        last = value.buffer;
        all += decoder.decode(value);
      }
      equal(all, sample);
      equal(memory.ledger.copied_out, bytes.length);
      equal(memory.ledger.streams, 0, 'streams after the end');
      buffer.dispose();
    },
  },
  {
    name: 'a reader that brings its buffer has it filled, whatever its size: one copy, counted',
    async run({ module, memory }) {
      const buffer = memory.from(sample);
      for (const size of [1, 7, 100, 65536]) {
        const before = memory.ledger.copied_out;
        const input = size === 1 ? memory.from(sample.slice(0, 200)) : buffer;
        const reader = memory.stream(module._fixture_text(input.handle, 64)).readable().getReader({ mode: 'byob' });
        const parts = [];
        let room = new ArrayBuffer(size);
        for (;;) {
          const { done, value } = await reader.read(new Uint8Array(room));
          room = value.buffer;
          equal(room.byteLength, size, 'the buffer that was brought');
          if (done) break;
          ok(value.length > 0, 'bytes');
          parts.push(...value);
        }
        equal(decoder.decode(Uint8Array.from(parts)), size === 1 ? sample.slice(0, 200) : sample);
        equal(memory.ledger.copied_out - before, parts.length);
        if (input !== buffer) input.dispose();
      }
      equal(memory.ledger.streams, 0);
      buffer.dispose();
    },
  },
  {
    name: 'elements wider than a byte are filled across chunks; a rest that fills none is an error',
    async run({ module, memory }) {
      for (const length of [10, 11]) {
        const buffer = memory.from('abcdefghijk'.slice(0, length));
        const reader = memory.stream(module._fixture_text(buffer.handle, 5)).readable().getReader({ mode: 'byob' });
        const units = [];
        const read = async () => {
          for (;;) {
            const { done, value } = await reader.read(new Uint16Array(3));
            if (done) return;
            units.push(...value);
          }
        };
        if (length === 10) await read(); else ok(await caught(read()) instanceof TypeError, 'a TypeError');
        equal(String.fromCharCode(...units.flatMap((u) => [u & 255, u >> 8])), 'abcdefghij');
        equal(memory.ledger.streams, 0);
        buffer.dispose();
      }
    },
  },
  {
    name: 'a reader that wants a minimum gets it across chunks, where the engine knows of it',
    async run({ module, memory }) {
      const buffer = memory.from(sample);
      const reader = memory.stream(module._fixture_text(buffer.handle, 64)).readable().getReader({ mode: 'byob' });
      const first = await reader.read(new Uint8Array(300), { min: 200 });
      ok(first.value.length >= 200 || first.value.length <= 64, `the minimum, or one chunk: ${first.value.length}`);
      const second = await reader.read(new Uint8Array(1));
      equal(decoder.decode(bytesOf(first.value, second.value)), decoder.decode(bytes.slice(0, first.value.length + 1)));
      await reader.cancel();
      buffer.dispose();
    },
  },
  {
    name: 'an empty stream closes at once, for either reader',
    async run({ module, memory }) {
      equal(await memory.stream(module._fixture_copy(64, 64), { source: new Response(null) }).textAsync(), '');
      const open = () => memory.stream(module._fixture_copy(64, 64), { source: [] }).readable();
      equal((await open().getReader().read()).done, true);
      const { done, value } = await open().getReader({ mode: 'byob' }).read(new Uint8Array(5));
      equal(done, true);
      equal(value.buffer.byteLength, 5);
      equal(memory.ledger.streams, 1, 'but for the first');
    },
  },
  {
    name: 'nothing is pulled before somebody reads, and at most one chunk ahead of what is asked for',
    async run({ module, memory }) {
      for (const [highWaterMark, ahead] of [[0, 0], [1, 1], [100, 1], [101, 2]]) {
        const input = watched(new Uint8Array(1000).fill(0x61), 100);
        // Pieces, room and chunks are 100 bytes; of a full chunk the last bytes wait for the next piece.
        const stream = memory.stream(module._fixture_copy(100, 100), { source: input.stream });
        const readable = stream.readable({ highWaterMark });
        await settle();
        equal(stream.chunks, ahead, `chunks before the first read, ${highWaterMark} bytes ahead`);
        const reader = readable.getReader();
        await reader.read();
        await settle();
        equal(stream.chunks, 1 + ahead, 'chunks after one read');
        ok(input.pulls <= 2 + ahead, `pulls of the source: ${input.pulls}`);
        await reader.cancel();
      }
      refuses(() => memory.stream(module._fixture_copy(64, 64), { source: [] }).readable({ highWaterMark: -1 }), 'invalid_argument');
    },
  },
  {
    name: 'cancelling a readable frees the stream and cancels its source with the reason',
    async run({ module, memory }) {
      const input = watched(bytes, 100);
      const reader = memory.stream(module._fixture_copy(64, 64), { source: input.stream }).readable().getReader();
      await reader.read();
      await reader.cancel('enough');
      equal(input.cancelled.reason, 'enough');
      equal(memory.ledger.streams, 0);
      const untouched = watched(bytes, 100);
      await memory.stream(module._fixture_copy(64, 64), { source: untouched.stream }).readable().cancel();
      ok(untouched.cancelled, 'the source of one that was never read');
      equal(untouched.pulls, 0);
      equal(memory.ledger.streams, 0);
    },
  },
  {
    name: 'a stream that a ReadableStream reads goes on for nobody else, until it is disposed',
    async run({ module, memory }) {
      const stream = memory.stream(module._fixture_copy(64, 64), { source: piecesOf(bytes, 50) });
      const reader = stream.readable().getReader();
      await reader.read();
      for (const f of [() => stream.next(), () => stream.text(), () => stream.rewind(), () => stream.readable()]) refuses(f, 'leased');
      await rejects(stream.nextAsync(), 'leased');
      equal(stream.chunks, 1);
      stream.dispose();
      await rejects(reader.read(), 'closed');
      equal(memory.ledger.streams, 0);
    },
  },
  {
    name: 'tee gives both branches everything',
    async run({ module, memory }) {
      const stream = memory.stream(module._fixture_copy(64, 64), { source: new Blob([bytes]) });
      const [a, b] = stream.readable().tee();
      const texts = await Promise.all([textOf(a), textOf(b)]);
      equal(texts[0], sample);
      equal(texts[1], sample);
      equal(memory.ledger.streams, 0);
    },
  },
  {
    name: 'a failure in the middle reaches the reader once, after what came before, and frees all',
    async run({ module, memory }) {
      const input = watched(encoder.encode('x'.repeat(50)), 4);
      const stream = memory.stream(module._fixture_failing(), { source: input.stream });
      const reader = stream.readable().getReader();
      equal(decoder.decode((await reader.read()).value), 'xxxxxxxxxx');
      const first = await rejects(reader.read(), 'limit_exceeded', { limit: 10, actual: 11 });
      equal(input.cancelled.reason, first, 'the reason that the source is told');
      equal(await caught(reader.closed), first);
      equal(memory.ledger.streams, 0);
      equal(stream.figures.position, 10);
    },
  },
  {
    name: 'input that fails passes its own error on and frees the stream',
    async run({ module, memory }) {
      const own = new RangeError('own');
      const sources = [
        async function* generator() { yield bytes.slice(0, 10); throw own; },
        function* atOnce() { yield bytes.slice(0, 10); throw own; },
        () => new ReadableStream({ pull(c) { c.error(own); } }),
      ];
      for (const source of sources) {
        const stream = memory.stream(module._fixture_copy(64, 64), { source: source() });
        equal(await caught(stream.textAsync()), own);
        refuses(() => stream.next(), 'invalid_handle');
        equal(memory.ledger.streams, 0);
        const readable = memory.stream(module._fixture_copy(64, 64), { source: source() }).readable();
        equal(await caught(textOf(readable)), own);
        equal(memory.ledger.streams, 0);
      }
      const failing = memory.stream(module._fixture_copy(64, 64), { source: () => { throw own; } });
      let thrown;
      try { failing.next(); } catch (e) { thrown = e; }
      equal(thrown, own);
      equal(memory.ledger.streams, 0);
      const nonsense = watched(bytes, 10);
      const numbers = nonsense.stream.pipeThrough(new TransformStream({ transform(_, c) { c.enqueue(5); } }));
      await rejects(memory.stream(module._fixture_copy(64, 64), { source: numbers }).textAsync(), 'invalid_argument');
      await settle();
      ok(nonsense.cancelled, 'a source of nonsense is cancelled');
      equal(memory.ledger.streams, 0);
    },
  },
  {
    name: 'a stream that could not be made with its source leaves nothing behind',
    run({ module, memory }) {
      refuses(() => memory.stream(module._fixture_copy(64, 64), { source: null }), 'invalid_argument');
      refuses(() => memory.stream(module._fixture_copy(64, 64), { source: [], total: -1 }), 'invalid_argument');
      refuses(() => memory.transform(() => module._fixture_copy(3, 64)), 'invalid_argument', { limit: 4, actual: 3 });
      refuses(() => memory.transform(0), 'invalid_argument');
      equal(memory.ledger.streams, 0);
    },
  },
  {
    name: 'two waits at a time are refused, and the first one is not disturbed',
    async run({ module, memory }) {
      let begin;
      const begun = new Promise((resolve) => { begin = resolve; });
      const late = async function* () {
        await begun;
        yield* piecesOf(bytes, 64);
      };
      const stream = memory.stream(module._fixture_copy(64, 64), { source: late() });
      const first = stream.nextAsync();
      await rejects(stream.nextAsync(), 'leased');
      await rejects(stream.pipeTo(() => {}), 'leased');
      refuses(() => stream.next(), 'leased');
      begin();
      let joined = decoder.decode((await first).slice(), { stream: true });
      for await (const view of stream) joined += decoder.decode(view.slice());
      equal(joined, sample);
      stream.dispose();
      const piped = memory.stream(module._fixture_copy(64, 64), { source: piecesOf(bytes, 64) });
      let sunk = '';
      await piped.pipeTo((view) => {
        refuses(() => piped.next(), 'leased');
        sunk += decoder.decode(view.slice(), { stream: true });
      });
      equal(sunk, sample);
    },
  },
  {
    name: 'leaving a loop that waits cancels the source and frees the stream',
    async run({ module, memory }) {
      let isReleased = false;
      async function* generator() {
        try {
          yield* piecesOf(bytes, 100);
        } finally {
          isReleased = true;
        }
      }
      for await (const view of memory.stream(module._fixture_copy(64, 64), { source: generator() })) {
        ok(view.length > 0, 'a chunk');
        break;
      }
      await settle();
      ok(isReleased, 'the generator ran to its end');
      const input = watched(bytes, 100);
      try {
        for await (const view of memory.stream(module._fixture_copy(64, 64), { source: input.stream })) throw view.length;
      } catch (n) {
        ok(n > 0, 'the error of the loop');
      }
      ok(input.cancelled && !input.stream.locked, 'the stream is cancelled and free');
      equal(memory.ledger.streams, 0);
    },
  },
  {
    name: 'disposing a stream that waits ends the wait and cancels the source',
    async run({ module, memory }) {
      const seen = {};
      const never = new ReadableStream({ cancel(reason) { seen.reason = reason; } });
      const stream = memory.stream(module._fixture_copy(64, 64), { source: never });
      const waiting = stream.nextAsync();
      await settle();
      stream.dispose('gone');
      await rejects(waiting, 'invalid_handle');
      equal(seen.reason, 'gone');
      equal(memory.ledger.streams, 0);
    },
  },
  {
    name: 'bytes that come while the memory grows land where they belong',
    async run({ module, memory }) {
      async function* growing() {
        for await (const piece of piecesOf(bytes, 50)) {
          await settle();
          if (memory.pages < 900) memory.check(module._fixture_grow(1));
          yield piece;
        }
      }
      const short = bytes.slice(0, 500);
      for (const source of [growing(), piecesOf(bytes, 50)]) {
        const stream = memory.stream(module._fixture_growing(64), { source });
        equal(await stream.textAsync(), sample);
        stream.dispose();
      }
      // A reader that grows what it reads into: nothing is lost unnoticed.
      const reader = (view) => {
        memory.check(module._fixture_grow(1));
        if (view.length > 0) view[0] = short[0];
        return 1;
      };
      const stream = memory.stream(module._fixture_copy(64, 64), { source: reader });
      if (!memory.isShared) refuses(() => stream.next(), 'corrupt');
      stream.dispose();
    },
  },
  {
    name: 'views of the memory itself feed another stream, though each step grows the memory',
    async run({ module, memory }) {
      const buffer = memory.from(sample);
      const first = memory.stream(module._fixture_text(buffer.handle, 1000));
      const second = memory.stream(module._fixture_growing(64), { source: first });
      equal(await second.textAsync(), sample);
      for (const x of [second, first, buffer]) x.dispose();
    },
  },
  {
    name: 'a transform stands in a pipe: pieces of any size give the same bytes',
    async run({ module, memory }) {
      for (const piece of [1, 7, 65536]) {
        const data = piece === 1 ? bytes.slice(0, 300) : bytes;
        const { ledger } = memory;
        const before = { in: ledger.copied_in, out: ledger.copied_out };
        const text = await textOf(watched(data, piece).stream.pipeThrough(memory.transform(() => module._fixture_copy(64, 64))));
        equal(text, decoder.decode(data));
        equal(ledger.copied_in - before.in, data.length);
        equal(ledger.copied_out - before.out, encoder.encode(text).length);
        equal(ledger.streams, 0);
      }
    },
  },
  {
    name: 'the body of a response goes through transforms, one behind the other', // and this very line
    async run({ module, memory }) {
      const { response, text } = await served();
      const through = response.body
        .pipeThrough(memory.transform(() => module._fixture_copy(4096, 4096)))
        .pipeThrough(memory.transform(module._fixture_copy(100, 64)));
      equal(await textOf(through), text);
      equal(memory.ledger.streams, 0);
    },
  },
  {
    name: 'a write into a transform is over when it is copied, and waits until the other end is read',
    async run({ module, memory }) {
      const { readable, writable } = memory.transform(() => module._fixture_copy(10, 10));
      const writer = writable.getWriter();
      const piece = encoder.encode('0123456789abcdefghij');
      let isOver = false;
      const written = writer.write(piece).then(() => { isOver = true; });
      await settle();
      equal(isOver, false, 'over before a read');
      equal(writer.desiredSize, 0);
      const reader = readable.getReader();
      equal(decoder.decode((await reader.read()).value), '0123456789');
      await settle();
      equal(isOver, false, 'over while half of it is left');
      const rest = reader.read();
      await written;
      piece.fill(0); // it is the writer's again
      const closed = writer.close();
      equal(decoder.decode((await rest).value), 'abcdefghij');
      equal((await reader.read()).done, true);
      await closed;
      equal(memory.ledger.streams, 0);
    },
  },
  {
    name: 'aborting the one end of a transform fails the other and frees the stream',
    async run({ module, memory }) {
      for (const isWaiting of [false, true]) {
        const { readable, writable } = memory.transform(() => module._fixture_copy(10, 10));
        const writer = writable.getWriter();
        writer.closed.catch(() => {});
        if (isWaiting) writer.write(bytes).catch(() => {});
        await writer.abort('no more');
        equal(await caught(readable.getReader().read()), 'no more');
        equal(memory.ledger.streams, 0);
      }
    },
  },
  {
    name: 'cancelling the other end of a transform fails its writes and cancels what pipes into it',
    async run({ module, memory }) {
      const { readable, writable } = memory.transform(() => module._fixture_copy(10, 10));
      const writer = writable.getWriter();
      const written = writer.write(bytes);
      const reader = readable.getReader();
      await reader.read();
      await reader.cancel('enough');
      equal(await caught(written), 'enough');
      equal(await caught(writer.closed), 'enough');
      equal(memory.ledger.streams, 0);
      const input = watched(bytes, 100);
      const through = input.stream.pipeThrough(memory.transform(() => module._fixture_copy(64, 64)));
      await through.cancel('enough');
      await settle();
      equal(input.cancelled.reason, 'enough');
      equal(memory.ledger.streams, 0);
    },
  },
  {
    name: 'a failing transform fails both ends with the same error and frees the stream',
    async run({ module, memory }) {
      const input = watched(encoder.encode('x'.repeat(50)), 4);
      const through = input.stream.pipeThrough(memory.transform(() => module._fixture_failing()));
      const e = await rejects(textOf(through), 'limit_exceeded', { limit: 10, actual: 11 });
      await settle();
      equal(input.cancelled.reason, e);
      equal(memory.ledger.streams, 0);
      const { readable, writable } = memory.transform(() => module._fixture_copy(10, 10));
      const writer = writable.getWriter();
      const read = rejects(readable.getReader().read(), 'invalid_argument');
      await rejects(writer.write(5), 'invalid_argument');
      await read;
      await rejects(writer.closed, 'invalid_argument');
      equal(memory.ledger.streams, 0);
    },
  },
  {
    name: 'pipe goes through a window that does not grow, into a function, a stream, or a reader',
    async run({ module, memory }) {
      const long = sample.repeat(100);
      const data = encoder.encode(long);
      const open = () => module._fixture_copy(4096, 1000);
      let all = '';
      const figures = await memory.pipe(watched(data, 5000).stream, open, async (view) => {
        all += memory.decode(view);
        await null;
      });
      equal(all, long);
      equal(figures.consumed, data.length);
      equal(figures.position, data.length);
      equal(figures.replaced, 0);
      const { pages } = memory;
      let written = '';
      const sink = new WritableStream({ write(chunk) { written += decoder.decode(chunk); } });
      const again = await memory.pipe(new Blob([data]), open, sink);
      equal(written, long);
      const read = new Blob([data]).stream();
      equal(await textOf(memory.pipe(read, open)), long);
      equal(read.locked, false, 'a source that was read to its end');
      equal(again.position, data.length);
      equal(await textOf(memory.pipe(readerOf(data), open)), long);
      if (memory.pages < 500) equal(memory.pages, pages, 'pages');
      equal(memory.stream(open(), { source: [] }).window, 1000);
      equal(memory.ledger.streams, 1);
    },
  },
  {
    name: 'a sink that fails cancels the source with its error and frees the stream',
    async run({ module, memory }) {
      const own = new RangeError('own');
      const open = () => module._fixture_copy(64, 64);
      for (const sink of [() => { throw own; }, async () => { throw own; }, new WritableStream({ write() { throw own; } })]) {
        const input = watched(bytes, 100);
        equal(await caught(memory.pipe(input.stream, open, sink)), own);
        await settle();
        equal(input.cancelled.reason, own);
        equal(memory.ledger.streams, 0);
      }
      let reason;
      const sink = new WritableStream({ abort(r) { reason = r; } });
      const e = await rejects(memory.pipe(readerOf(bytes), () => module._fixture_failing(), sink), 'limit_exceeded');
      equal(reason, e, 'what the sink is told');
      equal(memory.ledger.streams, 0);
    },
  },
  {
    name: 'figures of a stream that freed itself stay; of one that was disposed there are none',
    async run({ module, memory }) {
      const buffer = memory.from(bytesOf('ab', [0xFF]));
      const stream = memory.stream(module._fixture_text(buffer.handle, 64));
      equal(stream.figures.progress, 0);
      await stream.pipeTo(() => {});
      const { chunks, position, consumed, total, progress, replaced } = stream.figures;
      equal([chunks, position, consumed, total, progress, replaced].join(), '1,5,3,3,1,1');
      refuses(() => stream.position, 'invalid_handle');
      const disposed = memory.stream(module._fixture_text(buffer.handle, 64));
      disposed.dispose();
      refuses(() => disposed.figures, 'invalid_handle');
      buffer.dispose();
    },
  },
];
