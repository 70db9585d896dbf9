// probe.mjs - what the engine can do, found out by modules that do it and by real calls.
//
// Each module is assembled below byte by byte, and its function `f` gives 42 by way of the feature:
// an engine that accepts the bytes and computes something else does not have it either.

/** One section: its number, its length (below 128) and its bytes. */
const section = (id, bytes) => [id, bytes.length, ...bytes];

/** A module; `code` holds the instructions of its functions, all of them () -> i32. */
function assemble({ memory, tag = false, code }) {
  return Uint8Array.from([
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // "\0asm", version 1
    // Types: 0 is () -> i32, and 1 is () -> (), for a tag.
    ...section(0x01, [tag ? 2 : 1, 0x60, 0x00, 0x01, 0x7f, ...(tag ? [0x60, 0x00, 0x00] : [])]),
    ...section(0x03, [code.length, ...code.map(() => 0x00)]), // functions, each of type 0
    ...(memory ? section(0x05, [0x01, ...memory]) : []), // one memory: flags, pages, maximum
    ...(tag ? section(0x0d, [0x01, 0x00, 0x01]) : []), // one tag: attribute 0, type 1
    ...section(0x07, [
      memory ? 2 : 1, // exports:
      0x01, 0x66, 0x00, 0x00, // "f", function 0
      ...(memory ? [0x01, 0x6d, 0x02, 0x00] : []), // "m", memory 0
    ]),
    ...section(0x0a, [
      code.length, // bodies: length, no locals, instructions, end
      ...code.flatMap((instructions) => [instructions.length + 2, 0x00, ...instructions, 0x0b]),
    ]),
  ]);
}

/** The module of each feature that is one of the instruction set. */
export const featureModules = {
  simd: assemble({
    code: [[
      0x41, 0x2a, //       i32.const 42
      0xfd, 0x11, //       i32x4.splat
      0xfd, 0x1b, 0x03, // i32x4.extract_lane 3
    ]],
  }),
  threads: assemble({
    memory: [0x03, 0x01, 0x01], // shared and with a maximum; 1 page, at most 1
    code: [[
      0x41, 0x00, //             i32.const 0
      0x41, 0x2a, //             i32.const 42
      0xfe, 0x17, 0x02, 0x00, // i32.atomic.store, aligned to 2^2, offset 0
      0x41, 0x00, //             i32.const 0
      0xfe, 0x10, 0x02, 0x00, // i32.atomic.load
    ]],
  }),
  bulkMemory: assemble({
    memory: [0x00, 0x01], // 1 page
    code: [[
      0x41, 0x00, //       i32.const 0: where
      0x41, 0x2a, //       i32.const 42: what
      0x41, 0x01, //       i32.const 1: how often
      0xfc, 0x0b, 0x00, // memory.fill of memory 0
      0x41, 0x00, //       i32.const 0
      0x2d, 0x00, 0x00, // i32.load8_u
    ]],
  }),
  memory64: assemble({
    memory: [0x04, 0x01], // addressed by i64; 1 page
    code: [[
      0x42, 0x00, //       i64.const 0
      0x41, 0x2a, //       i32.const 42
      0x36, 0x02, 0x00, // i32.store
      0x42, 0x00, //       i64.const 0
      0x28, 0x02, 0x00, // i32.load
    ]],
  }),
  exceptions: assemble({ // those of -fwasm-exceptions by default
    tag: true,
    code: [[
      0x06, 0x7f, // try, giving an i32
      0x08, 0x00, //   throw tag 0
      0x07, 0x00, // catch tag 0
      0x41, 0x2a, //   i32.const 42
      0x0b, //       end
    ]],
  }),
  exnref: assemble({ // those of the standard
    tag: true,
    code: [[
      0x02, 0x40, //                         block
      0x1f, 0x40, 0x01, 0x00, 0x00, 0x00, //   try_table: one clause, catch tag 0, to the block's end
      0x08, 0x00, //                             throw tag 0
      0x0b, //                                 end
      0x41, 0x00, 0x0f, //                     i32.const 0, return
      0x0b, //                               end
      0x41, 0x2a, //                         i32.const 42
    ]],
  }),
  tailCalls: assemble({
    code: [
      [0x12, 0x01], // return_call function 1
      [0x41, 0x2a], // i32.const 42
    ],
  }),
};

/** The exports of `bytes` when the engine accepts them and `f` gives 42. */
function run({ WebAssembly }, bytes) {
  if (!WebAssembly.validate(bytes)) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  return exports.f() === 42 ? exports : undefined;
}

/** A shared memory can be handed to a worker: not so on a page that is not cross-origin isolated. */
function canShare({ SharedArrayBuffer, MessageChannel }, { buffer }) {
  if (!SharedArrayBuffer || !(buffer instanceof SharedArrayBuffer)) return false;
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(buffer);
    return true;
  } finally {
    port1.close();
    port2.close();
  }
}

/** A buffer of a memory grows with it in place. */
function resizes({ WebAssembly }) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
  const buffer = memory.toResizableBuffer();
  memory.grow(1);
  return buffer.resizable === true && buffer.byteLength === 2 * 65536;
}

/** What throws is not there. */
function attempt(f) {
  try {
    return Boolean(f());
  } catch {
    return false;
  }
}

/** True where text is decoded from and encoded into shared memory: browsers refuse, Node does not. */
function decodesShared({ SharedArrayBuffer, TextDecoder, TextEncoder }) {
  return attempt(() => {
    const view = new Uint8Array(new SharedArrayBuffer(1));
    return new TextDecoder().decode(view) === '\0' && new TextEncoder().encodeInto('a', view).written === 1;
  });
}

let found;

/**
 * What this engine can do: {simd, threads, bulkMemory, memory64, exceptions, exnref, tailCalls, resizable,
 * decodesShared}, each true or false. `threads` is false where shared memory cannot be handed to a worker.
 * Found out once; pass the globals of another engine to ask about those.
 */
export function probe(engine = globalThis) {
  if (engine === globalThis && found) return found;
  const features = Object.freeze({
    ...Object.fromEntries(Object.entries(featureModules).map(([name, bytes]) => [name, attempt(() => {
      const exports = run(engine, bytes);
      return exports && (name !== 'threads' || canShare(engine, exports.m));
    })])),
    resizable: attempt(() => resizes(engine)),
    decodesShared: decodesShared(engine),
  });
  if (engine === globalThis) found = features;
  return features;
}
