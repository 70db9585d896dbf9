// The document extractor's JavaScript half: one module instance, and the two ways to use it.
import { attach, LinmemError } from '../../include/linmem/js/linmem.mjs';

/** MIME types by file name extension. */
export const typesByExtension = new Map([
  ['.html', 'text/html'], ['.htm', 'text/html'], ['.xhtml', 'text/html'],
  ['.md', 'text/markdown'], ['.markdown', 'text/markdown'],
  ['.txt', 'text/plain'], ['.text', 'text/plain'], ['.log', 'text/plain'],
]);

/** One instance of the extractor. Documents go through it one after the other. */
export class Extractor {
  #module;
  #memory;
  #types = [];

  /**
   * @param createModule what the build's document.mjs exports by default
   * @param limits of memory, for Tracker.limit(); none
   */
  static async create(createModule, { limits } = {}) {
    const start = performance.now();
    const extractor = new Extractor();
    extractor.#module = await createModule();
    extractor.#memory = attach(extractor.#module);
    for (let i = 0, at; (at = extractor.#module._document_type(i)) !== 0; ++i) {
      extractor.#types.push(extractor.#memory.cString(at));
    }
    const { tracker } = extractor.#memory;
    tracker.coldStart(performance.now() - start);
    tracker.limit(limits);
    return extractor;
  }

  /** The MIME types that this build reads, as the module says. */
  get types() { return this.#types; }

  /** The linear memory, to read figures from. */
  get memory() { return this.#memory; }

  /**
   * Streaming: input goes through a fixed window, output through one chunk. The memory needed does
   * not depend on the document.
   *
   * @param source a file descriptor or (view) => bytesRead, read straight into the window, or
   *   anything that is waited for
   * @param write called with each chunk, a view that is valid during the call
   */
  async stream(source, mime, write, { chunkSize = 65536, total } = {}) {
    const type = this.#typeIndex(mime);
    return this.#counted(() => this.#drain(write, this.#memory.stream(
      this.#module._document_open(type, chunkSize), { source, total })));
  }

  /**
   * Zero-copy: the whole document lies in one shared buffer and is read in place.
   *
   * @param fill called with the buffer to read the document into it
   * @param capacity bytes of the document at most
   */
  async zeroCopy(fill, capacity, mime, write, { chunkSize = 65536 } = {}) {
    const type = this.#typeIndex(mime);
    return this.#counted(async () => {
      const buffer = this.#memory.alloc(Math.max(1, capacity));
      try {
        await fill(buffer);
        return await this.#drain(write, this.#memory.stream(
          this.#module._document_open_buffer(type, buffer.handle, chunkSize)));
      } finally {
        buffer.dispose();
      }
    });
  }

  /** Calls `f`, and counts it as an operation of the tracker. */
  async #counted(f) {
    const start = performance.now();
    let succeeded = false;
    try {
      const result = await f();
      succeeded = true;
      return result;
    } finally {
      this.#memory.tracker.operation(performance.now() - start, succeeded);
    }
  }

  #typeIndex(mime) {
    const index = this.#types.indexOf(mime.split(';')[0].trim().toLowerCase());
    if (index < 0) throw new LinmemError('unsupported', `document type ${mime}; known: ${this.#types.join(', ')}`);
    return index;
  }

  async #drain(write, stream) {
    try {
      for await (const chunk of stream) write(chunk);
      const { position, consumed, chunks, replaced } = stream;
      return { bytesIn: consumed, bytesOut: position, chunks, replaced };
    } finally {
      stream.dispose();
    }
  }
}
