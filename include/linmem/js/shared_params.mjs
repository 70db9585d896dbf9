// shared_params.mjs - a struct of numbers that C++ and JavaScript share; see shared_params.hpp.
import { checkCount, LinmemError } from './error.mjs';

/** How the fields are read, checked and declared; the keys are field_type in layout.hpp. */
const integer = (bits, signed) => ({
  size: bits / 8,
  type: 'number',
  least: signed ? -(2 ** (bits - 1)) : 0,
  most: 2 ** (signed ? bits - 1 : bits) - 1,
  accessor: `${signed ? 'Int' : 'Uint'}${bits}`,
});
const bigInteger = (signed) => ({
  size: 8,
  type: 'bigint',
  least: signed ? -(2n ** 63n) : 0n,
  most: signed ? 2n ** 63n - 1n : 2n ** 64n - 1n,
  accessor: signed ? 'BigInt64' : 'BigUint64',
});
const fieldTypes = {
  1: integer(8, false), 2: integer(16, false), 3: integer(32, false), 4: bigInteger(false),
  5: integer(32, true), 8: integer(8, true), 9: integer(16, true), 10: bigInteger(true),
  6: { size: 4, type: 'number', most: 3.4028234663852886e38, isFloat: true, accessor: 'Float32' },
  7: { size: 8, type: 'number', most: Infinity, isFloat: true, accessor: 'Float64' },
};

/** `value` if a field of that type holds it exactly, or rounded where it is a float. */
function checkValue(value, { type, least, most, isFloat }, name) {
  if (typeof value !== type || (type === 'number' && !isFloat && !Number.isInteger(value))) {
    const wanted = isFloat ? 'number' : type === 'bigint' ? 'bigint' : 'whole number';
    throw new LinmemError('invalid_argument', `${name}, which is no ${wanted}: ${String(value)}`);
  }
  if (isFloat ? Number.isFinite(value) && Math.abs(value) > most : value > most || value < least) {
    throw new LinmemError('out_of_range', name, Number(value < 0 && !isFloat ? least : most), Number(value));
  }
  return value;
}

const magic = 0x41504d4c;
const defaultAttempts = 10000;
const pollMs = 4; // what timers of browsers are rounded up to

/** Bytes as units of 1, 2 and 4, which Atomics take; a field of 8 bytes is two units. */
class Units {
  constructor(buffer, address, bytes) {
    this.buffer = buffer;
    this.address = address;
    this[1] = new Uint8Array(buffer, address, bytes);
    this[2] = new Uint16Array(buffer, address, bytes >> 1);
    this[4] = new Uint32Array(buffer, address, bytes >> 2);
  }
}

/**
 * One side's copy of shared parameters. `values` has a property for each field: what is assigned stays
 * here until publish(); read() brings what others have published. Fields of 64-bit integers are bigint.
 * Nothing here waits but changed().
 */
export class SharedParams {
  #linmem;
  #address; // () => of the params_block, or throws when it is gone
  #at; // the header's words by name, as indices of units of 4
  #fields;
  #shared = { buffer: undefined }; // Units from the block on, made anew after growth
  #values; // what this side sees
  #known; // the values of version #sequence
  #own; // by field: 1 when it was changed here and not published
  #sequence = 0;
  #isWhole = false;
  #valuesAt;
  #changedAt;

