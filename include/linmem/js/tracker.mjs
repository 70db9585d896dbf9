// tracker.mjs - what a module uses and may use, read where the module counts it.
//
//   memory.tracker.limit({ hardPages: 64 });          // 4 MiB of linear memory
//   memory.tracker.memory_peak_pages;                 // no call into the module
//   response.end(memory.tracker.prometheus());
//
// Needs linmem/tracker_exports.hpp in the module. The figures are the fields of tracker_block in
// linmem/resource_tracker.hpp, exact up to 2^53 - 1.
import { checkCount, LinmemError } from './error.mjs';
import { json, prometheus } from './metrics.mjs';

const word = 2 ** 32;

/** Figures that only the host knows; report() sets them. */
const reported = new Set(['module_cache_hits', 'module_cache_misses', 'pool_hits', 'pool_misses',
  'pool_refused', 'pool_idle', 'pool_lent', 'breaker_state', 'fallbacks']);

const checkLimit = (value, what) => checkCount(value, what, Number.MAX_SAFE_INTEGER);

/** Nanoseconds of a duration in milliseconds. */
function nanoseconds(milliseconds, what) {
  if (typeof milliseconds !== 'number' || !(milliseconds >= 0 && milliseconds < 2 ** 53 / 1e6)) {
    throw new LinmemError('invalid_argument', `${what}, which is no duration: ${String(milliseconds)}`);
  }
  return Math.round(milliseconds * 1e6);
}

/** The tracker of one module. Made by Linmem.tracker. */
export class Tracker {
  #linmem;
  #abi;
  #table;
  #tableAddress;
  #address; // of the block, which stays where it is
  #words = new Uint32Array(0);
  #watching; // the timer of watch()

