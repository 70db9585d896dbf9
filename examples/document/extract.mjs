#!/usr/bin/env node
// Extracts the text of documents: `node examples/document/extract.mjs --help`.
import fs from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { InstancePool } from '../../include/linmem/js/instance_pool.mjs';
import { readEnvironment } from '../../include/linmem/js/environment.mjs';
import { prometheus } from '../../include/linmem/js/metrics.mjs';
import { WorkerInstance } from '../../include/linmem/js/worker.mjs';
import { Extractor } from './extractor.mjs';
import { buildFolder, emptyRow, explain, FileExtractor, loadModule, patterns, writeAll } from './files.mjs';
import { lineOfRow, markdownOf, objectOf, summaryOf } from './render.mjs';
import { inputs, problemOf } from './walk.mjs';

const usage = `Usage: extract.mjs [OPTION]... FILE...
Writes the text of each FILE to standard output and a line about each to standard error.
- is standard input. Of a folder, every document in it and in its folders is a FILE; what is none is
skipped, and hidden ones are left out.

What comes out, in the order of the FILEs:
  --format text|json|markdown    text; or a JSON object for each, one a line, with text, metadata, tables,
                                 images and figures; or a section for each (text)
  --metadata                     instead, the metadata of each as a JSON object, one a line
  --json                         instead, the figures of each as a JSON object, one a line
  --metrics FILE                 at the end, what the instances counted, as Prometheus reads it; - is
                                 standard output
  --list                         instead, the features, types and extensions that this build reads

How it is done:
  --pattern zero-copy|streaming|pooled
                                 how a document goes through linear memory (streaming)
  --mime TYPE                    type of every FILE, for example text/html
  --chunk-size BYTES             longest chunk, at least 4 (65536)
  --jobs N                       N documents at a time, each in a worker; the text of those that are done
                                 before their turn waits in memory (1)
  --timeout SECONDS              ends a document that takes longer; the others go on
  --limit-mb N                   limits linear memory, of each worker
  --help                         this text

LINMEM_MEMORY_LIMIT_PAGES or LINMEM_MEMORY_LIMIT_MB (256) limits linear memory, too.
The exit code is 0 when every FILE was extracted, 1 when one was not, 2 for a wrong call.`;

/** What is kept of a document, by what is written about it. */
const wantsFor = {
  text: { text: true },
  json: { text: true, metadata: true, items: true },
  markdown: { text: true, metadata: true, items: true },
  metadata: { metadata: true },
  figures: {},
};

/** The number that option `name` has, if it has one. */
function numberOf(values, name, least, most, isWhole = true) {
  if (values[name] === undefined) return undefined;
  const value = values[name].trim() === '' ? NaN : Number(values[name]);
  if (!(value >= least && value <= most) || (isWhole && !Number.isInteger(value))) {
    throw new Error(`--${name} is a number from ${least} to ${most}, not ${values[name]}`);
  }
  return value;
}

function parse() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        'pattern': { type: 'string', default: 'streaming' },
        'mime': { type: 'string' },
        'chunk-size': { type: 'string', default: '65536' },
        'format': { type: 'string' },
        'metadata': { type: 'boolean', default: false },
        'json': { type: 'boolean', default: false },
        'metrics': { type: 'string' },
        'jobs': { type: 'string', default: '1' },
        'timeout': { type: 'string' },
        'limit-mb': { type: 'string' },
        'list': { type: 'boolean', default: false },
        'help': { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    if (!patterns.includes(values.pattern)) {
      throw new Error(`--pattern is one of ${patterns.join(', ')}, not ${values.pattern}`);
    }
    const formats = ['text', 'json', 'markdown'];
    if (values.format !== undefined && !formats.includes(values.format)) {
      throw new Error(`--format is one of ${formats.join(', ')}, not ${values.format}`);
    }
    if ([values.format, values.json, values.metadata].filter(Boolean).length > 1) {
      throw new Error('only one of --format, --json and --metadata says what comes out');
    }
    if (positionals.length === 0 && !values.list) throw new Error('no FILE');
    if (positionals.filter((file) => file === '-').length > 1) throw new Error('- is there more than once');
    return {
      paths: positionals,
      output: values.json ? 'figures' : values.metadata ? 'metadata' : values.format ?? 'text',
      pattern: values.pattern,
      mime: values.mime,
      list: values.list,
      metrics: values.metrics,
      chunkSize: numberOf(values, 'chunk-size', 4, 2 ** 30),
      jobs: numberOf(values, 'jobs', 1, 256),
      timeoutMs: (numberOf(values, 'timeout', 0.001, 86400, false) ?? Infinity) * 1000,
      limitMb: numberOf(values, 'limit-mb', 1, 4096),
    };
  } catch (e) {
    console.error(`extract.mjs: ${e.message}\n\n${usage}`);
    process.exit(2);
  }
}

