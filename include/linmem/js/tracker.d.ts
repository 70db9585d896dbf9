// Types of tracker.mjs and metrics.mjs.
import type { Linmem } from './linmem.js';

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

/** A tracker for Tracker.open() in another thread, by postMessage. */
export interface TrackerDescriptor {
  readonly kind: 'tracker';
  readonly address: number;
  readonly table: number;
}

/** The tracker of one module. Its figures are read where they lie, without a call. */
export class Tracker {
  private constructor();
  /** The figures of a tracker in another thread on the same memory; what calls the module throws unsupported. */
  static open(memory: Linmem, descriptor: TrackerDescriptor): Tracker;
  /** What open() takes, in another thread. */
  readonly descriptor: TrackerDescriptor;
  /** memory_pages as a part of the limit or of the maximum, the smaller of the two: 0..1. */
  readonly usage: number;
  /** Pages of linear memory now. */
  readonly memory_pages: number;
  /** The most pages so far. */
  readonly memory_peak_pages: number;
  /** Pages that there may be, as the module declares; 0 while unknown. */
  readonly memory_maximum_pages: number;
  /** Pages above which growth is counted; 0 for none. */
  readonly memory_soft_limit_pages: number;
  /** Pages above which growth is refused; 0 for none. */
  readonly memory_limit_pages: number;
  /** Bytes above which an allocation is refused; 0 for none. */
  readonly heap_limit_bytes: number;
  /** Growths asked for. */
  readonly grow_requests: number;
  /** Of these, what anyone refused. */
  readonly grow_failed: number;
  /** Of grow_failed, what the limit refused. */
  readonly grow_denied: number;
  /** Growths from below the soft limit to above it. */
  readonly soft_limit_passed: number;
  /** Bytes of the heap that are used or reserved. */
  readonly heap_claimed_bytes: number;
  /** The most of them so far. */
  readonly heap_peak_bytes: number;
  /** Allocations refused. */
  readonly heap_failed: number;
  /** Operations so far. */
  readonly operations: number;
  /** Of these, what failed. */
  readonly operation_errors: number;
  /** Instances made. */
  readonly cold_starts: number;
  /** Nanoseconds that the last one took. */
  readonly cold_start_nanoseconds: number;
  /** Nanoseconds that all took. */
  readonly cold_start_sum: number;
  /** Modules that were found compiled; this and what follows is what report() set. */
  readonly module_cache_hits: number;
  /** Modules that had to be compiled. */
  readonly module_cache_misses: number;
  /** Acquisitions served from what was idle. */
  readonly pool_hits: number;
  /** Acquisitions for which something was made. */
  readonly pool_misses: number;
  /** Acquisitions refused. */
  readonly pool_refused: number;
  /** What lies idle. */
  readonly pool_idle: number;
  /** What is lent. */
  readonly pool_lent: number;
  /** 0 closed, 1 open, 2 half-open. */
  readonly breaker_state: number;
  /** Times that a lesser build was taken. */
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
  /** The same as an object of plain values. */
  figures(): Figures;
  /** The text exposition format 0.0.4. */
  prometheus(options?: { prefix?: string; instance?: string }): string;
  /** The figures as JSON text. */
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

/** When Tracker.watch() tells. */
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
