// The document extractor's JavaScript half: one module instance, and what every way to use it shares. The
// ways are in folders of their own: zero_copy, streaming, pooled_batch.
import { attach } from '../../include/linmem/js/linmem.mjs';
import { stream } from './streaming/run.mjs';
import { zeroCopy } from './zero_copy/run.mjs';

/** By what a format is found, and what a list is of: numbers that the module knows. */
const by = { mime: 0, name: 1, head: 2 };
const lists = { features: 0, mimeTypes: 1, extensions: 2 };

/** One instance of the extractor. Documents go through it one after the other. */
export class Extractor {
  #module;
  #memory;
  #formats = new Map(); // numbers by MIME type, as they were asked for
  #types = new Map(); // MIME types by extension, as far as they are known

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
    const extension = key === 'name' ? value.slice(value.lastIndexOf('.')).toLowerCase() : undefined;
    const known = this.#types.get(extension);
    if (known) return known;
    const format = this.#find(by[key], value);
    const [mime] = this.#memory.cString(this.#module._document_mime_types(format)).split(' ');
    this.#formats.set(mime, format);
    if (extension !== undefined) this.#types.set(extension, mime);
    return mime;
  }

  /** The module, for those who call its functions. */
  get module() { return this.#module; }

  /** The linear memory, to read figures from. */
  get memory() { return this.#memory; }

  /** See streaming/run.mjs. */
  stream(source, mime, write, options) { return stream(this, source, mime, write, options); }

  /** See zero_copy/run.mjs. */
  zeroCopy(fill, capacity, mime, write, options) {
    return zeroCopy(this, fill, capacity, mime, write, options);
  }

  /** The number of the format of `mime`: kept, so that only the first question for it costs something. */
  formatOf(mime) {
    const [type] = mime.toLowerCase().split(';'); // or each parameter would be another one to keep
    let format = this.#formats.get(type);
    if (format === undefined) this.#formats.set(type, format = this.#find(by.mime, type));
    return format;
  }

  /**
   * A stream of the text of a document: of what is committed in `buffer`, read in place, or of what
   * `source` feeds.
   *
   * @param options chunkSize in bytes; total bytes of the document, if known; metadata: true to find it;
   *   item: a function for tables and images, see drain()
   */
  open(mime, { buffer, source, total, chunkSize = 65536, metadata, item } = {}) {
    const handle = this.#module._document_open(this.formatOf(mime), buffer?.handle ?? 0, chunkSize,
      (metadata ? 1 : 0) | (item ? 2 : 0));
    return this.#memory.stream(handle, { source, total });
  }

  /**
   * Hands `write` each chunk of a stream of open(), a view that is valid during the call, and `item` each
   * table and image, a StreamItem that is, too. Disposes the stream.
   *
   * @returns {bytesIn, bytesOut, chunks, replaced, metadata}
   */
  async drain(stream, write, { item } = {}) {
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

  /**
   * A promise of what `f` returns, which is counted as an operation of the tracker; for a `mime` that this
   * build does not read it is none, and `f` is not called.
   */
  async counted(mime, f) {
    this.formatOf(mime); // asked here: what is asked only once is no part of the document
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
}
