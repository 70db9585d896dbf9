// The loader of the module where it has no threads. It is linked to need nothing of its host, so that this is
// all there is to do; with threads, Emscripten's own takes the place of it. The build copies it beside
// document.wasm, as document.mjs.

/** A promise of an instance of the module at `url`, compiled while it arrives where the host can. */
async function instantiate(url) {
  if (url.protocol === 'file:' && globalThis.process) { // Node's fetch reads no files
    const { readFileSync } = process.getBuiltinModule?.('node:fs') ?? await import('node:fs');
    return (await WebAssembly.instantiate(readFileSync(url))).instance;
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  const streams = response.headers.get('content-type') === 'application/wasm';
  return (await (streams ? WebAssembly.instantiateStreaming(response)
    : WebAssembly.instantiate(await response.arrayBuffer()))).instance;
}

/**
 * A promise of the module: its functions by their names with an underscore before them, and its memory, as
 * Emscripten's loaders have them. `instantiateWasm(imports, done)`, if given, calls `done` with the instance.
 */
export default async function createModule({ instantiateWasm } = {}) {
  const { exports } = instantiateWasm ? await new Promise((done) => { instantiateWasm({}, done); })
    : await instantiate(new URL('document.wasm', import.meta.url));
  exports._initialize(); // static constructors
  return { memory: exports.memory, ...Object.fromEntries(Object.entries(exports).map(([name, f]) => [`_${name}`, f])) };
}