  /**
   * The parameters that the module answered with `handle`; needs linmem/params_exports.hpp there. Use open()
   * for what is `opened`.
   */
  constructor(linmem, handle, opened = undefined) {
    this.#linmem = linmem;
    /** What the module's functions take. */
    this.handle = handle;
    if (opened) {
      this.#address = () => opened.address;
      if (!linmem.blocks.params) linmem.addBlock(opened.layout);
    } else {
      linmem.check(handle);
      const abi = linmem.part('params', ['layout', 'block']);
      this.#address = () => linmem.check(abi.block(handle));
      opened = { kind: 'params', handle, address: this.#address(), layout: abi.layout() >>> 0 };
    }
    /** What open() takes, in a worker on the same memory. */
    this.descriptor = Object.freeze(opened);
    const { params: Block } = linmem.blocks;
    const block = new Block(this.#address());
    if (block.magic !== magic) this.#refuseGone();
    this.#at = { sequence: Block.offsets.sequence / 4, waiters: Block.offsets.waiters / 4 };
    this.#valuesAt = block.values_offset;
    this.#changedAt = block.changed_offset;
    this.#fields = linmem.fieldsAt(block.fields).map(({ name, offset, type }, index) => {
      const { size } = fieldTypes[type];
      const unit = Math.min(size, 4);
      return { name, offset, index, unit, first: offset / unit, end: (offset + size) / unit, ...fieldTypes[type] };
    });
    this.#own = new Uint8Array(this.#fields.length);
    const bytes = Math.ceil(block.value_bytes / 4) * 4;
    this.#values = new Units(new ArrayBuffer(bytes), 0, bytes);
    this.#known = new Units(new ArrayBuffer(bytes), 0, bytes);
    /** Bytes of fields that this side moved, in both directions. */
    this.bytesMoved = 0;
    /** How often read() and publish() try. */
    this.attempts = defaultAttempts;
    /** The fields by name. */
    this.values = this.#accessors();
    try {
      this.read();
    } catch (e) {
      if (e.code !== 'timed_out') throw e; // else the next read() brings all of it
    }
  }

  /**
   * The parameters that another thread on the same memory has: `descriptor` is their SharedParams', and came by
   * postMessage. They are freed there, and must not be while they are used here.
   */
  static open(linmem, descriptor) {
    const { kind, handle, address, layout } = descriptor;
    if (kind !== 'params') throw new LinmemError('invalid_argument', `kind of a descriptor: ${String(kind)}`);
    linmem.blockAt(address);
    return new SharedParams(linmem, handle, { kind, handle, address, layout });
  }

