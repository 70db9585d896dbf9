// An extractor for files in a worker of its own: ends with the worker when a document takes too long.
import { instantiate, serve } from '../../include/linmem/js/services.mjs';
import { Extractor } from './extractor.mjs';
import { FileExtractor } from './files.mjs';

/**
 * @param data {script, compiled, limits, pattern}: the URL of the build's document.mjs, the
 *   WebAssembly.Module of its document.wasm, limits of memory for Tracker.limit(), and how to extract
 */
serve(async ({ script, compiled, limits, pattern }) => {
  const { default: createModule } = await import(script);
  const extractor = await Extractor.create(() => instantiate(createModule, compiled), { limits });
  const files = new FileExtractor(extractor, pattern);
  const { memory } = extractor;
  return {
    pages: () => memory.pages,
    /** What FileExtractor.collect() gives, and if it `counts` the figures of the instance after it. */
    async collect(input, { counts, ...options }) {
      const result = await files.collect(input, options);
      return counts ? { ...result, snapshot: memory.tracker.snapshot() } : result;
    },
  };
});
