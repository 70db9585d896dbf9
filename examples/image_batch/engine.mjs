// One instance of the module: files in, pixels out. Used on the main thread, and in workers that have no memory
// in common with it.
import fs from 'node:fs';

import { attach, fileReader, LinmemError } from '../../include/linmem/js/linmem.mjs';
import { makeBlockClass } from '../../include/linmem/js/layout.mjs';
import { SharedParams } from '../../include/linmem/js/shared_params.mjs';

const states = ['loading', 'waiting', 'running', 'done', 'failed']; // as job_state numbers them

/** What an image, all buffers and the cache may be at most. */
export const defaults = {
  fileBytes: 2 ** 26, side: 16384, pixels: 2 ** 25, poolBytes: 2 ** 30, cacheBytes: 2 ** 26,
};

/** One image on its way through an engine. */
export class Job {
  #engine;
  #block;

  /** Use Engine.load(). */
  constructor(engine, number, block) {
    this.#engine = engine;
    this.number = number;
    this.#block = block;
    /** The parameters of the filters that it is done with, and their version. */
    this.look = engine.look;
    this.version = engine.version;
  }

  /** What is known of it: width, height, source_width, source_height, size_class, ... */
  get block() { return this.#block; }
  get state() { return states[this.#block.state]; }
  get isCached() { return this.#block.is_cached !== 0; }
  /** The bytes of the file, where they lie. Stale once the memory grows. */
  get file() { return this.#engine.memory.view(this.#block.file, this.#block.file_bytes); }
  /** The pixels, RGBA, where they lie. Stale once the memory grows. */
  get pixels() { return this.#engine.memory.view(this.#block.pixels, this.#block.pixel_bytes); }

  /** Why it failed. */
  get error() {
    const { memory } = this.#engine;
    const { code, subject, limit, actual } = this.#block;
    return new LinmemError(memory.codes[code], memory.cString(subject), limit, actual);
  }

  /** Gives its buffers back, or to the cache. */
  free() { this.#engine.free(this.number); }
}

/** One instance of the module. */
export class Engine {
  #module;
  #Job;
  #Cache;
  #list; // a shared buffer for the numbers of a batch
  #params; // of the filters
  #progress; // of the threads
  #look;
  #version;

  /** `createModule` is what the build's image_batch.mjs exports; `threads` are for a build that has them. */
  static async create(createModule, { limits = {}, threads = 0, memoryLimits } = {}) {
    const engine = new Engine();
    const module = await createModule();
    const memory = attach(module);
    engine.memory = memory;
    engine.#module = module;
    const { fileBytes, side, pixels, poolBytes, cacheBytes } = { ...defaults, ...limits };
    memory.tracker.limit(memoryLimits);
    memory.check(module._image_open(fileBytes, side, pixels, poolBytes, cacheBytes, memory.isShared ? threads : 0));
    engine.#Job = makeBlockClass(memory, memory.fieldsAt(module._image_job_layout()));
    engine.#Cache = makeBlockClass(memory, memory.fieldsAt(module._image_cache_layout()));
    engine.#list = memory.alloc(2048);
    memory.addBlock(module._linmem_pool_layout() >>> 0);
    engine.#params = new SharedParams(memory, module._image_params());
    engine.#progress = new SharedParams(memory, module._image_progress());
    engine.setLook({});
    return engine;
  }

  /** The parameters of the filters as they are; another object when they change. */
  get look() { return this.#look; }
  /** Their version. */
  get version() { return this.#version; }

  /** Sets some parameters of the filters, for what is loaded from now on. Throws what is wrong, and changes nothing. */
  setLook(changes) {
    const { values } = this.#params;
    const before = { ...values };
    try {
      for (const [name, value] of Object.entries(changes)) {
        if (!Object.hasOwn(before, name)) {
          throw new LinmemError('invalid_argument', `filter ${name}; known: ${Object.keys(before).join(', ')}`);
        }
        values[name] = value;
      }
      this.#params.publish();
      this.#version = this.memory.check(this.#module._image_look());
      this.#look = Object.freeze({ ...values });
    } catch (e) {
      this.#params.discard();
      Object.assign(values, before);
      this.#params.publish();
      throw e;
    }
  }

  /**
   * A job for a file, which is checked: it waits to be run, or is done because its result was there. `source` has
   * the `path` of the file, read straight into linear memory, or its `bytes`, which are copied.
   */
  load({ path, bytes }) {
    if (bytes !== undefined) {
      return this.#admit(bytes.length, (room) => {
        room.set(bytes);
        this.memory.ledger.copied_in += bytes.length;
        return bytes.length;
      });
    }
    const fd = fs.openSync(path);
    try {
      const stat = fs.fstatSync(fd);
      if (!stat.isFile()) throw new Error('is not a file');
      return this.#admit(stat.size, (room) => readAll(fileReader(fd), room));
    } finally {
      fs.closeSync(fd);
    }
  }

  #admit(size, fill) {
    const { memory } = this;
    const number = memory.check(this.#module._image_begin(size));
    const job = new Job(this, number, new this.#Job(memory.check(this.#module._image_job(number))));
    try {
      memory.check(this.#module._image_admit(number, fill(job.file)));
      return job;
    } catch (e) {
      job.free();
      throw e;
    }
  }

  /** Runs a batch of waiting jobs: on a thread, or now. take() has them when they are done. */
  run(jobs) {
    const bytes = 4 * jobs.length;
    this.#list.reset();
    const room = this.#list.reserve(bytes);
    jobs.forEach(({ number }, i) => new DataView(room.buffer, room.byteOffset).setUint32(4 * i, number, true));
    this.#list.commit(bytes);
    this.memory.check(this.#module._image_run(this.#list.handle));
  }

  /** The number of a job that is done or failed, each once; 0 when there is none now. */
  take() { return this.#module._image_take() >>> 0; }

  /** Gives a waiting job the pixels that another engine made of its file: one copy. */
  receive(job, { width, height, pixels }) {
    this.memory.check(this.#module._image_receive(job.number, width, height));
    job.pixels.set(new Uint8Array(pixels));
    this.memory.ledger.copied_in += pixels.byteLength;
  }

  /** Use Job.free(). */
  free(number) { this.memory.check(this.#module._image_free(number)); }

  /** What the threads tell: shared parameters, changed with each batch that has finished. */
  get progress() { return this.#progress; }

  /** Figures as of now: of the memory, the pool and the cache. What was copied of parameters is not among them. */
  get figures() {
    const { memory } = this;
    const { copied_in, copied_out } = memory.ledger;
    const { published } = this.#params;
    const { pool: Pool } = memory.blocks;
    return {
      pages: memory.pages,
      copied_in: copied_in - published,
      copied_out: copied_out - (this.#params.bytesMoved - published) - this.#progress.bytesMoved,
      paramBytes: published,
      pool: plain(Pool, new Pool(this.#module._image_pool())),
      cache: plain(this.#Cache, new this.#Cache(this.#module._image_cache())),
    };
  }

  /** Ends the threads. Nothing may be under way. */
  dispose() {
    this.#list.dispose();
    this.#module.PThread?.terminateAllThreads();
  }
}

/** The fields of a block as they are now. */
const plain = (Block, block) => Object.fromEntries(Object.keys(Block.offsets).map((name) => [name, block[name]]));

/** Reads into `room` until it is full or `read` has no more; the bytes read. */
function readAll(read, room) {
  let bytes = 0;
  for (let n; bytes < room.length && (n = read(room.subarray(bytes))) > 0;) bytes += n;
  return bytes;
}
