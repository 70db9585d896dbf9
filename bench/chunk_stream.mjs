// Text out of linear memory: as views of chunks, and as JavaScript strings.
//
// In place the text lies in a buffer: `limit, views` makes a view for each chunk whose end is known
// beforehand, nothing validated; `limit, text` decodes such chunks: what the engine takes. Made text is
// written by C++ as it is read (text_ways.mjs has the ways). What is large runs in processes of its
// own, one for each figure, in random order, so that the memory counted is that of one way.
import { execFile } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { attach } from '../include/linmem/js/linmem.mjs';
import { measure, rowsOf, shuffled } from './frame.mjs';
import { fetchWays, textWays } from './text_ways.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const folder = path.resolve(here, '..', process.env.LINMEM_BUILD ?? 'build/wasm', 'bench');
const childRounds = 5;
const large = 1063830 * 94; // 100 MB that end with a sentence

const sentence = 'Linear memory holds the text; the host wants it: déjà vu, ελληνικά, 漢字, 🚀. ';
const chunk = 65536;

/** Ends of the longest chunks that cut no sequence. */
function ends(bytes) {
  const out = [];
  for (let at = 0; at < bytes.length;) {
    let end = Math.min(at + chunk, bytes.length);
    while (end < bytes.length && (bytes[end] & 0xC0) === 0x80) --end;
    out.push(end);
    at = end;
  }
  return out;
}

async function* inPlace(load) {
  const module = await (await load('chunk_stream_module'))();
  const memory = attach(module);
  for (const [name, size] of [['1 KB', 1e3], ['64 KB', 64e3], ['1 MB', 1e6], ['16 MB', 16e6]]) {
    const text = sentence.repeat(Math.ceil(size / 92));
    const buffer = memory.from(text);
    const stream = memory.stream(module._bench_text(buffer.handle));
    const bytes = buffer.length;
    const boundaries = ends(buffer.view());
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const unit = size < 1e5 ? 'us' : 'ms';
    let sink = 0;

    yield {
      name: `views of ${name} in place`,
      unit: 'us',
      variants: {
        limit: () => {
          let at = 0;
          for (const end of boundaries) {
            sink += buffer.view(at, end - at).length;
            at = end;
          }
        },
        linmem: () => {
          stream.rewind();
          for (const view of stream) sink += view.length;
        },
        'copy of each chunk': () => {
          for (let at = 0; at < bytes; at += chunk) sink += buffer.view(at, Math.min(chunk, bytes - at)).slice().length;
        },
      },
    };

    const strings = {
      limit: () => {
        const view = buffer.view();
        let all = '';
        let at = 0;
        for (const end of boundaries) {
          all += decoder.decode(view.subarray(at, end));
          at = end;
        }
        return all;
      },
      linmem: () => {
        stream.rewind();
        return stream.text();
      },
      'one TextDecoder': () => decoder.decode(buffer.view()),
      'TextDecoder {stream}': () => {
        const view = buffer.view();
        const streaming = new TextDecoder('utf-8', { ignoreBOM: true });
        let all = '';
        for (let at = 0; at < bytes; at += chunk) {
          all += streaming.decode(view.subarray(at, at + chunk), { stream: true });
        }
        return all + streaming.decode();
      },
    };
    for (const [variant, run] of Object.entries(strings)) {
      if (run() !== text) throw new Error(`${variant} gives another text`);
    }
    yield {
      name: `text of ${name} in place`,
      unit,
      variants: Object.fromEntries(Object.entries(strings).map(([variant, run]) => [variant, () => { sink += run().length; }])),
    };
    stream.dispose();
    buffer.dispose();
  }
}

async function* made(load) {
  for (const text of ['ascii', 'mixed']) {
    const { ways, firstText } = await textWays(load, text === 'mixed');
    for (const [name, sentences] of [['1 KB', 11], ['64 KB', 681], ['1 MB', 10639]]) {
      const bytes = 94 * sentences;
      const expected = ways['one TextDecoder'](bytes, () => {});
      for (const [way, run] of Object.entries(ways)) {
        if (run(bytes, () => {}) !== expected) throw new Error(`${way} gives another length of text`);
      }
      const variants = Object.fromEntries(Object.entries(ways).map(([way, run]) => [way, () => run(bytes, () => {})]));
      if (name === '1 MB') variants['linmem, the first chunk'] = () => firstText(bytes);
      yield { name: `${name} of ${text} text made in C++, to strings`, unit: bytes < 1e5 ? 'us' : 'ms', variants };
    }
  }
}

/** Rows of ways that each run in a process of its own: time to the first, to all, and memory. */
async function* alone(name, ways, text) {
  const figures = new Map(ways.map((way) => [way, []]));
  for (let round = 0; round < childRounds; ++round) {
    for (const way of shuffled(ways)) {
      const { stdout } = await promisify(execFile)(process.execPath,
        [path.join(here, 'text_ways.mjs'), folder, way, String(large), text]);
      figures.get(way).push(JSON.parse(stdout));
    }
  }
  for (const [figure, unit] of [['total', 'ms'], ['first', 'ms'], ['resident', 'MB'], ['pages', 'pages']]) {
    const of = new Map([...figures].map(([way, all]) => [way, all.map((f) => f[figure])]));
    const rows = rowsOf('chunk_stream', `${name}, ${figure}`, unit, of);
    yield figure === 'total' ? rows : rows.map((row) => ({ ...row, ratio: null }));
  }
}

/** A server of the mixed text: /BYTES answers with that many bytes. */
async function serve() {
  const piece = Buffer.from(sentence.repeat(700));
  const server = http.createServer((request, response) => {
    let left = Number(request.url.slice(1));
    response.writeHead(200, { 'Content-Length': left, 'Content-Type': 'text/plain; charset=utf-8' });
    const write = () => {
      while (left > 0) {
        const n = Math.min(left, piece.length);
        left -= n;
        if (!response.write(piece.subarray(0, n))) {
          response.once('drain', write);
          return;
        }
      }
      response.end();
    };
    write();
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return server;
}

export async function* rows({ load }) {
  for await (const definition of inPlace(load)) yield measure('chunk_stream', definition);
  for await (const definition of made(load)) yield measure('chunk_stream', definition);
  for (const text of ['ascii', 'mixed']) {
    const { ways } = await textWays(load, text === 'mixed');
    yield* alone(`100 MB of ${text} text made in C++, to strings`, Object.keys(ways), text);
  }
  const server = await serve();
  const { ways } = await fetchWays(load);
  yield* alone('100 MB fetched', Object.keys(ways), `http://127.0.0.1:${server.address().port}`);
  server.close();
}
