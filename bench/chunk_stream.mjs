// Text out of linear memory: as views of chunks, and as a JavaScript string.
//
// limit, views   a view for each chunk whose end is known beforehand, nothing validated
// limit, text    decoding chunks of 64 KiB whose ends are known beforehand: what the engine takes
import { attach } from '../include/linmem/js/linmem.mjs';

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

export async function* cases(load) {
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
      name: `views of ${name}`,
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
      name: `text of ${name}`,
      unit,
      variants: Object.fromEntries(Object.entries(strings).map(([variant, run]) => [variant, () => { sink += run().length; }])),
    };
    stream.dispose();
    buffer.dispose();
  }
}
