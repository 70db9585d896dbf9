// A consumer in TypeScript, in strict mode: what it uses has types, and what is wrong is refused.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));

function compile(source, ...libraries) {
  const folder = fs.mkdtempSync(path.join(here, '.types-'));
  try {
    fs.writeFileSync(path.join(folder, 'consumer.mts'), source);
    const done = spawnSync(process.execPath, [path.join(here, 'node_modules/typescript/bin/tsc'), '--strict',
      '--noEmit', '--target', 'es2022', '--module', 'nodenext',
      '--lib', ['es2022', 'dom', ...libraries].join(','), path.join(folder, 'consumer.mts')]);
    return done.stdout.toString();
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const head = "import { attach, LinmemError, type Linmem } from '../../../include/linmem/js/linmem.mjs';\n";

it('a strict consumer compiles', () => {
  assert.equal(compile(`${head}
    const memory: Linmem = attach({ exports: {} });
    const buffer = memory.alloc(4);
    const count: number = buffer.readFrom((view) => view.length);
    const later: Promise<number> = buffer.readFrom(new Blob([]));
    for (const view of memory.stream(1, { source: 0, total: 5 })) { const bytes: Uint8Array = view; void bytes; }
    try { buffer.dispose(); } catch (e) { if (e instanceof LinmemError && e.code === 'leased') void e.limit; }
    void [count, later];`), '');
});

it('a strict consumer of the tracker compiles', () => {
  assert.equal(compile(`
    import { attach, prometheus, readEnvironment } from '../../../include/linmem/js/linmem.mjs';
    const { tracker } = attach({ exports: {} });
    const { limits, problems, enableSimd } = readEnvironment({ LINMEM_ENABLE_SIMD: '0' }, { prefix: 'APP_' });
    tracker.limit(limits);
    tracker.report({ pool_idle: 1 });
    const p99: number = tracker.figures().operation_seconds['0.99'];
    const end: () => void = tracker.onChange((now, before) => { void [now, before]; }, { interval: 5 });
    tracker.watch((alert, isRaised) => { if (alert === 'ramp') void isRaised; }, { coldStartMs: 10 });
    const text: string = prometheus([tracker.snapshot({ instance: '0' })], { prefix: 'app_' });
    void [tracker.memory_peak_pages + p99, end, text, problems.length, enableSimd === true];`), '');
});

it('using is typed where the library has it', () => {
  assert.equal(compile(`${head}
    using buffer = attach({ exports: {} }).from('text');
    void buffer.view();`, 'esnext.disposable'), '');
});

it('a wrong consumer does not compile', () => {
  const said = compile(`${head}
    const buffer = attach({ exports: {} }).alloc('4');
    const n: number = buffer.readFrom(new Blob([]));
    try { void n; } catch (e) { if (e instanceof LinmemError && e.code === 'lost') void e; }`);
  assert.match(said, /'string' is not assignable to parameter of type 'number'/);
  assert.match(said, /Promise<number>' is not assignable to type 'number'/);
  assert.match(said, /"lost"' have no overlap/);
});
