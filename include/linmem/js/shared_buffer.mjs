// shared_buffer.mjs - bytes in linear memory; see shared_buffer.hpp.
import { checkCount, LinmemError } from './error.mjs';
import { asBytes, asyncPieces, release, syncReader } from './sources.mjs';
import { disposable, plainView } from './views.mjs';

/** The typed arrays by the names of their elements. */
const elementTypes = {
  u8: Uint8Array, i8: Int8Array, u16: Uint16Array, i16: Int16Array, u32: Uint32Array, i32: Int32Array,
  f32: Float32Array, f64: Float64Array, u64: BigUint64Array, i64: BigInt64Array, clamped: Uint8ClampedArray,
};

const lockCount = 16;
const magic = 0x42534d4c;

/** Bytes in linear memory: filled here, read by the module, or the other way round. */
export class SharedBuffer {
  #linmem;
  #block;
  #isOwner;

  /** Use Linmem.alloc(), BufferPool.acquire(), or Linmem.open(), which says where it lies. */
  constructor(linmem, handle, address = undefined) {
    this.#linmem = linmem;
    /** What the module's functions take; 0 once disposed. */
    this.handle = handle;
    this.#isOwner = address === undefined;
    this.#block = new linmem.blocks.buffer(address ?? linmem.check(linmem.abi.block(handle)));
    this.#checked();
    if (this.#isOwner) linmem.watch(this, 'buffer', handle, linmem.abi.free);
  }

  #checked() {
    const isGone = this.handle === 0 || (!this.#isOwner && this.#block.magic !== magic);
    if (isGone) throw new LinmemError('invalid_handle', 'a disposed buffer');
    return this.#block;
  }

  // The block, to be written: the module knows whether the handle is still this buffer's.
  #writable() {
    this.#linmem.check(this.#linmem.abi.block(this.handle));
    return this.#block;
  }

  /** What Linmem.open() takes, in a worker on the same memory. */
  get descriptor() {
    return { kind: 'buffer', handle: this.handle, address: this.#checked().address };
  }

  /** Bytes there is room for. */
  get capacity() { return this.#checked().capacity; }
  /** Bytes committed, from the front. */
  get length() { return this.#checked().position; }
  /** Bytes still free. */
  get free() {
    const { capacity, position } = this.#checked();
    if (position > capacity) throw new LinmemError('corrupt', 'buffer position in bytes', capacity, position);
    return capacity - position;
  }

  /** The committed bytes from `offset`, `length` of them or all. Stale once the memory grows. */
  view(offset = 0, length = undefined) {
    const block = this.#checked();
    checkCount(offset, 'view offset in bytes', block.position);
    const count = length ?? block.position - offset;
    checkCount(count, 'view length in bytes', block.position - offset);
    return this.#guard(this.#linmem.view(block.address + block.data_offset + offset, count));
  }

  // What was handed out in another generation shows nothing that is committed.
  #guard(view) {
    if (!this.#linmem.debug) return view;
    const { generation } = this.#block;
    return this.#linmem.guard(view,
      () => this.handle === 0 || this.#block.generation !== generation);
  }

  /**
   * The committed bytes as elements: 'f32', 'u16' and so on, 'clamped' for pixels; a rest that fills
   * no element is left out. Stale once the memory grows.
   */
  as(element) {
    const Type = Object.hasOwn(elementTypes, element) ? elementTypes[element] : undefined;
    if (!Type) {
      throw new LinmemError('invalid_argument', `element ${String(element)}; known: ${Object.keys(elementTypes).join(', ')}`);
    }
    const { address, data_offset, position } = this.#checked();
    const bytes = this.#linmem.view(address + data_offset, position);
    return this.#guard(new Type(bytes.buffer, bytes.byteOffset, Math.floor(position / Type.BYTES_PER_ELEMENT)));
  }

  /** The committed bytes as text. */
  text() { return this.#linmem.decode(this.view()); }

  /** Lends `bytes` uninitialised bytes behind the committed ones: `room`, until commit(). */
  reserve(bytes) {
    checkCount(bytes, 'reserved bytes');
    const block = this.#writable();
    const { free } = this;
    if (bytes > free) throw new LinmemError('limit_exceeded', 'free buffer bytes', free, bytes);
    block.guarded = 0;
    block.reserved = bytes;
    return this.room;
  }

  /** What is reserved, as it is now: ask again after anything that may have grown the memory. */
  get room() {
    const block = this.#checked();
    return this.#guard(
      this.#linmem.view(block.address + block.data_offset + block.position, block.reserved));
  }

  /** Commits the first `bytes` of what was reserved. */
  commit(bytes) {
    const { reserved } = this.#writable();
    const { free } = this;
    checkCount(bytes, 'reserved bytes', reserved);
    this.#endReservation();
    if (reserved > free) throw new LinmemError('corrupt', 'reserved bytes', free, reserved);
    this.#publish('position', this.length + bytes);
  }

  /** Copies `data` (text becomes UTF-8) behind the committed bytes; all of it, or nothing. */
  write(data) {
    if (typeof data === 'string') return this.#writeText(data);
    const bytes = this.#linmem.pin(asBytes(data));
    const { length } = bytes();
    plainView(this.reserve(length)).set(bytes());
    return this.#written(length);
  }

  // Encoded in place: room for the most that it can become, or all there is.
  #writeText(text) {
    const { codec } = this.#linmem;
    const room = plainView(this.reserve(Math.min(3 * text.length, this.free)));
    const { read, written } = codec.encodeInto(text, room);
    if (read === text.length) return this.#written(written);
    this.commit(0);
    throw new LinmemError('limit_exceeded', 'free buffer bytes', this.free, codec.byteLength(text));
  }

  #written(bytes) {
    this.commit(bytes);
    this.#linmem.ledger.copied_in += bytes;
    this.#linmem.ledger.buffer_in += bytes;
    return bytes;
  }

  /**
   * Appends all that `source` has. A file descriptor or a function (view) => bytesRead reads straight
   * into the buffer and returns the count; anything else is read with one copy and returns a promise
   * of it. When the buffer is full and more follows: limit_exceeded, what came before is committed.
   */
  readFrom(source) {
    const read = syncReader(source);
    return read ? this.#readSync(read) : this.#readAsync(asyncPieces(source));
  }

  #readSync(read) {
    const before = this.length;
    for (;;) {
      const free = this.free;
      const target = free > 0 ? this.reserve(free) : new Uint8Array(1);
      const n = checkCount(read(plainView(target)), 'bytes read', target.length);
      if (free === 0 && n > 0) this.#full(this.capacity + n);
      if (free > 0 && target.length === 0) {
        throw new LinmemError('corrupt', 'a reader that grew the memory it was reading into');
      }
      if (free > 0) this.commit(n);
      if (n === 0) return this.length - before;
    }
  }

  async #readAsync(pieces) {
    const before = this.length;
    try {
      for (;;) {
        const { done, value } = await pieces.next();
        if (done) return this.length - before;
        const bytes = asBytes(value);
        const { length } = bytes;
        const fits = Math.min(length, this.free);
        this.write(bytes.subarray(0, fits));
        if (fits < length) this.#full(this.length + length - fits);
      }
    } catch (e) {
      release(pieces, e);
      throw e;
    }
  }