  #accessors() {
    const view = new DataView(this.#values.buffer);
    const properties = this.#fields.map((field) => {
      const { name, offset, accessor } = field;
      const [get, set] = [view[`get${accessor}`].bind(view), view[`set${accessor}`].bind(view)];
      return [name, {
        enumerable: true,
        get: () => get(offset, true),
        set: (value) => {
          set(offset, checkValue(value, field, name), true);
          this.#own[field.index] = this.#differs(field) ? 1 : 0;
        },
      }];
    });
    return Object.seal(Object.create(null, Object.fromEntries(properties)));
  }

  #refuseGone() { throw new LinmemError('invalid_handle', 'parameters that are gone'); }

  // The block and what follows it, as they are now.
  #units() {
    const address = this.#address();
    const { buffer } = this.#linmem.memory;
    if (this.#shared.buffer !== buffer) {
      const bytes = this.#valuesAt + this.#values[1].length;
      this.#shared = new Units(this.#linmem.view(address, bytes).buffer, address, bytes);
    }
    if (Atomics.load(this.#shared[4], 0) !== magic) this.#refuseGone();
    return this.#shared;
  }

  // Where nobody else runs, nobody could end a publication meanwhile.
  get #tries() { return this.#linmem.isShared ? this.attempts : 1; }

  #differs({ unit, first, end }) {
    const values = this.#values[unit];
    const known = this.#known[unit];
    for (let i = first; i < end; ++i) if (values[i] !== known[i]) return true;
    return false;
  }

  // True when `field` has changed since it was read here.
  #isNewer(units, field) {
    const changed = Atomics.load(units[4], this.#changedAt / 4 + field.index);
    return !this.#isWhole || ((changed - this.#sequence) | 0) > 0;
  }

  /**
   * Brings `values` to the newest version, copying only what changed; own changes that are not
   * published stay. Returns the names of the fields that have another value than before. timed_out
   * when a publication is under way all the time: try again, or see recover().
   */
  read() {
    const units = this.#units();
    const at = this.#at.sequence;
    for (let left = this.#tries; left > 0; --left) {
      const sequence = Atomics.load(units[4], at);
      if (this.#isWhole && sequence === this.#sequence) return [];
      if (sequence % 2 === 0) {
        const fresh = [];
        for (const field of this.#fields) {
          if (!this.#isNewer(units, field)) continue;
          const { unit, first, end } = field;
          const from = units[unit];
          const begin = this.#valuesAt / unit;
          for (let i = first; i < end; ++i) fresh.push(Atomics.load(from, begin + i));
          fresh.push(field);
        }
        if (Atomics.load(units[4], at) === sequence) return this.#accept(fresh, sequence);
      }
    }
    return this.#timedOut('read');
  }

  // `fresh` has for each field its units and then the field.
  #accept(fresh, sequence) {
    const names = [];
    let bytes = 0;
    let next = 0;
    for (const field of fresh) {
      if (typeof field === 'number') continue;
      const { unit, first, end, index } = field;
      const values = this.#values[unit];
      const known = this.#known[unit];
      let isNew = false;
      for (let i = first; i < end; ++i) {
        const value = fresh[next++];
        isNew ||= value !== known[i];
        known[i] = value;
        if (!this.#own[index]) values[i] = value;
      }
      if (this.#own[index]) this.#own[index] = this.#differs(field) ? 1 : 0;
      ++next; // the field itself
      bytes += field.size;
      if (isNew) names.push(field.name);
    }
    this.#sequence = sequence;
    this.#isWhole = true;
    this.bytesMoved += bytes;
    this.#linmem.ledger.copied_out += bytes;
    return names;
  }

  /**
   * Publishes the fields that were changed here, as one version, and returns the version that has
   * them. With `expected` it is refused with conflict, naming the present version, when that is
   * another one; own changes are kept. timed_out as for read(), and nothing is published.
   */
  publish({ expected } = {}) {
    if (expected !== undefined) checkCount(expected, 'expected version', 2 ** 31 - 1);
    const units = this.#units();
    const at = this.#at.sequence;
    const own = this.#fields.filter(({ index }) => this.#own[index] !== 0);
    for (let left = this.#tries; left > 0; --left) {
      const sequence = Atomics.load(units[4], at);
      if (expected !== undefined && sequence >>> 1 !== expected) {
        throw new LinmemError('conflict', 'present version of parameters', sequence >>> 1, expected);
      }
      if (sequence % 2 === 0) {
        if (own.length === 0) return sequence >>> 1;
        if (Atomics.compareExchange(units[4], at, sequence, sequence + 1) === sequence) {
          const next = this.#store(units, own, this.#values, sequence);
          for (const { unit, first, end, index } of own) {
            for (let i = first; i < end; ++i) this.#known[unit][i] = this.#values[unit][i];
            this.#own[index] = 0;
          }
          if (this.#isWhole && this.#sequence === sequence) this.#sequence = next;
          return next >>> 1;
        }
      }
    }
    return this.#timedOut('publish');
  }

  // Stores `fields` of `from`, and ends the publication that began on `sequence`; returns the next.
  #store(units, fields, from, sequence) {
    const at = this.#at.sequence;
    const next = (sequence + 2) >>> 0;
    let bytes = 0;
    for (const { unit, first, end, index, size } of fields) {
      Atomics.store(units[4], this.#changedAt / 4 + index, next);
      const to = units[unit];
      const begin = this.#valuesAt / unit;
      for (let i = first; i < end; ++i) Atomics.store(to, begin + i, from[unit][i]);
      bytes += size;
    }
    new this.#linmem.blocks.params(units.address).published += bytes; // only who publishes writes it
    this.bytesMoved += bytes;
    this.#linmem.ledger.copied_in += bytes;
    if (Atomics.compareExchange(units[4], at, sequence + 1, next) !== sequence + 1) {
      throw new LinmemError('abandoned', 'publication, taken for a dead writer\'s', 0, sequence + 1);
    }
    if (Atomics.load(units[4], this.#at.waiters) !== 0) Atomics.notify(this.#signed(units), at);
    return next;
  }

  // Atomics.wait and notify take no unsigned words.
  #signed(units) { return new Int32Array(units.buffer, units[4].byteOffset, units[4].length); }

  #timedOut(what) {
    const tries = this.#tries;
    throw new LinmemError('timed_out', `attempts to ${what} parameters`, tries, tries);
  }

  /** Takes own changes back that are not published. */
  discard() {
    this.#values[1].set(this.#known[1]);
    this.#own.fill(0);
  }

  /** The version that `values` is based on. */
  get version() { return this.#sequence >>> 1; }

  get #present() { return Atomics.load(this.#units()[4], this.#at.sequence); }

  /** The newest version that is complete, without reading it. */
  get presentVersion() { return this.#present >>> 1; }

  /** The number of the publication under way, 0 for none; see recover(). */
  get publication() {
    const sequence = this.#present;
    return sequence % 2 === 0 ? 0 : sequence;
  }

  /** Bytes of fields that the publications of all sides moved. */
  get published() { return new this.#linmem.blocks.params(this.#units().address).published; }

  /**
   * Ends `publication`, whose writer is known to be dead, by publishing all that was last read here
   * instead. conflict when that one is not under way any more: of two survivors one succeeds.
   */
  recover(publication) {
    checkCount(publication, 'publication of a dead writer');
    const units = this.#units();
    const found = publication % 2 === 0 ? this.publication :
      Atomics.compareExchange(units[4], this.#at.sequence, publication, publication + 2);
    if (found !== publication || publication === 0) {
      throw new LinmemError('conflict', 'publication of a dead writer', found, publication);
    }
    this.#sequence = this.#store(units, this.#fields, this.#known, (publication + 1) >>> 0);
    this.#isWhole = true;
    return this.version;
  }

  /**
   * Waits until there is a version that was not read here: true, or false when `timeout` milliseconds
   * are over. Woken at once where memory is shared and the engine has Atomics.waitAsync; elsewhere
   * it looks every 4 ms. Reads nothing.
   */
  async changed(timeout = Infinity) {
    if (typeof timeout !== 'number' || !(timeout >= 0)) {
      throw new LinmemError('invalid_argument', `timeout in milliseconds: ${String(timeout)}`);
    }
    const end = performance.now() + timeout;
    for (;;) {
      const sequence = this.#present;
      if (sequence % 2 === 0 && sequence !== this.#sequence) return true;
      const left = end - performance.now();
      if (left <= 0) return false;
      // While a publication is under way there is nothing to be woken by that is sure to come.
      if (sequence % 2 === 0 && this.#linmem.isShared && typeof Atomics.waitAsync === 'function') {
        await this.#woken(sequence, left);
      } else {
        await new Promise((resolve) => { setTimeout(resolve, Math.min(pollMs, left)); });
      }
    }
  }

  async #woken(sequence, left) {
    const units = this.#units();
    const { waiters } = this.#at;
    const bounded = Math.min(left, 2 ** 31 - 1);
    Atomics.add(units[4], waiters, 1);
    let timer;
    try {
      const { value } = Atomics.waitAsync(this.#signed(units), this.#at.sequence, sequence | 0, bounded);
      // A timer of our own, as Node does not stay for a waitAsync alone.
      await Promise.race([value, new Promise((resolve) => { timer = setTimeout(resolve, bounded); })]);
    } finally {
      Atomics.sub(units[4], waiters, 1);
      clearTimeout(timer);
    }
  }

  /** The text of a TypeScript interface for `values`: of what it is to be given as type. */
  declaration(name) {
    if (typeof name !== 'string' || !/^[A-Za-z_$][\w$]*$/.test(name)) {
      throw new LinmemError('invalid_argument', `name of an interface: ${String(name)}`);
    }
    const lines = this.#fields.map(({ name: field, type, accessor }) => `  ${field}: ${type}; // ${accessor}`);
    return `export interface ${name} {\n${lines.join('\n')}\n}\n`;
  }
}
