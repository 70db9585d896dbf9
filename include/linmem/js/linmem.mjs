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
//
// What not every program needs has modules of its own, so that nobody loads it unasked: ring.mjs,
// shared_params.mjs, and services.mjs for modules, instances and workers.
import { BufferPool } from './buffer_pool.mjs';
import { ChunkStream } from './chunk_stream.mjs';
import { checkCount, LinmemError } from './error.mjs';
import { makeBlockClass } from './layout.mjs';
import { json, prometheus } from './metrics.mjs';
import { SharedBuffer } from './shared_buffer.mjs';
import { asBytes, fileReader } from './sources.mjs';
import { StreamItem } from './stream_items.mjs';
import { isShared, TextCodec } from './text.mjs';
import { Tracker } from './tracker.mjs';
import { transformPair } from './transform.mjs';
import { guardView, plainView } from './views.mjs';

export { BufferPool, ChunkStream, fileReader, json, LinmemError, prometheus, SharedBuffer, StreamItem, Tracker };

const supportedLayout = 1;

/** Says that something was dropped without being disposed, and frees it. */
const dropped = new FinalizationRegistry(({ linmem, kind, handle, free }) => {
  linmem.onLeak({ kind, handle });
  linmem.orphans.push(() => free(handle) !== 0);
  linmem.freeOrphans();
});

const decoder = new TextDecoder();

/** The linear memory of one module, with what lies in it. Made by attach(). */
export class Linmem {
  #function;
  #parts = {}; // of the C ABI, by name
  #tracker;
  #bytes = new Uint8Array(0);
  #data = new DataView(new ArrayBuffer(0));
  #words = new Int32Array(0);
  #codes = [];

