// The ways to get text that C++ makes into JavaScript, for bench/chunk_stream.mjs: in its own process,
// and here alone in a child: `node bench/text_ways.mjs FOLDER WAY BYTES TEXT` prints figures as JSON.
// TEXT is ascii or mixed, or the URL that a body is fetched from.
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { attach } from '../include/linmem/js/linmem.mjs';

const pieceBytes = 65536;

/**
 * Functions (bytes, first) that make the text in C++ and return its length as strings; they call
 * `first` when they have the first of it.
 *
 * @param {(name: string) => Promise<Function>} load of a module of the bench's build folder
 * @param {boolean} isMixed a third of the text's bytes is beyond ASCII; else none
 */
export async function textWays(load, isMixed) {
  const module = await (await load('chunk_stream_module'))();
  const memory = attach(module);
  const embind = await (await load('chunk_stream_embind_module'))();
  module._bench_use_mixed(isMixed ? 1 : 0);
  embind.useMixed(isMixed);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const atEnd = () => 0;

  const at = (address, bytes) => memory.view(address >>> 0, bytes);

  /** Calls `use` with the address of memory that `make` filled, and frees it. */
  const freed = (address, use) => {
    const text = use(address);
    module._bench_free(address);
    return text;
  };
  /** A way whose first text is all of it. */
  const atOnce = (make) => (bytes, first) => {
    const text = make(bytes);
    first();
    return text.length;
  };
  /** The text as a stream whose views `use` gets. */
  const streamed = (use) => (bytes, first) => {
    const stream = memory.stream(module._bench_stream(bytes), { source: atEnd });
    const answer = use(stream, first);
    stream.dispose();
    return answer;
  };
  /** As stream.text() does. */
  const text = (stream, first) => {
    let all = '';
    for (const view of stream) {
      all += memory.decode(view);
      first();
    }
    return all;
  };

  const ways = {
    // Made in one place and decoded in whole sequences: what the engine takes.
    limit: (bytes, first) => {
      let length = 0;
      for (let from = 0; from < bytes;) {
        const n = Math.min(pieceBytes, bytes - from);
        const piece = at(module._bench_piece(from, n), n);
        let end = n;
        while (from + n < bytes && (piece[end - 1] & 0xC0) === 0x80) --end;
        if (from + n < bytes && piece[end - 1] >= 0xC0) --end;
        length += decoder.decode(piece.subarray(0, end)).length;
        first();
        from += end;
      }
      return length;
    },
    'linmem, chunk by chunk': streamed((stream, first) => {
      let length = 0;
      for (const view of stream) {
        length += memory.decode(view).length;
        first();
      }
      return length;
    }),
    'linmem, one string': streamed((stream, first) => text(stream, first).length),
    'linmem, one flat string': streamed((stream, first) => {
      const all = text(stream, first);
      all.charCodeAt(all.length >> 1); // makes one piece of what was joined
      return all.length;
    }),
    'one TextDecoder': atOnce((bytes) => freed(module._bench_whole(bytes), (address) => decoder.decode(at(address, bytes)))),
    'UTF8ToString': atOnce((bytes) => freed(module._bench_whole(bytes), (address) => module.UTF8ToString(address))),
    'JSON': atOnce((bytes) => freed(module._bench_json(bytes), (address) => JSON.parse(module.UTF8ToString(address)).text)),
    'embind std::string': atOnce((bytes) => embind.whole(bytes)),
  };
  /** The first text only. */
  const firstText = (bytes) => {
    const stream = memory.stream(module._bench_stream(bytes), { source: atEnd });
    const { length } = memory.decode(stream.next());
    stream.dispose();
    return length;
  };
  const pages = (way) => (way.startsWith('embind') ? attach(embind).pages : memory.pages);
  return { ways, firstText, pages };
}

/** Functions (url, first) that get a body through a transform, or past it; they return bytes or text. */
export async function fetchWays(load) {
  const module = await (await load('chunk_stream_module'))();
  const memory = attach(module);
  const open = () => module._bench_copy();

  const read = async (readable, first, use) => {
    let size = 0;
    for await (const piece of readable) {
      size += use(piece);
      first();
    }
    return size;
  };
  const lengthOf = (piece) => piece.length;
  const piped = (use) => async (body, first) => {
    let size = 0;
    await memory.pipe(body, open, (view) => {
      size += use(view);
      first();
    });
    return size;
  };
  const whole = (f) => async (response, first) => {
    const text = await f(response);
    first();
    return text.length;
  };

  const body = (f) => async (url, first) => f((await fetch(url)).body, first);
  const response = (f) => async (url, first) => f(await fetch(url), first);
  const ways = {
    'limit': body((pieces, first) => read(pieces, first, lengthOf)),
    'linmem, bytes': body(piped(lengthOf)),
    'linmem, text': body(piped((view) => memory.decode(view).length)),
    'linmem, pipeThrough': body((pieces, first) => read(pieces.pipeThrough(memory.transform(open)), first, lengthOf)),
    'TextDecoderStream': body((pieces, first) => read(pieces.pipeThrough(new TextDecoderStream()), first, lengthOf)),
    'response.text()': response(whole((r) => r.text())),
    'arrayBuffer, TextDecoder': response(whole(async (r) => new TextDecoder().decode(await r.arrayBuffer()))),
  };
  return { ways, pages: () => memory.pages };
}

/** The figures of one way: three times small, then as asked for, beside what the process had before. */
async function row(folder, way, bytes, text) {
  const load = async (name) => (await import(pathToFileURL(path.join(folder, `${name}.mjs`)).href)).default;
  const isFetched = text.startsWith('http:');
  const { ways, pages } = isFetched ? await fetchWays(load) : await textWays(load, text === 'mixed');
  const run = (size, first) => ways[way](isFetched ? `${text}/${size}` : size, first);
  for (let i = 0; i < 3; ++i) await run(1e6, () => {});
  const before = process.memoryUsage.rss();
  const used = process.cpuUsage();
  const start = performance.now();
  // As in frame.mjs: less on the processor than on the clock means that others ran. But not where it
  // waits for a server.
  const since = () => {
    const onClock = performance.now() - start;
    const { user, system } = process.cpuUsage(used);
    return isFetched ? onClock : Math.min(onClock, (user + system) / 1000);
  };
  let first;
  const size = await run(bytes, () => { first ??= since(); });
  const total = since();
  console.log(JSON.stringify({
    first, total, size, pages: pages(way),
    resident: Math.max(0, process.resourceUsage().maxRSS * 1024 - before) / 1e6,
  }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, way, bytes, text] = process.argv.slice(2);
  await row(folder, way, Number(bytes), text);
}
