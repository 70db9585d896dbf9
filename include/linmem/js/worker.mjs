// worker.mjs - an instance that lives in a worker, of Node or of the web; the same on both.
//
//   // extract_worker.mjs                                // elsewhere
//   serve(async ({ module }) => {                        const worker = await WorkerInstance.create(
//     const extractor = await makeExtractor(module);       new URL('./extract_worker.mjs', import.meta.url),
//     return {                                             { data: { module } });
//       pages: () => extractor.memory.pages,             await worker.call('extract', [bytes]);
//       extract: (bytes) => extractor.text(bytes),
//     };
//   });
import { LinmemError } from './error.mjs';
import { disposable } from './views.mjs';

/** node:worker_threads where there is one, without an import that bundlers would follow. */
const threads = globalThis.process?.getBuiltinModule?.('node:worker_threads');

/** The errors that are told apart on the other side, by name. */
const errorTypes = new Map([RangeError, SyntaxError, TypeError, WebAssembly.RuntimeError, WebAssembly.CompileError,
  WebAssembly.LinkError].map((Type) => [Type.name, Type]));

/** What a message can carry of an error, and the error that it was. */
function packError(e) {
  const { name, message, stack, code, subject, limit, actual } = e instanceof Error ? e : new Error(String(e));
  return e instanceof LinmemError ? { name, stack, code, subject, limit, actual }
    : { name, message, stack, code: typeof code === 'string' ? code : undefined };
}
function unpackError({ name, message, stack, code, subject, limit, actual }) {
  if (name === 'LinmemError') return Object.assign(new LinmemError(code, subject, limit, actual), { stack });
  const Type = errorTypes.get(name);
  const e = Type ? new Type(message) : Object.assign(new Error(message), { name });
  return Object.assign(e, { stack }, code && { code });
}

/** Starts a module worker, and tells its messages and its end. */
function startWorker(url, options, onMessage, onEnd) {
  if (threads) {
    const worker = new threads.Worker(url, options);
    worker.on('message', onMessage);
    worker.on('messageerror', () => onEnd('a message that could not be read'));
    worker.on('error', (e) => onEnd(e?.message ?? String(e)));
    worker.on('exit', (code) => onEnd(`exit code ${code}`));
    return worker;
  }
  if (typeof Worker === 'undefined') throw new LinmemError('unsupported', 'workers on this host');
  const worker = new Worker(url, { ...options, type: 'module' });
  worker.onmessage = ({ data }) => onMessage(data);
  worker.onmessageerror = () => onEnd('a message that could not be read');
  worker.onerror = (e) => onEnd(e.message ?? 'its script could not be loaded');
  return worker;
}

/** Calls the functions that serve() offers in a worker of its own. */
export class WorkerInstance {
  #worker;
  #calls = new Map(); // by number: {resolve, reject}
  #next = 0;
  #ended;

  /**
   * A promise of an instance in a new worker that runs the module `url`; `data` goes to serve(), `options` to
   * the host's Worker: for example `resourceLimits` in Node.
   */
  static async create(url, { data, transfer = [], options } = {}) {
    const instance = new WorkerInstance(url, options);
    try {
      await instance.#ask({ data }, transfer);
    } catch (e) {
      instance.terminate();
      throw e;
    }
    return instance;
  }

  /** Use WorkerInstance.create(). */
  constructor(url, options) {
    /** Pages of linear memory, as of the last answer. */
    this.pages = 0;
    this.#worker = startWorker(url, options, (message) => this.#answer(message), (reason) => this.#end(reason));
  }

  /** False once the worker has ended. */
  get isAlive() { return this.#ended === undefined; }

  /**
   * A promise of what function `method` of the worker returns for `args`. `transfer` is as postMessage has
   * it. Rejects with what it throws, or with abandoned when the worker ends.
   */
  call(method, args = [], transfer = []) { return this.#ask({ method, args }, transfer); }

  /** Ends the worker at once, whatever it is doing. */
  terminate() {
    this.#end('terminated');
    this.#worker.terminate();
  }
  /** The same. */
  dispose() { this.terminate(); }

  #ask(message, transfer) {
    return new Promise((resolve, reject) => {
      if (!this.isAlive) throw new LinmemError('abandoned', `a worker that ended: ${this.#ended}`);
      const id = ++this.#next;
      this.#worker.postMessage({ id, ...message }, transfer);
      this.#calls.set(id, { resolve, reject });
      this.#worker.ref?.(); // a process of Node waits for calls, and not for idle workers
    });
  }

  #answer({ id, value, error, pages }) {
    const call = this.#calls.get(id);
    if (!call) return; // not one of serve()
    this.#calls.delete(id);
    if (this.#calls.size === 0) this.#worker.unref?.();
    if (pages !== undefined) this.pages = pages;
    if (error) call.reject(unpackError(error));
    else call.resolve(value);
  }

  #end(reason) {
    this.#ended ??= reason;
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const { reject } of calls) reject(new LinmemError('abandoned', `a worker that ended: ${reason}`));
  }
}
disposable(WorkerInstance);

/** An answer, and what of it is moved. */
class Transfer {
  constructor(value, list) {
    this.value = value;
    this.list = list;
  }
}

/** What a function of serve() returns to have `list` in `value` moved to the other side instead of copied. */
export function transfer(value, list) { return new Transfer(value, list); }

/**
 * In a worker: answers the calls of its WorkerInstance with the functions of what `create(data)` gives, or
 * promises; `pages()` among them, if there, reports the memory after each call. Call it before any `await`
 * at the top level: what is posted meanwhile would be lost on the web.
 */
export function serve(create) {
  const port = threads ? threads.parentPort : globalThis;
  if (!port) throw new LinmemError('unsupported', 'serve() outside of a worker');
  let methods;
  const answer = async ({ id, method, args, data }) => {
    try {
      let value;
      if (method === undefined) {
        methods = await create(data);
      } else if (typeof methods?.[method] === 'function') {
        value = await methods[method](...args);
      } else {
        throw new LinmemError('invalid_argument', `function ${method}, which the worker does not offer`);
      }
      let moved = [];
      if (value instanceof Transfer) ({ value, list: moved } = value);
      port.postMessage({ id, value, pages: methods.pages?.() }, moved);
    } catch (e) {
      port.postMessage({ id, error: packError(e), pages: methods?.pages?.() });
    }
  };
  if (threads) port.on('message', answer);
  else port.addEventListener('message', ({ data }) => answer(data));
}
