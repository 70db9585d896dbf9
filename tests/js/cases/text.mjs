// The cases of text to and from memory, above all where the engine refuses views of it.
import { probe, TextCodec } from '../../../include/linmem/js/text.mjs';
import { equal, ok, refuses } from '../expect.mjs';
import { broken, bytesOf, sample } from '../inputs.mjs';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

const refusing = () => ({ decodes: false, encodes: false });

/** A codec that stages everything, and what it counted. */
function stagingCodec() {
  const counted = { bytes: 0 };
  return { codec: new TextCodec((n) => { counted.bytes += n; }, refusing), counted };
}

/** `bytes` bytes of shared memory; the page that is not isolated hides the class, not the thing. */
function sharedBytes(bytes) {
  const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  return new Uint8Array(buffer, 0, bytes);
}

/** True when `f` does what it says with a view of this memory. */
function does(f) {
  try {
    return f();
  } catch (e) {
    ok(e instanceof TypeError, 'an engine that refuses with a TypeError');
    return false;
  }
}

export const cases = [
  {
    name: 'the probe says of plain, shared and resizable memory what the engine really does',
    run() {
      const kinds = { plain: new Uint8Array(4), shared: sharedBytes(4) };
      if (ArrayBuffer.prototype.resize) kinds.resizable = new Uint8Array(new ArrayBuffer(4, { maxByteLength: 8 }));
      for (const [kind, view] of Object.entries(kinds)) {
        const { encodes, decodes } = probe(view.buffer);
        equal(encodes, does(() => encoder.encodeInto('text', view).written === 4), `encodes, ${kind}`);
        view.set(encoder.encode('text'));
        equal(decodes, does(() => decoder.decode(view) === 'text'), `decodes, ${kind}`);
      }
      equal(probe(new ArrayBuffer(1)).decodes, true);
      equal(probe(new ArrayBuffer(1)).encodes, true);
    },
  },
  {
    name: 'shared and resizable memory is decoded and encoded all the same, staged only where it must be',
    run() {
      const views = [sharedBytes(20)];
      if (ArrayBuffer.prototype.resize) views.push(new Uint8Array(new ArrayBuffer(20, { maxByteLength: 40 })));
      for (const view of views) {
        let staged = 0;
        const codec = new TextCodec((n) => { staged += n; });
        const { encodes, decodes } = probe(view.buffer);
        const done = codec.encodeInto('naïve 漢字 🚀', view);
        equal(done.read, 11);
        equal(done.written, 18);
        equal(staged, encodes ? 0 : 18);
        equal(codec.decode(view.subarray(0, 18)), 'naïve 漢字 🚀');
        equal(staged, (encodes ? 0 : 18) + (decodes ? 0 : 18));
      }
    },
  },
  {
    name: 'staged text is what TextDecoder makes of the whole, wherever the pieces end',
    run() {
      const { codec, counted } = stagingCodec();
      let bytes = 0;
      for (let shift = 0; shift < 8; ++shift) {
        for (const text of [sample, ...broken]) {
          // 65,536 bytes are staged at a time: the text lies across that border.
          const input = bytesOf('x'.repeat(65536 - shift), text, '|', text);
          equal(codec.decode(input), decoder.decode(input), `${text} at ${-shift}`);
          bytes += input.length;
        }
      }
      const continuations = new Uint8Array(70000).fill(0x80);
      equal(codec.decode(continuations), '\uFFFD'.repeat(70000));
      equal(codec.decode(new Uint8Array(0)), '');
      equal(counted.bytes, bytes + 70000);
    },
  },
  {
    name: 'staged encoding writes what encodeInto writes, cuts no character, and counts',
    run() {
      const texts = ['', 'a', 'é', '漢', '🚀', 'aé漢🚀', '\uD800', '\uDC00x', '\uD800\uD800\uDC00', `${'x'.repeat(65535)}🚀${sample}`];
      for (const text of texts) {
        for (const bytes of [0, 1, 2, 3, 4, 5, 10, 65534, 65536, 65539, 200000]) {
          const { codec, counted } = stagingCodec();
          const staged = new Uint8Array(bytes);
          const plain = new Uint8Array(bytes);
          const got = codec.encodeInto(text, staged);
          const expected = encoder.encodeInto(text, plain);
          equal(got.read, expected.read, 'read');
          equal(got.written, expected.written, 'written');
          equal(counted.bytes, expected.written, 'staged');
          equal(decoder.decode(staged), decoder.decode(plain));
        }
        equal(stagingCodec().codec.byteLength(text), encoder.encode(text).length);
      }
    },
  },
  {
    name: 'a memory whose views the engine refuses counts each byte of text as staged, once',
    run({ module, memory }) {
      memory.codec = new TextCodec((n) => { memory.ledger.staged += n; }, refusing);
      const before = memory.ledger.staged;
      const bytes = encoder.encode(sample).length;
      const buffer = memory.from(sample);
      equal(memory.ledger.staged - before, bytes, 'staged on the way in');
      equal(memory.ledger.copied_in, bytes);
      const stream = memory.stream(module._fixture_text(buffer.handle, 100));
      equal(stream.text(), sample);
      equal(memory.ledger.staged - before, 2 * bytes, 'staged on the way out');
      stream.dispose();
      buffer.dispose();
    },
  },
  {
    name: 'text is encoded straight into the room of a buffer: one copy, exactly counted',
    run({ memory }) {
      const buffer = memory.alloc(30);
      const { staged } = memory.ledger;
      equal(buffer.write('aé漢🚀'), 10);
      equal(buffer.write(''), 0);
      equal(buffer.write('\uD800'), 3, 'bytes of U+FFFD');
      equal(buffer.write('0123456789abcdefg'), 17, 'less than three times its length is free');
      equal(buffer.length, 30);
      equal(buffer.text(), 'aé漢🚀\uFFFD0123456789abcdefg');
      equal(memory.ledger.copied_in, 30);
      if (probe(memory.memory.buffer).encodes) equal(memory.ledger.staged, staged);
      buffer.dispose();
    },
  },
  {
    name: 'a text that does not fit is refused with the bytes it needs, and nothing is committed',
    run({ memory }) {
      const buffer = memory.alloc(20);
      buffer.write('kept');
      const long = '漢字🚀'.repeat(30000);
      refuses(() => buffer.write(long), 'limit_exceeded', { limit: 16, actual: 300000 });
      refuses(() => buffer.write('漢漢漢漢漢漢'), 'limit_exceeded', { limit: 16, actual: 18 });
      equal(buffer.length, 4);
      equal(buffer.room.length, 0, 'bytes reserved');
      equal(memory.ledger.copied_in, 4);
      equal(buffer.write('sixteen bytes...'), 16);
      refuses(() => buffer.write('é'), 'limit_exceeded', { limit: 0, actual: 2 });
      equal(buffer.text(), 'keptsixteen bytes...');
      buffer.dispose();
    },
  },
  {
    name: 'bytes of the memory itself are copied whole, though taking them grows the memory',
    run({ memory }) {
      const first = memory.from(sample);
      const second = memory.from(first.view()); // allocating may grow
      equal(second.text(), sample);
      const third = memory.alloc(sample.length * 3);
      third.write(second.view());
      equal(third.text(), sample);
      for (const buffer of [first, second, third]) buffer.dispose();
    },
  },
  {
    hostGrows: true,
    name: 'memory whose buffer is resizable: views stay as it grows, and what is new is seen',
    run({ module, memory }) {
      if (!memory.memory.toResizableBuffer) return 'WebAssembly.Memory has no toResizableBuffer here';
      const buffer = memory.from('before');
      const resizable = memory.memory.toResizableBuffer();
      equal(memory.memory.buffer, resizable);
      const kept = buffer.view();
      const { bytes, data, pages } = memory;
      memory.check(module._fixture_grow(2));
      equal(memory.pages, pages + 2);
      equal(memory.bytes, bytes, 'the same view of all');
      equal(memory.data, data);
      equal(bytes.length, 65536 * (pages + 2));
      equal(data.byteLength, bytes.length);
      equal(kept.length, 6);
      equal(memory.view(bytes.length - 4, 4).length, 4);
      const long = memory.from(sample.repeat(20));
      const stream = memory.stream(module._fixture_text(long.handle, 1000));
      equal(stream.text(), sample.repeat(20));
      equal(buffer.text(), 'before');
      const { decodes } = probe(resizable);
      ok(decodes ? memory.ledger.staged === 0 : memory.ledger.staged >= long.length, 'staged only where it must be');
      for (const x of [stream, long, buffer]) x.dispose();
      return undefined;
    },
  },
];
