// From the bytes of the document extractor to an instance that reads documents, in Node.
//
// limit                       instantiating a WebAssembly.Module that is at hand
// linmem                      ModuleCache.compile() of bytes that it knows, and instantiating
// compile and instantiate     without a cache. The bytes differ each time in a custom section: the
//                             engine keeps what it compiled for equal bytes
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { attach } from '../include/linmem/js/linmem.mjs';
import { instantiate, ModuleCache } from '../include/linmem/js/services.mjs';
import { measureWaiting } from './frame.mjs';

export async function* rows({ build }) {
  const folder = path.join(build, 'examples/document');
  const { default: createModule } = await import(pathToFileURL(path.join(folder, 'document.mjs')).href);
  const bytes = new Uint8Array(fs.readFileSync(path.join(folder, 'document.wasm')));
  const start = async (compiled) => attach(await instantiate(createModule, compiled));

  let count = 0;
  const varied = () => {
    const name = new TextEncoder().encode(String(++count).padStart(8, '0'));
    const all = new Uint8Array(bytes.length + 3 + name.length);
    all.set(bytes);
    all.set([0x00, name.length + 1, name.length, ...name], bytes.length); // a custom section
    return all;
  };

  const cache = new ModuleCache();
  const compiled = await cache.compile(bytes);
  yield measureWaiting('module_cache', {
    name: `cold start, ${(bytes.length / 1000).toFixed(0)} KB`,
    unit: 'ms',
    variants: {
      limit: () => start(compiled),
      linmem: async () => start(await cache.compile(bytes)),
      'compile and instantiate': async () => start(await WebAssembly.compile(varied())),
    },
  });
  const { hits, misses } = cache.statistics;
  if (misses !== 1 || hits < 31) throw new Error(`${misses} misses and ${hits} hits`);
}
