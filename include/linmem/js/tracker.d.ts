// Types of tracker.mjs and metrics.mjs.

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
