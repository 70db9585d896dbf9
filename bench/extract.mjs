// The text of documents, by the document example and by what one would take instead, in Node.
//
// start                  a process that extracts 1.5 KB of HTML: until the way is ready, until the text is there
//                        since the process began; and the largest resident memory of it, with 1.5 MB of HTML
// HTML, Markdown         warm, as one string. With LINMEM_CORPUS, a folder of public documents, those; else
//                        generated ones of the same size. limit: TextDecoder over the document's bytes;
//                        native: the same C++ compiled for this machine, whose text stays bytes
//
// linmem is the build without SIMD, and the one with it; @kreuzberg/wasm, htmlparser2 and markdown-it are
// npm's. Texts are not the same to the byte: a way that lacks a tenth of linmem's words is named.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { htmlParts } from '../examples/document/generate.mjs';
import { ways } from './extract_peers.mjs';
import { measureWaiting, rowsOf, shuffled } from './frame.mjs';

const bench = 'extract';
const starts = 9;
const child = fileURLToPath(new URL('extract_peers.mjs', import.meta.url));

const words = 'linear memory grows by pages and a *view* goes stale when it **does**, as `buffer` says'.split(' ');
function* markdownParts(bytes) {
  for (let i = 0, at = 0; at < bytes; ++i) {
    const part = Buffer.from(i % 7 === 0 ? `## Section ${i}\n\n` : i % 7 === 3 ? `- ${words.join(' ')}\n- [a link](https://example.org/${i})\n\n`
      : `${`${words.join(' ')} ${i}. `.repeat(4)}\n\n`);
    at += part.length;
    yield part;
  }
}

/** Documents: their name, type, and a file that holds each. */
function documents(folder, note) {
  const wanted = [
    { name: 'HTML, 1.5 KB', type: 'text/html', corpus: 'html/simple_table.html', parts: () => htmlParts(1_500) },
    { name: 'Markdown, 33 KB', type: 'text/markdown', corpus: 'markdown/hip_13044_b.md', parts: () => markdownParts(33_900) },
    { name: 'HTML, 1.5 MB', type: 'text/html', corpus: 'html/china_chinese.html', parts: () => htmlParts(1_480_000) },
  ];
  return wanted.map(({ name, type, corpus, parts }) => {
    const given = process.env.LINMEM_CORPUS && path.join(process.env.LINMEM_CORPUS, corpus);
    if (given && fs.existsSync(given)) return { name: `${name}, ${path.basename(given)}`, type, file: given };
    note(`${bench}: ${name}: generated, as LINMEM_CORPUS names no folder with ${corpus}`);
    const file = path.join(folder, `${name.replace(/\W+/g, '_')}`);
    fs.writeFileSync(file, Buffer.concat([...parts()]));
    return { name: `${name}, generated`, type, file };
  });
}

/** The ways that can be made ready here. */
async function ready(note) {
  const made = {};
  for (const [name, make] of Object.entries(ways)) {
    try {
      made[name] = await make();
    } catch (e) {
      note(`${bench}: without ${name}: ${e.message}`);
    }
  }
  return made;
}

/** Figures of processes that begin, in turn. */
function* startRows(names, small, large) {
  const figures = { 'ready': new Map(), 'first text': new Map(), 'resident': new Map() };
  const add = (figure, name, value) => figures[figure].set(name, [...figures[figure].get(name) ?? [], value]);
  const run = (name, { file, type }) => JSON.parse(execFileSync(process.execPath, [child, name, file, type], { encoding: 'utf8' }));
  for (let i = 0; i < starts; ++i) {
    for (const name of shuffled(names)) {
      const { init, first } = run(name, small);
      add('ready', name, init);
      add('first text', name, first);
    }
  }
  for (let i = 0; i < 3; ++i) for (const name of shuffled(names)) add('resident', name, run(name, large).resident);
  yield rowsOf(bench, 'start: import and initialise', 'ms', figures.ready);
  yield rowsOf(bench, `start: ${small.name}, text since the process began`, 'ms', figures['first text']);
  yield rowsOf(bench, `resident at most, ${large.name}`, 'MB', figures.resident);
}

const wordsOf = (text) => new Set(text.match(/[\p{L}\p{N}]+/gu) ?? []);

export async function* rows({ program, note }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'linmem-bench-'));
  try {
    const all = documents(folder, note);
    const made = await ready(note);
    const [small] = all;
    yield* startRows(Object.keys(made).filter((name) => name !== 'markdown-it'), small, all.at(-1));
    const decoder = new TextDecoder();
    for (const { name, type, file } of all) {
      const bytes = fs.readFileSync(file);
      const variants = { limit: async () => decoder.decode(bytes) };
      const expected = wordsOf(await made.linmem.text(bytes, type));
      for (const [way, { text, types }] of Object.entries(made)) {
        if (types && !types.includes(type)) continue;
        const found = wordsOf(await text(bytes, type));
        const missing = [...expected].filter((word) => !found.has(word)).length;
        if (missing > expected.size / 10) note(`${bench}: ${name}: ${way} lacks ${missing} of linmem's ${expected.size} words`);
        variants[way] = () => text(bytes, type);
      }
      const measured = await measureWaiting(bench, { name, unit: 'ms', variants });
      const native = program(bench);
      if (fs.existsSync(native)) {
        const figures = execFileSync(native, [file, type], { encoding: 'utf8' }).trim().split('\n').map(Number);
        measured.push({ ...rowsOf(bench, name, 'ms', new Map([['native', figures]]))[0], rounds: measured[0].rounds });
      } else {
        note(`${bench}: no native figures: ${native} was not built (see its build's log)`);
      }
      yield measured;
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
