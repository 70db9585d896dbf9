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

const head = "import { attach, LinmemError, StreamItem, type Linmem, type StreamFigures } from '../../../include/linmem/js/linmem.mjs';\n";

it('a strict consumer compiles', () => {
  assert.equal(compile(`${head}
    import { SharedParams } from '../../../include/linmem/js/shared_params.mjs';
    const memory: Linmem = attach({ exports: {} });
    const buffer = memory.alloc(4);
    const count: number = buffer.readFrom((view) => view.length);
    const later: Promise<number> = buffer.readFrom(new Blob([]));
    for (const view of memory.stream(1, { source: 0, total: 5 })) { const bytes: Uint8Array = view; void bytes; }
    for (const part of memory.stream(1).parts()) { const b: Uint8Array = part instanceof StreamItem ? part.bytes : part; void b; }
    for (const table of memory.stream(1).items('table')) { const name: string = table.name; void name; }
    const params = new SharedParams<{ zoom: number; id: bigint }>(memory, 1);
    params.values.id = 5n;
    const changed: Array<'zoom' | 'id'> = params.read();
    const other = SharedParams.open<{ id: bigint }>(attach({ memory: memory.memory, table: memory.table }), params.descriptor);
    void [changed, other.values.id];
    try { buffer.dispose(); } catch (e) { if (e instanceof LinmemError && e.code === 'leased') void e.limit; }
    void [count, later];`), '');
});

it('a strict consumer of the streams compiles', () => {
  assert.equal(compile(`${head}
    const memory: Linmem = attach({ exports: {} });
    const through: ReadableStream<Uint8Array> = new Response('text').body!.pipeThrough(memory.transform(() => 1));
    const read: ReadableStream<Uint8Array> = memory.pipe(new Response('text').body!, 1);
    const done: Promise<number> = memory.pipe(0, () => 1, (view) => view.length).then(({ position }) => position);
    const figures: Promise<StreamFigures> = memory.stream(1).pipeTo(new WritableStream<Uint8Array>());
    const bytes = memory.stream(1, { source: through }).readable({ highWaterMark: 65536 }).getReader({ mode: 'byob' });
    const total: number | undefined = memory.stream(1).figures.total;
    memory.stream(1).dispose('a reason');
    void [read, done, figures, bytes, total];`), '');
});

it('a strict consumer of the services compiles', () => {
  assert.equal(compile(`
    import { InstancePool, instantiate, load, ModuleCache, probe, serve, transfer, WorkerInstance } from '../../../include/linmem/js/services.mjs';
    const cache = new ModuleCache({ maxBytes: 1e6 });
    const compiled: WebAssembly.Module = await cache.compile(fetch('module.wasm'));
    const { module, build } = await load({
      simd: async () => ({ n: await instantiate(async () => 1, compiled) }),
      baseline: () => ({ n: 2 }),
    }, { check: ({ n }) => n > 0 });
    const n: number = module.n + build.length + cache.statistics.hits;
    const pool = new InstancePool(() => WorkerInstance.create(new URL('file:///w.mjs'), { data: compiled }), { max: 2 });
    const text: string = await pool.run((worker) => worker.call<string>('extract', [n]), { timeoutMs: 5 });
    serve(async (data: { count: number }) => ({
      twice: () => 2 * data.count,
      bytes: (given = new ArrayBuffer(8)) => transfer({ given }, [given]),
    }));
    const simd: boolean = probe().simd;
    await pool.dispose();
    void [text, simd];`), '');
});

it('a strict consumer of the tracker compiles', () => {
  assert.equal(compile(`
    import { attach, prometheus } from '../../../include/linmem/js/linmem.mjs';
    import { readEnvironment } from '../../../include/linmem/js/services.mjs';
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
    const memory = attach({ exports: {} });
    const buffer = memory.alloc('4');
    const n: number = buffer.readFrom(new Blob([]));
    memory.stream(1).readable({ highWaterMark: '1' });
    memory.pipe(new Blob([]), 1).then();
    try { void n; } catch (e) { if (e instanceof LinmemError && e.code === 'lost') void e; }`);
  assert.match(said, /'string' is not assignable to parameter of type 'number'/);
  assert.match(said, /Type 'string' is not assignable to type 'number'/);
  assert.match(said, /Property 'then' does not exist on type 'ReadableStream/);
  assert.match(said, /Promise<number>' is not assignable to type 'number'/);
  assert.match(said, /"lost"' have no overlap/);
});

it('the ends of a ring are typed by the side, and a wrong side does not compile', () => {
  const ringHead = `import { attach } from '../../../include/linmem/js/linmem.mjs';
    import { connectRing, Ring, RingConsumer } from '../../../include/linmem/js/ring.mjs';\n`;
  assert.equal(compile(`${ringHead}
    const ring = new Ring(attach({ exports: {} }), { capacity: 1024, kind: 'messages' });
    const room: Uint8Array | null = ring.producer({ publishEvery: 16 }).tryClaim(8);
    const message: Promise<Uint8Array | null> = connectRing(ring.connect('consumer').endpoint).read();
    const slept: boolean = RingConsumer.from(ring.descriptor).waitSync(5);
    async function all() { for await (const piece of ring.consumer()) { const n: number = piece.length; void n; } }
    void [room, message, slept, all];`), '');
  assert.match(compile(`${ringHead}
    connectRing(new Ring(attach({ exports: {} })).connect('producer').endpoint).read();`), /'read' does not exist/);
  assert.match(compile(`${ringHead} new Ring(attach({ exports: {} }), { kind: 'letters' });`), /"letters"' is not assignable/);
});
