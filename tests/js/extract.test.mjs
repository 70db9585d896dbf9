// The extractor's command, run as a person runs it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { writeHtml } from '../../examples/document/generate.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = path.resolve(root, process.env.LINMEM_BUILD ?? 'build/wasm');
const command = path.join(root, 'examples/document/extract.mjs');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'linmem-extract-'));
after(() => fs.rmSync(scratch, { recursive: true }));

function run(args, input) {
  const done = spawnSync(process.execPath, [command, ...args], { input: input ?? '', maxBuffer: 2 ** 30 });
  return { status: done.status, out: done.stdout, err: done.stderr.toString() };
}
const text = (args, input) => run(args, input).out.toString();
const rows = (args, input) => text(['--json', ...args], input).trimEnd().split('\n').map((l) => JSON.parse(l));

function file(name, content) {
  const at = path.join(scratch, name);
  fs.writeFileSync(at, content);
  return at;
}

const patterns = ['zero-copy', 'streaming', 'pooled'];
const sample = path.join(root, 'examples/document/sample.html');

describe('extract.mjs', () => {
  it('writes the text to stdout and a line about each file to stderr', () => {
    const { status, out, err } = run([sample]);
    assert.equal(status, 0);
    assert.match(out.toString(), /^Tide table of Hollow Bay\n/);
    assert.match(out.toString(), /Île du Phare\t06:40\t12:58\n/);
    assert.doesNotMatch(out.toString(), /not text/);
    assert.match(err, /sample\.html: text\/html, 1,053 B -> \d+ B in 1 chunk, copied 0 B in and 0 B out/);
    assert.equal(err.trimEnd().split('\n').length, 1);
  });

  it('has a row of figures for each file, and no byte copied on the way in', () => {
    const page = file('page.html', fs.readFileSync(sample));
    const notes = file('notes.md', '# Notes\n\nSome *text*.\n');
    const plain = file('plain.txt', 'plain text\n');
    for (const pattern of patterns) {
      const all = rows(['--pattern', pattern, page, notes, plain]);
      assert.equal(all.length, 3);
      for (const [i, row] of all.entries()) {
        assert.deepEqual(Object.keys(row), ['file', 'mime', 'bytes_in', 'bytes_out', 'copied_in', 'copied_out',
          'chunks', 'first_chunk_ms', 'total_ms', 'pages_before', 'pages_peak', 'replaced', 'status', 'error']);
        assert.equal(row.status, 'ok');
        assert.equal(row.error, null);
        assert.equal(row.copied_in, 0);
        assert.equal(row.copied_out, 0);
        assert.equal(row.bytes_in, fs.statSync([page, notes, plain][i]).size);
        assert.equal(row.bytes_out, run(['--pattern', pattern, row.file]).out.length);
        assert.ok(row.pages_peak >= row.pages_before && row.pages_before > 0);
        assert.ok(row.first_chunk_ms <= row.total_ms);
      }
      assert.deepEqual(all.map(({ mime }) => mime), ['text/html', 'text/markdown', 'text/plain']);
    }
  });

  it('gives the same text in every pattern and at every chunk size', () => {
    const page = path.join(scratch, 'generated.html');
    writeHtml(page, 300000);
    const expected = text([page]);
    assert.ok(expected.length > 100000);
    for (const pattern of patterns) {
      for (const size of ['4', '5', '63', '4096', '1000000']) {
        assert.equal(text(['--pattern', pattern, '--chunk-size', size, page]), expected);
      }
    }
  });

  it('keeps plain text as it is, invalid bytes replaced as TextDecoder does and counted', () => {
    const bytes = Buffer.concat([Buffer.from('ok é\r\n'), Buffer.from([0xFF, 0xE2, 0x82, 0x41, 0xF0, 0x9F, 0x9A]),
      Buffer.from('漢'), Buffer.from([0xED, 0xA0, 0x80, 0xC3])]);
    const plain = file('broken.txt', bytes);
    const expected = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    for (const pattern of patterns) {
      assert.equal(text(['--pattern', pattern, plain]), expected);
      const [row] = rows(['--pattern', pattern, plain]);
      assert.equal(row.replaced, expected.split('\uFFFD').length - 1);
    }
    assert.match(run([plain]).err, /7 invalid sequences replaced/);
  });

  it('replaces truncated sequences at every position', () => {
    const whole = Buffer.from('aé漢🚀');
    for (let n = 0; n <= whole.length; ++n) {
      const cut = file('cut.txt', whole.subarray(0, n));
      assert.equal(text([cut]), new TextDecoder().decode(whole.subarray(0, n)));
    }
  });

  it('gives empty text for an empty file', () => {
    for (const name of ['empty.html', 'empty.md', 'empty.txt']) {
      const empty = file(name, '');
      for (const pattern of patterns) {
        const done = run(['--pattern', pattern, empty]);
        assert.equal(done.status, 0);
        assert.equal(done.out.length, 0);
        const [row] = rows(['--pattern', pattern, empty]);
        assert.equal(row.status, 'ok');
        assert.equal(row.chunks, 0);
        assert.equal(row.first_chunk_ms, null);
      }
    }
  });

  it('says what is wrong with a file, does the others, and exits with 1', () => {
    const good = file('good.txt', 'good\n');
    const unknown = file('picture.bmp', 'x');
    const done = run([path.join(scratch, 'missing.html'), unknown, good]);
    assert.equal(done.status, 1);
    assert.equal(done.out.toString(), 'good\n');
    assert.match(done.err, /missing\.html: error: no such file/);
    assert.match(done.err, /picture\.bmp: error: unsupported: file name extension \.bmp; known: \.html, \.htm/);
    const all = rows([path.join(scratch, 'missing.html'), good]);
    assert.deepEqual(all.map(({ status }) => status), ['error', 'ok']);
    assert.equal(all[0].error, 'no such file');
    const named = run(['--mime', 'image/bmp', good]);
    assert.equal(named.status, 1);
    assert.match(named.err, /unsupported: MIME type image\/bmp; known: text\/html, application\/xhtml\+xml, text\/markdown/);
    assert.equal(text(['--mime', 'TEXT/Plain; charset=utf-8', unknown]), 'x');
  });

  it('reads standard input, from a pipe and from a file, and tells HTML by its first bytes', () => {
    const html = fs.readFileSync(sample);
    const expected = text([sample]);
    for (const pattern of patterns) {
      assert.equal(text(['--pattern', pattern, '-'], html), expected);
      assert.equal(text(['--pattern', pattern, '--mime', 'text/html', '-'], html), expected);
      assert.equal(text(['--pattern', pattern, '-'], 'just < text'), 'just < text');
      assert.equal(text(['--pattern', pattern, '-'], ''), '');
      const [row] = rows(['--pattern', pattern, '-'], html);
      assert.equal(row.file, '-');
      assert.equal(row.bytes_in, html.length);
      assert.ok(row.copied_in > 0, 'what was looked at, or collected, counts as copied');
      const fd = fs.openSync(sample);
      const redirected = spawnSync(process.execPath, [command, '--pattern', pattern, '-'], { stdio: [fd, 'pipe', 'pipe'] });
      fs.closeSync(fd);
      assert.equal(redirected.stdout.toString(), expected);
    }
  });

  it('refuses a wrong call with exit code 2 and says how it is called', () => {
    for (const args of [[], ['--pattern', 'fast', 'x'], ['--nonsense', 'x'], ['--chunk-size', '3', 'x'],
      ['--chunk-size', 'many', 'x'], ['--format', 'pdf', 'x'], ['--format', 'json', '--json', 'x'], ['--jobs', '0', 'x'],
      ['--jobs', '1.5', 'x'], ['--timeout', '-1', 'x'], ['--timeout', '', 'x'], ['--limit-mb', 'all', 'x'], ['-', '-']]) {
      const done = run(args);
      assert.equal(done.status, 2, args.join(' '));
      assert.match(done.err, /Usage: extract\.mjs/);
    }
    assert.equal(run(['--help']).status, 0);
  });

  it('ends quietly when its reader has seen enough', () => {
    const page = path.join(scratch, 'long.html');
    writeHtml(page, 3e6);
    const done = spawnSync('bash', ['-c', `'${process.execPath}' '${command}' '${page}' 2>'${scratch}/err' | head -c 10; exit $PIPESTATUS`]);
    assert.equal(done.stdout.length, 10);
    assert.equal(done.status, 0);
  });

  it('streams 100 MB through a few pages, in text equal to zero-copy', () => {
    const page = path.join(build, 'generated-100MB.html');
    writeHtml(page, 100e6);
    const small = path.join(scratch, 'small.html');
    writeHtml(small, 1e6);
    const outputs = patterns.map((pattern) => run(['--pattern', pattern, page]).out);
    assert.ok(outputs[0].length > 20e6);
    assert.ok(outputs.every((output) => output.equals(outputs[0])), 'all patterns give the same text');
    const [streamed] = rows([page]);
    assert.ok(streamed.pages_peak <= 32, `at most 32 pages, not ${streamed.pages_peak}`);
    assert.equal(streamed.copied_in, 0);
    const [oneMegabyte] = rows([small]);
    assert.equal(streamed.pages_peak, oneMegabyte.pages_peak, 'memory does not depend on the document');
  });

  it('keeps the process small: 100 MB streamed add at most 16 MB to an idle run', () => {
    const page = path.join(build, 'generated-100MB.html');
    const demo = path.join(root, 'examples/document/demo.mjs');
    const nowhere = fs.openSync(os.devNull, 'w');
    const resident = (pattern) => {
      const done = spawnSync(process.execPath, [demo, '--row', pattern, page],
        { stdio: ['ignore', 'pipe', 'inherit', nowhere] });
      return JSON.parse(done.stdout.toString()).resident;
    };
    const runs = (pattern) => [1, 2, 3].map(() => resident(pattern)).sort((a, b) => a - b)[1];
    const grown = runs('streaming') - runs('idle');
    assert.ok(grown <= 16e6, `${(grown / 1e6).toFixed(1)} MB above idle`);
  });
});
