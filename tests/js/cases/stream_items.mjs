// The cases of metadata and items: tables, images and others, by kind and interleaved with the text.
import { StreamItem } from '../../../include/linmem/js/linmem.mjs';
import { equal, ok, refuses, rejects } from '../expect.mjs';

const text = '[m{"title":"t"}]one [t1][i2]two \u{1F680}[t4]three[o5]';
const expected = 'one [table 1][image 2]two \u{1F680}[table 4]three[other 5]';

function open({ module, memory }, source = text, chunk = 8, limit = 1 << 20) {
  const buffer = memory.from(source);
  return { buffer, stream: memory.stream(module._fixture_items(buffer.handle, chunk, limit)) };
}

const payload = (memory, item) => memory.decode(item.bytes);

/** A part as text; items with their kind and payload in brackets. */
const shown = (memory, part) => (part instanceof StreamItem
  ? `[${part.kind} ${payload(memory, part)}]` : memory.decode(part));

function joined(memory, stream) {
  let all = '';
  for (const part of stream.parts()) all += shown(memory, part);
  return all;
}

export const cases = [
  {
    name: 'parts are text and items, in order, at every chunk size',
    run(context) {
      const { memory } = context;
      for (const chunk of [4, 5, 7, 16, 65536]) {
        const { buffer, stream } = open(context, text, chunk);
        equal(joined(memory, stream), expected);
        equal(stream.progress, 1);
        equal(stream.remaining, 0);
        stream.dispose();
        buffer.dispose();
      }
    },
  },
  {
    name: 'items are pulled by kind, each once, with all that is known of them',
    run(context) {
      const { memory } = context;
      const { stream } = open(context);
      equal(stream.metadata, undefined, 'nothing is read yet');
      equal([...stream.items()].length, 0);
      equal(stream.text(), 'one two \u{1F680}three');
      equal(stream.metadata.title, 't');
      const tables = [...stream.items('table')];
      equal(tables.map((i) => payload(memory, i)).join(), '1,4');
      const [image] = stream.items('image');
      equal(image.kind, 'image');
      equal(image.name, 'name');
      equal(image.type, 'text/plain');
      equal(image.position, 4);
      equal(image.index, 1);
      equal([...stream.items('table')].length, 0, 'each once');
      equal([...stream.items()].map((i) => i.index).join(), '0,1,2,3');
      refuses(() => [...stream.items('figure')], 'invalid_argument');
    },
  },
  {
    name: 'raw bytes and base64 of an item are the same bytes',
    run(context) {
      const { memory } = context;
      const bytes = Array.from({ length: 100_000 }, (_, i) => 'abc'.charCodeAt(i % 3) + (i % 7)).map((c) =>
        String.fromCharCode(c)).join('');
      for (const length of [0, 1, 2, 3, 100_000]) {
        const { buffer, stream } = open(context, `[i${bytes.slice(0, length)}]`, 65536);
        equal(stream.text(), '');
        const [image] = stream.items('image');
        equal(image.bytes.length, length);
        equal(atob(image.base64()), memory.decode(image.bytes));
        equal(image.base64().length, 4 * Math.ceil(length / 3));
        stream.dispose();
        buffer.dispose();
      }
    },
  },
  {
    name: 'rewind forgets items and metadata, and what was handed out says so',
    run(context) {
      const { memory } = context;
      const { stream } = open(context);
      equal(joined(memory, stream), expected);
      const [table] = stream.items('table');
      stream.rewind();
      refuses(() => table.bytes, 'invalid_handle');
      equal(stream.metadata, undefined);
      equal([...stream.items('table')].length, 0);
      equal(joined(memory, stream), expected);
      const [again] = stream.items('table');
      equal(payload(memory, again), '1');
      stream.dispose();
      refuses(() => again.base64(), 'invalid_handle');
      refuses(() => stream.metadata, 'invalid_handle');
      refuses(() => [...stream.items()], 'invalid_handle');
    },
  },
  {
    name: 'an item outlives growth: its view is made anew',
    run(context) {
      const { memory, module } = context;
      const { stream } = open(context);
      stream.text();
      const [table] = stream.items('table');
      module._fixture_grow(1);
      equal(payload(memory, table), '1');
    },
  },
  {
    name: 'items beyond their limit are an error with both numbers, after the text before',
    run(context) {
      const { stream } = open(context, `before[i${'x'.repeat(5000)}]after`, 64, 4096);
      let all = '';
      const e = refuses(() => {
        for (const part of stream.parts()) all += context.memory.decode(part);
      }, 'limit_exceeded');
      equal(all, 'before');
      equal(e.limit, 4096);
      ok(e.actual > 5000, 'the bytes asked for');
      equal(stream.next(), null, 'closed');
    },
  },
  {
    name: 'a fed stream gives its parts when its source waits',
    async run({ module, memory }) {
      const pieces = async function* pieces(bytes) {
        for (let at = 0; at < bytes.length; at += 5) yield bytes.slice(at, at + 5);
      };
      const source = pieces(new TextEncoder().encode(text));
      const stream = memory.stream(module._fixture_items_fed(8), { source });
      let all = '';
      for await (const part of stream.partsAsync()) all += shown(memory, part);
      equal(all, expected);
      const failing = memory.stream(module._fixture_items_fed(8), { source: new Blob(['a[f]']) });
      await rejects((async () => { for await (const part of failing.partsAsync()) equal(shown(memory, part), 'a'); })(),
        'invalid_data');
    },
  },
];
