// Zero-copy: the whole document lies in one buffer of linear memory, and is read where it lies.
//
//   node examples/document/zero_copy/run.mjs FILE...
//
//   file --readSync--> [ shared buffer ] --parsed in place--> [ chunk ] --writeSync--> stdout
//
// For documents that fit into memory: nothing is collected a second time, and a parser that wants all of
// a document has it. Memory is the document and one chunk.

/**
 * Extracts one document, whole.
 *
 * @param extractor an Extractor
 * @param fill called with the buffer to read the document into it: `(buffer) => buffer.readFrom(fd)`
 * @param capacity bytes of the document at most
 * @param write called with each chunk of text, a view that is valid during the call
 * @param options as Extractor.open() has them
 * @returns what Extractor.drain() does
 */
export function zeroCopy(extractor, fill, capacity, mime, write, options = {}) {
  return extractor.counted(mime, async () => {
    const buffer = extractor.memory.alloc(Math.max(1, capacity)); // uninitialised: no byte is written twice
    try {
      await fill(buffer); // a file descriptor reads straight into it
      return await extractor.drain(extractor.open(mime, { ...options, buffer }), write, options);
    } finally {
      buffer.dispose(); // refused while a stream reads it: the stream has ended
    }
  });
}

if (import.meta.filename && import.meta.filename === process.argv[1]) { // of Node alone
  import(new URL('../files.mjs', import.meta.url)).then(({ run }) => run((extractor) => ({ fd, size }, mime, write) =>
    zeroCopy(extractor, (buffer) => buffer.readFrom(fd), size, mime, write)));
}
