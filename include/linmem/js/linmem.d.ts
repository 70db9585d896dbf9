/// <reference lib="esnext.disposable" />

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
  readonly name: 'LinmemError';
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

export interface AttachOptions {
  /** Views throw once what they show is gone. Slow, and not accepted by other APIs than these. */
  debug?: boolean;
  /** Told what was collected without being disposed; a warning by default. */
  onLeak?: (leak: { kind: 'buffer' | 'stream' | 'pool' | 'ring'; handle: number }) => void;
}

/** Fields of parameters when nothing more is known of them. */
export type ParamsValues = Record<string, number | bigint>;
/** A buffer for Linmem.open() in another thread, by postMessage. */
export interface BufferDescriptor {
  readonly kind: 'buffer';
  readonly handle: number;
  readonly address: number;
}
/** Parameters for Linmem.open() in another thread, by postMessage. */
export interface ParamsDescriptor {
  readonly kind: 'params';
  readonly handle: number;
  readonly address: number;
  readonly layout: number;
}

/** Limits of memory; 0 is none. Where pages and bytes are both given, the smaller is in force. */
export interface MemoryLimits {
  /** Pages above which growth is counted as above the soft limit. */
  softPages?: number;
  /** Pages above which growth is refused. */
  hardPages?: number;
  softBytes?: number;
  /** As hardPages, rounded up; and of the heap that linmem takes. */
  hardBytes?: number;
}

/** What a summary says, by percentile: '0.5', '0.95', '0.99'; in seconds. */
export interface Summary {
  readonly [quantile: string]: number;
  readonly sum: number;
  readonly count: number;
}

/** Figures by the names that are exported, without prefix; by label within. No limit is null. */
export interface Figures {
  readonly operation_seconds: Summary;
  readonly [name: string]: number | null | Readonly<Record<string, number>>;
}

/** Figures of one moment, for prometheus() and json(). */
export interface Snapshot {
  readonly rows: readonly object[];
  readonly values: readonly unknown[];
  readonly instance: string;
}

/** The tracker of one module. Its figures are read where they lie, without a call. */
export class Tracker {
  private constructor();
  /** memory_pages as a part of the limit or of the maximum, the smaller of the two: 0..1. */
  readonly usage: number;
  readonly memory_pages: number;
  readonly memory_peak_pages: number;
  readonly memory_maximum_pages: number;
  /** 0 for none, as are the next two. */
  readonly memory_soft_limit_pages: number;
  readonly memory_limit_pages: number;
  readonly heap_limit_bytes: number;
  readonly grow_requests: number;
  readonly grow_failed: number;
  /** Of grow_failed, what the limit refused. */
  readonly grow_denied: number;
  readonly soft_limit_passed: number;
  /** Bytes of the heap that are used or reserved. */
  readonly heap_claimed_bytes: number;
  readonly heap_peak_bytes: number;
  readonly heap_failed: number;
  readonly operations: number;
  readonly operation_errors: number;
  readonly cold_starts: number;
  /** Of the last one; cold_start_sum is of all. */
  readonly cold_start_nanoseconds: number;
  readonly cold_start_sum: number;
  readonly module_cache_hits: number;
  readonly module_cache_misses: number;
  readonly pool_hits: number;
  readonly pool_misses: number;
  readonly pool_refused: number;
  readonly pool_idle: number;
  readonly pool_lent: number;
  /** 0 closed, 1 open, 2 half-open. */
  readonly breaker_state: number;
  readonly fallbacks: number;
  /** Sets the limits. Throws invalid_argument, out_of_range. */
  limit(limits?: MemoryLimits): void;
  /** Counts an operation of the host. */
  operation(milliseconds: number, succeeded?: boolean): void;
  /** Counts an instance that took `milliseconds` from request to ready. */
  coldStart(milliseconds: number): void;
  /** Sets figures that only the host knows. */
  report(figures: Partial<Record<HostFigure, number>>): void;
  /** All figures now; outlives the module. */
  snapshot(options?: { instance?: string }): Snapshot;
  figures(): Figures;
  /** The text exposition format 0.0.4. */
  prometheus(options?: { prefix?: string; instance?: string }): string;
  json(options?: { instance?: string }): string;
  /** Tells once when an alert is raised and once when it is over; the function ends that. */
  watch(changed: (alert: Alert, isRaised: boolean) => void, options?: WatchOptions): () => void;
  /** Tells when a figure is another than `interval` (1,000) milliseconds ago; the function ends that. */
  onChange(
    changed: (figures: Figures, before: Figures) => void,
    options?: { interval?: number },
  ): () => void;
}

