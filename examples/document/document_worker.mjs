// An extractor in a worker of its own, for an InstancePool: ends with the worker when a document takes
// too long, and refuses what needs more memory than it may have.
import { instantiate, serve } from '../../include/linmem/js/services.mjs';
import { Extractor } from './extractor.mjs';

const decoder = new TextDecoder();

/**
 * @param data {script, compiled, limits}: the URL of the build's document.mjs, the WebAssembly.Module of its
 *   document.wasm, and limits of memory for Tracker.limit()
 */
serve(async ({ script, compiled, limits }) => {
  const { default: createModule } = await import(script);
  const extractor = await Extractor.create(() => instantiate(createModule, compiled), { limits });
  const { memory } = extractor;
  return {
    pages: () => memory.pages,
    /** What its tracker counted, as the values of a snapshot. */
    figures: () => memory.tracker.snapshot().values,
    /** The text of a document, and what the extractor still holds after it: nothing. */
    async extract(type, document) {
      let text = '';
      // Chunks are whole UTF-8 each: they are decoded one by one.
      await extractor.stream([document], type, (chunk) => { text += decoder.decode(chunk); });
      const { buffers, streams } = memory.ledger;
      return { text, held: buffers + streams };
    },
  };
});
