// The document extractor's JavaScript half: one module instance, and the two ways to use it.
import { attach } from '../../include/linmem/js/linmem.mjs';

/** By what a format is found, and what a list is of: numbers that the module knows. */
const by = { mime: 0, name: 1, head: 2 };
const lists = { features: 0, mimeTypes: 1, extensions: 2 };

/** One instance of the extractor. Documents go through it one after the other. */
export class Extractor {
  #module;
  #memory;
  #formats = new Map(); // numbers by MIME type, as they were asked for

  /**
   * @param createModule what the build's document.mjs exports by default
   * @param limits of memory, for Tracker.limit(); none
   */
  static async create(createModule, { limits } = {}) {
    const start = performance.now();
    const extractor = new Extractor();
    extractor.#module = await createModule();
    extractor.#memory = attach(extractor.#module);
    const { tracker } = extractor.#memory;
    tracker.coldStart(performance.now() - start);
    tracker.limit(limits);
    return extractor;
  }

  /** The features, MIME types and file name extensions that this build reads, as the module says. */
  get features() { return this.#list(lists.features); }
  get mimeTypes() { return this.#list(lists.mimeTypes); }
  get extensions() { return this.#list(lists.extensions); }

  /**
   * The usual MIME type of a document's format, which is found by a MIME type, by the file name or by
   * the first bytes; throws what is known when this build reads no such format.
   *
   * @param {{mime: string} | {name: string} | {head: Uint8Array}} document
   */
  mimeTypeOf(document) {
    const [key, value] = Object.entries(document)[0];
    const format = this.#find(by[key], value);
    const [mime] = this.#memory.cString(this.#module._document_mime_types(format)).split(' ');
    this.#formats.set(mime, format);
    return mime;
  }

  /** The linear memory, to read figures from. */
  get memory() { return this.#memory; }

  /**
   * Streaming: input goes through a fixed window, output through one chunk. The memory needed does
   * not depend on the document.
   *
   * @param source a file descriptor or (view) => bytesRead, read straight into the window, or
   *   anything that is waited for
   * @param write called with each chunk, a view that is valid during the call
   * @param options chunkSize in bytes; total bytes of the document, if known; metadata: true to find it;
   *   item: called with each table and image, a StreamItem that is valid during the call
   * @returns {bytesIn, bytesOut, chunks, replaced, metadata}
   */
  async stream(source, mime, write, { total, ...options } = {}) {
    const format = this.#formatOf(mime);
    return this.#counted(() => this.#drain(write, options, this.#memory.stream(
      this.#open(format, 0, options), { source, total })));
  }

  /**
   * Zero-copy: the whole document lies in one shared buffer and is read in place.
   *
   * @param fill called with the buffer to read the document into it
   * @param capacity bytes of the document at most
   */
  async zeroCopy(fill, capacity, mime, write, options = {}) {
    const format = this.#formatOf(mime);
    return this.#counted(async () => {
      const buffer = this.#memory.alloc(Math.max(1, capacity));
      try {
        await fill(buffer);
        return await this.#drain(write, options, this.#memory.stream(
          this.#open(format, buffer.handle, options)));
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

  #list(list) {
    return this.#memory.cString(this.#module._document_supported(list)).split(' ');
  }

  #find(how, text) {
    const buffer = this.#memory.from(text);
    try {
      return this.#memory.check(this.#module._document_find(how, buffer.handle));
    } finally {
      buffer.dispose();
    }
  }

  #formatOf(mime) {
    const [type] = mime.toLowerCase().split(';'); // or each parameter would be another one to keep
    let format = this.#formats.get(type);
    if (format === undefined) this.#formats.set(type, format = this.#find(by.mime, type));
    return format;
  }

  #open(format, input, { chunkSize = 65536, metadata, item }) {
    return this.#module._document_open(format, input, chunkSize, (metadata ? 1 : 0) | (item ? 2 : 0));
  }

  async #drain(write, { item }, stream) {
    try {
      for await (const part of item ? stream.partsAsync() : stream) {
        if (part instanceof Uint8Array) write(part);
        else item(part);
      }
      const { position, consumed, chunks, replaced, metadata } = stream;
      return { bytesIn: consumed, bytesOut: position, chunks, replaced, metadata };
    } finally {
      stream.dispose();
    }
  }
}
