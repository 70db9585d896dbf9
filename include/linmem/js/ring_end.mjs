// ring_end.mjs - the two ends of a ring in a memory; see ring.hpp and ring_end.hpp.
//
// An end keeps its own position and what it last saw of the other side, and looks at shared words only
// when that runs out. What it reads there is checked before it is used.
import { checkCount, LinmemError } from './error.mjs';
import {
  checkTimeout, header, messageMark, paddingMark, recordBytes, RingMemory, state,
} from './ring_memory.mjs';
import { asBytes } from './sources.mjs';
import { disposable } from './views.mjs';

const shortCopy = 128; // bytes up to which a loop is faster than a call of set()

/** Copies `from` to offset `at` of `to`. */
function copy(to, at, from) {
  const n = from.length;
  if (n > shortCopy) {
    to.set(from, at);
    return;
  }
  for (let i = 0; i < n; ++i) to[at + i] = from[i];
}

function checkNumber(number) {
  checkCount(number, 'number of a ring\'s end', 2 ** 31 - 1);
  if (number === 0) throw new LinmemError('invalid_argument', 'number of a ring\'s end', 1, 0);
}

/** The writing end. */
export class RingProducer {
  #ring;
  #position; // index of the next byte, wraps at 2^32
  #limit; // what the consumer had released when it was last looked at
  #published;
  #every;
  #pending = 0; // commits since the last publication
  #claimed = -1; // bytes lent to be filled
  #padding = 0; // in front of them
  #isOver = false;

