// The extractor's command on folders, with several documents at a time, and with what goes wrong then.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { writeHtml } from '../../examples/document/generate.mjs';
import { markdownOf, objectOf, rowsOf } from '../../examples/document/render.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = path.resolve(root, process.env.LINMEM_BUILD ?? 'build/wasm');
const command = path.join(root, 'examples/document/extract.mjs');
const sample = path.join(root, 'examples/document/sample.html');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'linmem-folders-'));
after(() => fs.rmSync(scratch, { recursive: true }));

function run(args, { input = '', ...options } = {}) {
  const done = spawnSync(process.execPath, [command, ...args], { input, cwd: scratch, maxBuffer: 2 ** 30, ...options });
  return { status: done.status, out: done.stdout.toString(), err: done.stderr.toString() };
}
const lines = (text) => text.trimEnd().split('\n');
const objects = (args, options) => lines(run(args, options).out).map((line) => JSON.parse(line));

let folders = 0;
/** A new folder of `files`, by path: content, or {link}. */
function folder(files) {
  const at = path.join(scratch, `folder${++folders}`);
  fs.mkdirSync(at);
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(at, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    if (typeof content === 'object' && content.link) fs.symlinkSync(content.link, file);
    else fs.writeFileSync(file, content);
  }
  return at;
}

