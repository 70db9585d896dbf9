// module_cache.mjs - compiled modules by what they were compiled from.
import { checkCount, LinmemError } from './error.mjs';
import { asBytes } from './sources.mjs';

function equalBytes(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; ++i) if (a[i] !== b[i]) return false;
  return true;
}

/** `value` as text, the same for equal options in any order. */
const canonical = (value) => JSON.stringify(value, (_, v) => (
  v && typeof v === 'object' && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1))) : v));

/**
 * Compiled WebAssembly.Modules, found by the whole SHA-256 of their bytes and by the options that they
 * were compiled with; where a page has no crypto.subtle, by the bytes themselves. Requests for what is
 * being compiled wait for it. The least recently used modules give way. A module may be posted to a
 * worker, which instantiates it without compiling.
 */
export class ModuleCache {
  #limits;
  #digest;
  #entries = new Map(); // by key: {module, cost, url}; least recently used first
  #compiling = new Map(); // by key: a promise of the module
  #streams = new Map(); // by URL: settles when what is compiled while it arrives is done
  #bytes = new Map(); // without a digest: by name, what it stands for
  #names = 0;
  #cost = 0;
  #counts = { hits: 0, misses: 0, failures: 0, evicted: 0, streamed: 0 };

  /**
   * Holds at most `maxEntries` modules, whose bytes are `maxBytes` in all. `digest(bytes)` gives a promise
   * of an ArrayBuffer; null compares bytes, and keeps a copy of them.
   */
  constructor({ maxEntries = 64, maxBytes = 2 ** 28, digest } = {}) {
    this.#limits = {
      maxEntries: checkCount(maxEntries, 'cached modules'),
      maxBytes: checkCount(maxBytes, 'cached modules in bytes', Number.MAX_SAFE_INTEGER),
    };
    const { subtle } = globalThis.crypto ?? {};
    this.#digest = digest === undefined && subtle ? (bytes) => subtle.digest('SHA-256', bytes) : digest;
  }

  /** Figures as of now: `misses` is the number of modules compiled, or tried to. */
  get statistics() {
    return { ...this.#counts, entries: this.#entries.size, bytes: this.#cost };
  }

  /**
   * A promise of the module of `source`: bytes, a Response or a promise of one. `options` are those of
   * WebAssembly.compile. A Response whose URL is new is compiled while it arrives, when it is served
   * as application/wasm. What does not compile is the engine's CompileError, and is not kept.
   */
  async compile(source, options) {
    if (typeof source?.then === 'function') source = await source;
    if (typeof source?.arrayBuffer !== 'function') {
      return this.#find(asBytes(source).slice(), options); // a copy, at once: what is hashed is compiled
    }
    if (source.ok === false) throw new LinmemError('invalid_data', 'status of the response', 0, source.status);
    const { url } = source;
    const streaming = this.#streams.get(url);
    if (streaming) await streaming; // without an await where there is none: what follows is one step
    const isNew = url && ![...this.#entries.values()].some((entry) => entry.url === url);
    const type = source.headers?.get('content-type');
    if (isNew && type === 'application/wasm' && WebAssembly.compileStreaming) {
      return this.#compileStreaming(url, source, options);
    }
    return this.#find(new Uint8Array(await source.arrayBuffer()), options, { url });
  }

  /** Forgets every module. Those that are being compiled stay. */
  clear() {
    for (const key of [...this.#entries.keys()]) this.#remove(key);
  }

  /** Compiles while the bytes arrive, which are hashed meanwhile. */
  #compileStreaming(url, response, options) {
    const copy = response.clone();
    const compiling = WebAssembly.compileStreaming(response, options);
    compiling.catch(() => {}); // told below, by whoever waits for it
    const answer = copy.arrayBuffer().then((buffer) => this.#find(new Uint8Array(buffer), options, {
      url,
      compile: () => {
        ++this.#counts.streamed;
        return compiling;
      },
    }));
    this.#streams.set(url, answer.then(() => {}, () => {}).finally(() => this.#streams.delete(url)));
    return answer;
  }

  async #find(bytes, options, { url, compile = () => WebAssembly.compile(bytes, options) } = {}) {
    const name = await this.#nameOf(bytes);
    const key = `${name} ${canonical(options ?? {})}`;
    const entry = this.#entries.get(key);
    if (entry) {
      ++this.#counts.hits;
      this.#entries.delete(key);
      this.#entries.set(key, entry); // the most recently used is last
      entry.url = url ?? entry.url;
      return entry.module;
    }
    let compiling = this.#compiling.get(key);
    if (compiling) {
      ++this.#counts.hits;
      return compiling;
    }
    ++this.#counts.misses;
    compiling = compile().then((module) => {
      this.#keep(key, { module, cost: bytes.length, url });
      return module;
    }, (e) => {
      ++this.#counts.failures;
      throw e;
    }).finally(() => {
      this.#compiling.delete(key);
      this.#forgetName(name);
    });
    this.#compiling.set(key, compiling);
    return compiling;
  }

  /** What stands for the bytes in a key. */
  async #nameOf(bytes) {
    if (this.#digest) {
      const hash = new Uint8Array(await this.#digest(bytes));
      return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
    }
    for (const [name, known] of this.#bytes) if (equalBytes(known, bytes)) return name;
    const name = `${++this.#names}`;
    this.#bytes.set(name, bytes);
    return name;
  }

  /** What no key begins with any more stands for nothing. */
  #forgetName(name) {
    const keys = [...this.#entries.keys(), ...this.#compiling.keys()];
    if (!keys.some((key) => key.startsWith(`${name} `))) this.#bytes.delete(name);
  }

  #keep(key, entry) {
    const { maxEntries, maxBytes } = this.#limits;
    if (entry.cost > maxBytes || maxEntries === 0) return; // the others would give way for nothing
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < maxEntries && this.#cost + entry.cost <= maxBytes) break;
      ++this.#counts.evicted;
      this.#remove(oldest);
    }
    this.#entries.set(key, entry);
    this.#cost += entry.cost;
  }

  #remove(key) {
    this.#cost -= this.#entries.get(key).cost;
    this.#entries.delete(key);
    this.#forgetName(key.slice(0, key.indexOf(' ')));
  }
}

/**
 * A promise of the Emscripten module that `createModule`, what its .mjs exports by default, makes of what
 * was compiled before. `options` go to it. Rejects with what went wrong.
 */
export function instantiate(createModule, compiled, options = {}) {
  return new Promise((resolve, reject) => {
    createModule({
      ...options,
      instantiateWasm(imports, done) {
        // What fails here would otherwise leave createModule waiting for ever.
        WebAssembly.instantiate(compiled, imports).then((instance) => done(instance, compiled)).catch(reject);
        return {};
      },
    }).then(resolve, reject);
  });
}
