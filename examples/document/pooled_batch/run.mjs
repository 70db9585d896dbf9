// Pooled batch: many documents through one instance, which takes memory for the first ones only.
//
//   node examples/document/pooled_batch/run.mjs FILE...
//
//   file --readSync--> [ buffer of a pool ] --parsed in place--> [ chunk ] --writeSync--> stdout
//                        back in the pool       in one arena, reset with each document
//
// For many documents of a moderate size: once there is as much memory as the largest of them needs, no
// document calls malloc, and linear memory grows no more. The C++ half is batch.cpp.

import { LinmemError } from '../../../include/linmem/js/linmem.mjs';
import { makeBlockClass } from '../../../include/linmem/js/layout.mjs';

/** Documents one after the other, in memory that each leaves to the next. An extractor has one batch at a time. */
export class PooledBatch {
  #extractor;
  #module;
  #buffers;
  #capacity;
  #figures;

  /**
   * @param extractor an Extractor
   * @param capacity bytes that documents usually have: one buffer then serves them all
   * @param keepBytes of memory that is kept at most for input, and as many for the rest
   */
  constructor(extractor, { capacity = 65536, keepBytes = 2 ** 23 } = {}) {
    this.#extractor = extractor;
    this.#module = extractor.module;
    this.#capacity = capacity;
    const { memory } = extractor;
    memory.check(this.#module._document_batch_new(2 * capacity, keepBytes));
    this.#buffers = memory.pool({ keepBytes });
    const Figures = makeBlockClass(memory, memory.fieldsAt(this.#module._document_batch_layout()));
    this.#figures = new Figures(this.#module._document_batch_figures());
  }

  /**
   * What malloc did in this instance so far, as of now: heap_allocations, batch_allocations that it was
   * spared, memory_bytes of the documents' memory.
   */
  get figures() {
    this.#module._document_batch_figures();
    return this.#figures;
  }

  /** Extracts one document: parameters and result are those of zeroCopy(). */
  extract(fill, size, mime, write, options = {}) {
    const extractor = this.#extractor;
    return extractor.counted(mime, async () => {
      const buffer = this.#buffers.acquire(Math.max(size, this.#capacity));
      try {
        await fill(buffer);
        extractor.memory.check(this.#module._document_batch_begin()); // malloc is the arena's from here
        try {
          return await extractor.drain(extractor.open(mime, { ...options, buffer }), write, options);
        } finally {
          this.#module._document_batch_end(); // to here
        }
      } finally {
        buffer.dispose(); // back in the pool
      }
    });
  }

  /**
   * Extracts all `documents`, bytes or text, of `types`, MIME types: a result for each, in their order, {text,
   * bytesIn, chunks, ...}, or {error} for one that could not be extracted, which leaves the others as they are.
   * `names` go into the results. Lists of different lengths are an error: then nothing is extracted. So is a
   * trap of the module: nobody may use the instance any more.
   */
  async extractAll({ documents, types, names = documents.map((_, i) => `${i}`) }, options) {
    for (const [list, what] of [[types, 'types of a batch'], [names, 'names of a batch']]) {
      if (list.length !== documents.length) {
        throw new LinmemError('invalid_argument', what, documents.length, list.length);
      }
    }
    const results = [];
    for (const [i, document] of documents.entries()) {
      let text = '';
      const write = (chunk) => { text += this.#extractor.memory.decode(chunk); };
      try {
        const size = typeof document === 'string' ? 3 * document.length : document.length;
        const done = await this.extract((buffer) => buffer.write(document), size, types[i], write, options);
        results.push({ name: names[i], text, ...done });
      } catch (error) {
        if (error instanceof WebAssembly.RuntimeError) throw error;
        results.push({ name: names[i], error });
      }
    }
    return results;
  }

  /** Frees what is kept. Refused with `leased` in the middle of a document. */
  dispose() {
    this.#extractor.memory.check(this.#module._document_batch_free());
    this.#buffers.dispose();
  }
}

if (import.meta.filename && import.meta.filename === process.argv[1]) { // of Node alone
  import(new URL('../files.mjs', import.meta.url)).then(({ run }) => run((extractor) => {
    const batch = new PooledBatch(extractor);
    return ({ fd, size }, mime, write) => batch.extract((buffer) => buffer.readFrom(fd), size, mime, write);
  }));
}
