// The extractor's formats: each is found by name, type and content, and extracted by both patterns.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { Extractor } from '../../examples/document/extractor.mjs';
import { docx, docxType, formats, odfType, ods, odsType, pdf, png, pptx, pptxType, xlsx, xlsxType, zip } from './documents.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = path.resolve(root, process.env.LINMEM_BUILD ?? 'build/wasm');

describe('the formats of the extractor', () => {
  let extractor;
  before(async () => {
    const { default: createModule } = await import(pathToFileURL(path.join(build, 'examples/document/document.mjs')).href);
    extractor = await Extractor.create(createModule);
  });

  function* pieces(bytes, size) {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  async function extract(pattern, text, mime, wanted = {}) {
    const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
    const parts = [];
    const write = (chunk) => parts.push(Buffer.from(chunk));
    const options = { chunkSize: 4, ...wanted };
    const { metadata } = await (pattern === 'streaming'
      ? extractor.stream(pieces(bytes, 5), mime, write, options)
      : extractor.zeroCopy((buffer) => buffer.write(bytes), bytes.length, mime, write, options));
    wanted.found?.(metadata);
    return Buffer.concat(parts).toString();
  }

  it('says what it reads', () => {
    assert.deepEqual(extractor.features, ['text', 'spreadsheets', 'office', 'images', 'pdf']);
    for (const { name, mime } of formats) {
      assert.ok(extractor.mimeTypes.includes(mime), mime);
      assert.ok(extractor.extensions.includes(path.extname(name).toLowerCase()), name);
    }
  });

  it('finds a format by name, by type and by content', () => {
    for (const { name, mime } of formats) {
      assert.equal(extractor.mimeTypeOf({ name }), mime);
      assert.equal(extractor.mimeTypeOf({ mime: `${mime.toUpperCase()} ; charset=utf-8` }), mime);
    }
    assert.equal(extractor.mimeTypeOf({ mime: 'application/x-yaml' }), 'application/yaml');
    for (const [head, mime] of [['\uFEFF\n <!DOCTYPE html>', 'text/html'], ['<HTML lang=x>', 'text/html'],
      ['<?xml version="1.0"?><a/>', 'application/xml'], ['%YAML 1.2\n---', 'application/yaml']]) {
      assert.equal(extractor.mimeTypeOf({ head: new TextEncoder().encode(head) }), mime);
    }
    const stored = (type) => Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(26), Buffer.from(`mimetype${type}PK`)]);
    for (const [head, mime] of [[docx(''), docxType], [xlsx(''), xlsxType], [pptx(''), pptxType],
      [stored(odsType), odsType], [stored(`${odfType}.text`), `${odfType}.text`],
      [zip({ 'not/told': Buffer.alloc(0) }), docxType]]) {
      assert.equal(extractor.mimeTypeOf({ head: head.subarray(0, 512) }), mime);
    }
    for (const { mime, text } of formats.filter((f) => f.mime.startsWith('image/') || f.name === 'a.pdf')) {
      assert.equal(extractor.mimeTypeOf({ head: text }), mime);
    }
    for (const document of [{ name: 'a.xyz' }, { name: '' }, { mime: 'image/x-none' }, { mime: '' },
      { head: new TextEncoder().encode('<htmlx>') }, { head: new Uint8Array() }]) {
      assert.throws(() => extractor.mimeTypeOf(document), { code: 'unsupported', message: /known: .*html/ });
    }
  });

  it('extracts each, in both patterns, and refuses what is broken and goes on', async () => {
    for (const { mime, text, expected, broken } of formats) {
      for (const pattern of ['streaming', 'zero-copy']) {
        assert.equal(await extract(pattern, text, mime), expected, `${mime}, ${pattern}`);
        if (broken === undefined) continue;
        await assert.rejects(extract(pattern, broken, mime), { code: 'invalid_data', message: /line \d+, column \d+/ });
        assert.equal(await extract(pattern, text, mime), expected, `${mime}, ${pattern}, behind a broken one`);
      }
    }
    assert.equal(extractor.memory.ledger.buffers, 0);
  });

  it('finds metadata and tables of HTML and Markdown, where they are asked for', async () => {
    const documents = {
      'text/html': '<html lang=en><title>t</title><h1>A <b>b</b></h1><a href=c>d</a><table><tr><td>e<td>f</table>',
      'text/markdown': '---\ntitle: t\nlanguage: en\n---\n# A *b*\n[d](c)\n\ne|f\n-|-\n',
    };
    for (const [mime, text] of Object.entries(documents)) {
      for (const pattern of ['streaming', 'zero-copy']) {
        const items = [];
        const item = ({ type, bytes }) => items.push([type, Buffer.from(bytes).toString()]);
        let metadata;
        const found = (all) => { metadata = all; };
        const same = await extract(pattern, text, mime, { found });
        assert.ok(!metadata, 'nothing was asked for');
        assert.equal(await extract(pattern, text, mime, { metadata: true, item, found }), same);
        assert.deepEqual(metadata, {
          title: 't', language: 'en', headings: [{ level: 1, text: 'A b' }], links: ['c'],
        });
        assert.deepEqual(items, [['text/csv', 'e,f\r\n']]);
      }
    }
  });

  it('ends nesting of 100,000 levels with an error, and goes on', async () => {
    const deep = {
      'application/json': ['[', ']'], 'application/yaml': ['[', ']'], 'application/xml': ['<a>', '</a>'],
      'application/toml': ['[', ']', 'a = '],
    };
    for (const [mime, [opens, closes, starts]] of Object.entries(deep)) {
      const text = (starts ?? '') + opens.repeat(1e5) + closes.repeat(1e5);
      for (const pattern of ['streaming', 'zero-copy']) {
        await assert.rejects(extract(pattern, text, mime), { code: 'limit_exceeded', limit: 512, actual: 513 }, mime);
      }
    }
    const [opens, closes] = ['<a>'.repeat(1e5), '</a>'.repeat(1e5)];
    for (const [mime, document] of [[docxType, docx], [xlsxType, xlsx], [pptxType, pptx], [odsType, ods]]) {
      await assert.rejects(extract('zero-copy', document(opens + closes), mime), { code: 'limit_exceeded', limit: 512, actual: 513 }, mime);
    }
    assert.equal(await extract('streaming', '<div>'.repeat(1e5) + 'x', 'text/html'), 'x\n');
  });

  it('ends an archive that unpacks to more than its limits with an error, and goes on', async () => {
    let random = 1;
    const part = Uint8Array.from({ length: 1 << 20 }, () => 97 + ((random = Math.imul(random, 48271) >>> 0) >>> 20) % 16);
    const letters = Buffer.from(part).toString();
    const bombs = {
      ratio: [docx(`<w:p><w:t>${'x'.repeat(65 << 20)}</w:t></w:p>`), docxType, { code: 'limit_exceeded', limit: 200 }],
      part: [docx(`<w:p><w:t>${letters.repeat(65)}</w:t></w:p>`), docxType, { code: 'limit_exceeded', limit: 64 << 20 }],
      overlap: [xlsx(`<row><c t="str"><v>${letters}</v></c></row>`, { sheets: 3, overlap: true }), xlsxType, { code: 'invalid_data', message: /overlap/ }],
      strings: [xlsx(`<row>${'<c t="s"><v>0</v></c>'.repeat(1e5)}</row>`, { strings: `<si><t>${letters}</t></si>` }), xlsxType, { code: 'limit_exceeded', limit: 64 << 20 }],
      cells: [ods('<table-row number-rows-repeated="1048576"><table-cell number-columns-repeated="16384"><p>x</p></table-cell></table-row>'), odsType, { code: 'limit_exceeded', limit: 64 << 20 }],
    };
    for (const [name, [bomb, mime, error]] of Object.entries(bombs)) {
      await assert.rejects(extract('zero-copy', bomb, mime), error, name);
      assert.equal(await extract('zero-copy', docx('<w:p><w:t>a</w:t></w:p>'), docxType), 'a\n', `behind ${name}`);
    }
    assert.equal(await extract('zero-copy', xlsx('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), xlsxType), 's1\n\t1\n');
    assert.equal(extractor.memory.ledger.buffers, 0);
  });

  it('says of a document from before 2007, or with a password, what it is', async () => {
    const old = Buffer.concat([Buffer.from('D0CF11E0A1B11AE1', 'hex'), Buffer.alloc(504)]);
    const encrypted = Buffer.concat([old, Buffer.from('EncryptedPackage', 'utf16le')]);
    for (const mime of [docxType, xlsxType, pptxType, odsType]) {
      await assert.rejects(extract('zero-copy', old, mime), { code: 'unsupported', message: /before 2007/ });
      await assert.rejects(extract('zero-copy', encrypted, mime), { code: 'unsupported', message: /encrypted/ });
    }
  });

  it('ends a text in an image that unpacks to more than its limit with an error, and goes on', async () => {
    const bomb = png({ Comment: 'x'.repeat(5 << 20) });
    assert.ok(bomb.length < 10_000);
    for (const pattern of ['streaming', 'zero-copy']) {
      await assert.rejects(extract(pattern, bomb, 'image/png'), { code: 'limit_exceeded', limit: 4 << 20 });
      assert.equal(await extract(pattern, png({ Title: 'a' }), 'image/png'), 'title: a\n');
    }
  });

  const python = process.env.LINMEM_OFFICE_READERS;
  const skip = !python ? 'LINMEM_OFFICE_READERS names no python with other readers: ./dev test js with LINMEM_CORPUS'
    : process.env.LINMEM_CORPUS ? false : 'LINMEM_CORPUS names no folder with docx, pptx and xlsx';
  it('finds the words that other readers find in office documents', { skip }, (t) => {
    const run = spawnSync(python, [path.join(root, 'tests/examples/recall.py'), process.env.LINMEM_CORPUS], { encoding: 'utf8' });
    assert.equal(run.status, 0, run.stdout + run.stderr);
    t.diagnostic(run.stdout.trim().split('\n').at(-1));
  });

  const pdfs = process.env.LINMEM_CORPUS && path.join(process.env.LINMEM_CORPUS, 'pdf');
  const hasReader = spawnSync('pdftotext', ['-v']).status === 0;
  const skipPdf = !(pdfs && fs.existsSync(pdfs)) ? 'LINMEM_CORPUS names no folder with pdf'
    : !hasReader ? 'there is no pdftotext' : false;
  it('finds the words that another reader of PDF finds', { skip: skipPdf }, async () => {
    const words = (text) => text.normalize('NFKC').match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
    let expected = 0;
    let found = 0;
    for (const name of fs.readdirSync(pdfs).filter((f) => f.endsWith('.pdf'))) {
      const file = path.join(pdfs, name);
      const bytes = fs.readFileSync(file);
      if (bytes.includes('/Encrypt')) {
        await assert.rejects(extract('zero-copy', bytes, 'application/pdf'), { code: 'unsupported' });
        continue;
      }
      const counts = new Map();
      for (const word of words(await extract('zero-copy', bytes, 'application/pdf'))) {
        counts.set(word, (counts.get(word) ?? 0) + 1);
      }
      for (const word of words(spawnSync('pdftotext', [file, '-'], { encoding: 'utf8' }).stdout)) {
        const left = counts.get(word) ?? 0;
        ++expected;
        found += left > 0 ? 1 : 0;
        counts.set(word, left - 1);
      }
    }
    assert.ok(expected > 0 && found / expected >= 0.98, `${found} of ${expected} words`);
  });
});
