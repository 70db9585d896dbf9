// The extractor's formats: each is found by name, type and content, and extracted by both patterns.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import zlib from 'node:zlib';

import { Extractor } from '../../examples/document/extractor.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = path.resolve(root, process.env.LINMEM_BUILD ?? 'build/wasm');

/** A ZIP archive of compressed files, by name. */
function zip(files) {
  const parts = [];
  const directory = [];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const data = zlib.deflateRawSync(content);
    const header = Buffer.alloc(26);
    header.writeUInt16LE(20, 0);
    header.writeUInt16LE(8, 4);
    header.writeUInt32LE(crc32(content), 10);
    header.writeUInt32LE(data.length, 14);
    header.writeUInt32LE(content.length, 18);
    header.writeUInt16LE(name.length, 22);
    const where = Buffer.alloc(14);
    where.writeUInt32LE(at, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), header, where, Buffer.from(name));
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), header, Buffer.from(name), data);
    at += 4 + header.length + name.length + data.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

/** The checksum of ZIP; node:zlib has it from Node 22 on. */
const crcs = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; ++bit) byte = byte >>> 1 ^ (byte & 1 ? 0xEDB88320 : 0);
  return byte;
});
function crc32(bytes) {
  let sum = ~0;
  for (const byte of bytes) sum = sum >>> 8 ^ crcs[(sum ^ byte) & 0xFF];
  return ~sum >>> 0;
}

const docxType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const docx = (body) => zip({ 'word/document.xml': Buffer.from(`<w:document>${body}</w:document>`) });

/** Images without pixels: a PNG with a title, a JPEG and a GIF with a comment, a WebP with none. */
function png(texts) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const around = Buffer.alloc(8);
    around.writeUInt32BE(data.length, 0);
    around.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([around.subarray(0, 4), body, around.subarray(4)]);
  };
  const packed = Object.entries(texts).map(([keyword, text]) => chunk('zTXt',
    Buffer.concat([Buffer.from(`${keyword}\0\0`), zlib.deflateSync(text)])));
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1A\n', 'latin1'),
    chunk('IHDR', Buffer.from([0, 0, 0, 3, 0, 0, 0, 2, 8, 6, 0, 0, 0])), ...packed, chunk('IEND', Buffer.alloc(0))]);
}
const jpeg = Buffer.from('\xFF\xD8\xFF\xFE\0\x05\xC3\xA9\n\xFF\xC0\0\x08\x08\0\x02\0\x03\x01\xFF\xD9', 'latin1');
const gif = Buffer.from('GIF89a\x03\0\x02\0\0\0\0\x21\xFE\x01a\0;', 'latin1');
const webp = Buffer.from('RIFF\x16\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0\x02\0\0\x01\0\0', 'latin1');

/** A PDF file of one page that shows `text`, its program compressed. */
function pdf(text) {
  const program = zlib.deflateSync(Buffer.from(`BT /F 9 Tf (${text}) Tj ET`, 'latin1'));
  return Buffer.concat([Buffer.from(`%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
3 0 obj << /Type /Page /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >> endobj
5 0 obj << /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >> endobj
4 0 obj << /Filter /FlateDecode /Length ${program.length} >> stream\n`), program, Buffer.from(`\nendstream endobj
trailer << /Root 1 0 R >>`)]);
}

