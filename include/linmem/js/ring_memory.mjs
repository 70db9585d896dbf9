// ring_memory.mjs - the words and bytes of one ring, as both ends see them; see ring_block.hpp.
import { LinmemError } from './error.mjs';

/** ring_state in ring_block.hpp. */
export const state = { open: 0, ended: 1, failed: 2, abandoned: 3, corrupt: 4 };
/** ring_kind in ring_block.hpp. */
export const kinds = ['bytes', 'messages'];

const magic = 0x47524d4c;
const layoutVersion = 1;
const longestSleep = 1000; // in ms; whoever waits looks again then
const looks = 300; // before going to sleep: some microseconds, less than being woken takes
const longestPoll = 8; // in ms

/** In front of each message: its length and what it is. */
export const header = 8;
export const messageMark = 0x4753534d;
export const paddingMark = 0x20444150;

/** Bytes of the ring that a message of `size` bytes takes. */
export const recordBytes = (size) => header + ((size + 7) & ~7);

/** Refuses what is no time to wait, in ms. */
export function checkTimeout(ms) {
  if (typeof ms !== 'number' || !(ms >= 0)) {
    throw new LinmemError('invalid_argument', `timeout in ms, which is none: ${String(ms)}`);
  }
}

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Resolves when `wake` does, or after `ms`. The timer keeps Node from ending meanwhile. */
const either = (wake, ms) => new Promise((resolve) => {
  const timer = setTimeout(resolve, ms);
  wake.then(() => {
    clearTimeout(timer);
    resolve();
  });
});

/** A ring in a memory. What one end reads of the other is checked by that end. */
export class RingMemory {
  #words = new Int32Array(0);
  #bytes = new Uint8Array(0);

  /** @param {object} descriptor Ring.descriptor, here or in another thread */
  constructor({ memory, address, offsets, codes }) {
    this.memory = memory;
    this.address = address;
    this.codes = codes;
    this.isShared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
    /** Indices of the block's words. */
    this.at = Object.fromEntries(Object.entries(offsets).map(([name, offset]) => [name, offset / 4]));
    const { at } = this;
    this.capacity = 0;
    this.dataOffset = 4 * (Math.max(...Object.values(at)) + 1);
    const words = this.#derive();
    if (words[at.magic] !== magic) throw new LinmemError('corrupt', 'magic of a ring', magic, words[at.magic] >>> 0);
    if (words[at.version] !== layoutVersion) {
      throw new LinmemError('corrupt', 'layout version of a ring', layoutVersion, words[at.version] >>> 0);
    }
    const capacity = words[at.capacity] >>> 0;
    if (capacity < 32 || capacity > 2 ** 30 || (capacity & (capacity - 1)) !== 0) {
      throw new LinmemError('corrupt', 'ring capacity in bytes', 2 ** 30, capacity);
    }
    if (kinds[words[at.kind]] === undefined) throw new LinmemError('corrupt', 'kind of a ring', 1, words[at.kind] >>> 0);
    this.isMessages = kinds[words[at.kind]] === 'messages';
    this.capacity = capacity;
    this.dataOffset = words[at.data_offset] >>> 0;
    this.#derive();
  }

