// What a worker of the instance pool's tests offers.
import { LinmemError } from '../../include/linmem/js/linmem.mjs';
import { serve, transfer } from '../../include/linmem/js/services.mjs';
import { callOf, smallModule, spins, traps } from './small_modules.mjs';

const call = async (code) => callOf(await WebAssembly.compile(smallModule(code)));

serve(async ({ module, refuse } = {}) => {
  if (refuse) throw new LinmemError('unsupported', refuse);
  let given;
  const memory = new WebAssembly.Memory({ initial: 1 });
  return {
    pages: () => memory.buffer.byteLength / 65536,
    answer: () => callOf(module),
    add: (a, b) => a + b,
    grow: (pages) => memory.grow(pages),
    length: (bytes) => bytes.byteLength,
    /** Moves `count` bytes out; then, what is left of the last of them. */
    give: (count) => transfer({ bytes: (given = new ArrayBuffer(count)) }, [given]),
    left: () => given.byteLength,
    refuse: () => { throw new LinmemError('limit_exceeded', 'test bytes', 10, 11); },
    spin: () => call(spins),
    trap: () => call(traps),
    unclonable: () => () => {},
    vanish: () => process.exit(3), // Node only: ends this thread
  };
});
