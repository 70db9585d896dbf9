#!/usr/bin/env node
// Decodes, filters and writes images: `node examples/image_batch/run.mjs --help`.
import fs from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { readEnvironment } from '../../include/linmem/js/services.mjs';
import { ImageBatch } from './image_batch.mjs';
import { encodePng } from './png.mjs';

const usage = `Usage: run.mjs [OPTION]... FOLDER|FILE...
Decodes PNG and JPEG files, and those in each FOLDER, applies filters, and prints a line for each and a summary.

  --thumbnail PIXELS     shrink to that longest side
  --grayscale            shades of gray
  --brightness NUMBER    -1 to 1, added to each colour (0)
  --contrast NUMBER      0 to 8, multiplied (1)
  --blur RADIUS          box blur, 0 to 256 pixels (0)
  --out FOLDER           write the results there as PNG
  --jobs N               threads or workers, 1 to 16 (2)
  --batch N              images in a batch at most (8)
  --wait MS              how long an image waits for others of its size (20)
  --max-pixels N         refuse larger images, before they are decoded (33554432)
  --cache BYTES          of results that are kept (67108864)
  --repeat N             go through all of them N times (1)
  --json                 instead, one JSON object for each image, and one for the summary
  --help                 this text

LINMEM_BUILD chooses the build: build/wasm-threads shares memory, build/wasm moves images between workers.
LINMEM_MEMORY_LIMIT_PAGES or LINMEM_MEMORY_LIMIT_MB (256) limits each linear memory.
The exit code is 0 when every image was done, 1 when one was not, 2 for a wrong call.`;

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const builds = (process.env.LINMEM_BUILD?.split(':') ?? ['build/wasm-threads', 'build/wasm'])
  .map((build) => path.resolve(root, build, 'examples/image_batch'));

/** A whole number from `least` to `most`, or an error that names them. */
function whole(values, name, least, most) {
  const n = Number(values[name]);
  if (values[name] === '' || !Number.isInteger(n) || n < least || n > most) {
    throw new Error(`--${name} is a whole number from ${least} to ${most}, not ${values[name]}`);
  }
  return n;
}

