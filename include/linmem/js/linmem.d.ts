/// <reference lib="esnext.disposable" />
import type { Tracker } from './tracker.js';

export * from './tracker.js';

/** Codes of LinmemError, in the order of `errc` in linmem/error.hpp. */
export type ErrorCode =
  | 'none'
  | 'invalid_argument'
  | 'out_of_range'
  | 'limit_exceeded'
  | 'out_of_memory'
  | 'invalid_handle'
  | 'leased'
  | 'closed'
  | 'corrupt'
  | 'unsupported'
  | 'invalid_data'
  | 'timed_out'
  | 'conflict'
  | 'abandoned'
  | 'unavailable'
  | 'unknown';

/** The only error this module throws for what it or the WebAssembly module refuses. */
export class LinmemError extends Error {
  constructor(code: ErrorCode, subject: string, limit?: number, actual?: number);
  /** For telling it from other errors. */
  readonly name: 'LinmemError';
  /** What went wrong. */
  readonly code: ErrorCode;
  /** What it happened to, with its unit. */
  readonly subject: string;
  /** The limit that stood in the way, in the subject's unit; 0 where there is none. */
  readonly limit: number;
  /** What was asked for or found, in the subject's unit. */
  readonly actual: number;
}

/** Reads at once into `view` and returns the bytes read: 0 at the end. Must not grow the memory. */
export type SyncReader = (view: Uint8Array) => number;
/**
 * Reads a file descriptor of Node; waits where a pipe has nothing yet. Throws unsupported elsewhere.
 */
export function fileReader(fd: number): SyncReader;
/** A file descriptor of Node, or a function. */
export type SyncSource = number | SyncReader;
/** What one piece of input may be. */
export type Piece = string | ArrayBufferView | ArrayBufferLike;
/** What is waited for. */
export type AsyncSource =
  | ReadableStream<Uint8Array>
  | Blob
  | Response
  | AsyncIterable<Piece>
  | Iterable<Piece>;

/** What the library copied, in bytes, and what of it is alive. Read in place, without a call. */
export interface Ledger {
  copied_in: number;
  copied_out: number;
  staged: number;
  /** Of `copied_in`, what went into shared buffers, and into the input rooms of streams. */
  buffer_in: number;
  stream_in: number;
  readonly buffers: number;
  readonly streams: number;
}

/** Where the input of a stream comes from. */
export interface StreamOptions {
  /** Feeds the stream. */
  source?: SyncSource | AsyncSource;
  /** Bytes that the source will give, for progress. */
  total?: number;
}

/** What is known of a stream. */
export interface StreamFigures {
  readonly chunks: number;
  /** Bytes delivered. */
  readonly position: number;
  /** Bytes of input read. */
  readonly consumed: number;
  /** Bytes of input in all; undefined while nobody knows. */
  readonly total: number | undefined;
  /** Bytes of input not read yet; undefined while nobody knows. */
  readonly remaining: number | undefined;
  /** 0..1; 1 at the end; 0 while the total is unknown. */
  readonly progress: number;
  /** Invalid sequences of the input that became U+FFFD. */
  readonly replaced: number;
}

/** Called with a view that is valid until the call, or the promise it returned, is over; less if the memory grows. */
export type ViewSink = (view: Uint8Array) => unknown;
/** The handle of a fed stream, or a function of the module that opens one. */
export type Opened = number | (() => number);

/** Elements that committed bytes can be read as. */
export interface ElementTypes {
  u8: Uint8Array;
  i8: Int8Array;
  u16: Uint16Array;
  i16: Int16Array;
  u32: Uint32Array;
  i32: Int32Array;
  u64: BigUint64Array;
  i64: BigInt64Array;
  f32: Float32Array;
  f64: Float64Array;
  clamped: Uint8ClampedArray;
}

/** What a pool keeps. */
export interface PoolOptions {
  /** Idle buffers kept at most; 1,024. */
  keepCount?: number;
  /** Their bytes at most; 64 MiB. */
  keepBytes?: number;
  /** Bytes of all buffers, idle or lent, at most; no limit. */
  limitBytes?: number;
  /** Overwrite a buffer when it comes back. */
  zeroOnRelease?: boolean;
}

/** What a pool did so far and had when it was asked. */
export interface PoolStatistics {
  readonly hits: number;
  readonly misses: number;
  readonly refused: number;
  readonly outstanding: number;
  readonly outstanding_bytes: number;
  readonly retained: number;
  readonly retained_bytes: number;
}

/** How misuse is told. */
export interface AttachOptions {
  /** Views throw once what they show is gone. Slow, and not accepted by other APIs than these. */
  debug?: boolean;
  /** Told what was collected without being disposed; a warning by default. */
  onLeak?: (leak: { kind: 'buffer' | 'stream' | 'pool' | 'ring'; handle: number }) => void;
}

