// The cases of ModuleCache.
import { instantiate, ModuleCache } from '../../../include/linmem/js/services.mjs';
import { equal, ok, refuses, rejects } from '../expect.mjs';
import { callOf, returns, smallModule } from '../small_modules.mjs';

const bytesOf = (n, mark) => smallModule(returns(n), mark);

/** How often the engine compiles while `f` runs. */
async function compilations(f) {
  const { compile, compileStreaming } = WebAssembly;
  const counts = { compiled: 0, streamed: 0 };
  WebAssembly.compile = (...args) => { ++counts.compiled; return compile.apply(WebAssembly, args); };
  WebAssembly.compileStreaming = (...args) => { ++counts.streamed; return compileStreaming.apply(WebAssembly, args); };
  try {
    await f();
  } finally {
    Object.assign(WebAssembly, { compile, compileStreaming });
  }
  return counts;
}

/** A response as fetch() gives it. */
function responseOf(bytes, url, type = 'application/wasm') {
  const response = new Response(bytes, { headers: { 'content-type': type } });
  Object.defineProperty(response, 'url', { value: url });
  return response;
}

async function compileErrorOf(promise) {
  const e = await promise.catch((reason) => reason);
  ok(e instanceof WebAssembly.CompileError, `a CompileError, not ${e}`);
}

