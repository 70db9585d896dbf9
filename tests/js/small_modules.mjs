// WebAssembly modules of a few bytes, for tests of what surrounds a module.

/** A module whose `f`, () -> i32, consists of `code`; `mark` makes its bytes, and nothing else, differ. */
export function smallModule(code, mark) {
  const name = [...new TextEncoder().encode(mark ?? '')];
  return Uint8Array.from([
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // "\0asm", version 1
    0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7f, // one type: () -> i32
    0x03, 0x02, 0x01, 0x00, // one function of it
    0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00, // exported as "f"
    0x0a, code.length + 4, 0x01, code.length + 2, 0x00, ...code, 0x0b,
    ...(mark === undefined ? [] : [0x00, name.length + 1, name.length, ...name]), // a custom section
  ]);
}

/** The instructions of `return n`, for n below 64. */
export const returns = (n) => [0x41, n];
/** A loop that does not end. */
export const spins = [0x03, 0x40, 0x0c, 0x00, 0x0b, 0x41, 0x00];
/** A trap. */
export const traps = [0x00];

/** What `f` of a compiled module returns. */
export const callOf = (module) => new WebAssembly.Instance(module).exports.f();