  /** Use attach(). */
  constructor(source, { debug = false, onLeak } = {}) {
    /** @internal True when views throw once what they show is gone. */
    this.debug = debug;
    /** @internal Called with {kind, handle} of what was collected without being disposed. */
    this.onLeak = onLeak ?? (({ kind }) => console.warn(`linmem: a ${kind} was dropped without dispose()`));
    /** @internal What frees that. */
    this.orphans = [];
    const exports = source.exports ?? source;
    const isBare = typeof source.table === 'number';
    this.#function = (name, header) => {
      if (isBare) return () => this.#refuseCall(name);
      const f = source[`_${name}`] ?? exports[name];
      if (typeof f !== 'function') {
        throw new LinmemError('unsupported',
          `a module without ${name}: does a source file include linmem/${header}.hpp?`);
      }
      return f;
    };
    const table = isBare ? source.table : this.#function('linmem_abi', 'exports')();
    /** Where the module's tables lie: with the memory, all that attach() needs in a worker. */
    this.table = table;
    /** The WebAssembly.Memory. */
    this.memory = source.linmem?.memory ?? source.memory ?? exports.memory ?? source.wasmMemory;
    if (!(this.memory instanceof WebAssembly.Memory)) {
      throw new LinmemError('unsupported', 'a module whose memory cannot be found');
    }
    /** True when other threads see this memory. */
    this.isShared = isShared(this.memory.buffer);
    /** @internal Text to and from views; asks the engine at the first one what it takes. */
    this.codec = new TextCodec((bytes) => { this.ledger.staged += bytes; });
    if (typeof table !== 'number') throw new LinmemError('unsupported', 'a 64-bit module');
    this.#readTable(table >>> 0);
    const buffer = (name) => this.#function(`linmem_buffer_${name}`, 'exports');
    /** @internal The functions of the C ABI for buffers. */
    this.abi = { new: buffer('new'), block: buffer('block'), free: buffer('free') };
  }

  // Other threads' memory is read and written in place; what allocates or frees needs an instance.
  #refuseCall(name) {
    throw new LinmemError('unsupported', `${name} without an instance: this is only its memory`);
  }

  /**
   * @internal The functions `linmem_${part}_*` of an optional part of the C ABI, by `names`; those that name a layout
   * are called for it. Throws unsupported when the module has no such part.
   */
  part(part, names) {
    return this.#parts[part] ??= Object.fromEntries(names.map((name) => {
      const f = this.#function(`linmem_${part}_${name}`, `${part}_exports`);
      if (name.endsWith('layout')) this.addBlock(f() >>> 0);
      return [name, f];
    }));
  }

  /** What the module uses and may use. Needs linmem/tracker_exports.hpp in the module. */
  get tracker() { return this.#tracker ??= new Tracker(this); }

  /** @internal The fields of the block_layout at `layout`: name, offset, and type as in layout.hpp. */
  fieldsAt(layout) {
    const u32 = (at) => this.data.getUint32(at, true);
    return Array.from({ length: u32(layout + 8) }, (_, n) => {
      const at = u32(layout + 12) + 8 * n;
      return {
        name: this.cString(u32(at)),
        offset: this.data.getUint16(at + 4, true),
        type: this.data.getUint16(at + 6, true),
      };
    });
  }

  /** @internal Makes a class for blocks of that layout, in `blocks` under its name. */
  addBlock(layout) {
    const name = this.cString(this.data.getUint32(layout, true));
    this.blocks[name] = makeBlockClass(this, this.fieldsAt(layout));
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
    /** @internal Classes of the blocks, by name. */
    this.blocks = {};
    for (let i = 0; i < u32(table + 32); ++i) this.addBlock(u32(u32(table + 36) + 4 * i));
    /** @internal Why the last call failed. */
    this.lastError = new this.blocks.error(u32(table + 24));
    /** Bytes copied, and what is alive: the fields of copy_ledger in linmem/resource_tracker.hpp. */
    this.ledger = new this.blocks.ledger(u32(table + 28));
  }

  /** @internal The names of the error codes, by number. */
  get codes() { return this.#codes; }

  // Growth leaves views of an unshared memory empty, which is cheaper to ask than for the buffer; those of
  // a shared one stay, too short.
  #refresh() {
    if (this.isShared ? this.#bytes.buffer === this.memory.buffer : this.#bytes.length !== 0) return;
    this.#bytes = new Uint8Array(this.memory.buffer);
    this.#data = new DataView(this.memory.buffer);
    this.#words = new Int32Array(this.memory.buffer);
  }

  /** A view of the whole memory as it is now. Made anew only after growth. */
  get bytes() {
    this.#refresh();
    return this.#bytes;
  }

  /** A DataView of the whole memory as it is now. Made anew only after growth. */
  get data() {
    this.#refresh();
    return this.#data;
  }

  /** @internal The whole memory as words, for Atomics. Made anew only after growth. */
  get words() {
    this.#refresh();
    return this.#words;
  }

  /** Pages of 64 KiB now. A memory never shrinks, so this is also the peak. */
  get pages() {
    return this.memory.buffer.byteLength / 65536;
  }

  /** `length` bytes at `address`, as they are now. Stale once the memory grows. */
  view(address, length) {
    this.reach(address + length);
    return new Uint8Array(this.memory.buffer, address, length);
  }

  /** @internal A function that gives `bytes` as they are now, should they lie in this memory while it grows. */
  pin(bytes) {
    if (bytes.buffer !== this.memory.buffer) return () => bytes;
    const { byteOffset, length } = bytes;
    return () => this.view(byteOffset, length);
  }

  /** Sees to it that views made now reach `end`, where the memory does. */
  reach(end) {
    // Another thread may have grown a shared memory behind this one's back: old buffers stay, short.
    if (end > this.memory.buffer.byteLength && this.isShared) this.memory.grow(0);
  }

  /** The NUL-terminated text at `address`: a name or a subject, whose copy is not counted. */
  cString(address) {
    const end = this.bytes.indexOf(0, address);
    return decoder.decode(this.view(address, end - address).slice());
  }

  /** `view` as text, invalid bytes as U+FFFD. Staged, and counted, where the engine needs it. */
  decode(view) { return this.codec.decode(plainView(view)); }

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

  /** @internal `view` as it is, or when debugging one that throws once the memory grew or `isGone` says so. */
  guard(view, isGone) {
    if (!this.debug) return view;
    const { buffer } = this.memory;
    return guardView(view, () => this.memory.buffer === buffer && !isGone());
  }

  /** @internal Sees to it that `owner` is reported and freed when it is collected without dispose(). */
  watch(owner, kind, handle, free) {
    dropped.register(owner, { linmem: this, kind, handle, free }, owner);
  }
  /** @internal Ends that: `owner` was disposed. */
  unwatch(owner) {
    dropped.unregister(owner);
    if (this.orphans.length > 0) this.freeOrphans();
  }
  /** @internal Frees what was dropped; a buffer that a stream still reads waits for the end of the stream. */
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
    const forbid = this.#function('linmem_forbid_growth', 'exports');
    forbid(1);
    let result;
    try {
      result = f();
    } finally {
      forbid(0);
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
    return new SharedBuffer(this, this.check(this.abi.new(capacity, locks ? 1 : 0)));
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
    const current = typeof data === 'string' ? () => data : this.pin(asBytes(data));
    const bytes = typeof data === 'string' ? this.codec.byteLength(data) : current().length;
    const buffer = this.alloc(Math.max(1, bytes));
    buffer.write(current());
    return buffer;
  }

  /**
   * The buffer that another thread on the same memory has: `descriptor` is its SharedBuffer's, and came by
   * postMessage. It is freed there, and must not be while it is used here.
   */
  open({ kind, handle, address }) {
    if (kind !== 'buffer') {
      const taker = { params: 'SharedParams', tracker: 'Tracker' }[kind];
      const hint = taker ? `, which ${taker}.open() takes` : '';
      throw new LinmemError('invalid_argument', `kind of a descriptor: ${String(kind)}${hint}`);
    }
    return new SharedBuffer(this, handle, this.blockAt(address));
  }

  /** @internal `address`, which another thread told, once it is known to be that of a block in this memory. */
  blockAt(address) {
    checkCount(address, 'address of what is opened');
    this.reach(address + 64);
    return checkCount(address, 'address of what is opened', this.memory.buffer.byteLength - 64);
  }

  /**
   * The stream that the module answered with `handle`. `source` feeds it: a file descriptor, a
   * function (view) => bytesRead (0 ends), a ReadableStream, a Blob, a Response, an (async) iterable.
   */
  stream(handle, { source, total } = {}) {
    return new ChunkStream(this, this.check(handle), source, total);
  }

  /**
   * What goes through the fed stream that `open` (a function that opens it, or its handle) names, as
   * {readable, writable}: for `response.body.pipeThrough()`. A write is over when its bytes are copied
   * into the module; it waits until the other end is read. Aborting, cancelling and failing free the
   * stream and reach both ends.
   */
  transform(open) { return transformPair(this, this.#opened(open)); }

  /**
   * Feeds `source` through the stream that `open` names, in the memory that the stream has. With a
   * `sink`, a function (view) that may be asynchronous or a WritableStream: a promise of the stream's
   * figures. Without: a byte stream to read from.
   */
  pipe(source, open, sink) {
    const stream = this.stream(this.#opened(open), { source });
    return sink === undefined ? stream.readable() : stream.pipeTo(sink);
  }

  #opened(open) { return typeof open === 'function' ? open() : open; }
}

/**
 * Finds linmem in `source`: an Emscripten Module, a WebAssembly.Instance, or {exports, memory}; or, in a
 * worker without an instance, {memory, table} of a Linmem of another thread, whose open() then reads
 * and writes in place. Throws
 * `unsupported` when it was built without linmem/exports.hpp or with another layout version. With
 * {debug: true} a view that is used after it went stale throws; with {onLeak} the function is told
 * what was collected without being disposed.
 */
export function attach(source, options) {
  return new Linmem(source, options);
}
