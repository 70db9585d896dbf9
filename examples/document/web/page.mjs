// Files that are dropped become text, as it streams in, with the memory that it takes beside it.
//
// Workers extract, up to four at a time. On a page that is cross-origin isolated their memory is shared:
// the page reads chunks and figures where they lie. Elsewhere they are posted.
import { attach, Tracker } from '../../../include/linmem/js/linmem.mjs';
import { InstancePool, WorkerInstance } from '../../../include/linmem/js/services.mjs';
import { Chart } from './chart.mjs';

const most = Math.min(4, navigator.hardwareConcurrency);
const shownCharacters = 1 << 20; // what a page can show well
const isShared = globalThis.crossOriginIsolated;
const script = new URL(isShared ? '/build/wasm-threads/examples/document/document.mjs'
  : '/build/wasm/examples/document/document.mjs', location);
const $ = (id) => document.getElementById(id);
const figure = (n) => Math.round(n).toLocaleString('en');
const milliseconds = (n) => `${n.toFixed(n < 10 ? 1 : 0)} ms`;

/** What is known of each worker: {memory, tracker} to read its figures from, or those it posted. */
const workers = new Map();

const pool = new InstancePool(async () => {
  const worker = await WorkerInstance.create(new URL('worker.mjs', import.meta.url), {
    data: { script: script.href, limits: { hardPages: 4096 } },
  });
  const shared = await worker.call('descriptor');
  const memory = shared && attach(shared);
  workers.set(worker, shared ? { memory, tracker: Tracker.open(memory, shared.tracker) } : { posted: {} });
  return worker;
}, { initial: 1, max: most, timeoutMs: 120_000 });

/** The figures of a worker, as they are at this moment where its memory is shared. */
function figuresOf({ memory, tracker, posted }) {
  if (!memory) return posted;
  const { copied_in: copiedIn, copied_out: copiedOut, buffers, streams } = memory.ledger;
  return { pages: memory.pages, peak: tracker.memory_peak_pages, copiedIn, copiedOut, buffers, streams };
}

/** Extracts `file`; `show` is called with each piece of text and how much is done, 0..1. */
async function extract(file, show) {
  const start = performance.now();
  let first;
  const result = await pool.run(async (worker) => {
    const known = workers.get(worker);
    const { port1: port, port2 } = new MessageChannel();
    const decoder = new TextDecoder();
    port.onmessage = ({ data: { address, length, bytes, progress, figures } }) => {
      if (figures) known.posted = figures;
      if (progress === undefined) return; // the last figures
      first ??= performance.now() - start;
      show(bytes ? decoder.decode(bytes) : known.memory.decode(known.memory.view(address, length)), progress);
      port.postMessage('read');
    };
    return worker.call('extract', [file, port2], [port2]);
  });
  return { ...result, first: first ?? 0, all: performance.now() - start };
}

let shown; // the row whose text is shown

/** A row of the table, and what became of its file. */
class Row {
  #line = document.createElement('tr');
  #text = '';

  constructor(file) {
    this.file = file;
    this.#cells(file.name, figure(file.size), 'waits');
    this.#line.onclick = () => this.select();
    $('files').append(this.#line);
  }

  #cells(...texts) {
    this.#line.replaceChildren(...texts.map((text) => Object.assign(document.createElement('td'), { textContent: text })));
  }

  select() {
    shown?.#line.classList.remove('shown');
    shown = this;
    this.#line.classList.add('shown');
    $('text').textContent = this.#text;
  }

  async run() {
    const { name, size } = this.file;
    try {
      const { bytes, chunks, first, all } = await extract(this.file, (text, progress) => {
        const room = shownCharacters - this.#text.length;
        this.#text += text.slice(0, room);
        if (shown === this) $('text').append(text.slice(0, room));
        this.#cells(name, figure(size), `${Math.round(progress * 100)} %`);
      });
      this.#cells(name, figure(size), figure(bytes), figure(chunks), milliseconds(first), milliseconds(all));
    } catch (e) {
      this.#cells(name, figure(size), e.message);
      this.#line.lastChild.colSpan = 4;
      this.#line.lastChild.className = 'error';
    }
  }
}

/** Extracts files, several at a time; resolves when all are done. */
function take(files) {
  const rows = [...files].map((file) => new Row(file));
  rows[0]?.select();
  return Promise.all(rows.map((row) => row.run()));
}

const chart = new Chart($('chart'));
function drawFigures() {
  const all = [...workers].filter(([worker]) => worker.isAlive).map(([, known]) => figuresOf(known));
  const sum = (name) => all.reduce((total, figures) => total + (figures[name] ?? 0), 0);
  const { idle, busy, waiting } = pool.statistics;
  const rows = {
    'pages of 64 KiB': figure(sum('pages')),
    'peak, of all workers': figure(sum('peak')),
    'bytes copied in': figure(sum('copiedIn')),
    'bytes copied out': figure(sum('copiedOut')),
    'buffers, streams open': `${figure(sum('buffers'))}, ${figure(sum('streams'))}`,
    'workers busy, idle': `${busy}, ${idle}`,
    'files waiting': figure(waiting),
  };
  $('figures').tBodies[0].replaceChildren(...Object.entries(rows).map(([name, value]) => {
    const line = document.createElement('tr');
    line.append(...[name, value].map((text) => Object.assign(document.createElement('td'), { textContent: text })));
    return line;
  }));
  chart.draw(sum('pages'));
  requestAnimationFrame(drawFigures);
}

$('mode').textContent = isShared
  ? 'This page is cross-origin isolated: workers share their memory with it, and it reads text and figures in place.'
  : 'This page is not cross-origin isolated: workers post their text and figures to it.';
const drop = $('drop');
drop.ondragover = (event) => {
  event.preventDefault();
  drop.classList.add('over');
};
drop.ondragleave = () => drop.classList.remove('over');
drop.ondrop = (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  take(event.dataTransfer.files);
};
drop.querySelector('input').onchange = ({ target }) => take(target.files);

try {
  $('types').textContent = (await pool.run((worker) => worker.call('extensions'))).join(' ');
} catch (e) {
  $('types').textContent = `the extractor does not start: ${e.message}`;
  $('types').className = 'error';
}
drawFigures();
