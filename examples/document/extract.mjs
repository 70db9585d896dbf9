#!/usr/bin/env node
// Extracts the text of documents: `node examples/document/extract.mjs --help`.
import fs from 'node:fs';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';

import { prometheus } from '../../include/linmem/js/linmem.mjs';
import { readEnvironment } from '../../include/linmem/js/services.mjs';
import { Extractor } from './extractor.mjs';
import { explain, loadModule, patterns, writeAll } from './files.mjs';
import { failure, InWorkers, OnThisThread } from './jobs.mjs';
import { lineOfRow, markdownOf, objectOf, summaryOf } from './render.mjs';
import { inputs } from './walk.mjs';

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
      timeoutMs: Math.ceil((numberOf(values, 'timeout', 0.001, 86400, false) ?? Infinity) * 1000),
      limitMb: numberOf(values, 'limit-mb', 1, 4096),
    };
  } catch (e) {
    console.error(`extract.mjs: ${e.message}\n\n${usage}`);
    process.exit(2);
  }
}

/** Where things are written: text, and what is said of it; on a terminal also who it is from, and how far we are. */
class Output {
  #isHeaded;
  #header = '';
  #isInLine = false; // text on a terminal that ended without a line break
  #progress = '';
  // Not before there is something to wait for.
  #progressFrom = process.stderr.isTTY ? performance.now() + 500 : Infinity;
  #hasProgress = false;

  constructor(isHeaded) {
    this.#isHeaded = isHeaded && process.stdout.isTTY;
    if (process.stderr.isTTY) setInterval(() => this.#showProgress(), 200).unref();
  }

  /** What is written from now on is from `file`, number `i` of `count`. */
  begin(file, i, count, failed) {
    if (this.#isHeaded) this.#header = `${i > 0 ? '\n' : ''}==> ${file} <==\n`;
    this.#progress = `${i} of ${count} done, ${failed} failed: ${file}`;
    this.#showProgress();
  }
  /** Writes a chunk, or text. */
  write(chunk) {
    if (chunk.length === 0) return;
    const isSeen = process.stdout.isTTY === true;
    if (isSeen) this.#clear();
    if (this.#header) writeAll(1, Buffer.from(this.#header));
    this.#header = '';
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    writeAll(1, bytes);
    this.#isInLine = isSeen && bytes.at(-1) !== lineBreak;
    if (!isSeen) this.#showProgress(); // no timer goes off while this thread extracts
  }
  /** Says something about it. */
  tell(text) {
    this.#clear();
    if (this.#isInLine) writeAll(1, Buffer.of(lineBreak));
    this.#isInLine = false;
    console.error(text);
  }
  /** Shows no progress any more. */
  end() {
    this.#clear();
    this.#progressFrom = Infinity;
  }

  #showProgress() {
    if (this.#isInLine || performance.now() < this.#progressFrom) return;
    this.#progressFrom = performance.now() + 100;
    process.stderr.write(`\r\x1b[K${this.#progress.slice(0, (process.stderr.columns || 80) - 1)}`);
    this.#hasProgress = true;
  }
  #clear() {
    if (this.#hasProgress) process.stderr.write('\r\x1b[K');
    this.#hasProgress = false;
  }
}
const lineBreak = 10;

/** What is written about a result, but for its text as it is. */
const written = {
  text: () => '',
  json: (result) => jsonLine(objectOf(result)),
  markdown: markdownOf,
  metadata: ({ row: { file, mime, error }, metadata = {} }) => jsonLine({ file, mime, metadata, error }),
  figures: ({ row }) => jsonLine(row),
};
const jsonLine = (object) => `${JSON.stringify(object)}\n`;

/** Counts what became of the inputs. */
class Summary {
  #began = performance.now();
  #counts = { extracted: 0, skipped: 0, failed: 0, bytesIn: 0, bytesOut: 0, pages: 0 };

  get failed() { return this.#counts.failed; }
  skip() { ++this.#counts.skipped; }
  add({ status, bytes_in, bytes_out, pages_peak }) {
    const counts = this.#counts;
    ++counts[status === 'ok' ? 'extracted' : 'failed'];
    counts.bytesIn += bytes_in;
    counts.bytesOut += bytes_out;
    counts.pages = Math.max(counts.pages, pages_peak);
  }
  toString() { return summaryOf({ ...this.#counts, seconds: (performance.now() - this.#began) / 1000 }); }
}

function writeMetrics(file, snapshots) {
  const text = prometheus(snapshots);
  try {
    if (file === '-') writeAll(1, Buffer.from(text));
    else fs.writeFileSync(file, text);
  } catch (e) {
    throw new Error(`--metrics ${file}: ${explain(e)}`);
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

  const summary = new Summary();
  const all = [...inputs(extractor, paths, options)];
  const documents = all.filter(({ skipped, error }) => !skipped && !error);
  const wants = wantsFor[output];
  const { chunkSize, jobs, timeoutMs, pattern } = options;
  const how = { pattern, chunkSize, wants };
  const work = jobs > 1 || timeoutMs !== Infinity
    ? new InWorkers(documents, { ...how, jobs, timeoutMs, limits, counts: metrics !== undefined })
    : new OnThisThread(extractor, create, { ...how, isDirect: output === 'text' });
  const out = new Output(output === 'text' && all.length > 1);

  for (const [i, input] of all.entries()) {
    out.begin(input.file, i, all.length, summary.failed);
    if (input.skipped) {
      summary.skip();
      out.tell(`${input.file}: skipped: ${input.skipped}`);
      continue;
    }
    let result = input.error ? failure(input, input.error) : await work.result(input, (chunk) => out.write(chunk));
    if (output === 'text') result.text.forEach((chunk) => out.write(chunk));
    let text;
    try {
      text = written[output](result);
    } catch (e) { // a document may be longer than a string of JavaScript
      text = written[output](result = failure(input, e));
    }
    out.write(text);
    const { row } = result;
    summary.add(row);
    if (output === 'text' || output === 'markdown' || row.status !== 'ok') out.tell(lineOfRow(row));
  }
  out.end();
  if (summary.failed > 0) process.exitCode = 1;
  const isMany = all.length > 1 || all.length < paths.length || all.some(({ file }, i) => file !== paths[i]);
  if (isMany) out.tell(`${summary}`);
  if (metrics !== undefined) writeMetrics(metrics, work.snapshots);
  await work.dispose();
}

try {
  await main(parse());
} catch (e) {
  console.error(`extract.mjs: ${explain(e)}`);
  process.exitCode = 1;
}
