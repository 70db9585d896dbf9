// An engine in a worker of its own, where memory is not shared: files and pixels come and go as buffers that are
// moved, not copied. Into this memory and out of it they are copied once each.
import { LinmemError } from '../../include/linmem/js/linmem.mjs';
import { instantiate, serve, transfer } from '../../include/linmem/js/services.mjs';
import { Engine } from './engine.mjs';

/** A LinmemError as a message carries it. */
const packed = ({ code, subject, limit, actual }) => ({ code, subject, limit, actual });

/** @param data {script, compiled, options}: of the build, and what Engine.create() takes */
serve(async ({ script, compiled, options }) => {
  const { default: createModule } = await import(script);
  const engine = await Engine.create(() => instantiate(createModule, compiled), options);
  const { memory } = engine;

  /** A waiting job for `file`, or why there is none. */
  function load(file) {
    try {
      return { job: engine.load({ bytes: new Uint8Array(file) }) };
    } catch (e) {
      if (!(e instanceof LinmemError)) throw e;
      return { error: packed(e) };
    }
  }

  /** The pixels of a finished job, copied out, or why there are none. */
  function result({ job, error }) {
    if (error) return { error };
    if (job.state === 'failed') return { error: packed(job.error) };
    const { width, height } = job.block;
    const pixels = job.pixels.slice().buffer;
    memory.ledger.copied_out += pixels.byteLength;
    return { width, height, pixels };
  }

  return {
    pages: () => memory.pages,
    figures: () => engine.figures,
    /** Runs a batch; `look` has the parameters that are others than at the last one. */
    run(files, look) {
      engine.setLook(look);
      const loaded = files.map(load);
      try {
        const jobs = loaded.filter(({ job }) => job).map(({ job }) => job);
        if (jobs.length > 0) engine.run(jobs);
        while (engine.take() !== 0); // they are done: this instance has no threads
        const results = loaded.map(result);
        return transfer({ results, figures: engine.figures },
          results.filter(({ pixels }) => pixels).map(({ pixels }) => pixels));
      } finally {
        for (const { job } of loaded) job?.free();
      }
    },
  };
});
