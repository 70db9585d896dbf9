// Streaming: the document goes through a window of linear memory, its text through a chunk.
//
//   node examples/document/streaming/run.mjs FILE...
//
//   file --readSync--> [ window, 64 KiB ] --transformed--> [ chunk, 64 KiB ] --writeSync--> stdout
//
// For documents of any size and for what has no size, a pipe or a network: memory does not depend on the
// document. A parser that wants all of a document is the exception: it collects what comes, up to a limit.

/**
 * Extracts one document as it comes.
 *
 * @param extractor an Extractor
 * @param source a file descriptor or (view) => bytesRead, read straight into the window, or anything that
 *   is waited for: a ReadableStream, a Response, an (async) iterable
 * @param write called with each chunk of text, a view that is valid during the call
 * @param options as Extractor.open() has them; `total` bytes of the document make progress known
 * @returns what Extractor.drain() does
 */
export function stream(extractor, source, mime, write, options = {}) {
  return extractor.counted(mime, () => {
    const opened = extractor.open(mime, { ...options, source }); // takes a window and a chunk, no more
    return extractor.drain(opened, write, options); // fills the one, writes the other, until the end
  });
}

if (import.meta.filename && import.meta.filename === process.argv[1]) { // of Node alone
  import(new URL('../files.mjs', import.meta.url)).then(({ run }) => run((extractor) => ({ fd, size }, mime, write) =>
    stream(extractor, fd, mime, write, { total: size })));
}