/** Text files 0.txt, 1.txt ... of what `content` gives for each number. */
const numbered = (count, content) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}.txt`, content(i)]));

describe('extract.mjs on folders', () => {
  it('extracts every document in it, in the order of names, and explains what it skips', () => {
    const mixed = folder({
      'b.txt': 'second\n', 'a/deep/one.html': '<p>first', 'c.json': '{"third": 3}', 'photo.bmp': 'x',
      '.hidden': 'no', '.git/config.txt': 'no', 'NOTES': 'fourth: a name without an extension\n', 'blob': Buffer.from([0, 1, 2]),
      'gone.txt': { link: 'nowhere' }, 'z.json': '{"broken": ',
    });
    const { status, out, err } = run([mixed]);
    assert.equal(status, 1);
    assert.equal(out, 'fourth: a name without an extension\nfirst\nsecond\nthird: 3\n');
    const told = lines(err).map((line) => line.replace(`${mixed}/`, ''));
    assert.deepEqual(told.slice(0, -1).map((line) => line.split(/[:,] /).slice(0, 2).join(': ')), [
      'NOTES: text/plain', 'a/deep/one.html: text/html', 'b.txt: text/plain', 'blob: skipped', 'c.json: application/json',
      'gone.txt: skipped', 'photo.bmp: skipped', 'z.json: error']);
    assert.match(err, /blob: skipped: neither its name nor its first bytes show what it is\n/);
    assert.match(err, /gone\.txt: skipped: a link that leads nowhere\n/);
    assert.match(err, /photo\.bmp: skipped: this build does not read \.bmp\n/);
    assert.match(err, /z\.json: error: invalid data: JSON, line 1, column \d+: /);
    assert.match(told.at(-1),
      /^4 extracted, 3 skipped, 1 failed; \d+ B read, 58 B of text, \d+\.\d\d s, at most \d+ pages of memory$/);
  });

  it('comes to an end where links lead in a circle, and reads no folder twice', () => {
    const circle = folder({
      'a/b/one.txt': 'one\n', 'a/b/up': { link: '../..' }, 'self': { link: '.' }, 'twin': { link: 'a' },
    });
    const { status, out, err } = run([circle]);
    assert.equal(status, 0);
    assert.equal(out, 'one\n');
    assert.equal(err.match(/skipped: a link to a folder that is read already/g).length, 3);
    const loop = folder({ 'x.txt': { link: 'y.txt' }, 'y.txt': { link: 'x.txt' } });
    assert.match(run([loop]).err, /x\.txt: error: links that lead in a circle\n/);
  });

  it('names a file whose name it cannot say', { skip: process.platform !== 'linux' && 'names are UTF-8 here' }, () => {
    const odd = folder({ 'a.txt': 'a\n' });
    fs.writeFileSync(Buffer.concat([Buffer.from(`${odd}/b`), Buffer.of(0xFF), Buffer.from('.txt')]), 'b\n');
    const { status, out, err } = run([odd]);
    assert.equal(status, 1);
    assert.equal(out, 'a\n');
    assert.match(err, /b\uFFFD\.txt: error: its name is not UTF-8\n/);
  });

  it('says so of an empty folder', () => {
    const { status, out, err } = run([folder({})]);
    assert.equal(status, 0);
    assert.equal(out, '');
    assert.match(err, /^0 extracted, 0 skipped, 0 failed; /);
  });

  it('extracts a file as often as it is named', () => {
    const twice = folder({ 'a.txt': 'a\n' });
    const file = path.join(twice, 'a.txt');
    for (const options of [[], ['--jobs', '2'], ['--pattern', 'pooled']]) {
      assert.equal(run([...options, file, file, twice]).out, 'a\na\na\n');
    }
  });

  const skip = process.getuid?.() === 0 && 'root may read everything';
  it('names what it may not read, and reads the rest', { skip }, () => {
    const mixed = folder({ 'a.txt': 'a\n', 'b.txt': 'b\n', 'closed/c.txt': 'c\n' });
    fs.chmodSync(path.join(mixed, 'a.txt'), 0);
    fs.chmodSync(path.join(mixed, 'closed'), 0);
    const { status, out, err } = run([mixed]);
    fs.chmodSync(path.join(mixed, 'closed'), 0o700);
    assert.equal(status, 1);
    assert.equal(out, 'b\n');
    assert.match(err, /a\.txt: error: no permission to read it\n/);
    assert.match(err, /closed: error: no permission to read it\n/);
  });

  it('ends quietly when its reader has seen enough', () => {
    const many = folder(numbered(20, () => 'a line of text\n'.repeat(20000)));
    for (const options of ['', '--jobs 4', '--format json', '--pattern pooled']) {
      const pipe = `'${process.execPath}' '${command}' ${options} '${many}' 2>'${scratch}/err' | head -c 10`;
      const done = spawnSync('bash', ['-c', `${pipe}; exit $PIPESTATUS`]);
      assert.equal(done.stdout.length, 10, options);
      assert.equal(done.status, 0, options);
    }
  });

  it('writes no progress where nobody looks', () => {
    const { err } = run([folder({ 'a.txt': 'a\n'.repeat(1e6), 'b.txt': 'b\n'.repeat(1e6) })]);
    assert.doesNotMatch(err, /[\r\x1b]/);
  });

  const terminal = spawnSync('script', ['--version']).status === 0 ? false : 'no script(1) to be a terminal';
  it('shows a person on a terminal whose text it is, and how far it is', { skip: terminal }, () => {
    const two = folder({ 'a.txt': 'a\n', 'b.txt': 'no line break' });
    const onTerminal = (args) => {
      const call = `'${process.execPath}' '${command}' ${args}`;
      return spawnSync('script', ['-qc', call, '/dev/null'], { cwd: two }).stdout.toString().replaceAll('\r\n', '\n');
    };
    assert.match(onTerminal('a.txt b.txt'),
      /^==> a\.txt <==\na\na\.txt: .*\n\n==> b\.txt <==\nno line break\nb\.txt: /);
    writeHtml(path.join(two, 'long.html'), 300e6);
    assert.match(onTerminal('a.txt long.html > text'),
      /\r\x1b\[K1 of 2 done, 0 failed: long\.html.*\r\x1b\[Klong\.html: text\/html/s);
  });

  it('says what to run when the module is not built', () => {
    const { status, err } = run([sample], { env: { ...process.env, LINMEM_BUILD: path.join(scratch, 'nothing') } });
    assert.equal(status, 1);
    assert.match(err, /the extractor is not built: .*document\.mjs is missing\.\nRun \.\/dev demo once/);
  });
});

describe('extract.mjs --format', () => {
  it('json: an object for each file, with text, metadata, items and figures', () => {
    const mixed = folder({ 'a.txt': 'a\n', 'b.json': '{', 'c.bmp': 'x' });
    for (const options of [[], ['--jobs', '2'], ['--pattern', 'zero-copy'], ['--pattern', 'pooled']]) {
      const all = objects(['--format', 'json', ...options, sample, mixed]);
      assert.deepEqual(all.map(({ file }) => path.basename(file)), ['sample.html', 'a.txt', 'b.json']);
      for (const one of all) {
        assert.deepEqual(Object.keys(one), ['file', 'mime', 'status', 'error', 'text', 'metadata', 'items', 'figures']);
      }
      assert.equal(all[0].text, run([sample]).out);
      assert.equal(all[0].figures.bytes_in, 1053);
      assert.equal(all[1].text, 'a\n');
      assert.equal(all[2].status, 'error');
      assert.match(all[2].error, /JSON, line 1/);
    }
  });

  it('json: tables are rows of cells, images base64', () => {
    const object = objectOf({
      row: { file: 'f', mime: 'm', status: 'ok', error: null, bytes_in: 1 },
      text: [Buffer.from('aé').subarray(0, 2), Buffer.from('é').subarray(1)],
      items: [
        { kind: 'table', name: 'T', type: 'text/csv', position: 2, bytes: Buffer.from('a,"b ""c"""\r\n1,\r\n') },
        { kind: 'image', name: 'p.png', type: 'image/png', position: 3, bytes: Buffer.from([1, 2, 3]) },
      ],
    });
    assert.deepEqual(object, {
      file: 'f', mime: 'm', status: 'ok', error: null, text: 'aé', metadata: {},
      items: [{ kind: 'table', name: 'T', type: 'text/csv', position: 2, rows: [['a', 'b "c"'], ['1', '']] },
        { kind: 'image', name: 'p.png', type: 'image/png', position: 3, base64: 'AQID' }],
      figures: { bytes_in: 1 },
    });
  });

  it('reads the CSV of tables: quotes, line breaks within, empty cells and rows', () => {
    assert.deepEqual(rowsOf(''), []);
    assert.deepEqual(rowsOf('a\r\n'), [['a']]);
    assert.deepEqual(rowsOf('a,b'), [['a', 'b']]);
    assert.deepEqual(rowsOf(',\r\n\r\nx,""\r\n'), [['', ''], [''], ['x', '']]);
    assert.deepEqual(rowsOf('"a\r\nb","c,d"\r\n"""",e\r\n'), [['a\r\nb', 'c,d'], ['"', 'e']]);
  });

  it('markdown: a section for each, with headings where metadata names them, and tables behind', () => {
    const section = markdownOf({
      row: { file: 'dir/f.html', mime: 'text/html', status: 'ok', error: null },
      metadata: { title: 'A *title*', headings: [{ level: 1, text: 'One' }, { level: 2, text: 'Two' }] },
      text: [Buffer.from('One\n\nsome <b> text\n# no heading\n\n- x\n- y\n\nTwo\n\nOne\n')],
      items: [{ kind: 'table', name: '', type: 'text/csv', position: 0, bytes: Buffer.from('a,b|c\r\n1\r\n') },
        { kind: 'image', name: 'p.png', type: 'image/png', position: 0, bytes: Buffer.from([1, 2]) }],
    });
    assert.equal(section, `# A \\*title\\*