/** A buffer for Linmem.open() in another thread, by postMessage. */
export interface BufferDescriptor {
  readonly kind: 'buffer';
  readonly handle: number;
  readonly address: number;
}
/** The linear memory of one module, with what lies in it. */
export class Linmem {
  private constructor();
  /** The version of the library in the module. */
  readonly version: string;
  /** The memory itself. */
  readonly memory: WebAssembly.Memory;
  /** What was copied, and what is alive. */
  readonly ledger: Ledger;
  /** The whole memory as it is now. Stale once the memory grows. */
  readonly bytes: Uint8Array;
  /** The whole memory as it is now. Stale once the memory grows. */
  readonly data: DataView;
  /** Pages of 64 KiB now; a memory never shrinks, so also the peak. */
  readonly pages: number;
  /** What the module uses and may use. Throws unsupported without linmem/tracker_exports.hpp in it. */
  readonly tracker: Tracker;
  /** True when other threads see this memory. */
  readonly isShared: boolean;
  /** `length` bytes at `address`. Stale once the memory grows. */
  view(address: number, length: number): Uint8Array;
  /** Sees to it that views made from now on reach `end`, where another thread grew the memory to it. */
  reach(end: number): void;
  /** The NUL-terminated text at `address`. */
  cString(address: number): string;
  /** `view` as text, invalid bytes as U+FFFD. */
  decode(view: Uint8Array): string;
  /** Throws the module's last error when `answer` is 0; else returns it, unsigned. */
  check(answer: number): number;
  /** Throws the module's last error when `answer` is undefined; else returns it as it is. */
  unwrap<T>(answer: T | undefined): T;
  /** The buffer that the module answered with `handle`; throws its reason when that is 0. */
  buffer(handle: number): SharedBuffer;
  /** A buffer of `capacity` bytes. Throws invalid_argument, out_of_memory, limit_exceeded. */
  alloc(capacity: number, options?: { locks?: boolean }): SharedBuffer;
  /** A buffer that holds `data`; one copy, counted. */
  from(data: Piece): SharedBuffer;
  /** A pool of buffers. Throws unsupported without linmem/pool_exports.hpp in the module. */
  pool(options?: PoolOptions): BufferPool;
  /** Where the module's tables lie; see attach(). */
  readonly table: number;
  /** The buffer that another thread on the same memory has; it is freed there. Throws invalid_handle. */
  open(descriptor: BufferDescriptor): SharedBuffer;
  /** Calls `f` while the memory must not grow, so that views stay valid; what needs growth is refused. */
  noGrow<T>(f: () => T extends PromiseLike<unknown> ? never : T): T;
  /** The stream that the module answered with `handle`; throws its reason when that is 0. */
  stream(handle: number, options?: StreamOptions): ChunkStream;
  /**
   * The two ends of the fed stream that `open` names, for pipeThrough(). A write is over when its bytes
   * are copied into the module, and waits until the other end is read.
   */
  transform(open: Opened): { readable: ReadableStream<Uint8Array>; writable: WritableStream<Piece> };
  /** Feeds `source` through the fed stream that `open` names: a byte stream to read from. */
  pipe(source: SyncSource | AsyncSource, open: Opened): ReadableStream<Uint8Array>;
  /** The same into `sink`; a promise of the stream's figures. */
  pipe(source: SyncSource | AsyncSource, open: Opened, sink: ViewSink | WritableStream<Uint8Array>): Promise<StreamFigures>;
}

