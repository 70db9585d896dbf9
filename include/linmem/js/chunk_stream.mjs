// chunk_stream.mjs - results chunk by chunk; see chunk_stream.hpp.
import { checkCount, LinmemError } from './error.mjs';
import { asBytes, asyncPieces, syncReader } from './sources.mjs';
import { disposable } from './views.mjs';

const ready = 1;
const starved = 2;
const failed = 4;

/** A result of the module, chunk by chunk. Each chunk is whole UTF-8 and at most the chunk size. */
export class ChunkStream {
  #linmem;
  #block;
  #offsets;
  #read;
  #pieces;
  #piece = new Uint8Array(0);

  /** Use Linmem.stream(). */
  constructor(linmem, handle, source, total) {
    this.#linmem = linmem;
    this.handle = handle;
    this.#block = new linmem.blocks.stream(linmem.check(linmem.abi.stream_block(handle)));
    this.#offsets = linmem.blocks.stream.offsets;
    linmem.watch(this, 'stream', handle, linmem.abi.stream_free);
    if (source !== undefined) {
      this.#read = syncReader(source);
      if (!this.#read) this.#pieces = asyncPieces(source);
    }
    if (total !== undefined) linmem.check(linmem.abi.stream_expect(handle, total));
  }

  #checked() {
    if (this.handle === 0) throw new LinmemError('invalid_handle', 'a disposed stream');
    return this.#block;
  }

  /** Chunks so far. */
  get chunks() { return this.#checked().chunks; }
  /** Bytes delivered. */
  get position() { return this.#checked().position; }
  /** Bytes of input read. */
  get consumed() { return this.#checked().consumed; }
  /** Bytes of input in all; undefined while nobody knows. */
  get total() {
    const { total } = this.#checked();
    return total > Number.MAX_SAFE_INTEGER ? undefined : total;
  }
  /** Part of the input that is read: 0..1, 1 at the end, 0 while the total is unknown. */
  get progress() { return this.#checked().progress; }
  /** Invalid sequences of the input that became U+FFFD. */
  get replaced() { return this.#checked().replaced; }

  /** The present chunk, as it is now: ask again after anything that may have grown the memory. */
  chunk() {
    const { address } = this.#checked();
    const { data } = this.#linmem;
    const { chunk, chunk_bytes } = this.#offsets;
    const view = this.#linmem.view(data.getUint32(address + chunk, true),
      data.getUint32(address + chunk_bytes, true));
    if (!this.#linmem.debug) return view;
    const { chunks } = this;
    return this.#linmem.guard(view, () => this.handle === 0 || this.chunks !== chunks);
  }

  #next() {
    const { abi } = this.#linmem;
    this.#checked();
    const state = this.#linmem.check(abi.stream_next(this.handle));
    if (state === failed) this.#linmem.check(0);
    return state;
  }

  #feed(bytes) {
    const { abi } = this.#linmem;
    this.#linmem.check(bytes === 0 ? abi.stream_finish(this.handle)
                                   : abi.stream_feed(this.handle, bytes));
  }

  #room() {
    const block = this.#block;
    return this.#linmem.view(block.input, block.input_bytes);
  }

  /** The next chunk, or null at the end. Needs a source that reads at once, or none. */
  next() {
    for (;;) {
      const state = this.#next();
      if (state === ready) return this.chunk();
      if (state !== starved) return null;
      if (!this.#read) {
        throw new LinmemError('unsupported', 'waiting for input here; use `for await`');
      }
      const room = this.#room();
      this.#feed(checkCount(this.#read(room), 'bytes read', room.length));
    }
  }

  /** A promise of the next chunk, or of null at the end. */
  async nextAsync() {
    if (!this.#pieces) return this.next();
    for (;;) {
      const state = this.#next();
      if (state === ready) return this.chunk();
      if (state !== starved) return null;
      while (this.#piece.length === 0) {
        const { done, value } = await this.#pieces.next();
        if (done) break;
        this.#piece = asBytes(value);
      }
      const room = this.#room();
      const n = Math.min(room.length, this.#piece.length);
      room.set(this.#piece.subarray(0, n));
      this.#piece = this.#piece.subarray(n);
      this.#linmem.ledger.copied_in += n;
      this.#linmem.ledger.stream_in += n;
      this.#feed(n);
    }
  }

  /** Iterates over views, each valid until the next. */
  * [Symbol.iterator]() {
    for (let view = this.next(); view; view = this.next()) yield view;
  }

  /** Iterates over views, each valid until the next; waits for input where it must. */
  async* [Symbol.asyncIterator]() {
    for (let view = await this.nextAsync(); view; view = await this.nextAsync()) yield view;
  }

  /** What is left, as one string. */
  text() {
    let text = '';
    for (const view of this) text += this.#linmem.decode(view);
    return text;
  }

  /** A promise of what is left, as one string. */
  async textAsync() {
    let text = '';
    for await (const view of this) text += this.#linmem.decode(view);
    return text;
  }

  /** Starts anew; refused with `unsupported` for a stream that is fed. */
  rewind() { this.#linmem.check(this.#linmem.abi.stream_rewind(this.handle)); }

  /** Frees the stream, its chunk and its input. A second call does nothing. */
  dispose() {
    if (this.handle === 0) return;
    this.#linmem.check(this.#linmem.abi.stream_free(this.handle));
    this.#linmem.unwatch(this);
    this.handle = 0;
  }
}
disposable(ChunkStream);
