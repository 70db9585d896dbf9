// The document extractor as a deployment runs it: instances in workers, each with its own memory and limits,
// made from one compiled module, used again, and ended when a document takes too long.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { attach } from '../../include/linmem/js/linmem.mjs';
import { InstancePool, instantiate, load, ModuleCache, WorkerInstance } from '../../include/linmem/js/services.mjs';
import { Extractor } from '../document/extractor.mjs';

const worker = new URL('../document/document_worker.mjs', import.meta.url);
const breakerStates = ['closed', 'open', 'half_open']; // as breaker_state numbers them

/** Figures that say what there is now: an instance that ended has none of it. */
const held = new Set(['memory_pages', 'heap_claimed_bytes', 'heap_used_bytes', 'heap_reserved_bytes']);

/** True when `extractor` extracts: a build that computes something else is none. */
async function extracts(extractor) {
  let text = '';
  await extractor.stream([Buffer.from('<p>a &amp; b')], 'text/html', (chunk) => { text += extractor.memory.decode(chunk); });
  return text === 'a & b\n';
}

/** Documents in, text out; and the figures of all that happens meanwhile. */
export class DocumentService {
  #options;
  #cache;
  #pool;
  #build; // {name, script, bytes} of what load() took
  #fallbacks = 0;
  #tracker; // of the service: what no instance can count
  #rows; // of every snapshot
  #endWatch;
  #instances = new Map(); // by worker: its last snapshot
  #retired = []; // snapshots of instances that ended, oldest first
  #made = 0;

  /**
   * A promise of a service with its first instances.
   *
   * @param {{simd?: string, baseline: string}} folders that document.mjs and document.wasm of a build are in; the
   *   SIMD build is taken where it is there and runs
   * @param options what readEnvironment() gives, and
   *   onAlert: told of alerts, as Tracker.watch() does;
   *   keepRetired: of how many ended instances figures are kept (16);
   *   pool: more options of the InstancePool
   */
  static async create(folders, options = {}) {
    const service = new DocumentService(options);
    await service.#load(folders);
    await service.#pool.warmUp();
    return service;
  }

  /** Use DocumentService.create(). */
  constructor({
    limits, maxPoolSize = 8, initialPoolSize = 2, timeoutSecs = 30, enableReuse = true, enableModuleCache = true,
    enableSimd = true, coldStartTargetMs = 15, onAlert = () => {}, keepRetired = 16, pool = {},
  }) {
    this.#options = { limits, enableSimd, coldStartTargetMs, onAlert, keepRetired };
    this.#cache = new ModuleCache({ maxEntries: enableModuleCache ? 64 : 0 });
    this.#pool = new InstancePool(() => this.#createInstance(), {
      initial: initialPoolSize, max: maxPoolSize, timeoutMs: timeoutSecs * 1000,
      maxWaiting: 4 * maxPoolSize, // each with its document
      retireUses: enableReuse ? Infinity : 1, ...pool,
    });
  }

  /** The pool of workers. */
  get pool() { return this.#pool; }

  /** The name of the build that it runs: 'simd' or 'baseline'. */
  get build() { return this.#build.name; }

  /** True while documents are taken. */
  get isHealthy() { return this.#pool.breaker.state !== 'open'; }

  /**
   * The text of a document. `type` is its MIME type; the bytes are handed over. Rejects with the error of
   * the extractor or of the pool; `wasTaken` of it says whether an instance had begun.
   */
  async extract(type, bytes) {
    const began = performance.now();
    let wasTaken = false;
    let succeeded = false;
    try {
      const { text } = await this.#pool.run(async (instance) => {
        wasTaken = true;
        try {
          return await instance.call('extract', [type, bytes], [bytes.buffer]);
        } finally {
          // Also what a refused document took.
          if (instance.isAlive) await this.#look(instance, this.#instances.get(instance).instance);
        }
      });
      succeeded = true;
      return text;
    } catch (e) {
      throw Object.assign(e, { wasTaken });
    } finally {
      this.#tracker.operation(performance.now() - began, succeeded);
    }
  }

  /** Figures: of the service as a whole, of instances that ended, and of each as of its last document. */
  snapshots() {
    this.#sweep();
    this.#report();
    return [this.#tracker.snapshot({ instance: 'service' }), ...this.#retired, ...this.#instances.values()];
  }

  /** Answers those that wait, and ends. */
  async dispose() {
    this.#endWatch();
    await this.#pool.dispose();
  }

  /** Takes the best build there is. */
  async #load({ simd, baseline }) {
    const open = (folder) => async () => {
      const script = pathToFileURL(path.join(folder, 'document.mjs')).href;
      const bytes = fs.readFileSync(path.join(folder, 'document.wasm'));
      const [{ default: createModule }, compiled] = await Promise.all([import(script), this.#cache.compile(bytes)]);
      return { script, bytes, create: () => instantiate(createModule, compiled) };
    };
    const { enableSimd, coldStartTargetMs, onAlert } = this.#options;
    const hasSimd = enableSimd && simd !== undefined && fs.existsSync(path.join(simd, 'document.wasm'));
    const { module, build, steps } = await load({ ...(hasSimd && { simd: open(simd) }), baseline: open(baseline) }, {
      check: async ({ create }) => extracts(await Extractor.create(create)),
    });
    this.#build = { name: build, ...module };
    this.#fallbacks = steps.length - 1;
    this.#tracker = attach(await module.create()).tracker;
    this.#rows = this.#tracker.snapshot().rows;
    this.#endWatch = this.#tracker.watch(onAlert, { coldStartMs: coldStartTargetMs });
  }

  /** An instance in a worker of its own. Its start begins with the thread. */
  async #createInstance() {
    const began = performance.now();
    const { script, bytes } = this.#build;
    const compiled = await this.#cache.compile(bytes);
    const instance = await WorkerInstance.create(worker, { data: { script, compiled, limits: this.#options.limits } });
    this.#tracker.coldStart(performance.now() - began);
    await this.#look(instance, `${++this.#made}`);
    this.#sweep();
    this.#report();
    return instance;
  }

  /** Keeps what an instance counted so far: it may end at any time, and its memory with it. */
  async #look(instance, name) {
    const values = await instance.call('figures');
    this.#instances.set(instance, { rows: this.#rows, values, instance: name });
  }

  /** Moves those that ended to the retired ones, of which the last are kept. */
  #sweep() {
    for (const [instance, snapshot] of this.#instances) {
      if (instance.isAlive) continue;
      this.#instances.delete(instance);
      const values = snapshot.values.map((value, i) => (held.has(this.#rows[i].name) ? 0 : value));
      this.#retired.push({ ...snapshot, values });
    }
    this.#retired.splice(0, Math.max(0, this.#retired.length - this.#options.keepRetired));
  }

  #report() {
    const { hits, misses } = this.#cache.statistics;
    const pool = this.#pool.statistics;
    this.#tracker.report({
      module_cache_hits: hits, module_cache_misses: misses, fallbacks: this.#fallbacks,
      pool_hits: pool.hits, pool_misses: pool.misses, pool_refused: pool.refused,
      pool_idle: pool.idle, pool_lent: pool.busy,
      breaker_state: breakerStates.indexOf(this.#pool.breaker.state),
    });
  }
}
