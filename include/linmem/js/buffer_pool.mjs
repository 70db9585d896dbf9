// buffer_pool.mjs - buffers that are used again; see buffer_pool.hpp and pool_exports.hpp.
import { checkCount, LinmemError, maxCount } from './error.mjs';
import { SharedBuffer } from './shared_buffer.mjs';
import { disposable } from './views.mjs';

/** Buffers that are used again instead of freed. */
export class BufferPool {
  #linmem;
  #abi;
  #block;

  /** Use Linmem.pool(). */
  constructor(linmem, { keepCount = 1024, keepBytes = 2 ** 26, limitBytes = maxCount, zeroOnRelease = false } = {}) {
    checkCount(keepCount, 'idle buffers kept');
    checkCount(keepBytes, 'idle bytes kept');
    checkCount(limitBytes, 'buffer pool in bytes');
    this.#linmem = linmem;
    this.#abi = linmem.part('pool', ['layout', 'new', 'block', 'acquire', 'warm_up', 'trim', 'free']);
    this.handle = linmem.check(this.#abi.new(keepCount, keepBytes, limitBytes, zeroOnRelease ? 1 : 0));
    this.#block = new linmem.blocks.pool(linmem.check(this.#abi.block(this.handle)));
    linmem.watch(this, 'pool', this.handle, this.#abi.free);
  }

  /** Figures as of now: hits, misses, refused, outstanding, retained, and their bytes. */
  get statistics() {
    this.#linmem.check(this.#abi.block(this.handle)); // brings them up to date
    return this.#block;
  }

  /** A buffer for at least `bytes`, none committed. Its dispose() gives it back. */
  acquire(bytes) {
    checkCount(bytes, 'buffer capacity in bytes');
    return new SharedBuffer(this.#linmem,
      this.#linmem.check(this.#abi.acquire(this.handle, bytes)));
  }

  /** Makes idle buffers for `bytes` until there are `count`, or as many as are kept. */
  warmUp(count, bytes) {
    checkCount(count, 'idle buffers');
    checkCount(bytes, 'buffer capacity in bytes');
    this.#linmem.check(this.#abi.warm_up(this.handle, count, bytes));
  }

  /** Frees idle buffers, the largest first, until at most `toBytes` are left. */
  trim(toBytes = 0) {
    checkCount(toBytes, 'idle bytes left');
    this.#linmem.check(this.#abi.trim(this.handle, toBytes));
  }

  /** Frees the pool. Refused with `leased` while a buffer of it is out. A second call does nothing. */
  dispose() {
    if (this.handle === 0) return;
    this.#linmem.check(this.#abi.free(this.handle));
    this.#linmem.unwatch(this);
    this.handle = 0;
  }
}
disposable(BufferPool);
