// The two ways to run a batch: by threads on the memory that it lies in, and by workers with memories of their own.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { LinmemError } from '../../include/linmem/js/linmem.mjs';
import { InstancePool, WorkerInstance } from '../../include/linmem/js/services.mjs';

const workerUrl = new URL('./image_worker.mjs', import.meta.url);
const startMs = 30000; // for a thread to start
const batchMs = 120000; // for a worker to do a batch

/** Runs batches by the threads of an engine, which have its memory. Nothing is copied. */
export class ThreadRunner {
  #engine;
  #progress;
  #running = new Map(); // by number: resolve
  #isListening = false;

  /** A promise of a runner whose `jobs` threads have started. */
  static async create(engine, { jobs }) {
    const runner = new ThreadRunner();
    runner.#engine = engine;
    runner.#progress = engine.progress;
    while (runner.#read().threads < jobs) {
      if (!await runner.#progress.changed(startMs)) {
        throw new LinmemError('timed_out', 'start of a thread in milliseconds', startMs, startMs);
      }
    }
    return runner;
  }

  /** What the threads have told. */
  #read() {
    try {
      this.#progress.read();
    } catch (e) {
      if (e.code !== 'timed_out') throw e; // one tells it just now: the next read has it
    }
    return this.#progress.values;
  }

  /** A promise of {job, error} for each of `jobs`, in their order. */
  async run(jobs) {
    this.#engine.run(jobs);
    const finished = jobs.map(({ number }) => new Promise((resolve) => { this.#running.set(number, resolve); }));
    this.#listen();
    await Promise.all(finished);
    return jobs.map((job) => (job.state === 'failed' ? { job, error: job.error } : { job }));
  }

  /** Takes what has finished, as long as anything runs. */
  async #listen() {
    if (this.#isListening) return;
    this.#isListening = true;
    while (this.#running.size > 0) {
      await this.#progress.changed();
      this.#read();
      for (let number; (number = this.#engine.take()) !== 0;) {
        this.#running.get(number)();
        this.#running.delete(number);
      }
    }
    this.#isListening = false;
  }

  get figures() { return []; } // all is in those of the engine
  async dispose() {}
}

/** Runs batches by workers with an instance each. Files and pixels are copied out of one memory and into another. */
export class TransferRunner {
  #engine;
  #pool;
  #sent = new WeakMap(); // by worker: the parameters that it has
  #figures = new Map(); // by worker: its last
  #initial;

  /** A promise of a runner whose `jobs` workers are ready. */
  static async create(engine, build, { jobs, limits, memoryLimits }) {
    const runner = new TransferRunner();
    runner.#engine = engine;
    runner.#initial = engine.look;
    const compiled = await WebAssembly.compile(fs.readFileSync(path.join(build, 'image_batch.wasm')));
    const data = {
      script: pathToFileURL(path.join(build, 'image_batch.mjs')).href, compiled,
      options: { limits: { ...limits, cacheBytes: 0 }, memoryLimits }, // the cache is with the results
    };
    runner.#pool = new InstancePool(async () => {
      const worker = await WorkerInstance.create(workerUrl, { data });
      runner.#figures.set(worker, await worker.call('figures'));
      return worker;
    }, { initial: jobs, max: jobs, timeoutMs: batchMs });
    await runner.#pool.warmUp();
    return runner;
  }

  /** As ThreadRunner.run(). A worker is told only the parameters that are others than at its last batch. */
  async run(jobs) {
    const { memory } = this.#engine;
    const files = jobs.map((job) => job.file.slice().buffer);
    memory.ledger.copied_out += files.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const results = await this.#pool.run(async (worker) => {
      const has = this.#sent.get(worker) ?? this.#initial;
      const look = Object.fromEntries(Object.entries(jobs[0].look).filter(([name, value]) => value !== has[name]));
      this.#sent.set(worker, jobs[0].look);
      const answer = await worker.call('run', [files, look], files);
      this.#figures.set(worker, answer.figures);
      return answer.results;
    });
    return results.map(({ error, ...picture }, i) => this.#received(jobs[i], error, picture));
  }

  #received(job, error, picture) {
    if (error) return { job, error: new LinmemError(error.code, error.subject, error.limit, error.actual) };
    try {
      this.#engine.receive(job, picture);
      return { job };
    } catch (e) {
      return { job, error: e };
    }
  }

  /** Of each worker the last figures; one that has ended holds nothing any more. */
  get figures() {
    return [...this.#figures].map(([{ isAlive }, last]) => (isAlive ? last
      : { ...last, pages: 0, pool: { ...last.pool, outstanding: 0, retained_bytes: 0 } }));
  }
  async dispose() { await this.#pool.dispose(); }
}
