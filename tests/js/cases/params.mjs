// The cases of shared parameters.
import { attach } from '../../../include/linmem/js/linmem.mjs';
import { SharedParams } from '../../../include/linmem/js/shared_params.mjs';
import { equal, ok, refuses, rejects } from '../expect.mjs';

const floatMax = 3.4028234663852886e38;

export const cases = [
  {
    name: 'parameters have a property for each field, with the values that C++ gave',
    run({ module, memory }) {
      const params = new SharedParams(memory, module._fixture_params());
      equal(Object.keys(params.values).join(' '), 'f64 u64 i64 f32 u32 i32 u16 i16 u8 i8');
      equal(params.values.f64, 0.5);
      equal(params.values.f32, 0.25);
      equal(params.values.u64, 0n);
      equal(params.version, 1);
      equal(params.bytesMoved, 8 + 8 + 8 + 4 + 4 + 4 + 2 + 2 + 1 + 1);
      let thrown;
      try { params.values.nothing = 1; } catch (e) { thrown = e; }
      ok(thrown instanceof TypeError, 'a TypeError for a field that is none');
    },
  },
  {
    name: 'a field takes what its type holds, and refuses the rest by name, limit and number',
    run({ module, memory }) {
      const { values } = new SharedParams(memory, module._fixture_params());
      const limits = {
        u8: [0, 255], u16: [0, 65535], u32: [0, 2 ** 32 - 1], i8: [-128, 127], i16: [-32768, 32767],
        i32: [-(2 ** 31), 2 ** 31 - 1],
      };
      for (const [name, [least, most]] of Object.entries(limits)) {
        for (const x of [least, most, 0]) {
          values[name] = x;
          equal(values[name], x, name);
        }
        values[name] = most;
        const e = refuses(() => { values[name] = most + 1; }, 'out_of_range', { limit: most, actual: most + 1 });
        equal(e.subject, name);
        refuses(() => { values[name] = least - 1; }, 'out_of_range', { limit: least, actual: least - 1 });
        for (const x of [NaN, 0.5, Infinity, '1', 1n, null, undefined, {}]) {
          refuses(() => { values[name] = x; }, 'invalid_argument');
        }
        equal(values[name], most, `${name} after what was refused`);
      }
      for (const [name, least, most] of [['u64', 0n, 2n ** 64n - 1n], ['i64', -(2n ** 63n), 2n ** 63n - 1n]]) {
        for (const x of [least, most]) {
          values[name] = x;
          equal(values[name], x, name);
        }
        refuses(() => { values[name] = most + 1n; }, 'out_of_range');
        refuses(() => { values[name] = least - 1n; }, 'out_of_range');
        for (const x of [1, NaN, '1', null]) refuses(() => { values[name] = x; }, 'invalid_argument');
        equal(values[name], most);
      }
      for (const name of ['f32', 'f64']) {
        for (const x of [-0, NaN, Infinity, -Infinity, 1.5, floatMax]) {
          values[name] = x;
          equal(values[name], x, name);
        }
        for (const x of ['1', 1n, null]) refuses(() => { values[name] = x; }, 'invalid_argument');
      }
      refuses(() => { values.f32 = 1e39; }, 'out_of_range', { limit: floatMax, actual: 1e39 });
      values.f64 = 1e39;
      equal(values.f64, 1e39);
    },
  },
  {
    name: 'what JavaScript publishes C++ reads, and the other way round; only what changed moves',
    run({ module, memory }) {
      const params = new SharedParams(memory, module._fixture_params());
      const { copied_in: inBefore, copied_out: outBefore } = memory.ledger;
      const moved = params.bytesMoved;
      params.values.u32 = 0xfedcba98;
      equal(module._fixture_params_u32() >>> 0, 0, 'u32 before it is published');
      equal(params.publish(), 2);
      equal(module._fixture_params_u32() >>> 0, 0xfedcba98);
      equal(params.bytesMoved - moved, 4);
      equal(params.publish(), 2, 'the version when nothing is to be published');
      equal(module._fixture_params_add(), 3);
      equal(params.presentVersion, 3);
      equal(params.read().join(' '), 'f64 u64 u8');
      equal(params.values.f64, 1.5);
      equal(params.values.u64, 1n);
      equal(params.values.u8, 1);
      equal(params.bytesMoved - moved, 4 + 17);
      equal(params.published, 4 + 17);
      equal(memory.ledger.copied_in - inBefore, 4);
      equal(memory.ledger.copied_out - outBefore, 17);
      equal(params.read().length, 0);
      equal(params.version, 3);
    },
  },
  {
    name: 'a stale writer is refused, keeps its changes, and may publish on what it then reads',
    run({ module, memory }) {
      const params = new SharedParams(memory, module._fixture_params());
      module._fixture_params_add();
      params.values.u8 = 9;
      params.values.i8 = -9;
      refuses(() => params.publish({ expected: params.version }), 'conflict', { limit: 2, actual: 1 });
      equal(params.read().join(' '), 'f64 u64 u8');
      equal(params.values.u8, 9);
      equal(params.publish({ expected: 2 }), 3);
      equal(module._fixture_params_add(), 4);
      params.read();
      equal(params.values.u8, 10);
      equal(params.values.i8, -9);
      params.values.u8 = 77;
      params.discard();
      equal(params.values.u8, 10);
      for (const expected of [-1, 1.5, NaN, '1', null]) refuses(() => params.publish({ expected }), 'invalid_argument');
    },
  },
  {
    name: 'readers of different versions each get what they miss',
    run({ module, memory }) {
      const handle = module._fixture_params();
      const [writer, often, seldom] = [1, 2, 3].map(() => new SharedParams(memory, handle));
      for (let n = 1; n <= 3; ++n) {
        writer.values.i16 = -n;
        writer.values.i64 = BigInt(n);
        writer.publish();
        equal(often.read().join(' '), 'i64 i16');
      }
      equal(seldom.read().join(' '), 'i64 i16');
      equal(seldom.values.i64, 3n);
      equal(seldom.version, often.version);
    },
  },
  {
    name: 'a publication that does not end is an error, not a hang, and is recovered once',
    run({ module, memory }) {
      const handle = module._fixture_params();
      const params = new SharedParams(memory, handle);
      params.values.u32 = 5;
      params.publish();
      const { sequence } = memory.blocks.params.offsets;
      const dead = 2 * params.version + 1;
      memory.data.setUint32(params.descriptor.address + sequence, dead, true);
      const tries = memory.isShared ? params.attempts : 1;
      equal(params.publication, dead);
      refuses(() => params.read(), 'timed_out', { limit: tries, actual: tries });
      params.values.u16 = 6;
      refuses(() => params.publish(), 'timed_out');
      refuses(() => memory.check(module._fixture_params_u32()), 'timed_out');
      const late = new SharedParams(memory, handle);
      equal(late.version, 0);
      refuses(() => late.recover(dead + 2), 'conflict');
      refuses(() => late.recover(0), 'conflict');
      const version = params.recover(dead);
      refuses(() => late.recover(dead), 'conflict');
      equal(params.publication, 0);
      equal(params.values.u16, 6, 'an own change');
      equal(module._fixture_params_u32(), 5);
      equal(params.publish(), version + 1);
      late.read();
      equal(late.values.u16, 6);
    },
  },
  {
    name: 'parameters that are gone, and handles that are none, are errors',
    run({ module, memory }) {
      const handle = module._fixture_params();
      const params = new SharedParams(memory, handle);
      params.values.u8 = 1;
      module._fixture_params_free();
      for (const f of [() => params.read(), () => params.publish(), () => params.presentVersion,
        () => new SharedParams(memory, handle), () => new SharedParams(memory, 1)]) {
        refuses(f, 'invalid_handle');
      }
      const buffer = memory.alloc(1);
      refuses(() => new SharedParams(memory, buffer.handle), 'invalid_handle', { limit: 0, actual: buffer.handle });
      buffer.dispose();
    },
  },
  {
    name: 'growth between a change and its publication loses nothing',
    run({ module, memory }) {
      const params = new SharedParams(memory, module._fixture_params());
      params.values.f32 = 2.5;
      memory.check(module._fixture_grow(1));
      params.publish();
      memory.check(module._fixture_grow(1));
      module._fixture_params_add();
      memory.check(module._fixture_grow(1));
      params.read();
      equal(params.values.u8, 1);
      equal(params.values.f32, 2.5);
    },
  },
  {
    name: 'changed() waits for a version that was not read, or for the timeout',
    async run({ module, memory }) {
      const params = new SharedParams(memory, module._fixture_params());
      equal(await params.changed(0), false);
      equal(await params.changed(10), false);
      const waiting = params.changed(20000);
      setTimeout(() => module._fixture_params_add(), 5);
      equal(await waiting, true);
      equal(await params.changed(), true, 'without reading in between');
      params.read();
      const other = new SharedParams(memory, params.handle);
      const again = params.changed();
      other.values.u16 = 1;
      other.publish();
      equal(await again, true);
      for (const x of [-1, NaN, '5', null]) await rejects(params.changed(x), 'invalid_argument');
    },
  },
  {
    name: 'declaration() is TypeScript for the fields',
    run({ module, memory }) {
      const text = new SharedParams(memory, module._fixture_params()).declaration('OneOfEach');
      ok(text.startsWith('export interface OneOfEach {\n  f64: number; // Float64\n  u64: bigint; // BigUint64\n'), text);
      ok(text.endsWith('  i8: number; // Int8\n}\n'), text);
      for (const x of ['', '1a', 'a b', undefined, 5]) {
        refuses(() => new SharedParams(memory, module._fixture_params()).declaration(x), 'invalid_argument');
      }
    },
  },
  {
    name: 'memory and table are enough to read and write what another side opened',
    run({ module, memory }) {
      const bare = attach({ memory: memory.memory, table: memory.table });
      const params = new SharedParams(memory, module._fixture_params());
      const buffer = memory.alloc(64, { locks: true });
      buffer.write('text');
      const theirs = SharedParams.open(bare, params.descriptor);
      theirs.values.u32 = 9;
      equal(theirs.publish(), 2);
      equal(params.read().join(' '), 'u32');
      const text = bare.open(buffer.descriptor);
      equal(text.text(), 'text');
      text.view()[0] = 0x54;
      equal(buffer.text(), 'Text');
      text.lock(3, 7);
      equal(buffer.tryLock(3), false);
      refuses(() => text.write('more'), 'unsupported');
      refuses(() => bare.alloc(1), 'unsupported');
      refuses(() => new SharedParams(bare, params.handle), 'unsupported');
      for (const address of [-1, 0.5, NaN, '1']) {
        refuses(() => SharedParams.open(bare, { ...params.descriptor, address }), 'invalid_argument');
        refuses(() => bare.open({ ...buffer.descriptor, address }), 'invalid_argument');
      }
      refuses(() => SharedParams.open(bare, { ...params.descriptor, address: 2 ** 32 - 1 }), 'out_of_range');
      refuses(() => bare.open(params.descriptor), 'invalid_argument');
      refuses(() => SharedParams.open(bare, buffer.descriptor), 'invalid_argument');
      refuses(() => bare.open({ ...buffer.descriptor, address: params.descriptor.address }), 'invalid_handle');
      text.dispose();
      refuses(() => text.view(), 'invalid_handle');
      const again = bare.open(buffer.descriptor);
      buffer.dispose();
      module._fixture_params_free();
      refuses(() => again.view(), 'invalid_handle');
      refuses(() => theirs.read(), 'invalid_handle');
    },
  },
];