/** What Tracker.watch() tells of. */
export type Alert = 'growth_failures' | 'cold_start' | 'ramp' | 'cache_misses';

export interface WatchOptions {
  /** Milliseconds between two looks; 1,000. */
  interval?: number;
  /** More than this part of the growths failed; 0.05. */
  growthFailureRate?: number;
  /** What a start may take; 15. */
  coldStartMs?: number;
  /** Slow starts, of the last coldStartWindow; 3 of 5. */
  coldStartsOver?: number;
  coldStartWindow?: number;
  /** Looks to a trough of used memory; 64. */
  leakWindow?: number;
  /** More than this part of the lookups missed; 0.5. */
  cacheMissRate?: number;
}

/** Figures that Tracker.report() sets. */
export type HostFigure =
  | 'module_cache_hits'
  | 'module_cache_misses'
  | 'pool_hits'
  | 'pool_misses'
  | 'pool_refused'
  | 'pool_idle'
  | 'pool_lent'
  | 'breaker_state'
  | 'fallbacks';

/** The text exposition format 0.0.4 of one snapshot, or of several. */
export function prometheus(
  snapshots: Snapshot | readonly Snapshot[],
  options?: { prefix?: string },
): string;
/** One snapshot as JSON text. */
export function json(snapshot: Snapshot): string;

/** Settings of a deployment; see docs/environment.md. */
export interface Configuration {
  readonly memoryLimitMb: number;
  readonly memoryLimitPages: number;
  readonly maxPoolSize: number;
  readonly initialPoolSize: number;
  readonly enableSimd: boolean;
  readonly enableModuleCache: boolean;
  readonly coldStartTargetMs: number;
  readonly timeoutSecs: number;
  readonly enableReuse: boolean;
  readonly enableMetrics: boolean;
  /** For Tracker.limit(). */
  readonly limits: MemoryLimits;
  /** A sentence for each value that was not taken. */
  readonly problems: readonly string[];
}

/** Reads the settings from `environment`, or from that of the process. Throws limit_exceeded. */
export function readEnvironment(
  environment?: Readonly<Record<string, string | undefined>>,
  options?: { prefix?: string },
): Configuration;

