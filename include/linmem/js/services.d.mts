/// <reference lib="esnext.disposable" />
// Types of services.mjs.
import type { MemoryLimits } from './linmem.mjs';

/** When a breaker opens, and how it closes again. */
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
  /** half_open as soon as an open one would permit a trial. */
  readonly state: 'closed' | 'open' | 'half_open';
  /** What it did so far, and the calls and failures that it remembers. */
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
/** How load() chooses. */
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

/** What a cache holds. */
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
  /** Figures as of now; misses are the modules compiled, or tried to. */
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

/** What such a function returns to have `list` in `value` moved to the other side instead of copied. */
export function transfer(value: unknown, list: readonly unknown[]): unknown;

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
  /** False once the worker ended. */
  readonly isAlive: boolean;
  /** What the worker's function returns. Rejects with what it throws, or with abandoned. */
  call<T = unknown>(method: string, args?: readonly unknown[], transfer?: readonly unknown[]): Promise<T>;
  /** Ends the worker, whatever it is doing. */
  terminate(): void;
  /** The same. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** How many instances there are, and for how long. */
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
/** How long one call may take. */
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
  /** The breaker that every call passes. */
  readonly breaker: CircuitBreaker;
  /** Figures as of now. */
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