export const cases = [
  {
    name: 'a module is compiled once and then found, also in other bytes of equal content',
    async run() {
      const cache = new ModuleCache();
      const module = await cache.compile(bytesOf(1));
      for (let i = 0; i < 5; ++i) equal(await cache.compile(bytesOf(1)), module);
      equal(await cache.compile(bytesOf(1).buffer), module);
      const { hits, misses, entries, bytes } = cache.statistics;
      equal(`${misses} ${hits} ${entries} ${bytes}`, `1 6 1 ${bytesOf(1).length}`);
      equal(callOf(module), 1);
    },
  },
  {
    name: 'a changed byte misses, and so do other options',
    async run() {
      const cache = new ModuleCache();
      const first = await cache.compile(bytesOf(1, 'a'));
      ok(await cache.compile(bytesOf(1, 'b')) !== first, 'another module');
      ok(await cache.compile(bytesOf(2, 'a')) !== first, 'another module');
      ok(await cache.compile(bytesOf(1, 'a'), { importedStringConstants: 's' }) !== first, 'another module');
      equal(await cache.compile(bytesOf(1, 'a'), {}), first);
      equal(cache.statistics.misses, 4);
      const [one, other] = await Promise.all([
        cache.compile(bytesOf(3), { builtins: ['js-string'], importedStringConstants: 's' }),
        cache.compile(bytesOf(3), { importedStringConstants: 's', builtins: ['js-string'] }),
      ]);
      equal(one, other, 'options in another order');
    },
  },
  {
    name: '50 requests at once compile once, with a digest and without',
    async run() {
      for (const options of [{}, { digest: null }]) {
        const cache = new ModuleCache(options);
        const counts = await compilations(async () => {
          const all = await Promise.all(Array.from({ length: 50 }, () => cache.compile(bytesOf(1))));
          ok(all.every((module) => module === all[0]), 'one module');
        });
        equal(counts.compiled, 1);
        equal(`${cache.statistics.misses} ${cache.statistics.hits}`, '1 49');
      }
    },
  },
  {
    name: 'where there is no digest the bytes are compared, all of them',
    async run() {
      const cache = new ModuleCache({ digest: null, maxEntries: 2 });
      const first = await cache.compile(bytesOf(1, 'a'));
      equal(await cache.compile(bytesOf(1, 'a')), first);
      ok(await cache.compile(bytesOf(1, 'b')) !== first, 'another module');
      ok(await cache.compile(bytesOf(2, 'a')) !== first, 'another module'); // the first one gives way
      equal(cache.statistics.evicted, 1);
      ok(await cache.compile(bytesOf(1, 'a')) !== first, 'forgotten with its bytes');
    },
  },
  {
    name: 'what does not compile is an error for all who wait, and is not kept',
    async run() {
      const cache = new ModuleCache();
      const broken = bytesOf(1).slice(0, -1);
      await Promise.all([compileErrorOf(cache.compile(broken)), compileErrorOf(cache.compile(broken))]);
      await compileErrorOf(cache.compile(broken));
      const { failures, misses, entries, bytes } = cache.statistics;
      equal(`${failures} ${misses} ${entries} ${bytes}`, '2 2 0 0');
      equal(callOf(await cache.compile(bytesOf(1))), 1);
    },
  },
  {
    name: 'the least recently used modules give way to keep the bytes below their limit',
    async run() {
      const size = bytesOf(1, 'a').length;
      const cache = new ModuleCache({ maxBytes: 2 * size });
      const a = await cache.compile(bytesOf(1, 'a'));
      await cache.compile(bytesOf(1, 'b'));
      await cache.compile(bytesOf(1, 'a'));
      await cache.compile(bytesOf(1, 'c')); // b gives way
      equal(await cache.compile(bytesOf(1, 'a')), a);
      equal(cache.statistics.evicted, 1);
      equal(cache.statistics.bytes, 2 * size);
      equal(callOf(await cache.compile(bytesOf(5, 'x'.repeat(100)))), 5); // too large to be kept
      equal(await cache.compile(bytesOf(1, 'a')), a, 'what it did not replace');
      equal(cache.statistics.entries, 2);
      cache.clear();
      equal(cache.statistics.bytes + cache.statistics.entries, 0);
    },
  },
  {
    name: 'random requests hit and miss as a list in the order of use says',
    async run() {
      const cache = new ModuleCache({ maxEntries: 4 });
      let model = [];
      const expected = { hits: 0, misses: 0 };
      for (let i = 0, n = 1; i < 200; ++i) {
        n = (n * 75 + 74) % 65537; // a small generator
        const key = Math.min(n % 9, Math.floor(n / 9) % 9);
        ++expected[model.includes(key) ? 'hits' : 'misses'];
        model = [...model.filter((k) => k !== key), key].slice(-4);
        equal(callOf(await cache.compile(bytesOf(key))), key);
      }
      const { hits, misses, evicted, entries } = cache.statistics;
      equal(`${hits} ${misses} ${evicted} ${entries}`, `${expected.hits} ${expected.misses} ${expected.misses - 4} 4`);
      ok(expected.hits > 20 && expected.misses > 20, 'both');
    },
  },
  {
    name: 'bytes that change after the call do not change what is cached for them',
    async run() {
      const cache = new ModuleCache();
      const bytes = bytesOf(1);
      const pending = cache.compile(bytes);
      bytes[bytes.length - 2] = 2; // the constant
      equal(callOf(await pending), 1);
      equal(callOf(await cache.compile(bytes)), 2);
      equal(callOf(await cache.compile(bytesOf(1))), 1);
    },
  },
  {
    name: 'a response is compiled while it arrives when its type allows, else from its bytes',
    async run() {
      const cache = new ModuleCache();
      const counts = await compilations(async () => {
        equal(callOf(await cache.compile(Promise.resolve(responseOf(bytesOf(1), 'http://a/1.wasm')))), 1);
        equal(callOf(await cache.compile(responseOf(bytesOf(2), 'http://a/2.wasm', 'application/octet-stream'))), 2);
        equal(callOf(await cache.compile(responseOf(bytesOf(1), 'http://b/1.wasm', 'text/plain'))), 1); // same bytes
        equal(callOf(await cache.compile(responseOf(bytesOf(1), 'http://b/1.wasm'))), 1); // a URL that was seen
        equal(callOf(await cache.compile(responseOf(bytesOf(3), 'http://b/1.wasm'))), 3); // with other content
        equal(callOf(await cache.compile(new Blob([bytesOf(3)]))), 3);
      });
      equal(`${counts.streamed} ${counts.compiled}`, '1 2');
      equal(cache.statistics.streamed, 1);
      equal(`${cache.statistics.misses} ${cache.statistics.hits}`, '3 3');
    },
  },
  {
    name: '50 responses of one URL compile once',
    async run() {
      const cache = new ModuleCache();
      const counts = await compilations(async () => {
        const all = await Promise.all(Array.from({ length: 50 }, () => cache.compile(responseOf(bytesOf(1), 'http://a/1.wasm'))));
        ok(all.every((module) => module === all[0]), 'one module');
      });
      equal(counts.streamed + counts.compiled, 1);
    },
  },
  {
    name: 'a response that is an error, or breaks off, or holds no module, is an error and is not kept',
    async run() {
      const cache = new ModuleCache();
      await rejects(cache.compile(new Response('gone', { status: 404 })), 'invalid_data', { limit: 0, actual: 404 });
      await compileErrorOf(cache.compile(responseOf('<html>', 'http://a/1.wasm')));
      const breaking = new ReadableStream({ pull(controller) { controller.error(new Error('cut')); } });
      const e = await cache.compile(responseOf(breaking, 'http://a/1.wasm')).catch((reason) => reason);
      ok(e instanceof Error && !(e instanceof WebAssembly.CompileError), `what cut it, not ${e}`);
      equal(callOf(await cache.compile(responseOf(bytesOf(1), 'http://a/1.wasm'))), 1);
      equal(cache.statistics.entries, 1);
      await rejects(cache.compile(5), 'invalid_argument');
      refuses(() => new ModuleCache({ maxBytes: -1 }), 'invalid_argument');
    },
  },
  {
    name: 'instantiate gives a factory what was compiled, and tells what cannot be instantiated',
    async run() {
      const factory = (options) => new Promise((resolve) => {
        options.instantiateWasm(options.imports, (instance, module) => resolve({ instance, module, name: options.name }));
      });
      const compiled = await new ModuleCache().compile(bytesOf(9));
      const made = await instantiate(factory, compiled, { name: 'nine' });
      equal(`${made.instance.exports.f()} ${made.name}`, '9 nine');
      equal(made.module, compiled);
      const importing = await WebAssembly.compile(Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
        0x01, 0x04, 0x01, 0x60, 0x00, 0x00, 0x02, 0x07, 0x01, 0x01, 0x61, 0x01, 0x62, 0x00, 0x00])); // wants function a.b
      const e = await instantiate(factory, importing, { imports: {} }).catch((reason) => reason);
      ok(e instanceof TypeError || e instanceof WebAssembly.LinkError, `what the engine says, not ${e}`);
    },
  },
];
