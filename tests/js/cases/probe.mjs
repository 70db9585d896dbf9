// The cases of probe() and load().
import { fallbacks, load, probe } from '../../../include/linmem/js/services.mjs';
import { featureModules } from '../../../include/linmem/js/probe.mjs';
import { equal, ok, rejects } from '../expect.mjs';
import { callOf, returns, smallModule } from '../small_modules.mjs';

const compiled = (bytes) => new WebAssembly.Module(bytes);

/** The globals of this engine, with some of them replaced. */
const engineWith = (parts) => ({ ...Object.fromEntries(
  ['WebAssembly', 'SharedArrayBuffer', 'MessageChannel', 'TextDecoder', 'TextEncoder'].map((name) => [name, globalThis[name]])), ...parts });

export const cases = [
  {
    name: 'probe finds what every engine that is supported has, and says true or false of each feature',
    run() {
      const features = probe();
      equal(Object.keys(features).join(' '),
        'simd threads bulkMemory memory64 exceptions exnref tailCalls resizable decodesShared');
      for (const [name, has] of Object.entries(features)) ok(typeof has === 'boolean', `${name} is true or false`);
      ok(features.simd && features.bulkMemory && features.exceptions, 'SIMD, bulk memory and exceptions');
      equal(features.threads, typeof SharedArrayBuffer !== 'undefined', 'threads');
      equal(probe(), features, 'the second answer');
    },
  },
  {
    name: 'no probe is always true: an engine without validation, or that computes something else, has none',
    run() {
      const { validate, Module, Instance, Memory } = WebAssembly;
      const refusing = probe(engineWith({ WebAssembly: { validate: () => false, Module, Instance, Memory } }));
      const wrong = probe(engineWith({
        WebAssembly: {
          validate: () => true,
          Module: class {},
          Instance: class { exports = { f: () => 41, m: new Memory({ initial: 1, maximum: 1, shared: true }) }; },
        },
      }));
      const throwing = probe(engineWith({ WebAssembly: { validate, Module() { throw new Error('policy'); } } }));
      for (const name of Object.keys(featureModules)) {
        equal(refusing[name], false, `${name}, refused`);
        equal(wrong[name], false, `${name}, wrong`);
        equal(throwing[name], false, `${name}, thrown`);
      }
      equal(wrong.resizable, false, 'resizable without a Memory');
      equal(probe({}).simd, false, 'no WebAssembly at all');
    },
  },
  {
    name: 'the modules of a probe rest on their opcodes: with an unknown one in place none is valid',
    run() {
      // How an instruction of each feature begins; its first byte is made unknown.
      const opcodes = {
        simd: [0xfd, 0x1b], threads: [0xfe, 0x10], bulkMemory: [0xfc, 0x0b], exceptions: [0x06, 0x7f], tailCalls: [0x12, 0x01],
      };
      let checked = 0;
      for (const [name, [first, second]] of Object.entries(opcodes)) {
        const bytes = featureModules[name].slice();
        if (!probe()[name]) continue; // what the engine does not have it refuses as it is
        const at = bytes.findLastIndex((byte, i) => byte === first && bytes[i + 1] === second);
        ok(at > 0, `${name} has its opcode`);
        equal(WebAssembly.validate(bytes), true, name);
        bytes[at] = 0xff;
        equal(WebAssembly.validate(bytes), false, `${name} with an unknown opcode`);
        ++checked;
      }
      ok(checked >= 3, 'at least SIMD, bulk memory and exceptions');
    },
  },
  {
    name: 'threads and decoding on shared memory need SharedArrayBuffer, and to hand it over',
    run() {
      const without = probe(engineWith({ SharedArrayBuffer: undefined }));
      equal(without.threads, false);
      equal(without.decodesShared, false);
      const closed = probe(engineWith({
        MessageChannel: class {
          port1 = { postMessage() { throw new Error('not isolated'); }, close() {} };
          port2 = { close() {} };
        },
      }));
      equal(closed.threads, false);
      const refusing = probe(engineWith({ TextDecoder: class { decode() { throw new TypeError('shared'); } } }));
      equal(refusing.decodesShared, false);
    },
  },
  {
    name: 'load takes the best build that the host runs, and says which and why',
    async run() {
      const baseline = smallModule(returns(42));
      const loaded = await load({
        simd: () => compiled(featureModules.simd),
        baseline: () => compiled(baseline),
      }, { check: (module) => callOf(module) === 42 });
      equal(loaded.build, 'simd');
      equal(loaded.reason, 'the host has simd');
      equal(loaded.steps.length, 1);
      equal(callOf(loaded.module), 42);
    },
  },
  {
    name: 'load passes over what the host lacks and what fails; each is counted and told',
    async run() {
      const told = [];
      const before = structuredClone(fallbacks);
      const features = { ...probe(), simd: true, threads: false };
      const loaded = await load({
        'simd-threads': () => { throw new Error('not to be called'); },
        simd: async () => { throw new Error('404'); },
        baseline: () => compiled(smallModule(returns(7))),
      }, { features, onFallback: ({ build, outcome, reason }) => told.push(`${build} ${outcome} ${reason}`) });
      equal(loaded.build, 'baseline');
      equal(loaded.reason, 'it needs nothing');
      equal(told.join('; '), 'simd-threads unsupported no threads on this host; simd failed 404');
      equal(loaded.steps.map(({ outcome }) => outcome).join(' '), 'unsupported failed loaded');
      equal(fallbacks['simd-threads'].unsupported, (before['simd-threads']?.unsupported ?? 0) + 1);
      equal(fallbacks.simd.failed, (before.simd?.failed ?? 0) + 1);
    },
  },
  {
    name: 'a build that computes a different answer is no fallback, and is counted',
    async run() {
      const before = fallbacks.simd?.wrong ?? 0;
      const loaded = await load({
        simd: () => compiled(smallModule(returns(41))),
        baseline: () => compiled(smallModule(returns(42))),
      }, { features: { simd: true }, check: async (module) => callOf(module) === 42, onFallback() {} });
      equal(loaded.build, 'baseline');
      equal(callOf(loaded.module), 42);
      equal(fallbacks.simd.wrong, before + 1);
    },
  },
  {
    name: 'without a listener load warns, once for each build',
    async run() {
      const { warn } = console;
      const said = [];
      console.warn = (text) => said.push(text);
      try {
        for (let i = 0; i < 3; ++i) {
          await load({ memory64: () => 1, baseline: () => 2 }, { features: { memory64: false } });
        }
      } finally {
        console.warn = warn;
      }
      ok(said.length <= 1, `at most one warning: ${said}`); // none when this case has run before
      ok(said.every((text) => text === 'linmem: build memory64 is passed over: no memory64 on this host'), `${said}`);
      ok(fallbacks.memory64.unsupported >= 3, 'each is counted');
    },
  },
  {
    name: 'load refuses builds that it does not know, and says why none is left',
    async run() {
      await rejects(load({ simd9: () => 1 }), 'invalid_argument');
      await rejects(load({ baseline: 'module.wasm' }), 'invalid_argument');
      const none = await rejects(load({ baseline: () => { throw new Error('offline'); } }, { onFallback() {} }), 'unsupported');
      ok(none.message.includes('baseline: offline'), none.message);
    },
  },
];
