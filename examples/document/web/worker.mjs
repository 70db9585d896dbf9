// The extractor in a worker of the page. Its text goes to the page chunk by chunk: where the memory is
// shared, as a place in it, which the page reads before it answers; else as a copy.
import { serve } from '../../../include/linmem/js/services.mjs';
import { Extractor } from '../extractor.mjs';

/** The answer to the chunk that was posted. */
const answered = (port) => new Promise((resolve) => { port.onmessage = resolve; });

/** @param data {script, limits}: the URL of the build's document.mjs, and limits of memory */
serve(async ({ script, limits }) => {
  const { default: createModule } = await import(script);
  const extractor = await Extractor.create(createModule, { limits });
  const { memory } = extractor;
  const { tracker } = memory;
  const figures = () => ({
    pages: memory.pages, peak: tracker.memory_peak_pages,
    copiedIn: memory.ledger.copied_in, copiedOut: memory.ledger.copied_out,
    buffers: memory.ledger.buffers, streams: memory.ledger.streams,
  });
  return {
    pages: () => memory.pages,
    /** What a page needs to read the memory itself; undefined where it is not shared. */
    descriptor: () => (memory.isShared ? { memory: memory.memory, table: memory.table, tracker: tracker.descriptor } : undefined),
    extensions: () => extractor.extensions,
    /** Posts the text of `file` to `port`, a chunk at a time: {address, length}, or {bytes} with figures. */
    async extract(file, port) {
      const stream = extractor.open(extractor.mimeTypeOf({ name: file.name }), { source: file, total: file.size });
      try {
        for await (const view of stream) {
          const answer = answered(port);
          if (memory.isShared) {
            port.postMessage({ address: view.byteOffset, length: view.length, progress: stream.progress });
          } else {
            const bytes = view.slice();
            port.postMessage({ bytes, progress: stream.progress, figures: figures() }, [bytes.buffer]);
          }
          await answer;
        }
        const { position, chunks, replaced } = stream;
        return { bytes: position, chunks, replaced };
      } finally {
        stream.dispose();
        if (!memory.isShared) port.postMessage({ figures: figures() });
        port.close();
      }
    },
  };
});
