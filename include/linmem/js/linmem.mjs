// linmem.mjs - the JavaScript half of linmem: a plain ES module with no dependency.
//
//   import { attach } from './linmem.mjs';
//   const memory = attach(module);                  // an Emscripten Module or a WebAssembly.Instance
//   using buffer = memory.alloc(1 << 20);
//   buffer.readFrom(fs.openSync('page.html'));      // straight into linear memory, no copy
//   using stream = memory.stream(module._page_open(buffer.handle));
//   for (const view of stream) process.stdout.write(view);
//
// Views. Every view handed out is made from the memory as it is at that moment. It is valid until
// the memory grows or, for a chunk, until the next one; ask again instead of keeping it. Offsets of
// everything read here come from tables in the module, read once by attach().

/** The only error this module throws for what it or the module refuses. */
export class LinmemError extends Error {
  /** @param {string} code one of the codes in the module's table, for example 'limit_exceeded' */
  constructor(code, subject, limit = 0, actual = 0) {
    const hasLimit = limit || code === 'limit_exceeded' || code === 'out_of_range';
    const numbers = hasLimit ? `: limit ${limit}, got ${actual}` : actual ? `: ${actual}` : '';
    super(`${code.replaceAll('_', ' ')}: ${subject}${numbers}`);
    this.name = 'LinmemError';
    this.code = code;
    this.subject = subject;
    this.limit = limit;
    this.actual = actual;
  }
}

const supportedLayout = 1;
const maxCount = 2 ** 32 - 1;
const word = 2 ** 32;

/** Numbers that C++ will see as unsigned are checked before they wrap. */
function checkCount(value, subject, most = maxCount) {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw new LinmemError('invalid_argument', `${subject}, which is no count: ${String(value)}`);
  }
  if (value > most) throw new LinmemError('out_of_range', subject, most, value);
  return value;
}

/** How the fields of a block are read and written; the keys are field_type in layout.hpp. */
const fieldTypes = {
  1: { get: (v, at) => v.getUint8(at), set: (v, at, x) => v.setUint8(at, x) },
  2: { get: (v, at) => v.getUint16(at, true), set: (v, at, x) => v.setUint16(at, x, true) },
  3: { get: (v, at) => v.getUint32(at, true), set: (v, at, x) => v.setUint32(at, x, true) },
  4: {
    // Exact up to 2^53 - 1; what is larger stands for "unknown" and reads as a larger number.
    get: (v, at) => v.getUint32(at, true) + v.getUint32(at + 4, true) * word,
    set: (v, at, x) => {
      v.setUint32(at, x % word, true);
      v.setUint32(at + 4, Math.floor(x / word), true);
    },
  },
  5: { get: (v, at) => v.getInt32(at, true), set: (v, at, x) => v.setInt32(at, x, true) },
  6: { get: (v, at) => v.getFloat32(at, true), set: (v, at, x) => v.setFloat32(at, x, true) },
  7: { get: (v, at) => v.getFloat64(at, true), set: (v, at, x) => v.setFloat64(at, x, true) },
};