/** A result of something that was not extracted because of `e`. */
const failure = ({ file, mime }, e) => ({
  row: { ...emptyRow(file, mime), status: 'error', error: explain(e) }, items: [], text: [],
});

/** Extracts one after the other on this thread. Text goes straight from linear memory to where it is read. */
class OnThisThread {
  #create;
  #files;
  #snapshots = new Map(); // by instance, as of its last document

  constructor(extractor, create, pattern) {
    this.#files = new FileExtractor(extractor, pattern);
    this.#create = async () => new FileExtractor(await create(), pattern);
  }

  /** A promise of the result. `write` gets the text as it comes, if there is one. */
  async extract(input, options, write) {
    const { extractor } = this.#files;
    try {
      return write ? await this.#files.extract(input, write, options) : await this.#files.collect(input, options);
    } catch (e) {
      this.#files = await this.#create(); // what broke it is told, and the next document has another
      return failure(input, e);
    } finally {
      this.#snapshots.set(extractor, extractor.memory.tracker.snapshot({ instance: `${this.#indexOf(extractor)}` }));
    }
  }

  #indexOf(extractor) {
    const index = [...this.#snapshots.keys()].indexOf(extractor);
    return index < 0 ? this.#snapshots.size : index;
  }

  get snapshots() { return [...this.#snapshots.values()]; }
  async dispose() {}
}

/** Extracts in workers, as many documents at a time as there are, the largest first. */
class InWorkers {
  #pool;
  #options;
  #queue = []; // {input, resolve}, the largest last
  #running = 0;
  #snapshots = new Map(); // by worker, as of its last document

  constructor({ jobs, timeoutMs, limits, pattern, ...options }) {
    const script = pathToFileURL(path.join(buildFolder, 'document.mjs')).href;
    const compiled = new WebAssembly.Module(fs.readFileSync(path.join(buildFolder, 'document.wasm')));
    const url = new URL('file_worker.mjs', import.meta.url);
    this.#pool = new InstancePool(() => WorkerInstance.create(url, { data: { script, compiled, limits, pattern } }), {
      initial: 0, max: jobs, timeoutMs,
      breaker: { failurePercent: 100, minimumCalls: 2 ** 20 }, // each document has its try
    });
    this.#options = { jobs, ...options };
  }