/** The linear memory of one module, with what lies in it. */
export class Linmem {
  private constructor();
  /** The version of the library in the module. */
  readonly version: string;
  readonly memory: WebAssembly.Memory;
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
  /**
   * The parameters that the module answered with `handle`; `T` as declaration() says. Throws
   * unsupported without linmem/params_exports.hpp in the module.
   */
  params<T extends object = ParamsValues>(handle: number): SharedParams<T>;
  /** What another thread on the same memory has; it is freed there. Throws invalid_handle. */
  open(descriptor: BufferDescriptor): SharedBuffer;
  open<T extends object = ParamsValues>(descriptor: ParamsDescriptor): SharedParams<T>;
  /** A ring for messages or bytes. Throws unsupported without linmem/ring_exports.hpp in the module. */
  ring(options?: RingOptions): Ring;
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
  readonly capacity: number;
  /** Bytes committed, from the front. */
  readonly length: number;
  readonly free: number;
  /** Committed bytes. Stale once the memory grows. Throws out_of_range. */
  view(offset?: number, length?: number): Uint8Array;
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

/** One side's copy of parameters that C++ and JavaScript share; see shared_params.hpp. */
export class SharedParams<T extends object = ParamsValues> {
  private constructor();
  readonly handle: number;
  readonly descriptor: ParamsDescriptor;
  /**
   * A property for each field; 64-bit integers are bigint. Assigning throws invalid_argument or
   * out_of_range, and stays here until publish().
   */
  readonly values: T;
  /** How often read() and publish() try; 10,000. Once where memory is not shared. */
  attempts: number;
  /** The version that `values` is based on; 0 when nothing was read yet. */
  readonly version: number;
  /** The newest version. */
  readonly presentVersion: number;
  /** The number of the publication under way, 0 for none. */
  readonly publication: number;
  /** Bytes of fields that this side moved. */
  readonly bytesMoved: number;
  /** Bytes of fields that the publications of all sides moved. */
  readonly published: number;
  /** Brings the newest version; returns the names of what changed. Throws timed_out. */
  read(): Array<keyof T & string>;
  /** Publishes what was changed here; returns the version. Throws conflict, timed_out, abandoned. */
  publish(options?: { expected?: number }): number;
  /** Takes own changes back that are not published. */
  discard(): void;
  /** Ends the publication of a writer known to be dead. Throws conflict. */
  recover(publication: number): number;
  /** Waits, at most `timeout` milliseconds, for a version that was not read: whether there is one. */
  changed(timeout?: number): Promise<boolean>;
  /** The text of a TypeScript interface for `values`. */
  declaration(name: string): string;
}

/** Buffers that are used again instead of freed; see buffer_pool.hpp. */
export class BufferPool {
  private constructor();
  readonly handle: number;
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
  base64(): string;
}

export interface RingOptions {
  /** Bytes of data, a power of two from 32 to 2^30; 65,536. */
  capacity?: number;
  kind?: RingKind;
}
export type RingKind = 'messages' | 'bytes';
export type RingRole = 'producer' | 'consumer';

export interface RingEndOptions {
  /** Of who has the side, not 0; 1. */
  number?: number;
}
export interface RingProducerOptions extends RingEndOptions {
  /** Commits until the producer publishes; 1. With 0 only publish(), a full ring and the end do. */
  publishEvery?: number;
}

/** What opens an end in another thread, where the memory is shared. Posted, not read. */
export interface RingDescriptor {
  readonly memory: WebAssembly.Memory;
  readonly address: number;
  readonly capacity: number;
  readonly kind: RingKind;
  readonly offsets: Record<string, number>;
  readonly codes: readonly string[];
}

/** What connectRing() takes in another thread. Posted, not read. */
export interface RingEndpoint<Role extends RingRole = RingRole> {
  readonly role: Role;
}

/** A ring in linear memory; see ring.hpp. */
export class Ring {
  private constructor();
  /** What the module's functions take; 0 once disposed. */
  readonly handle: number;
  readonly capacity: number;
  readonly kind: RingKind;
  /** Bytes of the largest message. */
  readonly largestMessage: number;
  readonly descriptor: RingDescriptor;
  /** The writing end. Throws leased, closed, abandoned, corrupt. */
  producer(options?: RingProducerOptions): RingProducer;
  /** The reading end. Throws as producer(). */
  consumer(options?: RingEndOptions): RingConsumer;
  /** Declares a side gone, once its worker was terminated. */
  abandon(role: RingRole): void;
  /** What another thread gives to connectRing() to have side `role`. */
  connect<Role extends RingRole>(role: Role): { endpoint: RingEndpoint<Role>; transfer: Transferable[] };
  /** Frees the ring. Throws leased while a side is taken. A second call does nothing. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** What both writing ends do. */
export interface Producer {
  /** Bytes of the largest message; of bytes, what the ring holds. */
  readonly largest: number;
  /** Room to be filled, or null when there is none now. Throws limit_exceeded, closed, abandoned, corrupt. */
  tryClaim(bytes: number): Uint8Array | null;
  /** The first `bytes` of what was claimed are filled; all of them. Throws out_of_range. */
  commit(bytes?: number): void;
  /** Gives a claim up. */
  abort(): void;
  /** Copies a message: whether there was room. Of bytes: how many there was room for. */
  tryWrite(data: Piece): boolean | number;
  /** Copies all of it, waiting for room. */
  write(data: Piece): Promise<void>;
  /** True once there is room, or a claim would throw why not; false after `timeout` ms. */
  ready(bytes: number, timeout?: number): Promise<boolean>;
  /** Makes what is committed visible. */
  publish(): void;
  /** Nothing follows. */
  end(): void;
  /** Nothing follows because of `code`, which the consumer is thrown once. */
  fail(code: ErrorCode): void;
  /** Declares the consumer gone. */
  abandonConsumer(): void;
  dispose(): void;
  [Symbol.dispose](): void;
}

/** What both reading ends do. */
export interface Consumer extends AsyncIterable<Uint8Array> {
  /**
   * The next message, or bytes in one piece, in place; undefined for nothing now, null at the end.
   * Valid until consumed. Throws what the producer failed with, once; abandoned, corrupt.
   */
  peek(): Uint8Array | null | undefined;
  /** Ends the use of what was peeked at; of bytes, of the first `bytes`. */
  consume(bytes?: number): void;
  /** A copy of the next; otherwise as peek(). */
  tryRead(): Uint8Array | null | undefined;
  /** Copies the next into `into`: its length. Throws limit_exceeded when a message is longer. */
  tryRead(into: Uint8Array): number | null | undefined;
  /** A copy of the next, once there is one; null at the end. */
  read(): Promise<Uint8Array | null>;
  /** Each in place, valid until the next is asked for. */
  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined>;
  /** True once there is something to read or to learn; false after `timeout` ms. */
  ready(timeout?: number): Promise<boolean>;
  /** Gives what was consumed back now. */
  release(): void;
  /** Wants no more. */
  cancel(): void;
  /** Declares the producer gone. */
  abandonProducer(): void;
  dispose(): void;
  [Symbol.dispose](): void;
}

/** The writing end of a ring in memory. */
export class RingProducer {
  private constructor();
  static from(descriptor: RingDescriptor, options?: RingProducerOptions): RingProducer;
  /** As ready(), while nothing else runs. Throws unsupported on the main thread of a browser. */
  waitSync(bytes: number, timeout: number): boolean;
}
export interface RingProducer extends Producer {}

/** The reading end of a ring in memory. */
export class RingConsumer {
  private constructor();
  static from(descriptor: RingDescriptor, options?: RingEndOptions): RingConsumer;
  /** As ready(), while nothing else runs. Throws unsupported on the main thread of a browser. */
  waitSync(timeout: number): boolean;
}
export interface RingConsumer extends Consumer {}

/** The writing end of a port. */
export class PortProducer {
  constructor(port: MessagePort, ring: { capacity: number; kind: RingKind }, options?: RingProducerOptions);
}
export interface PortProducer extends Producer {}

/** The reading end of a port. */
export class PortConsumer {
  constructor(port: MessagePort, ring: { capacity: number; kind: RingKind });
}
export interface PortConsumer extends Consumer {}

/** The end that Ring.connect() of another thread offers. */
export function connectRing(endpoint: RingEndpoint<'producer'>, options?: RingProducerOptions): Producer;
export function connectRing(endpoint: RingEndpoint<'consumer'>, options?: RingEndOptions): Consumer;

/** How many connections of this thread went through a port, as their memory was not shared. */
export function ringFallbacks(): number;

/** A result of the module, chunk by chunk; each chunk is whole UTF-8. */
export class ChunkStream implements Iterable<Uint8Array>, AsyncIterable<Uint8Array>, StreamFigures {
  private constructor();
  readonly handle: number;
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
  partsAsync(): AsyncGenerator<Uint8Array | StreamItem, void, undefined>;
  /** Items made so far, of one kind or of all; each once. Throws invalid_argument for no kind. */
  items(kind?: ItemKind): Generator<StreamItem, void, undefined>;
  /** The document's metadata, parsed; undefined while there is none. */
  readonly metadata: unknown;
  /** What is left, as one string. */
  text(): string;
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

export interface CircuitBreakerOptions {
  /** Opens when this many of a hundred remembered calls failed; 50. */
  failurePercent?: number;
  /** Does not open before it remembers this many calls; 10. */
  minimumCalls?: number;
  /** Calls remembered at most; 128. */
  windowCalls?: number;
  /** Milliseconds after which a call is forgotten; never. */
  windowMs?: number;
  /** Milliseconds that it stays open; 5,000. */
  openMs?: number;
  /** Calls permitted while half open, all of which have to succeed; 1. */
  trials?: number;
  /** Milliseconds from any beginning; those of performance. */
  now?: () => number;
}

/** Stops calling what fails, and tries it again later; see circuit_breaker.hpp. */
export class CircuitBreaker {
  constructor(options?: CircuitBreakerOptions);
  readonly state: 'closed' | 'open' | 'half_open';
  readonly statistics: {
    permitted: number;
    refused: number;
    opened: number;
    calls: number;
    failures: number;
    state: 'closed' | 'open' | 'half_open';
  };
  /** Leave for one call: the first outcome counts. Throws unavailable. */
  acquire(): { success(): void; failure(): void; cancel(): void };
  /** What `f` gives; what it throws is a failure. Rejects with unavailable while it is open. */
  call<T>(f: () => T | PromiseLike<T>): Promise<T>;
  /** Closes it and forgets every call. */
  reset(): void;
}

/** What an engine can do. */
export interface Features {
  readonly simd: boolean;
  /** Shared memory and atomics, and that they can be handed to a worker. */
  readonly threads: boolean;
  readonly bulkMemory: boolean;
  readonly memory64: boolean;
  /** Those of -fwasm-exceptions by default. */
  readonly exceptions: boolean;
  /** Those of the standard. */
  readonly exnref: boolean;
  readonly tailCalls: boolean;
  /** A memory whose buffer grows in place. */
  readonly resizable: boolean;
  /** Text is decoded from and encoded into shared memory. */
  readonly decodesShared: boolean;
}
/** What this engine can do, found out by modules that do it; or the one whose globals are given. */
export function probe(engine?: object): Features;

/** Why a build was taken or passed over. */
export interface LoadStep {
  build: string;
  outcome: 'loaded' | 'unsupported' | 'failed' | 'wrong';
  reason: string;
  error?: unknown;
}
export interface LoadOptions<T> {
  /** False for a module that does not compute what it should: it is passed over. */
  check?: (module: T, build: string) => boolean | PromiseLike<boolean>;
  /** Told what is passed over; without it there is a warning, once for each build. */
  onFallback?: (step: LoadStep) => void;
  features?: Partial<Features>;
}
/**
 * The first of `builds` that the host runs: functions by the features they need, joined by dashes, best
 * first; `baseline` needs none. Throws unsupported when none is left.
 */
export function load<T>(
  builds: Record<string, (features: Features) => T | PromiseLike<T>>,
  options?: LoadOptions<T>,
): Promise<{ module: T; build: string; reason: string; steps: LoadStep[] }>;
/** How often each build was passed over on this thread. */
export const fallbacks: Record<string, { unsupported: number; failed: number; wrong: number }>;

/** What a module is compiled from. */
export type ModuleSource = BufferSource | Response | Blob | PromiseLike<BufferSource | Response | Blob>;

export interface ModuleCacheOptions {
  /** Modules at most; 64. */
  maxEntries?: number;
  /** Bytes that they were compiled from, at most; 256 MiB. */
  maxBytes?: number;
  /** A promise of what stands for the bytes: SHA-256. With null, copies of them are compared. */
  digest?: ((bytes: Uint8Array) => PromiseLike<ArrayBuffer>) | null;
}

/** Compiled modules by content and options. */
export class ModuleCache {
  constructor(options?: ModuleCacheOptions);
  readonly statistics: {
    hits: number;
    misses: number;
    failures: number;
    evicted: number;
    /** Compiled while they arrived. */
    streamed: number;
    entries: number;
    bytes: number;
  };
  /** The module of `source`, compiled once; `options` are those of WebAssembly.compile. */
  compile(source: ModuleSource, options?: object): Promise<WebAssembly.Module>;
  /** Forgets every module. */
  clear(): void;
}
/** The Emscripten module that `createModule` makes of what was compiled before. */
export function instantiate<T>(
  createModule: (options: object) => PromiseLike<T>,
  compiled: WebAssembly.Module,
  options?: object,
): Promise<T>;

/** Offers the functions of what `create` gives to the WorkerInstance of this worker. */
export function serve<Data = unknown>(create: (data: Data) => object | PromiseLike<object>): void;

/** An instance in a worker of its own, of Node or of the web. */
export class WorkerInstance {
  private constructor();
  /** Starts the module `url`, which calls serve(); `options` are those of the host's Worker. */
  static create(
    url: string | URL,
    options?: { data?: unknown; transfer?: readonly unknown[]; options?: object },
  ): Promise<WorkerInstance>;
  /** Pages of linear memory, as of the last answer. */
  readonly pages: number;
  readonly isAlive: boolean;
  /** What the worker's function returns. Rejects with what it throws, or with abandoned. */
  call<T = unknown>(method: string, args?: readonly unknown[], transfer?: readonly unknown[]): Promise<T>;
  /** Ends the worker, whatever it is doing. */
  terminate(): void;
  dispose(): void;
  [Symbol.dispose](): void;
}

export interface InstancePoolOptions {
  /** Instances kept; 2. */
  initial?: number;
  /** Instances at most; 8. */
  max?: number;
  /** Calls that may wait; 1,024. */
  maxWaiting?: number;
  /** Milliseconds for a call, waiting included; 30,000. */
  timeoutMs?: number;
  /** Milliseconds to make an instance; 30,000. */
  createMs?: number;
  /** Pages above which an instance is replaced; none. */
  retirePages?: number;
  /** Milliseconds after which it is; never. */
  retireMs?: number;
  /** Calls after which it is; never. */
  retireUses?: number;
  /** The breaker of the module, or its options. */
  breaker?: CircuitBreaker | CircuitBreakerOptions;
  /** True for what leaves no usable instance behind: all but a LinmemError. */
  breaks?: (error: unknown) => boolean;
}
export interface CallOptions {
  signal?: AbortSignal;
  /** Milliseconds, waiting included. */
  timeoutMs?: number;
}
/** An instance that is in use. Its first end counts. */
export interface InstanceLease<I> {
  readonly instance: I;
  release(): void;
  /** Gives it back after a call that threw `error`. */
  fail(error: unknown): void;
  [Symbol.dispose](): void;
}

/** Instances that are used again, by calls that wait in line and have a deadline. */
export class InstancePool<I extends object> {
  constructor(create: () => I | PromiseLike<I>, options?: InstancePoolOptions);
  readonly breaker: CircuitBreaker;
  readonly statistics: {
    created: number;
    /** Calls served by what was there. */
    hits: number;
    /** Calls that waited for an instance to be made. */
    misses: number;
    succeeded: number;
    failed: number;
    timed_out: number;
    refused: number;
    retired: { pages: number; age: number; uses: number; broken: number; deadline: number; aborted: number };
    idle: number;
    busy: number;
    creating: number;
    waiting: number;
    /** Pages of linear memory of all instances. */
    pages: number;
  };
  /** Makes instances until there are `initial`. */
  warmUp(): Promise<void>;
  /** What `job` gives. Rejects with what it throws, timed_out, unavailable, limit_exceeded, closed. */
  run<T>(job: (instance: I, context: { signal?: AbortSignal }) => T | PromiseLike<T>, options?: CallOptions): Promise<T>;
  /** An instance to use at one's own pace; the deadline is for the wait. */
  acquire(options?: CallOptions): Promise<InstanceLease<I>>;
  /** Serves those that wait, ends every instance, and takes no more. */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