  #derive() {
    const end = this.address + this.dataOffset + this.capacity;
    // Another thread may have grown a shared memory: this one's buffer is too short until it asks.
    if (end > this.memory.buffer.byteLength && this.isShared) this.memory.grow(0);
    const { buffer } = this.memory;
    if (end > buffer.byteLength) throw new LinmemError('corrupt', 'end of a ring in bytes', buffer.byteLength, end);
    this.#bytes = new Uint8Array(buffer, this.address + this.dataOffset, this.capacity);
    this.#words = new Int32Array(buffer, this.address, (this.dataOffset + this.capacity) >> 2);
    return this.#words;
  }

  // A ring stays where it is. Views of it are made anew only where growth has emptied them.

  /** Words of the block and of the data, as they are now. */
  get words() { return this.#words.length === 0 ? this.#derive() : this.#words; }
  /** The data, as it is now. */
  get bytes() {
    if (this.#bytes.length === 0) this.#derive();
    return this.#bytes;
  }

  /** Word `i` of the block; what the other side wrote before it is seen after it. */
  load(i) { return this.isShared ? Atomics.load(this.words, i) : this.words[i]; }
  store(i, value) {
    if (this.isShared) Atomics.store(this.words, i, value);
    else this.words[i] = value;
  }

  get largestMessage() { return this.capacity / 2 - header; }

  /** Takes side `role` for `number`. */
  take(role, number) {
    const found = this.load(this.at[`${role}_state`]);
    if (found === state.ended || found === state.failed) throw new LinmemError('closed', 'end of a ring');
    if (found === state.abandoned) throw new LinmemError('abandoned', 'end of a ring');
    if (found !== state.open) throw this.stateError(found);
    const holder = Atomics.compareExchange(this.words, this.at[role], 0, number);
    if (holder !== 0) throw new LinmemError('leased', 'end of a ring, held by number', 0, holder >>> 0);
  }
  /** Leaves side `role`. */
  leave(role) { this.store(this.at[role], 0); }

  /** Side `role` comes to stand at `how`, if it is open. */
  close(role, how) { Atomics.compareExchange(this.words, this.at[`${role}_state`], state.open, how); }

  /** Declares side `role` gone. */
  abandon(role) {
    this.close(role, state.abandoned);
    this.leave(role);
    this.wake('producer');
    this.wake('consumer');
  }

  /** The ring is of use to neither side from now on: returns why. */
  breakRing(error) {
    this.store(this.at.producer_state, state.corrupt);
    this.store(this.at.consumer_state, state.corrupt);
    this.wake('producer');
    this.wake('consumer');
    return error;
  }
  stateError(found) {
    return this.breakRing(new LinmemError('corrupt', 'state of a ring', state.abandoned, found >>> 0));
  }

  /** Wakes side `role`, if it sleeps. */
  wake(role) {
    if (!this.isShared || Atomics.load(this.words, this.at[`${role}_waits`]) === 0) return;
    const i = this.at[`${role}_wakes`];
    Atomics.add(this.words, i, 1);
    Atomics.notify(this.words, i);
  }

  /** Waits until `ready()`, at most `timeout` ms: its last answer. Gives other work its turn. */
  async wait(role, ready, timeout) {
    const end = performance.now() + timeout;
    const [waits, wakes] = [this.at[`${role}_waits`], this.at[`${role}_wakes`]];
    for (let round = 0; ; ++round) {
      if (!this.isShared || !Atomics.waitAsync) {
        if (ready()) return true;
        const left = end - performance.now();
        if (left <= 0) return false;
        await sleep(Math.min(left, round, longestPoll));
        continue;
      }
      const seen = Atomics.load(this.words, wakes);
      Atomics.store(this.words, waits, 1); // before looking again, or a wake is missed
      const isReady = ready();
      const left = Math.min(end - performance.now(), longestSleep);
      if (!isReady && left > 0) {
        const { async, value } = Atomics.waitAsync(this.words, wakes, seen, left);
        if (async) await either(value, left);
      }
      Atomics.store(this.words, waits, 0);
      if (isReady || left <= 0) return isReady;
    }
  }

  /** The same, while nothing else runs in this thread. Not on the main thread of a browser. */
  waitSync(role, ready, timeout) {
    if (ready()) return true;
    if (!this.isShared) return false; // nobody else could make it true
    for (let i = 0; i < looks; ++i) if (ready()) return true;
    const end = performance.now() + timeout;
    const [waits, wakes] = [this.at[`${role}_waits`], this.at[`${role}_wakes`]];
    for (;;) {
      const seen = Atomics.load(this.words, wakes);
      Atomics.store(this.words, waits, 1);
      const isReady = ready();
      const left = end - performance.now();
      try {
        if (!isReady && left > 0) Atomics.wait(this.words, wakes, seen, left);
      } catch {
        throw new LinmemError('unsupported', 'waiting on the main thread of a browser; await instead');
      } finally {
        Atomics.store(this.words, waits, 0);
      }
      if (isReady || left <= 0) return isReady;
    }
  }
}
