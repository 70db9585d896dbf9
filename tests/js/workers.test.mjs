// The worker example, run as a person runs it, on the build that is tested.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = process.env.LINMEM_BUILD ?? 'build/wasm';

it('count.mjs counts words as String.split does, on as many threads as the build has', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'linmem-count-'));
  const texts = { empty: '', space: ' \n\t ', one: 'word', long: 'two  words,\nand é 漢字 more\r\n'.repeat(100000) };
  const files = Object.keys(texts).map((name) => path.join(folder, name));
  for (const file of files) fs.writeFileSync(file, texts[path.basename(file)]);
  const done = spawnSync(process.execPath, [path.join(root, 'examples/workers/count.mjs'), ...files],
    { env: { ...process.env, LINMEM_BUILD: build }, encoding: 'utf8' });
  fs.rmSync(folder, { recursive: true });
  assert.equal(done.status, 0, done.stderr);
  const lines = done.stdout.trimEnd().split('\n');
  assert.equal(lines.length, files.length);
  const falls = /a build without threads: one thread does it/.test(done.stderr);
  for (const [i, line] of lines.entries()) {
    const text = texts[path.basename(files[i])];
    const words = text.split(/\s+/).filter(Boolean).length;
    const threads = falls ? 1 : 4;
    assert.ok(line.startsWith(`${files[i]}: ${words} words in ${Buffer.byteLength(text)} bytes, ${threads} threads`), line);
  }
  assert.match(done.stderr, / 0 bytes of text copied/);
});
