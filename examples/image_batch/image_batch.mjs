// Images in, filtered images out, in batches that several workers run. Results come in the order of the input, one
// for each: a bad image is a result with an error.
//
//   const images = await ImageBatch.create('build/wasm/examples/image_batch', { jobs: 2 });
//   images.set({ thumbnail: 128, grayscale: 1 });
//   for await (const { name, width, height, pixels, error } of images.process([{ name: 'a', path: 'a.png' }])) { ... }
//   await images.dispose();
//
// Files and results lie in the memory of one instance, with the cache. Where that is shared, its threads work on
// them in place. Where it is not, workers with instances of their own are sent the files and send back pixels.
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';

import { LinmemError } from '../../include/linmem/js/linmem.mjs';
import { defaults, Engine } from './engine.mjs';
import { ThreadRunner, TransferRunner } from './runners.mjs';
import { Scheduler } from './scheduler.mjs';

const workerUrl = new URL('./image_worker.mjs', import.meta.url);

const startMs = 30000; // for a thread to start
const batchMs = 120000; // for a worker to do a batch

/** Bytes that images may have, in all. */
const memoryFor = ({ poolBytes, hardPages, hardBytes }) =>
  Math.min(poolBytes, 65536 * hardPages || Infinity, hardBytes || Infinity);

/** What became of one image. */
class Result {
  #job;
  #free;

  /** Of `job`, which `free()` gives back; or with `error` instead. */
  constructor(name, began, { job, free, error }) {
    this.name = name;
    this.#job = job;
    this.#free = free;
    /** Why there are no pixels; undefined when there are. */
    this.error = error;
    this.ms = performance.now() - began;
    if (error) return;
    const { width, height, source_width, source_height } = job.block;
    Object.assign(this, { width, height, sourceWidth: source_width, sourceHeight: source_height });
    this.isCached = job.isCached;
  }

  /** RGBA, where it lies. Stale once the memory grows, and with dispose(). */
  get pixels() {
    if (!this.#job) throw new LinmemError('invalid_handle', 'a result without pixels');
    return this.#job.pixels;
  }

  /** Gives the pixels back. A second call does nothing. */
  dispose() {
    this.#job = undefined;
    this.#free?.();
    this.#free = undefined;
  }
}

/** A pipeline with its workers. */
export class ImageBatch {
  #engine;
  #runner;
  #scheduler;
  #window; // {images, bytes} under way at most
  #held = 0; // bytes of the pixels of those that are under way
  #began = performance.now();
  #counts = { images: 0, failed: 0, cached: 0, pixels: 0, params_set: 0, params_fields: 0 };

  /**
   * @param build the folder with image_batch.mjs and image_batch.wasm
   * @param options jobs: threads or workers (2); maxBatch, maxBytes, maxWaitMs, agingMs, clock: see Scheduler;
   *   limits: see `defaults` in engine.mjs; memoryLimits: see Tracker.limit()
   */
  static async create(build, { jobs = 2, limits, memoryLimits, ...scheduling } = {}) {
    const images = new ImageBatch();
    const { default: createModule } = await import(pathToFileURL(path.join(build, 'image_batch.mjs')).href);
    const engine = await Engine.create(createModule, { limits, memoryLimits, threads: jobs });
    images.#engine = engine;
    images.#runner = engine.memory.isShared ? await ThreadRunner.create(engine, { jobs })
      : await TransferRunner.create(engine, build, { jobs, limits, memoryLimits });
    const { maxBatch = 8 } = scheduling;
    images.#scheduler = new Scheduler((batch) => images.#runner.run(batch), { ...scheduling, maxBatch, slots: jobs });
    images.#window = {
      images: Math.min(2 * jobs * maxBatch, 256), // enough to fill batches while others run
      bytes: memoryFor({ ...defaults, ...limits, ...memoryLimits }) / 8, // and never so much that it is refused
    };
    return images;
  }

  /** How files reach the workers: in shared memory, or moved between memories. */
  get transport() { return this.#engine.memory.isShared ? 'shared' : 'transferred'; }
  /** The memory that files and results lie in. */
  get memory() { return this.#engine.memory; }
  /** The parameters of the filters. */
  get look() { return this.#engine.look; }

  /** Sets some of the filters, for images that are submitted from now on. Throws what is wrong with them. */
  set(changes) {
    const before = this.look;
    this.#engine.setLook(changes);
    const fields = Object.keys(before).filter((name) => before[name] !== this.look[name]).length;
    if (fields > 0) ++this.#counts.params_set;
    this.#counts.params_fields += fields;
  }

  /**
   * A promise of the Result for one image: {name, path} or {name, bytes}. It never rejects. Its dispose() is the
   * caller's. Images of a higher priority go first.
   */
  async submit({ name, priority, ...source }) {
    const began = performance.now();
    ++this.#counts.images;
    let free;
    try {
      const job = this.#engine.load(source);
      const { size_class, source_width, source_height } = job.block;
      const bytes = 4 * source_width * source_height;
      this.#held += bytes;
      free = () => {
        this.#held -= bytes;
        job.free();
      };
      if (job.isCached) {
        ++this.#counts.cached;
      } else {
        const { error } = await this.#scheduler.submit(job, { key: `${size_class} ${job.version}`, priority, bytes });
        if (error) throw error;
      }
      this.#counts.pixels += source_width * source_height;
      return new Result(name, began, { job, free });
    } catch (error) {
      ++this.#counts.failed;
      free?.();
      return new Result(name, began, { error });
    }
  }

  /** What was submitted leaves without waiting for more. */
  flush() { this.#scheduler.flush(); }

  /**
   * The Results for `items`, in their order. Each is valid until the next one. Reads ahead by a few batches, as far
   * as they fit into the pool.
   */
  async* process(items) {
    const window = [];
    try {
      for await (const item of items) {
        window.push(this.submit(item));
        while (this.#isFull(window)) yield* this.#deliver(window);
      }
      this.flush();
      while (window.length > 0) yield* this.#deliver(window);
    } finally { // left early: what is under way comes to its end
      this.flush();
      for (const result of await Promise.all(window)) result.dispose();
    }
  }

  #isFull({ length }) {
    return length >= this.#window.images || (length > 0 && this.#held > this.#window.bytes);
  }

  async* #deliver(window) {
    const result = await window.shift();
    try {
      yield result;
    } finally {
      result.dispose();
    }
  }

  /** Figures as of now. Copies and pages are those of all memories. */
  get figures() {
    const main = this.#engine.figures;
    const all = [main, ...this.#runner.figures];
    const sum = (name) => all.reduce((total, figures) => total + figures[name], 0);
    const seconds = (performance.now() - this.#began) / 1000;
    const sumOfPools = (name) => all.reduce((total, { pool }) => total + pool[name], 0);
    return {
      transport: this.transport, ...this.#counts, seconds,
      ...this.#scheduler.figures,
      copied_in: sum('copied_in'), copied_out: sum('copied_out'), pages: sum('pages'), memories: all.length,
      params_bytes: sum('paramBytes'),
      pool_hits: sumOfPools('hits'), pool_misses: sumOfPools('misses'), pool_idle_bytes: sumOfPools('retained_bytes'),
      pool_lent: main.pool.outstanding,
      cache_hits: main.cache.hits, cache_entries: main.cache.entries, cache_bytes: main.cache.cost,
      cache_evicted: main.cache.evicted, cache_invalidated: main.cache.invalidated,
    };
  }

  /** Ends the workers. Nothing may be under way. */
  async dispose() {
    await this.#runner.dispose();
    this.#engine.dispose();
  }
}