const formats = [
  { name: 'a.html', mime: 'text/html', text: '<p>a<p>b', expected: 'a\n\nb\n' },
  { name: 'a.MD', mime: 'text/markdown', text: '# *a*', expected: 'a\n' },
  { name: 'x/a.txt', mime: 'text/plain', text: ' a\n', expected: ' a\n' },
  { name: 'a.json', mime: 'application/json', text: '{"a": [1, "é"]}', expected: 'a:\n- 1\n- é\n', broken: '{\n"a"' },
  { name: 'a.yml', mime: 'application/yaml', text: 'a: [1, é]', expected: 'a:\n- 1\n- é\n', broken: 'a: [\n' },
  { name: 'a.toml', mime: 'application/toml', text: 'a = [1, "é"]\n[b]\nc = 2', expected: 'a:\n- 1\n- é\nb:\nc: 2\n', broken: 'a = 1\na = 2' },
  { name: 'a.xml', mime: 'application/xml', text: '<a><b>x</b><b>é</b></a>', expected: 'x\né\n', broken: '<a>\n<b></a>' },
  { name: 'a.csv', mime: 'text/csv', text: 'a,"b ""c"""\n1,2', expected: 'a\tb "c"\n1\t2\n' },
  { name: 'a.tsv', mime: 'text/tab-separated-values', text: 'a\tb,c', expected: 'a\tb,c\n' },
  { name: 'a.docx', mime: docxType, text: docx('<w:p><w:t>a</w:t></w:p><w:p><w:t>é</w:t></w:p>'), expected: 'a\n\né\n' },
  { name: 'a.png', mime: 'image/png', text: png({ Title: 'a', Author: 'b' }), expected: 'title: a\nauthor: b\n' },
  { name: 'a.JPG', mime: 'image/jpeg', text: jpeg, expected: 'comment: é\n' },
  { name: 'a.gif', mime: 'image/gif', text: gif, expected: 'comment: a\n' },
  { name: 'a.webp', mime: 'image/webp', text: webp, expected: '' },
  { name: 'a.pdf', mime: 'application/pdf', text: pdf('a é'), expected: 'a é\n' },
];

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
    assert.equal(extractor.mimeTypeOf({ head: docx('').subarray(0, 512) }), docxType);
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
    assert.equal(await extract('streaming', '<div>'.repeat(1e5) + 'x', 'text/html'), 'x\n');
  });

  it('ends an archive that unpacks to more than its limit with an error, and goes on', async () => {
    const bomb = docx(`<w:p><w:t>${'x'.repeat(65 << 20)}</w:t></w:p>`);
    assert.ok(bomb.length < 100_000);
    for (const pattern of ['streaming', 'zero-copy']) {
      await assert.rejects(extract(pattern, bomb, docxType), { code: 'limit_exceeded', limit: 64 << 20 });
      assert.equal(await extract(pattern, docx('<w:p><w:t>a</w:t></w:p>'), docxType), 'a\n');
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

  const corpus = process.env.LINMEM_CORPUS && path.join(process.env.LINMEM_CORPUS, 'docx');
  const skip = corpus && fs.existsSync(corpus) ? false : 'LINMEM_CORPUS names no folder with docx';
  it('finds the words that another reader of DOCX finds', { skip }, async () => {
    // Python's own ZIP and XML modules: the text of the body and of the notes, paragraph by paragraph.
    const reader = `
import sys, zipfile, xml.etree.ElementTree as tree
archive = zipfile.ZipFile(sys.argv[1])
for part in ("document", "footnotes", "endnotes"):
    if f"word/{part}.xml" in archive.namelist():
        for p in tree.fromstring(archive.read(f"word/{part}.xml")).iter():
            if p.tag.endswith("}p"):
                print("".join(t.text or "" for t in p.iter() if t.tag.endswith("}t")))`;
    const words = (text) => text.match(/[\p{L}\p{N}]+/gu) ?? [];
    for (const name of fs.readdirSync(corpus).filter((f) => f.endsWith('.docx'))) {
      const file = path.join(corpus, name);
      const python = spawnSync('python3', ['-c', reader, file], { encoding: 'utf8', env: { ...process.env, PYTHONUTF8: '1' } });
      assert.equal(python.status, 0, python.stderr);
      const expected = words(python.stdout);
      const found = new Set(words(await extract('zero-copy', fs.readFileSync(file), docxType)));
      const recall = expected.filter((w) => found.has(w)).length / Math.max(1, expected.length);
      assert.ok(expected.length === 0 || recall >= 0.98, `${name}: ${recall.toFixed(3)} of ${expected.length} words`);
    }
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
