// Who extracts the documents of a command: this thread one after the other, or workers several at a time.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { InstancePool, WorkerInstance } from '../../include/linmem/js/services.mjs';
import { buildFolder, emptyRow, explain, FileExtractor } from './files.mjs';

/** A result of something that was not extracted because of `e`. */
export const failure = ({ file, mime }, e) => ({
  row: { ...emptyRow(file, mime), status: 'error', error: explain(e) }, items: [], text: [],
});

/** Extracts one after the other on this thread. */
export class OnThisThread {
  #create;
  #files;
  #options;
  #snapshots = []; // of each instance, as of its last document

  /** With `isDirect` text goes straight from linear memory to where it is written. */
  constructor(extractor, create, { pattern, ...options }) {
    this.#files = new FileExtractor(extractor, pattern);
    this.#create = async () => new FileExtractor(await create(), pattern);
    this.#options = options;
  }

  /** A promise of the result. `write` gets the text as it comes, if it is direct. */
  async result(input, write) {
    const { isDirect, ...options } = this.#options;
    const { tracker } = this.#files.extractor.memory;
    const instance = this.#snapshots.length;
    try {
      if (!isDirect) return await this.#files.collect(input, options);
      return { ...await this.#files.extract(input, write, options), items: [], text: [] };
    } catch (e) {
      this.#snapshots.unshift(tracker.snapshot({ instance: `${instance}` }));
      this.#files.dispose();
      this.#files = await this.#create(); // what broke one is told, and the next document has another
      return failure(input, e);
    }
  }

  /** What the instances counted. */
  get snapshots() {
    const { tracker } = this.#files.extractor.memory;
    return [...this.#snapshots, tracker.snapshot({ instance: `${this.#snapshots.length}` })];
  }
  async dispose() { this.#files.dispose(); }
}

/** Extracts in workers, as many documents at a time as there are, the largest first. */
export class InWorkers {
  #pool;
  #options;
  #queue; // the largest last
  #results = new Map(); // by input: {promise, resolve}
  #snapshots = new Map(); // by worker, as of its last document

  /** Begins with all `inputs` at once. `counts` is true where snapshots are asked for. */
  constructor(inputs, { jobs, timeoutMs, limits, pattern, ...options }) {
    const script = pathToFileURL(path.join(buildFolder, 'document.mjs')).href;
    const compiled = new WebAssembly.Module(fs.readFileSync(path.join(buildFolder, 'document.wasm')));
    const url = new URL('file_worker.mjs', import.meta.url);
    this.#pool = new InstancePool(() => WorkerInstance.create(url, { data: { script, compiled, limits, pattern } }), {
      initial: 0, max: jobs, timeoutMs,
      breaker: { failurePercent: 100, minimumCalls: 2 ** 20, windowCalls: 2 ** 20 }, // each document has its try
    });
    this.#options = options;
    for (const input of inputs) {
      const result = {};
      result.promise = new Promise((resolve) => { result.resolve = resolve; });
      this.#results.set(input, result);
    }
    const sizeOf = ({ size }) => size ?? Infinity;
    this.#queue = [...inputs].reverse();
    this.#queue.sort((a, b) => (sizeOf(a) < sizeOf(b) ? -1 : sizeOf(a) > sizeOf(b) ? 1 : 0));
    for (let i = 0; i < jobs; ++i) this.#work();
  }

  /** A promise of the result of an input, which is then forgotten here. */
  async result(input) {
    const result = await this.#results.get(input).promise;
    this.#results.delete(input);
    return result;
  }

  async #work() {
    for (let input; (input = this.#queue.pop());) this.#results.get(input).resolve(await this.#extract(input));
  }

  async #extract(input) {
    try {
      if (input.file === '-') { // here: a worker that waits for a pipe could not be ended
        const pieces = [];
        for await (const piece of process.stdin) pieces.push(piece);
        input = { ...input, bytes: new Uint8Array(Buffer.concat(pieces)) };
      }
      return await this.#pool.run(async (worker) => {
        const { snapshot, ...result } = await worker.call('collect', [input, this.#options]);
        const instance = this.#snapshots.get(worker)?.instance ?? `${this.#snapshots.size}`;
        if (snapshot) this.#snapshots.set(worker, { ...snapshot, instance });
        return result;
      });
    } catch (e) {
      return failure(input, e);
    }
  }

  /** What the workers counted that finished a document, where that was asked for. */
  get snapshots() { return [...this.#snapshots.values()]; }
  dispose() { return this.#pool.dispose(); }
}
