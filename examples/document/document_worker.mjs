// An extractor in a worker of its own, for an InstancePool: ends with the worker when a document takes
// too long, and refuses what needs more memory than it is given.
import { instantiate, LinmemError, serve } from '../../include/linmem/js/linmem.mjs';
import { Extractor } from './extractor.mjs';

const decoder = new TextDecoder();

/**
 * @param data {script, compiled, bytes}: the URL of the build's document.mjs, the WebAssembly.Module of its
 *   document.wasm, and the memory for one document at most
 */
serve(async ({ script, compiled, bytes }) => {
  const { default: createModule } = await import(script);
  let module;
  const extractor = await Extractor.create(async () => (module = await instantiate(createModule, compiled)));
  const { memory } = extractor;
  memory.alloc(bytes).dispose(); // takes the memory now,
  module._linmem_forbid_growth(1); // and no more of it
  return {
    pages: () => memory.pages,
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
