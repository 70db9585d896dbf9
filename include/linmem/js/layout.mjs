// layout.mjs - blocks of linear memory as objects, by the tables of layout.hpp.

const word = 2 ** 32;

/** How the fields of a block are read and written; the keys are field_type in layout.hpp. */
const fieldTypes = {
  1: { get: (v, at) => v.getUint8(at), set: (v, at, x) => v.setUint8(at, x) },
  2: { get: (v, at) => v.getUint16(at, true), set: (v, at, x) => v.setUint16(at, x, true) },
  3: { get: (v, at) => v.getUint32(at, true), set: (v, at, x) => v.setUint32(at, x, true) },
  4: {
    // Exact up to 2^53 - 1; what is larger stands for "unknown" and reads as a larger number.
    get: (v, at) => v.getUint32(at, true) + v.getUint32(at + 4, true) * word,
    set: (v, at, x) => {
      v.setUint32(at, x % word, true);
      v.setUint32(at + 4, Math.floor(x / word), true);
    },
  },
  5: { get: (v, at) => v.getInt32(at, true), set: (v, at, x) => v.setInt32(at, x, true) },
  6: { get: (v, at) => v.getFloat32(at, true), set: (v, at, x) => v.setFloat32(at, x, true) },
  7: { get: (v, at) => v.getFloat64(at, true), set: (v, at, x) => v.setFloat64(at, x, true) },
  8: { get: (v, at) => v.getInt8(at), set: (v, at, x) => v.setInt8(at, x) },
  9: { get: (v, at) => v.getInt16(at, true), set: (v, at, x) => v.setInt16(at, x, true) },
  10: {
    get: (v, at) => Number(v.getBigInt64(at, true)),
    set: (v, at, x) => v.setBigInt64(at, BigInt(x), true),
  },
};

const widestField = 8;

/** A class whose properties are the fields of one block layout; each read costs no call. */
export function makeBlockClass(linmem, fields) {
  const end = Math.max(...fields.map(({ offset }) => offset)) + widestField;
  class Block {
    /** Offsets by name, for those who read several fields from one DataView. */
    static offsets = {};
    constructor(address) {
      this.address = address;
      linmem.reach(address + end);
    }
  }
  for (const { name, offset, type } of fields) {
    const { get, set } = fieldTypes[type];
    Block.offsets[name] = offset;
    Object.defineProperty(Block.prototype, name, {
      enumerable: true,
      get() { return get(linmem.data, this.address + offset); },
      set(value) { set(linmem.data, this.address + offset, value); },
    });
  }
  return Block;
}