/** A class whose properties are the fields of one block layout; each read costs no call. */
function makeBlockClass(linmem, fields) {
  class Block {
    /** Offsets by name, for those who read several fields from one DataView. */
    static offsets = {};
    constructor(address) {
      this.address = address;
    }
  }
  for (const { name, offset, type } of fields) {
    const { get, set } = fieldTypes[type];
    Block.offsets[name] = offset;
    Object.defineProperty(Block.prototype, name, {
      enumerable: true,
      get() { return get(linmem.data, this.address + offset); },
      set(value) { set(linmem.data, this.address + offset, value); },
    });
  }
  return Block;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** True where the engine decodes and encodes on shared memory; Chromium refuses, Node does not. */
function probeShared() {
  try {
    const view = new Uint8Array(new SharedArrayBuffer(1));
    return decoder.decode(view) === '\0' && encoder.encodeInto('a', view).written === 1;
  } catch {
    return false;
  }
}

/** node:fs where there is one, without an import that bundlers would follow. */
function nodeFs() {
  const fs = globalThis.process?.getBuiltinModule?.('node:fs');
  if (!fs) {
    throw new LinmemError('unsupported',
      'reading a file descriptor on this host; pass a function (view) => bytesRead');
  }
  return fs;
}

/**
 * Reads file descriptor `fd` of Node: (view) => bytes read, 0 at the end. Waits where a pipe has
 * nothing yet, so it is for threads that may block.
 */
export function fileReader(fd) {
  checkCount(fd, 'file descriptor');
  const fs = nodeFs();
  return (view) => {
    for (;;) {
      try {
        return fs.readSync(fd, view, 0, view.length, null);
      } catch (e) {
        if (e.code === 'EOF') return 0; // a closed pipe on Windows
        if (e.code !== 'EAGAIN') throw e;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      }
    }
  };
}

/** What reads at once: a function, or a file descriptor. */
function syncReader(source) {
  return typeof source === 'number' ? fileReader(source)
    : typeof source === 'function' ? source : undefined;
}

/** Turns a ReadableStream, a Blob, a Response or an async iterable into an async iterator. */
function asyncPieces(source) {
  const stream = source?.stream?.() ?? source?.body ?? source;
  if (stream?.[Symbol.asyncIterator]) return stream[Symbol.asyncIterator]();
  if (stream?.getReader) {
    const reader = stream.getReader(); // engines whose streams do not iterate yet
    return {
      next: () => reader.read(),
      return: async () => {
        await reader.cancel();
        return { done: true, value: undefined };
      },
    };
  }
  if (stream?.[Symbol.iterator]) return stream[Symbol.iterator]();
  throw new LinmemError('invalid_argument',
    'source, which is no file descriptor, function, stream or iterable');
}

function asBytes(piece) {
  if (typeof piece === 'string') return encoder.encode(piece);
  if (ArrayBuffer.isView(piece)) {
    return new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
  }
  if (piece instanceof ArrayBuffer || Object.prototype.toString.call(piece) === '[object SharedArrayBuffer]') {
    return new Uint8Array(piece);
  }
  throw new LinmemError('invalid_argument', 'data, which is neither text nor bytes');
}

/** The linear memory of one module, with what lies in it. Made by attach(). */
export class Linmem {
  #functions;
  #bytes = new Uint8Array(0);
  #data = new DataView(new ArrayBuffer(0));
  #codes = [];

  /** Use attach(). */
  constructor(source) {
    const exports = source.exports ?? source.asm ?? source;
    this.#functions = (name) => {
      const f = source[`_${name}`] ?? exports[name];
      if (typeof f !== 'function') {
        throw new LinmemError('unsupported',
          `a module without ${name}: does a source file include linmem/exports.hpp?`);
      }
      return f;
    };
    const table = this.#functions('linmem_abi')();
    /** The WebAssembly.Memory. */
    this.memory = source.linmem?.memory ?? source.memory ?? exports.memory ?? source.wasmMemory;
    if (!(this.memory instanceof WebAssembly.Memory)) {
      throw new LinmemError('unsupported', 'a module whose memory cannot be found');
    }
    if (typeof table !== 'number') throw new LinmemError('unsupported', 'a 64-bit module');
    this.#readTable(table >>> 0);
    this.decodesShared = probeShared();
    const f = (name) => this.#functions(name);
    this.abi = {
      buffer_new: f('linmem_buffer_new'), buffer_block: f('linmem_buffer_block'),
      buffer_reserve: f('linmem_buffer_reserve'), buffer_commit: f('linmem_buffer_commit'),
      buffer_reset: f('linmem_buffer_reset'), buffer_free: f('linmem_buffer_free'),
      stream_block: f('linmem_stream_block'), stream_next: f('linmem_stream_next'),
      stream_feed: f('linmem_stream_feed'), stream_finish: f('linmem_stream_finish'),
      stream_expect: f('linmem_stream_expect'), stream_rewind: f('linmem_stream_rewind'),
      stream_free: f('linmem_stream_free'),
    };
  }

  // detail::abi_table in exports.hpp: the one place whose offsets are known on both sides.
  #readTable(table) {
    const u32 = (at) => this.data.getUint32(at, true);
    if (u32(table) !== 0x4d454d4c) throw new LinmemError('corrupt', 'the table of the module');
    if (u32(table + 4) !== supportedLayout) {
      throw new LinmemError('unsupported', 'layout version', supportedLayout, u32(table + 4));
    }
    if (u32(table + 8) !== 4) throw new LinmemError('unsupported', 'a 64-bit module');
    for (let i = 0; i < u32(table + 12); ++i) {
      this.#codes.push(this.cString(u32(u32(table + 16) + 4 * i)));
    }
    /** The version of the library in the module. */
    this.version = this.cString(u32(table + 20));
    const classes = {};
    for (let i = 0; i < u32(table + 32); ++i) {
      const block = u32(u32(table + 36) + 4 * i);
      const fields = Array.from({ length: u32(block + 8) }, (_, n) => {
        const at = u32(block + 12) + 8 * n;
        return {
          name: this.cString(u32(at)),
          offset: this.data.getUint16(at + 4, true),
          type: this.data.getUint16(at + 6, true),
        };
      });
      classes[this.cString(u32(block))] = makeBlockClass(this, fields);
    }
    /** Classes of the blocks, by name. */
    this.blocks = classes;
    this.lastError = new classes.error(u32(table + 24));
    /** Bytes copied, and what is alive: `copied_in`, `copied_out`, `staged`, `buffers`, `streams`. */
    this.ledger = new classes.ledger(u32(table + 28));
  }

  /** A view of the whole memory as it is now. Made anew only after growth. */
  get bytes() {
    const { buffer } = this.memory;
    if (this.#bytes.buffer !== buffer) this.#bytes = new Uint8Array(buffer);
    return this.#bytes;
  }

  /** A DataView of the whole memory as it is now. Made anew only after growth. */
  get data() {
    const { buffer } = this.memory;
    if (this.#data.buffer !== buffer) this.#data = new DataView(buffer);
    return this.#data;
  }

  /** Pages of 64 KiB now. A memory never shrinks, so this is also the peak. */
  get pages() {
    return this.memory.buffer.byteLength / 65536;
  }

  /** True when other threads see this memory. */
  get isShared() {
    return typeof SharedArrayBuffer !== 'undefined' &&
      this.memory.buffer instanceof SharedArrayBuffer;
  }

  /** `length` bytes at `address`, as they are now. Stale once the memory grows. */
  view(address, length) {
    const { buffer } = this.memory;
    if (address + length <= buffer.byteLength) return new Uint8Array(buffer, address, length);
    // Another thread may have grown a shared memory behind this one's back: old buffers stay, short.
    if (this.isShared) this.memory.grow(0);
    return new Uint8Array(this.memory.buffer, address, length);
  }

  /** The NUL-terminated text at `address`. */
  cString(address) {
    const end = this.bytes.indexOf(0, address);
    return this.decode(this.view(address, end - address));
  }

  /** `view` as text, invalid bytes as U+FFFD. Staged, and counted, where the engine needs it. */
  decode(view) {
    if (this.isShared && !this.decodesShared) {
      if (this.ledger) this.ledger.staged += view.length;
      return decoder.decode(view.slice());
    }
    return decoder.decode(view);
  }

  /** Throws the module's last error when `answer` is 0, else returns it as unsigned. */
  check(answer) {
    if (answer !== 0) return answer >>> 0;
    const e = this.lastError;
    throw new LinmemError(this.#codes[e.code] ?? 'unknown', this.cString(e.subject), e.limit,
      e.actual);
  }

  /** A buffer of `capacity` bytes in linear memory. May grow the memory. */
  alloc(capacity) {
    return new SharedBuffer(this, checkCount(capacity, 'buffer capacity in bytes'));
  }

  /** A buffer that holds `data` (text becomes UTF-8). One copy, counted. */
  from(data) {
    const bytes = asBytes(data);
    const buffer = this.alloc(Math.max(1, bytes.length));
    buffer.write(bytes);
    return buffer;
  }

  /**
   * The stream that the module answered with `handle`. `source` feeds it: a file descriptor, a
   * function (view) => bytesRead (0 ends), a ReadableStream, a Blob, a Response, an (async) iterable.
   */
  stream(handle, { source, total } = {}) {
    return new ChunkStream(this, this.check(handle), source, total);
  }
}

/** Bytes in linear memory: filled here, read by the module, or the other way round. */
export class SharedBuffer {
  #linmem;
  #block;

  /** Use Linmem.alloc(). */
  constructor(linmem, capacity) {
    this.#linmem = linmem;
    /** What the module's functions take; 0 once disposed. */
    this.handle = linmem.check(linmem.abi.buffer_new(capacity));
    this.#block = new linmem.blocks.buffer(linmem.abi.buffer_block(this.handle) >>> 0);
  }

  #checked() {
    if (this.handle === 0) throw new LinmemError('invalid_handle', 'a disposed buffer');
    return this.#block;
  }

  /** Bytes there is room for. */
  get capacity() { return this.#checked().capacity; }
  /** Bytes committed, from the front. */
  get length() { return this.#checked().position; }
  /** Bytes still free. */
  get free() { return this.capacity - this.length; }

  /** The committed bytes from `offset`, `length` of them or all. Stale once the memory grows. */
  view(offset = 0, length = undefined) {
    const block = this.#checked();
    checkCount(offset, 'view offset in bytes', block.position);
    const count = length ?? block.position - offset;
    checkCount(count, 'view length in bytes', block.position - offset);
    return this.#linmem.view(this.#block.address + block.data_offset + offset, count);
  }

  /** The committed bytes as text. */
  text() { return this.#linmem.decode(this.view()); }

  /** Lends `bytes` uninitialised bytes behind the committed ones: `room`, until commit(). */
  reserve(bytes) {
    checkCount(bytes, 'reserved bytes');
    this.#linmem.check(this.#linmem.abi.buffer_reserve(this.handle, bytes));
    return this.room;
  }

  /** What is reserved, as it is now: ask again after anything that may have grown the memory. */
  get room() {
    const block = this.#checked();
    return this.#linmem.view(block.address + block.data_offset + block.position, block.reserved);
  }

  /** Commits the first `bytes` of what was reserved. */
  commit(bytes) {
    checkCount(bytes, 'committed bytes');
    this.#linmem.check(this.#linmem.abi.buffer_commit(this.handle, bytes));
  }

  /** Copies `data` (text becomes UTF-8) behind the committed bytes; all of it, or nothing. */
  write(data) {
    const bytes = asBytes(data);
    this.reserve(bytes.length).set(bytes);
    this.commit(bytes.length);
    this.#linmem.ledger.copied_in += bytes.length;
    return bytes.length;
  }

  /**
   * Appends all that `source` has. A file descriptor or a function (view) => bytesRead reads straight
   * into the buffer and returns the count; anything else is read with one copy and returns a promise
   * of it. When the buffer is full and more follows: limit_exceeded, what came before is committed.
   */
  readFrom(source) {
    const read = syncReader(source);
    return read ? this.#readSync(read) : this.#readAsync(asyncPieces(source));
  }

  #readSync(read) {
    const before = this.length;
    for (;;) {
      const free = this.free;
      const target = free > 0 ? this.reserve(free) : new Uint8Array(1);
      const n = checkCount(read(target), 'bytes read', target.length);
      if (free === 0 && n > 0) this.#full(this.capacity + n);
      if (free > 0 && target.length === 0) {
        throw new LinmemError('corrupt', 'a reader that grew the memory it was reading into');
      }
      if (free > 0) this.commit(n);
      if (n === 0) return this.length - before;
    }
  }

  async #readAsync(pieces) {
    const before = this.length;
    for (;;) {
      const { done, value } = await pieces.next();
      if (done) return this.length - before;
      const bytes = asBytes(value);
      const fits = Math.min(bytes.length, this.free);
      this.write(bytes.subarray(0, fits));
      if (fits < bytes.length) {
        await pieces.return?.();
        this.#full(this.length + bytes.length - fits);
      }
    }
  }

  #full(demand) {
    throw new LinmemError('limit_exceeded', 'buffer capacity in bytes', this.capacity, demand);
  }

  /** Forgets what is committed. Refused with `leased` while a stream reads it. */
  reset() { this.#linmem.check(this.#linmem.abi.buffer_reset(this.handle)); }

  /** Frees the bytes. Refused with `leased` while a stream reads them. A second call does nothing. */
  dispose() {
    if (this.handle === 0) return;
    this.#linmem.check(this.#linmem.abi.buffer_free(this.handle));
    this.handle = 0;
  }
}

const ready = 1;
const starved = 2;
const failed = 4;

/** A result of the module, chunk by chunk. Each chunk is whole UTF-8 and at most the chunk size. */
export class ChunkStream {
  #linmem;
  #block;
  #offsets;
  #read;
  #pieces;
  #piece = new Uint8Array(0);

  /** Use Linmem.stream(). */
  constructor(linmem, handle, source, total) {
    this.#linmem = linmem;
    this.handle = handle;
    this.#block = new linmem.blocks.stream(linmem.check(linmem.abi.stream_block(handle)));
    this.#offsets = linmem.blocks.stream.offsets;
    if (source !== undefined) {
      this.#read = syncReader(source);
      if (!this.#read) this.#pieces = asyncPieces(source);
    }
    if (total !== undefined) linmem.check(linmem.abi.stream_expect(handle, total));
  }

  #checked() {
    if (this.handle === 0) throw new LinmemError('invalid_handle', 'a disposed stream');
    return this.#block;
  }

  /** Chunks so far. */
  get chunks() { return this.#checked().chunks; }
  /** Bytes delivered. */
  get position() { return this.#checked().position; }
  /** Bytes of input read. */
  get consumed() { return this.#checked().consumed; }
  /** Bytes of input in all; undefined while nobody knows. */
  get total() {
    const { total } = this.#checked();
    return total > Number.MAX_SAFE_INTEGER ? undefined : total;
  }
  /** Part of the input that is read: 0..1, 1 at the end, 0 while the total is unknown. */
  get progress() { return this.#checked().progress; }
  /** Invalid sequences of the input that became U+FFFD. */
  get replaced() { return this.#checked().replaced; }

  /** The present chunk, as it is now: ask again after anything that may have grown the memory. */
  chunk() {
    const { address } = this.#checked();
    const { data } = this.#linmem;
    const { chunk, chunk_bytes } = this.#offsets;
    return this.#linmem.view(data.getUint32(address + chunk, true),
      data.getUint32(address + chunk_bytes, true));
  }

  #next() {
    const { abi } = this.#linmem;
    this.#checked();
    const state = this.#linmem.check(abi.stream_next(this.handle));
    if (state === failed) this.#linmem.check(0);
    return state;
  }

  #feed(bytes) {
    const { abi } = this.#linmem;
    this.#linmem.check(bytes === 0 ? abi.stream_finish(this.handle)
                                   : abi.stream_feed(this.handle, bytes));
  }

  #room() {
    const block = this.#block;
    return this.#linmem.view(block.input, block.input_bytes);
  }

  /** The next chunk, or null at the end. Needs a source that reads at once, or none. */
  next() {
    for (;;) {
      const state = this.#next();
      if (state === ready) return this.chunk();
      if (state !== starved) return null;
      if (!this.#read) {
        throw new LinmemError('unsupported', 'waiting for input here; use `for await`');
      }
      const room = this.#room();
      this.#feed(checkCount(this.#read(room), 'bytes read', room.length));
    }
  }

  /** A promise of the next chunk, or of null at the end. */
  async nextAsync() {
    if (!this.#pieces) return this.next();
    for (;;) {
      const state = this.#next();
      if (state === ready) return this.chunk();
      if (state !== starved) return null;
      while (this.#piece.length === 0) {
        const { done, value } = await this.#pieces.next();
        if (done) break;
        this.#piece = asBytes(value);
      }
      const room = this.#room();
      const n = Math.min(room.length, this.#piece.length);
      room.set(this.#piece.subarray(0, n));
      this.#piece = this.#piece.subarray(n);
      this.#linmem.ledger.copied_in += n;
      this.#feed(n);
    }
  }

  /** Iterates over views, each valid until the next. */
  * [Symbol.iterator]() {
    for (let view = this.next(); view; view = this.next()) yield view;
  }

  /** Iterates over views, each valid until the next; waits for input where it must. */
  async* [Symbol.asyncIterator]() {
    for (let view = await this.nextAsync(); view; view = await this.nextAsync()) yield view;
  }

  /** What is left, as one string. */
  text() {
    let text = '';
    for (const view of this) text += this.#linmem.decode(view);
    return text;
  }

  /** A promise of what is left, as one string. */
  async textAsync() {
    let text = '';
    for await (const view of this) text += this.#linmem.decode(view);
    return text;
  }

  /** Starts anew; refused with `unsupported` for a stream that is fed. */
  rewind() { this.#linmem.check(this.#linmem.abi.stream_rewind(this.handle)); }

  /** Frees the stream, its chunk and its input. A second call does nothing. */
  dispose() {
    if (this.handle === 0) return;
    this.#linmem.check(this.#linmem.abi.stream_free(this.handle));
    this.handle = 0;
  }
}

// `using` where the engine has it.
if (Symbol.dispose) {
  for (const { prototype } of [SharedBuffer, ChunkStream]) {
    Object.defineProperty(prototype, Symbol.dispose, {
      value() { this.dispose(); },
      configurable: true,
      writable: true,
    });
  }
}

/**
 * Finds linmem in `source`: an Emscripten Module, a WebAssembly.Instance, or {exports, memory}. Throws
 * `unsupported` when it was built without linmem/exports.hpp or with another layout version.
 */
export function attach(source) {
  return new Linmem(source);
}