  /** Use Ring.producer(), or from(). */
  constructor(ring, { number = 1, publishEvery = 1 } = {}) {
    checkNumber(number);
    checkCount(publishEvery, 'commits until a producer publishes');
    ring.take('producer', number);
    this.#ring = ring;
    this.#every = publishEvery === 0 ? Infinity : publishEvery;
    this.#position = this.#published = ring.load(ring.at.published);
    this.#limit = ring.load(ring.at.released);
    const used = this.#used;
    const whole = ring.load(ring.at.committed) === this.#position && used <= ring.capacity;
    if (!whole || (ring.isMessages && ((this.#position | this.#limit) & 7) !== 0)) {
      this.#fail(new LinmemError('corrupt', 'bytes in use of a ring', ring.capacity, used));
    }
  }

  /** The writing end of the ring that `descriptor` tells of: Ring.descriptor, from another thread. */
  static from(descriptor, options) { return new RingProducer(new RingMemory(descriptor), options); }

  /** Bytes of the largest message; of a byte ring, of what it holds at most. */
  get largest() { return this.#ring.isMessages ? this.#ring.largestMessage : this.#ring.capacity; }

  get #used() { return (this.#position - this.#limit) >>> 0; }

  #fail(error) {
    this.#isOver = true;
    throw this.#ring.breakRing(error);
  }

  /** Throws unless this end may go on. */
  #check() {
    const ring = this.#ring;
    const consumer = ring.load(ring.at.consumer_state);
    if (consumer === state.open && !this.#isOver) return;
    if (consumer === state.ended) throw new LinmemError('closed', 'ring, whose consumer wants no more');
    if (consumer === state.abandoned) throw new LinmemError('abandoned', 'consumer of a ring');
    if (consumer !== state.open) throw ring.stateError(consumer);
    throw new LinmemError('closed', 'ring, which was ended');
  }

  /** Room for `n` more bytes, looking at the consumer's index only when what is known is too little. */
  #hasRoom(n) {
    const { capacity } = this.#ring;
    if (capacity - this.#used >= n) return true;
    this.publish(); // or both would wait for each other
    const ring = this.#ring;
    const seen = ring.load(ring.at.released);
    const used = (this.#position - seen) >>> 0;
    if (used > this.#used || (ring.isMessages && (seen & 7) !== 0)) {
      this.#fail(new LinmemError('corrupt', 'bytes in use of a ring', this.#used, used));
    }
    this.#limit = seen;
    return capacity - used >= n;
  }

  /** The offset in the data of room for `n` bytes, or -1; as long as #claimed says. */
  #claim(n) {
    this.#claimed = -1;
    this.#check();
    const { capacity, isMessages } = this.#ring;
    const offset = this.#position & (capacity - 1);
    const rest = capacity - offset;
    if (!isMessages) {
      const wanted = Math.min(n, rest);
      if (!this.#hasRoom(wanted) && this.#used === capacity) return -1;
      this.#claimed = Math.min(wanted, capacity - this.#used);
      return offset;
    }
    if (n > this.largest) throw new LinmemError('limit_exceeded', 'message in bytes', this.largest, n);
    const record = recordBytes(n);
    this.#padding = rest < record ? rest : 0;
    if (!this.#hasRoom(this.#padding + record)) return -1;
    this.#claimed = n;
    return (this.#padding === 0 ? offset : 0) + header;
  }

  /** Commits `n` bytes of what was claimed. */
  #commit(n) {
    const ring = this.#ring;
    const { words } = ring;
    if (ring.isMessages) {
      const first = ring.dataOffset >> 2;
      let i = first + ((this.#position & (ring.capacity - 1)) >> 2);
      if (this.#padding !== 0) {
        words[i] = this.#padding - header;
        words[i + 1] = paddingMark;
        i = first;
      }
      words[i] = n;
      words[i + 1] = messageMark;
      n = this.#padding + recordBytes(n);
    }
    this.#claimed = -1;
    this.#position = (this.#position + n) | 0;
    words[ring.at.committed] = this.#position; // read only by the survivor of this thread
    if (++this.#pending >= this.#every || (this.#position - this.#published) >>> 0 >= ring.capacity >> 2) this.publish();
  }

  /**
   * Room for `n` bytes to be filled, or null when there is none now; of a byte ring, as much of it as
   * lies in one piece. Stale once the memory grows. Throws limit_exceeded, closed, abandoned, corrupt.
   */
  tryClaim(n) {
    checkCount(n, 'claimed bytes');
    const at = this.#claim(n);
    return at < 0 ? null : this.#ring.bytes.subarray(at, at + this.#claimed);
  }

  /** The first `n` bytes of what was claimed are filled. out_of_range for more than that. */
  commit(n = this.#claimed) {
    const most = Math.max(this.#claimed, 0);
    checkCount(n, 'claimed bytes', most);
    if (this.#claimed < 0) throw new LinmemError('out_of_range', 'claimed bytes', 0, n);
    if (n === 0 && !this.#ring.isMessages) this.#claimed = -1;
    else this.#commit(n);
  }

  /** Gives a claim up: nothing of it is ever seen. */
  abort() { this.#claimed = -1; }

  /**
   * Copies `data` (text becomes UTF-8) into the ring. Of messages: true, or false when there is no room
   * now. Of bytes: how many there was room for. Throws as tryClaim does.
   */
  tryWrite(data) {
    const bytes = data instanceof Uint8Array ? data : asBytes(data);
    if (!this.#ring.isMessages) return this.#writeBytes(bytes);
    const at = this.#claim(bytes.length);
    if (at < 0) return false;
    copy(this.#ring.bytes, at, bytes);
    this.#commit(bytes.length);
    return true;
  }

  #writeBytes(bytes) {
    let written = 0;
    while (written < bytes.length) { // twice where they wrap
      const at = this.#claim(bytes.length - written);
      if (at < 0) break;
      const n = this.#claimed;
      copy(this.#ring.bytes, at, bytes.subarray(written, written + n));
      this.#commit(n);
      written += n;
    }
    return written;
  }

  /** Copies all of `data` into the ring, waiting for room. Throws as tryClaim does. */
  async write(data) {
    const bytes = asBytes(data);
    if (this.#ring.isMessages) {
      while (!this.tryWrite(bytes)) await this.ready(bytes.length);
      return;
    }
    for (let at = 0; at < bytes.length;) {
      const n = this.tryWrite(bytes.subarray(at));
      if (n === 0) await this.ready(1);
      at += n;
    }
  }

  /** What a claim of `n` bytes needs, and whether it is there or will never be. */
  #isReady(n) {
    checkCount(n, 'claimed bytes');
    this.#check();
    this.publish();
    if (n > this.largest) return () => true;
    const { capacity, isMessages } = this.#ring;
    const rest = capacity - (this.#position & (capacity - 1));
    const record = isMessages ? recordBytes(n) : n;
    const needed = isMessages && rest < record ? rest + record : record;
    return () => {
        return this.#hasRoom(needed) || this.#ring.load(this.#ring.at.consumer_state) !== state.open;
    };
  }
  /** True once `n` bytes can be claimed, or a claim would throw why not; false after `timeout` ms. */
  async ready(n, timeout = Infinity) {
    checkTimeout(timeout);
    return this.#ring.wait('producer', this.#isReady(n), timeout);
  }
  /** The same without turning to other work. `unsupported` on the main thread of a browser. */
  waitSync(n, timeout) {
    checkTimeout(timeout);
    return this.#ring.waitSync('producer', this.#isReady(n), timeout);
  }

  /** Makes all that is committed visible to the consumer. */
  publish() {
    this.#pending = 0;
    if (this.#position === this.#published) return;
    const ring = this.#ring;
    this.#published = this.#position;
    ring.store(ring.at.published, this.#position);
    ring.wake('consumer');
  }

  #close(how) {
    this.#claimed = -1;
    if (this.#isOver) return;
    this.publish();
    this.#isOver = true;
    if (how !== state.open) this.#ring.close('producer', how);
    this.#ring.leave('producer');
    this.#ring.wake('consumer');
  }
  /** Nothing follows: the consumer reads all that was committed, then the end. Leaves the side. */
  end() { this.#close(state.ended); }
  /** Nothing follows because of `code`: the consumer reads all, then is thrown that once. */
  fail(code) {
    const number = this.#ring.codes.indexOf(code);
    if (number <= 0) throw new LinmemError('invalid_argument', `error code, which is none: ${String(code)}`);
    if (this.#isOver) return;
    this.#ring.words[this.#ring.at.failure] = number;
    this.#close(state.failed);
  }
  /** Publishes, and leaves the side open for another producer. A second call does nothing. */
  dispose() { this.#close(state.open); }

  /** Declares the consumer gone: from now on a claim throws `abandoned`. */
  abandonConsumer() { this.#ring.abandon('consumer'); }
}
disposable(RingProducer);

/** The reading end. */
export class RingConsumer {
  #ring;
  #position;
  #limit; // what the producer had published when it was last looked at
  #released;
  #record = 0; // bytes of the ring that what was peeked at takes
  #size = 0; // and its own
  #seen = state.open; // where the producer stood then
  #isOver = false;

  /** Use Ring.consumer(), or from(). */
  constructor(ring, { number = 1 } = {}) {
    checkNumber(number);
    ring.take('consumer', number);
    this.#ring = ring;
    this.#position = this.#limit = this.#released = ring.load(ring.at.released);
    if (ring.isMessages && (this.#position & 7) !== 0) {
      this.#fail('index of a ring', 8, this.#position >>> 0);
    }
  }

  /** The reading end of the ring that `descriptor` tells of: Ring.descriptor, from another thread. */
  static from(descriptor, options) { return new RingConsumer(new RingMemory(descriptor), options); }

  #fail(subject, limit, actual) {
    this.#isOver = true;
    throw this.#ring.breakRing(new LinmemError('corrupt', subject, limit, actual));
  }

  /** Something to read, looking at the producer's index only when what is known is consumed. */
  #hasMore() { return this.#position !== this.#limit || this.#look(); }

  // The state first: what was published before it ended is there once it has ended.
  #look() {
    if (this.#isOver) return false;
    this.release();
    const ring = this.#ring;
    const { at } = ring;
    this.#seen = ring.load(at.producer_state);
    if (this.#seen >>> 0 > state.abandoned) {
      this.#isOver = true;
      throw ring.stateError(this.#seen);
    }
    const seen = ring.load(this.#seen === state.abandoned ? at.committed : at.published);
    const used = (seen - this.#position) >>> 0;
    if (used > ring.capacity || (ring.isMessages && (seen & 7) !== 0)) {
      this.#fail('bytes in use of a ring', ring.capacity, used);
    }
    this.#limit = seen;
    return used !== 0;
  }

  /** Nothing to read: undefined for now, null for good. Throws what failed, once, and `abandoned`. */
  #nothing() {
    if (this.#isOver) return null;
    const ring = this.#ring;
    if (this.#seen === state.open) return undefined;
    if (this.#seen === state.abandoned) throw new LinmemError('abandoned', 'producer of a ring');
    const failed = this.#seen === state.failed;
    const code = failed ? ring.codes[ring.load(ring.at.failure)] : undefined;
    this.#leave();
    if (failed) throw new LinmemError(code ?? 'corrupt', 'producer of a ring, which failed');
    return null;
  }

  #leave() {
    this.#isOver = true;
    this.#record = 0;
    this.#limit = this.#position;
    this.#ring.leave('consumer');
  }

  #advance(n) {
    this.#position = (this.#position + n) | 0;
    if ((this.#position - this.#released) >>> 0 >= this.#ring.capacity >> 2) this.release();
  }

  /** The offset in the data of what is next, or -1; its length is left in #size. */
  #next() {
    this.#record = 0;
    const ring = this.#ring;
    while (this.#hasMore()) {
      const at = this.#position & (ring.capacity - 1);
      const most = Math.min((this.#limit - this.#position) >>> 0, ring.capacity - at);
      if (!ring.isMessages) {
        this.#size = this.#record = most;
        return at;
      }
      const i = (ring.dataOffset + at) >> 2;
      const { words } = ring;
      const size = words[i] >>> 0;
      const mark = words[i + 1];
      if (size > most - header) this.#fail('message in bytes', most - header, size);
      const record = recordBytes(size);
      if (mark === messageMark) {
        this.#size = size;
        this.#record = record;
        return at + header;
      }
      if (mark !== paddingMark || record !== ring.capacity - at) {
        this.#fail('mark of a message', messageMark, mark >>> 0);
      }
      this.#advance(record);
    }
    return -1;
  }

  /**
   * The next message, or the bytes that lie in one piece, in place; undefined when there is nothing
   * now, null at the end. Valid until it is consumed, or the memory grows. Throws what the producer
   * failed with, once; abandoned, corrupt.
   */
  peek() {
    const at = this.#next();
    return at < 0 ? this.#nothing() : this.#ring.bytes.subarray(at, at + this.#size);
  }

  /** Ends the use of what was peeked at, or of its first `n` bytes where the ring is of bytes. */
  consume(n) {
    if (n !== undefined && !this.#ring.isMessages) this.#record = checkCount(n, 'bytes to read', this.#record);
    this.#advance(this.#record);
    this.#record = 0;
  }

  /**
   * A copy of the next message, or of the bytes that lie in one piece; otherwise as peek. With `into`,
   * a Uint8Array, it is copied there and its length returned: limit_exceeded when a message is longer.
   */
  tryRead(into) {
    const at = this.#next();
    if (at < 0) return this.#nothing();
    const { bytes, isMessages } = this.#ring;
    if (into === undefined) {
      const piece = bytes.slice(at, at + this.#size); // in a buffer of its own, never a shared one
      this.consume();
      return piece;
    }
    let n = this.#size;
    if (n > into.length) {
      if (isMessages) throw new LinmemError('limit_exceeded', 'room for a message in bytes', into.length, n);
      this.#record = n = into.length;
    }
    if (n > shortCopy) into.set(bytes.subarray(at, at + n));
    else for (let i = 0; i < n; ++i) into[i] = bytes[at + i];
    this.consume();
    return n;
  }

  /** As tryRead, but waits for something: a copy, or null at the end. */
  async read() {
    for (;;) {
      const piece = this.tryRead();
      if (piece !== undefined) return piece;
      await this.ready();
    }
  }

  /** Pieces as they come, in place: each is valid until the next is asked for. */
  async* [Symbol.asyncIterator]() {
    try {
      for (;;) {
        const piece = this.peek();
        if (piece === null) return;
        if (piece === undefined) {
          await this.ready();
        } else {
          const record = this.#record;
          yield piece;
          this.#record = record;
          this.consume();
        }
      }
    } finally {
      this.cancel(); // left early; does nothing at the end
    }
  }

  #isReady = () => this.#hasMore() || this.#isOver || this.#seen !== state.open;
  /** True once there is something to read, or peek would say why not; false after `timeout` ms. */
  async ready(timeout = Infinity) {
    checkTimeout(timeout);
    return this.#ring.wait('consumer', this.#isReady, timeout);
  }
  /** The same without turning to other work. `unsupported` on the main thread of a browser. */
  waitSync(timeout) {
    checkTimeout(timeout);
    return this.#ring.waitSync('consumer', this.#isReady, timeout);
  }

  /** Gives what was consumed back now. Done by itself for a quarter of the ring, and when it is empty. */
  release() {
    if (this.#position === this.#released) return;
    const ring = this.#ring;
    this.#released = this.#position;
    ring.store(ring.at.released, this.#position);
    ring.wake('producer');
  }

  /** Wants no more: the producer gets `closed`. Leaves the side. A second call does nothing. */
  cancel() {
    if (this.#isOver) return;
    this.#ring.close('consumer', state.ended);
    this.#leave();
    this.#ring.wake('producer');
  }
  /** Releases what was consumed, and leaves the side open for another consumer. */
  dispose() {
    if (this.#isOver) return;
    this.release();
    this.#leave();
  }

  /** Declares the producer gone: what it committed is read, published or not, then `abandoned`. */
  abandonProducer() { this.#ring.abandon('producer'); }
}
disposable(RingConsumer);
