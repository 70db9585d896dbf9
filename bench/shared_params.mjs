// Shared parameters: sixteen numbers published and read by C++, and set by JavaScript for C++ to use.
//
// limit                  plain stores and loads of what changed, with nothing that keeps it whole
// linmem                 publish() and read()
// std::mutex ...         a struct under a mutex, copied whole by each side
// exported setter, ccall a call into the module for each field; each is seen alone
// JSON                   JSON.stringify and JSON.parse of the object, without the way into C++
// structuredClone        what postMessage does with the object, without the way to the other thread
import { attach } from '../include/linmem/js/linmem.mjs';
import { SharedParams } from '../include/linmem/js/shared_params.mjs';
import { compiled } from './compiled.mjs';
import { measure } from './frame.mjs';

const inCpp = compiled('shared_params');

async function* inJavaScript(load) {
  const module = await (await load('shared_params_host_module'))();
  const memory = attach(module);
  const params = new SharedParams(memory, module._bench_params());
  const names = Object.keys(params.values);
  const object = Object.fromEntries(names.map((name) => [name, 0]));
  const plain = new Float64Array(memory.memory.buffer, module._bench_values(), names.length);
  let n = 0;
  let sink = 0;
  for (const count of [1, names.length]) {
    const chosen = count === 1 ? ['f'] : names;
    const indices = chosen.map((name) => names.indexOf(name));
    const check = (use) => {
      const expected = count === 1 ? n + object.a + object.p : 3 * n;
      if (count > 1 && use !== expected) throw new Error(`C++ uses ${use}, not ${expected}`);
      sink += use;
    };
    yield measure('shared_params', {
      name: `JavaScript sets ${count} of 16, C++ uses them`,
      unit: 'ns',
      variants: {
        limit: () => {
          n += 1;
          for (const i of indices) plain[i] = n;
          check(module._bench_use_plain());
        },
        linmem: () => {
          n += 1;
          for (const name of chosen) params.values[name] = n;
          params.publish();
          check(module._bench_use());
        },
        'exported setter': () => {
          n += 1;
          for (const i of indices) module._bench_set(i, n);
          check(module._bench_use_plain());
        },
        ccall: () => {
          n += 1;
          for (const i of indices) module.ccall('bench_set', null, ['number', 'number'], [i, n]);
          check(module._bench_use_plain());
        },
        JSON: () => {
          n += 1;
          for (const name of chosen) object[name] = n;
          sink += JSON.parse(JSON.stringify(object)).f;
        },
        structuredClone: () => {
          n += 1;
          for (const name of chosen) object[name] = n;
          sink += structuredClone(object).f;
        },
      },
    });
  }
  yield measure('shared_params', {
    name: 'JavaScript reads, nothing changed',
    unit: 'ns',
    variants: { limit: () => { sink += plain[5]; }, linmem: () => { sink += params.read().length; } },
  });
  yield measure('shared_params', {
    name: 'JavaScript reads 1 of 16 that C++ published',
    unit: 'ns',
    variants: {
      limit: () => { sink += module._bench_publish(0) + plain[5]; },
      linmem: () => { sink += module._bench_publish(1) + params.read().length; },
    },
  });
  if (Number.isNaN(sink)) throw new Error('a figure that is none');
}

export async function* rows(context) {
  yield* inCpp(context);
  yield* inJavaScript(context.load);
}