/** Bytes in linear memory. */
export class SharedBuffer {
  private constructor();
  /** What the module's functions take; 0 once disposed. */
  readonly handle: number;
  /** Bytes it has room for. */
  readonly capacity: number;
  /** Bytes committed, from the front. */
  readonly length: number;
  /** Bytes behind those. */
  readonly free: number;
  /** Committed bytes. Stale once the memory grows. Throws out_of_range. */
  view(offset?: number, length?: number): Uint8Array;
  /** The committed bytes as text. */
  text(): string;
  /** The committed bytes as elements. Stale once the memory grows. */
  as<E extends keyof ElementTypes>(element: E): ElementTypes[E];
  /** Lends uninitialised bytes behind the committed ones. Throws limit_exceeded. */
  reserve(bytes: number): Uint8Array;
  /** What is reserved, as it is now. */
  readonly room: Uint8Array;
  /** Commits the first `bytes` of what was reserved. Throws out_of_range. */
  commit(bytes: number): void;
  /** Copies all of `data` behind the committed bytes, or throws limit_exceeded. Returns its bytes. */
  write(data: Piece): number;
  /** Appends all that `source` has, read straight into the buffer; returns its bytes. */
  readFrom(source: SyncSource): number;
  /** Appends all that `source` has, with one copy; a promise of its bytes. */
  readFrom(source: AsyncSource): Promise<number>;
  /** Forgets what is committed. Throws leased. */
  reset(): void;
  /** Takes one of 16 locks for `holder`; throws leased with the number of who has it. Never waits. */
  lock(index: number, holder?: number): void;
  /** The same, but says whether it has it now. */
  tryLock(index: number, holder?: number): boolean;
  /** Frees a lock that `holder` has. Throws invalid_argument when it is free, leased when another has it. */
  unlock(index: number, holder?: number): void;
  /** For Linmem.open() in another thread. */
  readonly descriptor: BufferDescriptor;
  /** Frees the bytes. Throws leased. A second call does nothing. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** Buffers that are used again instead of freed; see buffer_pool.hpp. */
export class BufferPool {
  private constructor();
  /** What the module's functions take; 0 once disposed. */
  readonly handle: number;
  /** Figures as of now. */
  readonly statistics: PoolStatistics;
  /** A buffer for at least `bytes`; its dispose() gives it back. Throws limit_exceeded, out_of_memory. */
  acquire(bytes: number): SharedBuffer;
  /** Makes idle buffers for `bytes` until there are `count`, or as many as are kept. */
  warmUp(count: number, bytes: number): void;
  /** Frees idle buffers until at most `toBytes` are left; 0. */
  trim(toBytes?: number): void;
  /** Frees the pool. Throws leased while a buffer of it is out. A second call does nothing. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** What an item is. */
export type ItemKind = 'table' | 'image' | 'other';

/** Something that belongs at a place in the text of a stream. */
export class StreamItem {
  private constructor();
  /** A table, an image or another item. */
  readonly kind: ItemKind;
  /** As the document calls it; may be empty. */
  readonly name: string;
  /** The media type of the bytes. */
  readonly type: string;
  /** Bytes of text before it. */
  readonly position: number;
  /** Its number among all items of the stream. */
  readonly index: number;
  /** The raw bytes, as they are now. Throws invalid_handle once the stream was rewound or disposed. */
  readonly bytes: Uint8Array;
  /** The bytes as base64. */
  base64(): string;
}

/** A result of the module, chunk by chunk; each chunk is whole UTF-8. */
export class ChunkStream implements Iterable<Uint8Array>, AsyncIterable<Uint8Array>, StreamFigures {
  private constructor();
  /** What the module's functions take; 0 once disposed. */
  readonly handle: number;
  /** Chunks so far. */
  readonly chunks: number;
  readonly position: number;
  readonly consumed: number;
  readonly total: number | undefined;
  readonly remaining: number | undefined;
  readonly progress: number;
  readonly replaced: number;
  /** Bytes of the window that input goes through; 0 when all of it is there. */
  readonly window: number;
  /** The figures as they are now; of a stream that freed itself, the last. */
  readonly figures: StreamFigures;
  /** The present chunk, as it is now. */
  chunk(): Uint8Array;
  /** The next chunk, or null at the end. Throws what failed, once; a failing source disposes the stream. */
  next(): Uint8Array | null;
  /** The same, waiting for input. Throws leased while another call waits. */
  nextAsync(): Promise<Uint8Array | null>;
  [Symbol.iterator](): Generator<Uint8Array, void, undefined>;
  /** Left before a source that is waited for has ended, cancels it and disposes the stream. */
  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined>;
  /** Views of text and, where they belong, items. */
  parts(): Generator<Uint8Array | StreamItem, void, undefined>;
  /** The same, waiting for input. */
  partsAsync(): AsyncGenerator<Uint8Array | StreamItem, void, undefined>;
  /** Items made so far, of one kind or of all; each once. Throws invalid_argument for no kind. */
  items(kind?: ItemKind): Generator<StreamItem, void, undefined>;
  /** The document's metadata, parsed; undefined while there is none. */
  readonly metadata: unknown;
  /** What is left, as one string. */
  text(): string;
  /** The same, waiting for input. */
  textAsync(): Promise<string>;
  /**
   * What is left, as a byte stream that has and disposes this one. Reads ahead up to `highWaterMark`
   * bytes and a chunk; 0, thus nothing, by default. One copy, counted.
   */
  readable(options?: { highWaterMark?: number }): ReadableStream<Uint8Array>;
  /** Hands what is left to `sink` and disposes the stream; a promise of its figures. */
  pipeTo(sink: ViewSink | WritableStream<Uint8Array>): Promise<StreamFigures>;
  /** Starts anew. Throws unsupported for a stream that is fed. */
  rewind(): void;
  /** Frees the stream and cancels its source with `reason`. A second call does nothing. */
  dispose(reason?: unknown): void;
  [Symbol.dispose](): void;
}

/**
 * Finds linmem in an Emscripten Module, a WebAssembly.Instance or {exports, memory}; or, in a worker
 * without an instance, in {memory, table} of another thread's Linmem: then open() is what works. Throws
 * unsupported when it was built without linmem/exports.hpp or with another layout version.
 */
export function attach(
  source: WebAssembly.Instance | { exports: object; memory?: WebAssembly.Memory }
    | { memory: WebAssembly.Memory; table: number } | object,
  options?: AttachOptions,
): Linmem;