  /** Promises of the results of `all`. */
  start(all) {
    const results = all.map((input) => new Promise((resolve) => { this.#queue.push({ input, resolve }); }));
    this.#queue.sort((a, b) => (a.input.size ?? Infinity) - (b.input.size ?? Infinity) || all.indexOf(b.input) - all.indexOf(a.input));
    for (let i = 0; i < this.#options.jobs; ++i) this.#work();
    return results;
  }

  async #work() {
    for (let next; (next = this.#queue.pop());) next.resolve(await this.#extract(next.input));
  }

  async #extract(input) {
    const { chunkSize, wants } = this.#options;
    try {
      if (input.file === '-') { // here: a worker that waits for a pipe could not be ended
        const bytes = [];
        for await (const piece of process.stdin) bytes.push(piece);
        input = { ...input, bytes: new Uint8Array(Buffer.concat(bytes)) };
      }
      return await this.#pool.run(async (worker) => {
        const { snapshot, ...result } = await worker.call('collect', [input, { chunkSize, wants }]);
        const instance = this.#snapshots.get(worker)?.instance ?? `${this.#snapshots.size}`;
        this.#snapshots.set(worker, { ...snapshot, instance });
        return result;
      });
    } catch (e) {
      return failure(input, e);
    }
  }

  get snapshots() { return [...this.#snapshots.values()]; }
  dispose() { return this.#pool.dispose(); }
}

/** A line at the bottom of a terminal, once there is something to wait for. */
class Progress {
  #isOn = process.stderr.isTTY === true;
  #began = performance.now();
  #last = 0;
  #isShown = false;

  show(text) {
    const now = performance.now();
    if (!this.#isOn || now - this.#began < 500 || now - this.#last < 100) return;
    this.#last = now;
    process.stderr.write(`\r\x1b[K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
    this.#isShown = true;
  }
  /** Makes room for something else. */
  hide() {
    if (this.#isShown) process.stderr.write('\r\x1b[K');
    this.#isShown = false;
  }
}

async function main({ paths, output, list, metrics, limitMb, ...options }) {
  const createModule = await loadModule();
  const { limits: fromEnvironment, problems } = readEnvironment();
  for (const problem of problems) console.error(`extract.mjs: LINMEM_${problem}`);
  const limits = limitMb === undefined ? fromEnvironment : { hardBytes: limitMb * 2 ** 20 };
  const create = () => Extractor.create(createModule, { limits });
  const extractor = await create();
  if (list) {
    for (const name of ['features', 'mimeTypes', 'extensions']) console.log(`${name}: ${extractor[name].join(' ')}`);
  }

  const began = performance.now();
  const wants = wantsFor[output];
  const progress = new Progress();
  const all = [...inputs(extractor, paths, options)];
  const documents = all.filter(({ skipped, error }) => !skipped && !error);
  const inWorkers = options.jobs > 1 || options.timeoutMs !== Infinity;
  const worker = inWorkers ? new InWorkers({ ...options, jobs: Math.min(options.jobs, documents.length || 1), limits, wants })
    : new OnThisThread(extractor, create, options.pattern);
  const started = new Map(inWorkers ? worker.start(documents).map((result, i) => [documents[i], result]) : []);
  const headed = output === 'text' && all.length > 1 && process.stdout.isTTY; // a person wants to know whose text it is
  const sum = { extracted: 0, skipped: 0, failed: 0, bytesIn: 0, bytesOut: 0, pages: 0 };

  for (const [i, input] of all.entries()) {
    const { file } = input;
    progress.show(`${i} of ${all.length}, ${sum.failed} failed: ${file}`);
    const tell = (text) => {
      progress.hide();
      console.error(text);
    };
    if (input.skipped) {
      ++sum.skipped;
      tell(`${file}: ${problemOf(input)}`);
      continue;
    }
    const write = (chunk) => {
      progress.hide();
      writeAll(1, chunk);
    };
    if (headed && !input.error) write(Buffer.from(`==> ${file} <==\n`));
    const result = input.error ? failure(input, input.error)
      : inWorkers ? await started.get(input)
      : await worker.extract(input, { chunkSize: options.chunkSize, wants, ...(output === 'text' && wants) }, output === 'text' ? write : undefined);
    started.delete(input); // and with it its text
    const { row, metadata } = result;
    ++sum[row.status === 'ok' ? 'extracted' : 'failed'];
    sum.bytesIn += row.bytes_in;
    sum.bytesOut += row.bytes_out;
    sum.pages = Math.max(sum.pages, row.pages_peak);
    if (output === 'text') result.text?.forEach(write);
    else if (output === 'json') write(jsonLine(objectOf(result)));
    else if (output === 'markdown') write(Buffer.from(markdownOf(result)));
    else if (output === 'metadata') write(jsonLine({ file, mime: row.mime, metadata: metadata ?? {}, error: row.error }));
    else write(jsonLine(row));
    if (output === 'text' || output === 'markdown' || row.status !== 'ok') tell(lineOfRow(row));
  }
  progress.hide();
  if (sum.failed > 0) process.exitCode = 1;
  if (all.length > 1 || all[0]?.file !== paths[0]) {
    console.error(summaryOf({ ...sum, seconds: (performance.now() - began) / 1000 }));
  }
  if (metrics !== undefined) {
    const text = prometheus(worker.snapshots);
    if (metrics === '-') writeAll(1, Buffer.from(text));
    else fs.writeFileSync(metrics, text);
  }
  await worker.dispose();
}

const jsonLine = (object) => Buffer.from(`${JSON.stringify(object)}\n`);

try {
  await main(parse());
} catch (e) {
  console.error(`extract.mjs: ${explain(e)}`);
  process.exitCode = 1;
}
