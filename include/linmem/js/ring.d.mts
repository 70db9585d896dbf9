/// <reference lib="esnext.disposable" />
// Types of ring.mjs.
import type { ErrorCode, Linmem, Piece } from './linmem.mjs';

/** What Linmem.ring() makes. */
export interface RingOptions {
  /** Bytes of data, a power of two from 32 to 2^30; 65,536. */
  capacity?: number;
  kind?: RingKind;
}
/** Whether what is written keeps its boundaries. */
export type RingKind = 'messages' | 'bytes';
/** A side of a ring. */
export type RingRole = 'producer' | 'consumer';

/** How a side is taken. */
export interface RingEndOptions {
  /** Of who has the side, not 0; 1. */
  number?: number;
}
/** How the writing side is taken. */
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
  /** Throws unsupported without linmem/ring_exports.hpp in the module. May grow the memory. */
  constructor(memory: Linmem, options?: RingOptions);
  /** What the module's functions take; 0 once disposed. */
  readonly handle: number;
  /** Bytes of data. */
  readonly capacity: number;
  /** Messages or bytes. */
  readonly kind: RingKind;
  /** Bytes of the largest message. */
  readonly largestMessage: number;
  /** For the from() of an end in another thread, by postMessage. */
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
  /** Publishes, and leaves the side open for another producer; a port ends. A second call does nothing. */
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
  /** Releases, and leaves the side open for another consumer; of a port, as cancel(). A second call does nothing. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** The writing end of a ring in memory. */
export class RingProducer {
  private constructor();
  /** The writing end in another thread. Throws as Ring.producer(). */
  static from(descriptor: RingDescriptor, options?: RingProducerOptions): RingProducer;
  /** As ready(), while nothing else runs. Throws unsupported on the main thread of a browser. */
  waitSync(bytes: number, timeout: number): boolean;
}
export interface RingProducer extends Producer {}

/** The reading end of a ring in memory. */
export class RingConsumer {
  private constructor();
  /** The reading end in another thread. Throws as Ring.producer(). */
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
