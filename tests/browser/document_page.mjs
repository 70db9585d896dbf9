// Drops files on the page of the document example in Chromium, cross-origin isolated and not, and takes
// a picture: build/document_page.png. With LINMEM_CORPUS the files are real ones, else made here.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { createServer } from '../../examples/document/web/serve.mjs';
import { htmlParts } from '../../examples/document/generate.mjs';
import { launch } from './chromium.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const builds = { wasm: process.env.LINMEM_BUILD, threads: process.env.LINMEM_BUILD_THREADS };
const picture = path.join(root, 'build/document_page.png');

/** What is dropped: {name, bytes, text: what the text contains, error: or what the failure says}. */
const files = [
  { name: 'page.html', bytes: Buffer.from('<title>A page</title><h1>Caf&eacute;</h1><p>Text of it.'), text: 'Café' },
  { name: 'large.html', bytes: Buffer.concat([...htmlParts(3_000_000)]), text: 'Überschrift' },
  { name: 'notes.md', bytes: Buffer.from('# Notes\n\n- one\n- *two*\n'), text: '- two' },
  { name: 'broken.json', bytes: Buffer.from('{"a": \n 1,,}'), error: /JSON, line 2, column \d+/ },
  { name: 'unknown.xyz', bytes: Buffer.from('?'), error: /unsupported.*known: .*\.html/ },
];
const corpus = process.env.LINMEM_CORPUS;
for (const name of corpus ? ['html/china_chinese.html', 'markdown/world_war_ii.md', 'csv/country-codes.csv'] : []) {
  const file = path.join(corpus, name);
  if (fs.existsSync(file)) files.push({ name: path.basename(file), bytes: fs.readFileSync(file), text: '' });
  else console.log(`# ${name} is not in LINMEM_CORPUS`);
}

/** Drops the files on the page and resolves with its rows, once all are done. */
async function drop(page) {
  const data = await page.evaluateHandle((all) => {
    const transfer = new DataTransfer();
    for (const { name, base64 } of all) {
      transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    }
    return transfer;
  }, files.map(({ name, bytes }) => ({ name, base64: bytes.toString('base64') })));
  await page.dispatchEvent('#drop', 'drop', { dataTransfer: data });
  await page.waitForFunction((count) => {
    const rows = [...document.querySelectorAll('#files tr')];
    return rows.length === count && rows.every((row) => row.cells.length === 6 || row.querySelector('.error'));
  }, files.length, { timeout: 60_000 });
  return page.$$eval('#files tr', (rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
}

const figuresOf = (page) => page.$$eval('#figures tr', (rows) => Object.fromEntries(
  rows.map((row) => [row.cells[0].textContent, row.cells[1].textContent])));

async function check(page, isolated) {
  const problems = [];
  page.on('pageerror', (e) => problems.push(e.stack ?? e.message));
  const rows = await drop(page);
  for (const [i, { name, bytes, text, error }] of files.entries()) {
    const cells = rows[i];
    assert.equal(cells[0], name);
    assert.equal(cells[1], bytes.length.toLocaleString('en'));
    if (error) {
      assert.match(cells[2], error);
      continue;
    }
    assert.equal(cells.length, 6, cells.join(' '));
    await page.click(`#files tr:nth-child(${i + 1})`);
    const shown = await page.textContent('#text');
    assert.ok(shown.length > 0 && shown.includes(text), `${name}: ${shown.slice(0, 200)}`);
  }
  const large = rows.find(([name]) => name === 'large.html');
  assert.ok(Number(large[3]) > 10, `${large[3]} chunks`);
  await page.waitForFunction(() => [...document.querySelectorAll('#figures tr')]
    .some(({ cells }) => cells[0].textContent === 'buffers, streams open' && cells[1].textContent === '0, 0'));
  const figures = await figuresOf(page);
  assert.ok(Number(figures['pages of 64 KiB']) > 0, JSON.stringify(figures));
  // Pushed input is copied into the window; text is copied out only where memory is not shared.
  assert.notEqual(figures['bytes copied in'], '0');
  assert.equal(await page.evaluate(() => globalThis.crossOriginIsolated), isolated);
  assert.deepEqual(problems, []);
}

const browser = await launch();
let failed = 0;
for (const isolated of [false, true]) {
  const name = `the page of the document example, ${isolated ? 'cross-origin isolated' : 'not isolated'}`;
  const server = createServer({ isolated, builds });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const context = await browser.newContext({ viewport: { width: 1200, height: 1000 } });
  const page = await context.newPage();
  try {
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction(() => document.getElementById('types').textContent !== '');
    await check(page, isolated);
    console.log(`ok - ${name}`);
  } catch (e) {
    failed += 1;
    console.log(`not ok - ${name}: ${e.message}`);
  }
  if (isolated) await page.screenshot({ path: picture });
  await context.close();
  server.close();
}
await browser.close();
console.log(`# a picture of it: ${path.relative('.', picture)}\n# pass ${2 - failed}\n# fail ${failed}`);
process.exit(failed === 0 ? 0 : 1);
