// ring_port.mjs - the ends of a ring whose other side has no memory in common with this one.
//
// What goes through the port is batches, their buffers transferred, and credits: the consumer grants
// as many bytes as a ring would hold, and grants them again as it consumes. The methods are those of
// the ends in ring_end.mjs, but those that wait without turning to other work: a port delivers nothing
// meanwhile.
import { checkCount, LinmemError } from './error.mjs';
import { checkTimeout, header, recordBytes } from './ring_memory.mjs';
import { asBytes } from './sources.mjs';
import { disposable } from './views.mjs';

/** Those who wait for the port to say something. */
class Bell {
  #waiting = [];
  ring() {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
  /** True once `ready()`; false after `timeout` ms. */
  async wait(ready, timeout) {
    const end = performance.now() + timeout;
    while (!ready()) {
      const left = end - performance.now();
      if (left <= 0) return false;
      let timer;
      await new Promise((resolve) => {
        this.#waiting.push(resolve);
        if (left < Infinity) timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
    return true;
  }
}

/** Calls `heard` with what comes through `port`, and `gone` once the other side is no more. */
function listen(port, heard, gone) {
  port.onmessage = ({ data }) => heard(data);
  const closed = port.once ? port.once.bind(port) : port.addEventListener.bind(port);
  closed('close', gone);
}

/** The writing end of a port. */
export class PortProducer {
  #port;
  #isMessages;
  #capacity;
  #every;
  #credit;
  #bell = new Bell();
  #batch = null; // a Uint8Array that is filled from the front
  #used = 0; // bytes of it that are committed
  #sizes = []; // of the pieces in it
  #claimed = -1;
  #isOver = false;
  #refusal = null; // why nothing more is taken

  /** Use connectRing(). */
  constructor(port, { capacity, kind }, { publishEvery = 1 } = {}) {
    checkCount(publishEvery, 'commits until a producer publishes');
    this.#port = port;
    this.#isMessages = kind === 'messages';
    this.#capacity = this.#credit = capacity;
    this.#every = publishEvery === 0 ? Infinity : publishEvery;
    listen(port, ({ credit, cancelled }) => {
      if (credit) this.#credit += credit;
      if (cancelled) this.#refuse('closed', 'ring, whose consumer wants no more');
      this.#bell.ring();
    }, () => this.#refuse('abandoned', 'consumer of a ring'));
  }

  #refuse(code, subject) {
    this.#refusal ??= new LinmemError(code, subject);
    this.#bell.ring();
  }

  get largest() { return this.#isMessages ? this.#capacity / 2 - header : this.#capacity; }

  #check() {
    if (this.#isOver) throw new LinmemError('closed', 'ring, which was ended');
    if (this.#refusal) throw this.#refusal;
  }

  /** Bytes of credit that a piece of `n` bytes takes. */
  #cost(n) { return this.#isMessages ? recordBytes(n) : n; }

  tryClaim(n) {
    checkCount(n, 'claimed bytes');
    this.#claimed = -1;
    this.#check();
    if (this.#isMessages) {
      if (n > this.largest) throw new LinmemError('limit_exceeded', 'message in bytes', this.largest, n);
    } else {
      n = Math.min(n, Math.max(this.#credit, 1));
    }
    if (this.#cost(n) > this.#credit) {
      this.publish();
      return null;
    }
    if (this.#batch && this.#batch.length - this.#used < n) this.publish();
    this.#batch ??= new Uint8Array(this.#every === 1 ? n : Math.max(n, this.#capacity >> 2));
    this.#claimed = n;
    return this.#batch.subarray(this.#used, this.#used + n);
  }

  commit(n = this.#claimed) {
    checkCount(n, 'claimed bytes', Math.max(this.#claimed, 0));
    if (this.#claimed < 0) throw new LinmemError('out_of_range', 'claimed bytes', 0, n);
    this.#claimed = -1;
    if (n === 0 && !this.#isMessages) return;
    this.#used += n;
    this.#sizes.push(n);
    this.#credit -= this.#cost(n);
    if (this.#sizes.length >= this.#every) this.publish();
  }

  abort() { this.#claimed = -1; }

  tryWrite(data) {
    const bytes = asBytes(data);
    const room = this.tryClaim(bytes.length);
    if (room === null) return this.#isMessages ? false : 0;
    room.set(bytes.subarray(0, room.length));
    const n = room.length;
    this.commit(n);
    return this.#isMessages ? true : n;
  }

  async write(data) {
    const bytes = asBytes(data);
    for (let at = 0; ;) {
      const written = this.tryWrite(bytes.subarray(at));
      if (written === true) return;
      at += Number(written);
      if (!this.#isMessages && at === bytes.length) return;
      if (!written) await this.ready(this.#isMessages ? bytes.length : 1);
    }
  }

  async ready(n, timeout = Infinity) {
    checkTimeout(timeout);
    checkCount(n, 'claimed bytes');
    this.#check();
    this.publish();
    return this.#bell.wait(() => this.#refusal !== null || n > this.largest || this.#cost(n) <= this.#credit, timeout);
  }

  publish() {
    if (this.#sizes.length === 0) return;
    const { buffer } = this.#batch;
    this.#port.postMessage({ buffer, sizes: this.#sizes }, [buffer]);
    this.#batch = null;
    this.#used = 0;
    this.#sizes = [];
    this.#claimed = -1;
  }

  #close(message) {
    this.#claimed = -1;
    if (this.#isOver) return;
    this.publish();
    this.#isOver = true;
    this.#port.postMessage(message);
  }
  end() { this.#close({ ended: true }); }
  fail(code) {
    if (typeof code !== 'string' || code === 'none') {
      throw new LinmemError('invalid_argument', `error code, which is none: ${String(code)}`);
    }
    this.#close({ failed: code });
  }
  /** A port has no other producer: the same as end(). */
  dispose() { this.end(); }
  abandonConsumer() { this.#refuse('abandoned', 'consumer of a ring'); }
}
disposable(PortProducer);

/** The reading end of a port. */
export class PortConsumer {
  #port;
  #isMessages;
  #capacity;
  #bell = new Bell();
  #pieces = []; // that came and are not consumed
  #isPeeked = false;
  #consumed = 0; // bytes not granted again
  #end = null; // what the producer said last: {ended}, {failed: code}, {abandoned}
  #isOver = false;

  /** Use connectRing(). */
  constructor(port, { capacity, kind }) {
    this.#port = port;
    this.#isMessages = kind === 'messages';
    this.#capacity = capacity;
    listen(port, (message) => {
      if (message.sizes) {
        let at = 0;
        for (const size of message.sizes) {
          this.#pieces.push(new Uint8Array(message.buffer, at, size));
          at += size;
        }
      } else {
        this.#end ??= message;
      }
      this.#bell.ring();
    }, () => this.abandonProducer());
  }

  peek() {
    this.#isPeeked = false;
    if (this.#isOver) return null;
    if (this.#pieces.length > 0) {
      this.#isPeeked = true;
      return this.#pieces[0];
    }
    this.release();
    if (this.#end === null) return undefined;
    if (this.#end.abandoned) throw new LinmemError('abandoned', 'producer of a ring');
    const { failed } = this.#end;
    this.#leave();
    if (failed) throw new LinmemError(failed, 'producer of a ring, which failed');
    return null;
  }

  consume(n) {
    const peeked = this.#isPeeked ? this.#pieces[0] : undefined;
    if (n !== undefined && !this.#isMessages) checkCount(n, 'bytes to read', peeked?.length ?? 0);
    this.#isPeeked = false;
    if (peeked === undefined) return;
    const used = this.#isMessages ? peeked.length : n ?? peeked.length;
    if (used < peeked.length) this.#pieces[0] = peeked.subarray(used);
    else this.#pieces.shift();
    this.#consumed += this.#isMessages ? recordBytes(used) : used;
    if (this.#consumed >= this.#capacity >> 2) this.release();
  }

  tryRead(into) {
    const piece = this.peek();
    if (!piece) return piece;
    if (into === undefined) {
      this.consume();
      return piece.slice();
    }
    if (this.#isMessages && piece.length > into.length) {
      throw new LinmemError('limit_exceeded', 'room for a message in bytes', into.length, piece.length);
    }
    const n = Math.min(piece.length, into.length);
    into.set(piece.subarray(0, n));
    this.consume(n);
    return n;
  }

  async read() {
    for (;;) {
      const piece = this.tryRead();
      if (piece !== undefined) return piece;
      await this.ready();
    }
  }

  async* [Symbol.asyncIterator]() {
    try {
      for (;;) {
        const piece = this.peek();
        if (piece === null) return;
        if (piece === undefined) {
          await this.ready();
        } else {
          yield piece;
          this.#isPeeked = true;
          this.consume();
        }
      }
    } finally {
      this.cancel();
    }
  }

  async ready(timeout = Infinity) {
    checkTimeout(timeout);
    return this.#bell.wait(() => this.#pieces.length > 0 || this.#isOver || this.#end !== null, timeout);
  }

  /** Grants what was consumed again. */
  release() {
    if (this.#consumed === 0) return;
    this.#port.postMessage({ credit: this.#consumed });
    this.#consumed = 0;
  }

  #leave() {
    this.#isOver = true;
    this.#pieces = [];
    this.#port.close();
  }
  cancel() {
    if (this.#isOver) return;
    this.#port.postMessage({ cancelled: true });
    this.#leave();
  }
  /** A port has no other consumer: the same as cancel(). */
  dispose() { this.cancel(); }
  abandonProducer() {
    this.#end ??= { abandoned: true };
    this.#bell.ring();
  }
}
disposable(PortConsumer);