  /** Use Linmem.tracker, or open(). */
  constructor(linmem, { address, table } = {}) {
    this.#linmem = linmem;
    const abi = linmem.part('tracker', ['table', 'block', 'limit', 'operation', 'cold_start', 'watch', 'alerts']);
    this.#abi = abi;
    this.#address = address ?? linmem.check(abi.block());
    this.#tableAddress = table ?? abi.table() >>> 0;
    this.#table = this.#readTable(this.#tableAddress);
    // A property for each figure, not a method with its name: the engine then knows the offset.
    for (const [name, offset] of Object.entries(this.#table.offsets)) {
      const index = (this.#address + offset) / 4;
      Object.defineProperty(this, name, { enumerable: true, get: () => this.#read(index) });
    }
  }

  /** What open() takes, in another thread on the same memory. */
  get descriptor() { return { kind: 'tracker', address: this.#address, table: this.#tableAddress }; }

  /**
   * The figures of a tracker in another thread on the same memory, whose `descriptor` came by postMessage: as
   * that thread's, but what calls the module throws `unsupported` without an instance.
   */
  static open(linmem, descriptor) {
    const { kind, address, table } = descriptor;
    if (kind !== 'tracker') throw new LinmemError('invalid_argument', `kind of a descriptor: ${String(kind)}`);
    return new Tracker(linmem, { address: linmem.blockAt(address), table: linmem.blockAt(table) });
  }

  /**
   * The word at `index`, in units of four bytes. Views of a memory that grew are empty, and what is read
   * beyond an end is undefined: that is the whole check, and cheaper than asking for the buffer. Views of a
   * shared memory become too short instead, but the block was there when they were made.
   */
  #read(index) {
    const low = this.#words[index];
    if (low !== undefined) return low + this.#words[index + 1] * word;
    this.#words = new Uint32Array(this.#linmem.memory.buffer);
    return this.#words[index] + this.#words[index + 1] * word;
  }

  // detail::metrics_table and metric in C++: their offsets are known on both sides.
  #readTable(table) {
    const u32 = (at) => this.#linmem.data.getUint32(at, true);
    const text = (at) => this.#linmem.cString(u32(at));
    const rows = Array.from({ length: u32(table + 4) }, (_, index) => {
      const at = u32(table + 8) + 20 * index;
      return {
        index, name: text(at), help: text(at + 4), label: text(at + 8), value: text(at + 12),
        offset: this.#linmem.data.getUint16(at + 16, true),
        type: this.#linmem.data.getUint8(at + 18), unit: this.#linmem.data.getUint8(at + 19),
      };
    });
    return {
      offsets: Object.fromEntries(this.#linmem.fieldsAt(u32(table)).map(({ name, offset }) => [name, offset])),
      rows,
      buckets: u32(table + 12), least: u32(table + 16), perDoubling: u32(table + 20),
      percentiles: Array.from({ length: u32(table + 24) }, (_, i) => u32(u32(table + 28) + 4 * i)),
      alerts: Array.from({ length: u32(table + 32) }, (_, i) => text(u32(table + 36) + 4 * i)),
    };
  }

  /** Pages now as a part of those there may be, 0..1; see tracker_block::usage(). */
  get usage() {
    const most = [65536, this.memory_maximum_pages, this.memory_limit_pages].filter((pages) => pages !== 0);
    return this.memory_pages / Math.min(...most);
  }

  /** The value of the word at `offset` of the block. */
  #at(offset) { return this.#read((this.#address + offset) / 4); }

  /** The histogram at `offset` of the block; see linmem/histogram.hpp. */
  #histogram(offset) {
    const { buckets, least, perDoubling, percentiles } = this.#table;
    const count = this.#at(offset);
    const counts = Array.from({ length: buckets }, (_, i) => this.#at(offset + 16 + 8 * i));
    const upperBound = (i) => (i < perDoubling ? i + 1
      : (perDoubling + (i % perDoubling) + 1) * 2 ** (Math.floor(i / perDoubling) - 1)) * least;
    const quantile = (percent) => {
      const rank = Math.floor(count / 100) * percent + Math.floor(((count % 100) * percent + 99) / 100);
      let seen = 0;
      const bucket = counts.findIndex((n) => (seen += n) >= rank && seen !== 0);
      return bucket < 0 ? 0 : upperBound(bucket);
    };
    return { count, sum: this.#at(offset + 8), quantiles: percentiles.map((p) => [p, quantile(p)]) };
  }

  /**
   * All figures as they are now, in an object that outlives the module. `instance` tells it from others in
   * an export.
   */
  snapshot({ instance = '' } = {}) {
    const { rows } = this.#table;
    const values = rows.map(({ offset, type }) => (type === 2 ? this.#histogram(offset) : this.#at(offset)));
    return { rows, values, instance };
  }

  /** All figures by name, as prometheus() and json() name them; labels as a name within. */
  figures() { return JSON.parse(this.json()); }

  /** The text exposition format 0.0.4. */
  prometheus({ prefix, instance } = {}) { return prometheus(this.snapshot({ instance }), { prefix }); }

  /** The figures as JSON text. */
  json({ instance } = {}) { return json(this.snapshot({ instance })); }

  /**
   * Sets the limits: of linear memory and, the hard one, of the heap. 0 is none. Where pages and bytes are
   * both given, the smaller one is in force. One call into the module.
   */
  limit({ softPages = 0, hardPages = 0, softBytes = 0, hardBytes = 0 } = {}) {
    this.#linmem.check(this.#abi.limit(checkLimit(softPages, 'soft limit in pages'),
      checkLimit(hardPages, 'hard limit in pages'), checkLimit(softBytes, 'soft limit in bytes'),
      checkLimit(hardBytes, 'hard limit in bytes')));
  }

  /** Counts an operation of the host. One call into the module. */
  operation(milliseconds, succeeded = true) {
    this.#linmem.check(this.#abi.operation(nanoseconds(milliseconds, 'operation'), succeeded ? 1 : 0));
  }

  /** Counts an instance that took `milliseconds` from request to ready. One call into the module. */
  coldStart(milliseconds) {
    this.#linmem.check(this.#abi.cold_start(nanoseconds(milliseconds, 'cold start')));
  }

  /** Sets figures that the host knows and the module does not: {module_cache_hits: 3, pool_idle: 1, ...}. */
  report(figures) {
    for (const [name, value] of Object.entries(figures)) {
      if (!reported.has(name)) throw new LinmemError('invalid_argument', `${name}, which is no figure of the host`);
      checkLimit(value, name);
    }
    for (const [name, value] of Object.entries(figures)) {
      const at = this.#address + this.#table.offsets[name];
      this.#linmem.data.setUint32(at, value % word, true);
      this.#linmem.data.setUint32(at + 4, Math.floor(value / word), true);
    }
  }

  /**
   * Judges the figures every `interval` milliseconds, and calls `changed(alert, isRaised)` once when an alert
   * is raised and once when it is over. The rest of the options are alert_options in linmem/alerts.hpp. A
   * tracker has one watch: another call ends it. Returns the function that ends it. Keeps no process alive.
   */
  watch(changed, { interval = 1000, growthFailureRate = 0.05, coldStartMs = 15, coldStartsOver = 3,
    coldStartWindow = 5, leakWindow = 64, cacheMissRate = 0.5 } = {}) {
    for (const [rate, what] of [[growthFailureRate, 'growth failure rate'], [cacheMissRate, 'cache miss rate']]) {
      if (!(rate >= 0 && rate <= 1)) throw new LinmemError('invalid_argument', `${what}, which is not 0 to 1: ${rate}`);
    }
    this.#linmem.check(this.#abi.watch(growthFailureRate, nanoseconds(coldStartMs, 'cold start'),
      checkCount(coldStartsOver, 'cold starts'), checkCount(coldStartWindow, 'window of cold starts'),
      checkCount(leakWindow, 'window of samples'), cacheMissRate));
    clearInterval(this.#watching);
    let before = 1;
    const timer = setInterval(() => {
      const now = this.#linmem.check(this.#abi.alerts());
      this.#table.alerts.forEach((alert, i) => {
        if ((now ^ before) & (2 << i)) changed(alert, (now & (2 << i)) !== 0);
      });
      before = now;
    }, interval);
    timer.unref?.();
    this.#watching = timer;
    return () => clearInterval(timer);
  }

  /**
   * Calls `changed(figures, before)` when a figure is another than `interval` milliseconds ago. Returns the
   * function that ends it. Keeps no process alive.
   */
  onChange(changed, { interval = 1000 } = {}) {
    let before = this.json();
    const timer = setInterval(() => {
      const now = this.json();
      if (now === before) return;
      const [figures, last] = [JSON.parse(now), JSON.parse(before)];
      before = now;
      changed(figures, last);
    }, interval);
    timer.unref?.();
    return () => clearInterval(timer);
  }
}