function parse() {
  try {
    const text = (fallback) => ({ type: 'string', default: fallback });
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        'thumbnail': text('0'), 'grayscale': { type: 'boolean', default: false }, 'brightness': text('0'),
        'contrast': text('1'), 'blur': text('0'), 'out': { type: 'string' }, 'jobs': text('2'), 'batch': text('8'),
        'wait': text('20'), 'max-pixels': text('33554432'), 'cache': text('67108864'), 'repeat': text('1'),
        'json': { type: 'boolean', default: false }, 'help': { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    if (positionals.length === 0) throw new Error('no FOLDER or FILE');
    const real = (name) => {
      const n = Number(values[name]);
      if (values[name] === '' || !Number.isFinite(n)) throw new Error(`--${name} is a number, not ${values[name]}`);
      return n;
    };
    return {
      names: positionals, out: values.out, isJson: values.json, repeat: whole(values, 'repeat', 1, 1e6),
      look: {
        thumbnail: whole(values, 'thumbnail', 0, 2 ** 32 - 1), grayscale: values.grayscale ? 1 : 0,
        brightness: real('brightness'), contrast: real('contrast'), blur: whole(values, 'blur', 0, 2 ** 32 - 1),
      },
      options: {
        jobs: whole(values, 'jobs', 1, 16), maxBatch: whole(values, 'batch', 1, 256),
        maxWaitMs: whole(values, 'wait', 0, 60000),
        limits: { pixels: whole(values, 'max-pixels', 1, 2 ** 28), cacheBytes: whole(values, 'cache', 0, 2 ** 30) },
      },
    };
  } catch (e) {
    console.error(`run.mjs: ${e.message}\n\n${usage}`);
    process.exit(2);
  }
}

/** The files that `names` name: those of a folder are the images in it, by name. */
function* filesOf(names) {
  for (const name of names) {
    if (!fs.statSync(name, { throwIfNoEntry: false })?.isDirectory()) {
      yield name;
      continue;
    }
    const inside = fs.readdirSync(name, { recursive: true }).filter((file) => /\.(png|jpe?g)$/i.test(file)).sort();
    for (const file of inside) yield path.join(name, file);
  }
}

/** What a person needs to know of an error. */
function explain(e) {
  if (e.code === 'ENOENT') return 'no such file';
  if (e.code === 'EACCES') return 'no permission to read it';
  return e.message;
}

/** Writes `result` into `folder` under a name of its own; the path. */
function write(folder, { name, width, height, pixels }, taken) {
  const { name: stem } = path.parse(name);
  let file = `${stem}.png`;
  for (let n = 2; taken.has(file); ++n) file = `${stem}-${n}.png`;
  taken.add(file);
  const to = path.join(folder, file);
  fs.writeFileSync(to, encodePng({ width, height, pixels }));
  return to;
}

const count = (n, what) => `${n.toLocaleString('en')} ${what}${n === 1 ? '' : 's'}`;
const bytes = (n) => (n < 1e4 ? `${n} B` : n < 1e6 ? `${(n / 1e3).toFixed(1)} kB` : `${(n / 1e6).toFixed(1)} MB`);

/** The line about an image. */
function line({ name, error, width, height, sourceWidth, sourceHeight, isCached, ms }, written) {
  if (error) return `${name}: error: ${explain(error)}`;
  const size = `${sourceWidth}x${sourceHeight}`;
  return `${name}: ${size}${width === sourceWidth && height === sourceHeight ? '' : ` -> ${width}x${height}`}, ${
    isCached ? 'from the cache' : `${ms.toFixed(1)} ms`}${written ? `, in ${written}` : ''}`;
}

/** The summary, for people. */
function summary(f) {
  const done = f.images - f.failed;
  return `
${count(done, 'image')} of ${f.images} in ${f.seconds.toFixed(2)} s: ${(done / f.seconds).toFixed(1)} images/s, ${
    (4 * f.pixels / 1e6 / f.seconds).toFixed(1)} MB/s of pixels
workers    ${f.jobs}, ${
    f.transport === 'shared' ? 'threads on one shared memory' : 'each with a memory of its own; images are moved'}
batches    ${f.batches} of up to ${f.largest}: ${f.full} full, ${f.timed} had waited long enough, ${f.flushed} at the end
cache      ${count(f.cache_hits, 'hit')}, ${f.cache_entries} kept (${bytes(f.cache_bytes)}), ${f.cache_evicted} gave way
copies     ${bytes(f.copied_in)} in, ${bytes(f.copied_out)} out of linear memory
pages      ${f.pages} (${bytes(65536 * f.pages)}) in ${f.memories === 1 ? 'one memory' : `${f.memories} memories`}
pool       ${count(f.pool_hits + f.pool_misses, 'buffer')} lent, ${f.pool_hits} of them used again, ${
    bytes(f.pool_idle_bytes)} idle
parameters ${count(f.params_fields, 'field')} changed in ${count(f.params_set, 'version')}, ${
    count(f.params_bytes, 'byte')} travelled`;
}

const { names, out, isJson, repeat, look, options } = parse();
let images;
try {
  const build = builds.find((folder) => fs.existsSync(path.join(folder, 'image_batch.mjs')));
  if (!build) throw new Error(`${path.relative('.', builds.at(-1))} is not built; see docs/image_batch.md`);
  const { limits, problems } = readEnvironment();
  for (const problem of problems) console.error(`run.mjs: LINMEM_${problem}`);
  images = await ImageBatch.create(build, { ...options, memoryLimits: limits });
  images.set(look);
  if (out !== undefined) fs.mkdirSync(out, { recursive: true });
  const files = [...filesOf(names)];
  if (files.length === 0) throw new Error(`no PNG or JPEG file in ${names.join(', ')}`);
  const began = performance.now();
  for (let round = 0; round < repeat; ++round) {
    const taken = new Set();
    for await (const result of images.process(files.map((file) => ({ name: file, path: file })))) {
      const { error, name, width, height, sourceWidth, sourceHeight, isCached, ms } = result;
      if (error) process.exitCode = 1;
      const written = out !== undefined && !error ? write(out, result, taken) : undefined;
      if (isJson) {
        console.log(JSON.stringify(error ? { name, status: 'error', code: error.code, error: explain(error) }
          : { name, status: 'ok', width, height, sourceWidth, sourceHeight, cached: isCached, ms, written }));
      } else {
        console.log(line(result, written));
      }
    }
  }
  const figures = { jobs: options.jobs, ...images.figures, seconds: (performance.now() - began) / 1000 };
  console.log(isJson ? JSON.stringify(figures) : summary(figures));
} catch (e) {
  console.error(`run.mjs: ${e.message}`);
  process.exitCode = e.code === 'invalid_argument' || e.code === 'out_of_range' ? 2 : 1;
} finally {
  await images?.dispose();
}
