// linmem.mjs - the JavaScript half of linmem: plain ES modules, entered here, with no dependency.
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
import { BufferPool } from './buffer_pool.mjs';
import { ChunkStream } from './chunk_stream.mjs';
import { checkCount, LinmemError } from './error.mjs';
import { makeBlockClass } from './layout.mjs';
import { SharedBuffer } from './shared_buffer.mjs';
import { asBytes, fileReader } from './sources.mjs';
import { guardView, plainView } from './views.mjs';

export { BufferPool, ChunkStream, fileReader, LinmemError, SharedBuffer };

const supportedLayout = 1;

/** Says that something was dropped without being disposed, and frees it. */
const dropped = new FinalizationRegistry(({ linmem, kind, handle, free }) => {
  linmem.onLeak({ kind, handle });
  linmem.orphans.push(() => free(handle) !== 0);
  linmem.freeOrphans();
});

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** True where the engine decodes and encodes on shared memory; Chromium refuses, Node does not. */
function probeShared() {
  try {
    const view = new Uint8Array(new SharedArrayBuffer(1));
    return decoder.decode(view) === '\0' && new TextEncoder().encodeInto('a', view).written === 1;
  } catch {
    return false;
  }
}

/** The linear memory of one module, with what lies in it. Made by attach(). */
export class Linmem {
  #functions;
  #bytes = new Uint8Array(0);
  #data = new DataView(new ArrayBuffer(0));
  #codes = [];

  /** Use attach(). */
  constructor(source, { debug = false, onLeak } = {}) {
    /** True when views throw once what they show is gone. */
    this.debug = debug;
    /** Called with {kind, handle} of what was collected without being disposed. */
    this.onLeak = onLeak ?? (({ kind }) => console.warn(`linmem: a ${kind} was dropped without dispose()`));
    this.orphans = [];
    const exports = source.exports ?? source;
    this.#functions = (name, header = 'linmem/exports.hpp') => {
      const f = source[`_${name}`] ?? exports[name];
      if (typeof f !== 'function') {
        throw new LinmemError('unsupported',
          `a module without ${name}: does a source file include ${header}?`);
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
      stream_free: f('linmem_stream_free'), forbid_growth: f('linmem_forbid_growth'),
    };
  }

  /** The functions of the optional part of the C ABI for pools. */
  get poolAbi() {
    const f = (name) => this.#functions(name, 'linmem/pool_exports.hpp');
    const abi = {
      new: f('linmem_pool_new'), block: f('linmem_pool_block'), acquire: f('linmem_pool_acquire'),
      warm_up: f('linmem_pool_warm_up'), trim: f('linmem_pool_trim'), free: f('linmem_pool_free'),
    };
    const { name, block } = this.#readLayout(f('linmem_pool_layout')() >>> 0);
    this.blocks[name] = block;
    Object.defineProperty(this, 'poolAbi', { value: abi });
    return abi;
  }

  /** A block_layout: its name, and a class for blocks of it. */
  #readLayout(layout) {
    const u32 = (at) => this.data.getUint32(at, true);
    const fields = Array.from({ length: u32(layout + 8) }, (_, n) => {
      const at = u32(layout + 12) + 8 * n;
      return {
        name: this.cString(u32(at)),
        offset: this.data.getUint16(at + 4, true),
        type: this.data.getUint16(at + 6, true),
      };
    });
    return { name: this.cString(u32(layout)), block: makeBlockClass(this, fields) };
  }

  // detail::abi_table in host.hpp: the one place whose offsets are known on both sides.
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
      const { name, block } = this.#readLayout(u32(u32(table + 36) + 4 * i));
      classes[name] = block;
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
    view = plainView(view);
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

  /** Throws the module's last error when `answer` is undefined, else returns it as it is. */
  unwrap(answer) {
    if (answer === undefined) this.check(0);
    return answer;
  }

  /** `view` as it is, or when debugging one that throws once the memory grew or `isGone` says so. */
  guard(view, isGone) {
    if (!this.debug) return view;
    const { buffer } = this.memory;
    return guardView(view, () => this.memory.buffer === buffer && !isGone());
  }

  /** Sees to it that `owner` is reported and freed when it is collected without dispose(). */
  watch(owner, kind, handle, free) {
    dropped.register(owner, { linmem: this, kind, handle, free }, owner);
  }
  /** Ends that: `owner` was disposed. */
  unwatch(owner) {
    dropped.unregister(owner);
    if (this.orphans.length > 0) this.freeOrphans();
  }
  /** Frees what was dropped; a buffer that a stream still reads waits for the end of the stream. */
  freeOrphans() {
    for (let before = Infinity; this.orphans.length < before;) {
      before = this.orphans.length;
      this.orphans = this.orphans.filter((free) => !free());
    }
  }

  /**
   * Calls `f` while the memory must not grow, and returns what it returns: views stay valid in it, and
   * what would need growth is refused with out_of_memory. `f` must not be asynchronous.
   */
  noGrow(f) {
    const { buffer } = this.memory;
    this.abi.forbid_growth(1);
    let result;
    try {
      result = f();
    } finally {
      this.abi.forbid_growth(0);
    }
    if (typeof result?.then === 'function') {
      throw new LinmemError('invalid_argument', 'noGrow function, which is asynchronous');
    }
    if (this.memory.buffer !== buffer) {
      throw new LinmemError('corrupt', 'noGrow scope: the host grew the memory itself');
    }
    return result;
  }

  /**
   * A buffer of `capacity` bytes in linear memory, with 16 lock words when `locks` is true. May grow
   * the memory.
   */
  alloc(capacity, { locks = false } = {}) {
    checkCount(capacity, 'buffer capacity in bytes');
    return new SharedBuffer(this, this.check(this.abi.buffer_new(capacity, locks ? 1 : 0)));
  }

  /** The buffer that the module made and answered with `handle`. */
  buffer(handle) { return new SharedBuffer(this, this.check(handle)); }

  /**
   * A pool of buffers: at most `keepCount` idle ones of `keepBytes` in all, `limitBytes` of buffers
   * idle or lent. Needs linmem/pool_exports.hpp in the module.
   */
  pool(options) { return new BufferPool(this, options); }

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

/**
 * Finds linmem in `source`: an Emscripten Module, a WebAssembly.Instance, or {exports, memory}. Throws
 * `unsupported` when it was built without linmem/exports.hpp or with another layout version. With
 * {debug: true} a view that is used after it went stale throws; with {onLeak} the function is told
 * what was collected without being disposed.
 */
export function attach(source, options) {
  return new Linmem(source, options);
}
