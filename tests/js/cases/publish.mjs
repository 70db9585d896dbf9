// Buffers that the module makes.
import { equal, refuses } from '../expect.mjs';

export const cases = [
  {
    name: 'a buffer that the module made is opened, used and freed like any other',
    run({ module, memory }) {
      const buffer = memory.buffer(module._fixture_publish(16));
      equal(buffer.text(), 'made here');
      equal(buffer.capacity, 16);
      buffer.write(', too');
      equal(buffer.text(), 'made here, too');
      refuses(() => buffer.write('much'), 'limit_exceeded', { limit: 2, actual: 4 });
      equal(memory.ledger.buffers, 1);
      buffer.dispose();
      equal(memory.ledger.buffers, 0);
    },
  },
  {
    name: 'a buffer that the module could not make is the error it recorded',
    run({ module, memory }) {
      refuses(() => memory.buffer(module._fixture_publish(0)), 'invalid_argument', { limit: 1, actual: 0 });
      refuses(() => memory.buffer(module._fixture_publish(8)), 'out_of_range', { limit: 8, actual: 9 });
      equal(memory.ledger.buffers, 0);
      refuses(() => memory.buffer(12345), 'invalid_handle');
    },
  },
  {
    name: 'unwrap gives every answer but undefined as it is, and throws the recorded error for that',
    run({ module, memory }) {
      for (const x of [0, '', null, false, NaN, 'text']) equal(memory.unwrap(x), x);
      equal(module._fixture_publish(0), 0);
      refuses(() => memory.unwrap(undefined), 'invalid_argument', { limit: 1, actual: 0 });
    },
  },
];
