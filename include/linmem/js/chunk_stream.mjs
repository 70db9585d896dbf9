// chunk_stream.mjs - results chunk by chunk; see chunk_stream.hpp.
import { checkCount, LinmemError } from './error.mjs';
import { asBytes, asyncPieces, release, syncReader } from './sources.mjs';
import { item, nextItem, presentItem, readMetadata } from './stream_items.mjs';
import { disposable, plainView } from './views.mjs';

const ready = 1;
const starved = 2;
const failed = 4;

/** What a stream needs of the module. */
const functions = ['layout', 'item_layout', 'block', 'next', 'part', 'feed', 'finish', 'expect', 'item', 'metadata',
  'rewind', 'free'];

/** A result of the module, chunk by chunk. Each chunk is whole UTF-8 and at most the chunk size. */
export class ChunkStream {
  #linmem;
  #abi;
  #block;
  #offsets;
  #read;
  #pieces;
  #piece; // as it is now, see Linmem.pin()
  #pieceLeft = 0;
  #user; // who alone may go to the next chunk
  #controller; // of the ReadableStream that reads it
  #last;
  #epoch = 0; // items of an earlier one are gone

  /** Use Linmem.stream(). */
  constructor(linmem, handle, source, total) {
    this.#linmem = linmem;
    this.#abi = linmem.part('stream', functions);
    this.handle = handle;
    this.#block = new linmem.blocks.stream(linmem.check(this.#abi.block(handle)));
    this.#offsets = linmem.blocks.stream.offsets;
    try {
      if (total !== undefined) linmem.check(this.#abi.expect(handle, total));
      if (source !== undefined) {
        this.#read = syncReader(source);
        if (!this.#read) this.#pieces = asyncPieces(source);
      }
    } catch (e) {
      this.#abi.free(handle); // nobody else could
      throw e;
    }
    linmem.watch(this, 'stream', handle, this.#abi.free);
  }

  #checked() {
    if (this.handle === 0) throw new LinmemError('invalid_handle', 'a disposed stream');
    return this.#block;
  }

  #unused() {
    if (this.#user) throw new LinmemError('leased', `a stream that ${this.#user}`);
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
  /** Bytes of input that are not read yet; undefined while nobody knows. */
  get remaining() {
    const { remaining } = this.#checked();
    return remaining > Number.MAX_SAFE_INTEGER ? undefined : remaining;
  }
  /** Part of the input that is read: 0..1, 1 at the end, 0 while the total is unknown. */
  get progress() { return this.#checked().progress; }
  /** Invalid sequences of the input that became U+FFFD. */
  get replaced() { return this.#checked().replaced; }
  /** Bytes of the window that input goes through; 0 when all of it is there. */
  get window() { return this.#checked().input_bytes; }
  /** The figures above, but for the window, as they are now; of a stream that freed itself, the last. */
  get figures() {
    if (this.#last) return this.#last;
    const { chunks, position, consumed, total, remaining, progress, replaced } = this;
    return { chunks, position, consumed, total, remaining, progress, replaced };
  }

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

  #next(pull) {
    this.#checked();
    const state = this.#linmem.check(this.#abi[pull](this.handle));
    if (state === failed) {
      ++this.#epoch;
      try {
        this.#linmem.check(0);
      } catch (e) {
        this.#release(e);
        throw e;
      }
    }
    return state;
  }

  #isGone() {
    const epoch = this.#epoch;
    return () => this.handle === 0 || this.#epoch !== epoch;
  }

  #feed(bytes) {
    this.#linmem.check(bytes === 0 ? this.#abi.finish(this.handle)
                                   : this.#abi.feed(this.handle, bytes));
  }

  #room() {
    const block = this.#checked();
    return this.#linmem.view(block.input, block.input_bytes);
  }

  #readInput() {
    if (!this.#read) {
      throw new LinmemError('unsupported', 'waiting for input here; use `for await`');
    }
    try {
      const room = this.#room();
      const { length } = room;
      const n = checkCount(this.#read(room), 'bytes read', length);
      if (room.length !== length) {
        throw new LinmemError('corrupt', 'a reader that grew the memory it was reading into');
      }
      this.#feed(n);
    } catch (e) {
      this.#retire(e); // what it had is incomplete for good
      throw e;
    }
  }

  async #awaitInput() {
    try {
      while (this.#pieceLeft === 0) {
        const { done, value } = await this.#pieces.next();
        this.#checked(); // it may have been disposed meanwhile
        if (done) {
          this.#pieces = undefined;
          this.#feed(0);
          return;
        }
        const bytes = asBytes(value);
        this.#piece = this.#linmem.pin(bytes);
        this.#pieceLeft = bytes.length;
      }
      const room = this.#room();
      const n = Math.min(room.length, this.#pieceLeft);
      const piece = this.#piece();
      const at = piece.length - this.#pieceLeft;
      room.set(piece.subarray(at, at + n));
      this.#pieceLeft -= n;
      this.#linmem.ledger.copied_in += n;
      this.#linmem.ledger.stream_in += n;
      if (this.#pieceLeft === 0) this.#pieces.taken?.();
      this.#feed(n);
    } catch (e) {
      this.#retire(e);
      throw e;
    }
  }

  /** The next chunk, or null at the end. Needs a source that reads at once, or none. */
  next() { return this.#now('next'); }

  #now(pull) {
    this.#unused();
    for (;;) {
      const state = this.#next(pull);
      if (state === ready) return this.chunk();
      if (state === item) return presentItem(this.#linmem, this.#block, this.#isGone());
      if (state !== starved) return null;
      this.#readInput();
    }
  }

  /**
   * A promise of the next chunk, or of null at the end. Refused with `leased` while another waits. A
   * source that fails disposes the stream, here as in next().
   */
  nextAsync() { return this.#later('next'); }

  async #later(pull) {
    this.#unused();
    this.#user = 'another call waits for';
    try {
      return await this.#advance(pull);
    } finally {
      this.#user = undefined;
    }
  }

  async #advance(pull = 'next') {
    for (;;) {
      const state = this.#next(pull);
      if (state === ready) return this.chunk();
      if (state === item) return presentItem(this.#linmem, this.#block, this.#isGone());
      if (state !== starved) return null;
      if (this.#pieces) await this.#awaitInput(); else this.#readInput();
    }
  }

  /** Iterates over views, each valid until the next. Leaving the loop leaves the stream where it is. */
  * [Symbol.iterator]() {
    for (let view = this.next(); view; view = this.next()) yield view;
  }

  /**
   * Iterates over views, each valid until the next; waits for input where it must. Leaving the loop
   * before a source that is waited for has ended cancels that source, and disposes the stream.
   */
  [Symbol.asyncIterator]() { return this.#each('next'); }

  async* #each(pull) {
    for (let part = await this.#later(pull); part; part = await this.#later(pull)) {
      let isLeft = true;
      try {
        yield part;
        isLeft = false;
      } finally {
        if (isLeft && this.#pieces) this.#retire();
      }
    }
  }

  /**
   * What is left, as a byte stream, which has the stream from now on and disposes it at its end. It
   * goes to the next chunk when that is read, or is ahead by up to `highWaterMark` bytes and a chunk.
   * One copy, counted: into the reader's buffer where it brings one, else into a new one.
   */
  readable({ highWaterMark = 0 } = {}) {
    checkCount(highWaterMark, 'bytes read ahead');
    this.#checked();
    this.#unused();
    let left = 0; // bytes of the present chunk
    const readable = new ReadableStream({
      type: 'bytes',
      start: (controller) => { this.#controller = controller; },
      pull: async (controller) => {
        try {
          while (left === 0) {
            const view = await this.#advance();
            if (!view) {
              this.#end(controller);
              return;
            }
            left = view.length;
          }
        } catch (e) {
          this.#retire(e);
          throw e;
        }
        left -= this.#deliver(controller, left);
      },
      cancel: (reason) => { this.#retire(reason); },
    }, { highWaterMark });
    this.#user = 'a ReadableStream reads';
    return readable;
  }

  #end(controller) {
    this.#controller = undefined;
    this.#retire();
    controller.close();
    controller.byobRequest?.respond(0); // a reader's buffer goes back to it
  }

  // Hands the last `left` bytes of the present chunk to a reader, or as many as it has room for.
  #deliver(controller, left) {
    const chunk = plainView(this.chunk());
    const rest = chunk.subarray(chunk.length - left);
    const request = controller.byobRequest;
    const n = request ? Math.min(left, request.view.byteLength) : left;
    if (request) {
      const { view } = request;
      new Uint8Array(view.buffer, view.byteOffset, n).set(rest.subarray(0, n));
      request.respond(n);
    } else {
      controller.enqueue(rest.slice());
    }
    this.#linmem.ledger.copied_out += n;
    return n;
  }

  /**
   * Hands what is left to `sink`: a function called with each view, which may return a promise, or a
   * WritableStream, with one copy. Disposes the stream; a promise of its figures.
   */
  async pipeTo(sink) {
    if (typeof sink !== 'function') {
      await this.readable().pipeTo(sink);
      return this.figures;
    }
    this.#checked();
    this.#unused();
    this.#user = 'pipeTo() reads';
    try {
      for (let view = await this.#advance(); view; view = await this.#advance()) await sink(view);
      this.#retire();
    } catch (e) {
      this.#retire(e);
      throw e;
    }
    return this.figures;
  }

  /** Iterates over views of text and, where they belong, items. A view is valid until the next. */
  * parts() {
    for (let part; (part = this.#now('part'));) yield part;
  }

  /** The same, as `for await`: waits for input where it must. */
  partsAsync() { return this.#each('part'); }

  /**
   * The items of 'table', 'image', 'other' or of all kinds that the stream has made and that were not
   * taken this way before. They are valid until rewind(), dispose() or a failure.
   */
  * items(kind) {
    for (;;) {
      const next = nextItem(this.#linmem, this.#checked(), this.handle, kind, this.#isGone());
      if (!next) return;
      yield next;
    }
  }

  /** The metadata that the stream has found, parsed; undefined while there is none. */
  get metadata() { return readMetadata(this.#linmem, this.#checked(), this.handle); }

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
  rewind() {
    this.#unused();
    this.#linmem.check(this.#abi.rewind(this.handle));
    ++this.#epoch;
  }

  #release(reason) {
    if (!this.#pieces) return;
    const pieces = this.#pieces;
    this.#pieces = undefined;
    release(pieces, reason);
  }

  // Disposes the stream where its user does not, who may still ask for the figures.
  #retire(reason) {
    if (this.handle !== 0) this.#last = this.figures;
    this.dispose(reason);
  }

  /**
   * Frees the stream, its chunk and its input, and cancels a source that is waited for; a
   * ReadableStream that reads it fails. Both are told `reason`. A second call does nothing.
   */
  dispose(reason) {
    if (this.handle === 0) return;
    this.#linmem.check(this.#abi.free(this.handle));
    this.#linmem.unwatch(this);
    this.handle = 0;
    if (this.#controller) {
      reason ??= new LinmemError('closed', 'a stream that was disposed');
      this.#controller.error(reason);
    }
    this.#release(reason);
  }
}
disposable(ChunkStream);