  #full(demand) {
    throw new LinmemError('limit_exceeded', 'buffer capacity in bytes', this.capacity, demand);
  }

  /** Forgets what is committed. Refused with `leased` while a stream reads it. */
  reset() {
    const { leases, generation, address, locks_offset } = this.#writable();
    if (leases !== 0) throw new LinmemError('leased', 'buffer leases', 0, leases);
    this.#endReservation();
    this.#publish('generation', generation + 1);
    this.#publish('position', 0);
    for (let i = 0; locks_offset !== 0 && i < lockCount; ++i) {
      Atomics.store(this.#linmem.words, (address + locks_offset) / 4 + i, 0);
    }
  }

  #endReservation() {
    this.#block.guarded = 0;
    this.#block.reserved = 0;
  }

  // What was written before is seen by who sees `field`. The high word of a position is 0 in any case.
  #publish(field, value) {
    const { address, constructor: { offsets } } = this.#block;
    Atomics.store(this.#linmem.words, (address + offsets[field]) / 4, value);
  }

  #locks(index, holder) {
    const { address, locks_offset } = this.#checked();
    if (locks_offset === 0) throw new LinmemError('unsupported', 'lock words of a buffer without');
    checkCount(index, 'lock word', lockCount - 1);
    checkCount(holder, 'number of a lock\'s holder');
    if (holder === 0) throw new LinmemError('invalid_argument', 'number of a lock\'s holder', 1, 0);
    const bytes = this.#linmem.view(address + locks_offset, 4 * lockCount);
    return new Uint32Array(bytes.buffer, bytes.byteOffset, lockCount);
  }

  /**
   * Takes lock `index` for `holder`, a number that is not 0. `leased` with the number of who has it.
   * Never waits.
   */
  lock(index, holder = 1) {
    const found = Atomics.compareExchange(this.#locks(index, holder), index, 0, holder);
    if (found !== 0) throw new LinmemError('leased', 'lock word, held by number', 0, found);
  }

  /** As lock(), but says whether it has it now. */
  tryLock(index, holder = 1) {
    return Atomics.compareExchange(this.#locks(index, holder), index, 0, holder) === 0;
  }

  /** Frees lock `index`, which `holder` has; a survivor frees a dead holder's in that one's name. */
  unlock(index, holder = 1) {
    const found = Atomics.compareExchange(this.#locks(index, holder), index, holder, 0);
    if (found === 0) throw new LinmemError('invalid_argument', 'lock word, which is free');
    if (found !== holder) throw new LinmemError('leased', 'lock word, held by number', 0, found);
  }

  /**
   * Frees the bytes, or gives them back to the pool. Refused with `leased` while a stream reads them. A second
   * call does nothing, and nor does that of one that was opened.
   */
  dispose() {
    if (this.handle === 0) return;
    if (this.#isOwner) {
      this.#linmem.check(this.#linmem.abi.free(this.handle));
      this.#linmem.unwatch(this);
    }
    this.handle = 0;
  }
}
disposable(SharedBuffer);