\`dir/f.html\`, text/html

## One

some \\<b> text\\
\\# no heading

- x
- y

### Two

One

**Table 1**

| a | b\\|c |
| --- | --- |
| 1 |  |

*image p.png, image/png, 2 B*

`);
  });

  it('markdown: also of what could not be extracted', () => {
    const { out, status } = run(['--format', 'markdown', folder({ 'a.json': '{', 'b.txt': 'b\n' })]);
    assert.equal(status, 1);
    assert.match(out, /^# .*a\.json\n\nNot extracted: invalid data: JSON, line 1.*\n\n# .*b\.txt\n\n`.*b\.txt`, text\/plain\n\nb\n\n$/);
  });

  it('--metadata: an object for each file', () => {
    const [one] = objects(['--metadata', sample]);
    assert.deepEqual(Object.keys(one), ['file', 'mime', 'metadata', 'error']);
    assert.equal(one.mime, 'text/html');
    assert.equal(one.error, null);
  });

  it('--metrics: what all instances counted, as Prometheus reads it', () => {
    const mixed = folder(numbered(6, (i) => `${i}\n`));
    for (const options of [[], ['--jobs', '3']]) {
      const file = path.join(scratch, 'metrics.txt');
      assert.equal(run([...options, '--metrics', file, mixed]).status, 0);
      const count = /^linmem_operation_seconds_count\{instance="(\d+)"\} (\d+)$/gm;
      const counts = [...fs.readFileSync(file, 'utf8').matchAll(count)];
      assert.ok(counts.length >= 1 && counts.length <= 3);
      assert.equal(counts.reduce((sum, [, , n]) => sum + Number(n), 0), 6);
    }
    assert.match(run(['--metrics', '-', mixed]).out, /^0\n1\n2\n3\n4\n5\n# HELP /);
    const nowhere = run(['--metrics', path.join(scratch, 'no/such/folder'), mixed]);
    assert.equal(nowhere.status, 1);
    assert.match(nowhere.err, /--metrics .*no\/such\/folder: no such file/);
  });

  it('--limit-mb: what needs more is an error that names the limit', () => {
    const mixed = folder({ 'a.md': '# a\n', 'b.md': 'x'.repeat(8e6), 'c.md': '# c\n' });
    for (const options of [[], ['--jobs', '2'], ['--pattern', 'pooled']]) {
      const { status, out, err } = run(['--limit-mb', '4', ...options, mixed]);
      assert.equal(status, 1);
      assert.equal(out, 'a\nc\n');
      assert.match(err, /b\.md: error: limit exceeded: .*: limit \d+, got \d+\n/);
    }
  });
});

describe('extract.mjs with several documents at a time', () => {
  // A build in which a TSV document breaks the module, and a CSV one never ends.
  const rigged = path.join(scratch, 'rigged');
  const real = path.join(build, 'examples/document');
  fs.mkdirSync(path.join(rigged, 'examples/document'), { recursive: true });
  fs.copyFileSync(path.join(real, 'document.wasm'), path.join(rigged, 'examples/document/document.wasm'));
  fs.writeFileSync(path.join(rigged, 'examples/document/document.mjs'), `
import createModule from ${JSON.stringify(pathToFileURL(path.join(real, 'document.mjs')).href)};
export default async (options) => {
  const module = await createModule(options);
  const open = module._document_open;
  const rigged = (format, ...rest) => {
    const bytes = new Uint8Array((module.memory ?? module.linmem.memory).buffer);
    const at = module._document_mime_types(format);
    const types = Buffer.from(bytes.subarray(at, bytes.indexOf(0, at))).toString();
    if (types.startsWith('text/tab')) throw new WebAssembly.RuntimeError('unreachable');
    while (types === 'text/csv');
    return open(format, ...rest);
  };
  // Emscripten 3.1 sets the property once more when the function is first called.
  Object.defineProperty(module, '_document_open', { get: () => rigged, set() {} });
  return module;
};
`);
  const env = { ...process.env, LINMEM_BUILD: rigged };

  it('writes what one at a time writes, in the same order', () => {
    const mixed = folder(Object.fromEntries(Array.from({ length: 30 }, (_, i) =>
      [`${i}.${['txt', 'md', 'html', 'json'][i % 4]}`, i % 4 === 3 ? `[${i}]` : `${i} text\n`.repeat(1 + i * 37 % 11 * 500)])));
    for (const format of ['text', 'markdown']) {
      const expected = run(['--format', format, mixed]);
      assert.ok(expected.out.length > 100000);
      for (const jobs of ['2', '4', '9']) {
        for (const pattern of ['streaming', 'pooled']) {
          const done = run(['--format', format, '--jobs', jobs, '--pattern', pattern, mixed]);
          assert.equal(done.out, expected.out);
          const names = (err) => lines(err).slice(0, -1).map((line) => line.split(':')[0]);
          assert.deepEqual(names(done.err), names(expected.err));
        }
      }
    }
  });

  it('reads standard input between files', () => {
    const two = folder({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
    for (const options of [[], ['--jobs', '3'], ['--timeout', '60']]) {
      const [a, b] = ['a.txt', 'b.txt'].map((name) => path.join(two, name));
      const { status, out } = run([...options, a, '-', b], { input: '<html><p>input' });
      assert.equal(status, 0);
      assert.equal(out, 'a\ninput\nb\n');
    }
  });

  it('a document that breaks the module is an error, and the others are extracted', () => {
    const mixed = folder({ ...numbered(10, (i) => `${i}\n`), '5.tsv': 'x', '7.tsv': 'x' });
    const expected = '0123456789'.replace(/./g, '$&\n');
    const four = ['--jobs', '4'];
    const pooled = ['--pattern', 'pooled'];
    for (const options of [[], four, pooled, [...four, ...pooled], ['--pattern', 'zero-copy']]) {
      const { status, out, err } = run([...options, mixed], { env });
      assert.equal(status, 1);
      assert.equal(out, expected, options.join(' '));
      assert.match(err, /5\.tsv: error: the module trapped: unreachable\n/);
      assert.match(err, /7\.tsv: error: the module trapped: unreachable\n/);
      assert.match(err, /10 extracted, 0 skipped, 2 failed; /);
    }
  });

  it('a document that takes too long is ended, and the others are extracted', () => {
    const mixed = folder({ ...numbered(6, (i) => `${i}\n`), '3.csv': 'slow' });
    for (const jobs of ['1', '3']) {
      const { status, out, err } = run(['--jobs', jobs, '--timeout', '1.5', mixed], { env });
      assert.equal(status, 1);
      assert.equal(out, '0\n1\n2\n3\n4\n5\n');
      assert.match(err, /3\.csv: error: took longer than 1\.5 s, and was ended\n/);
      assert.match(err, /6 extracted, 0 skipped, 1 failed; /);
    }
  });
});

describe('the pages of the patterns', () => {
  for (const page of ['zero_copy', 'streaming', 'pooled_batch']) {
    it(`${page}/run.mjs extracts files by itself`, () => {
      const script = path.join(root, 'examples/document', page, 'run.mjs');
      const done = spawnSync(process.execPath, [script, sample, 'missing.txt', sample], { cwd: scratch });
      assert.equal(done.status, 1);
      assert.equal(done.stdout.toString(), run([sample, sample]).out);
      const told = lines(done.stderr.toString());
      assert.match(told[0], /sample\.html: text\/html, 1053 B -> 425 B, \d+ pages$/);
      assert.equal(told[1], 'missing.txt: error: no such file');
      assert.equal(told.length, 3);
    });
  }
});
