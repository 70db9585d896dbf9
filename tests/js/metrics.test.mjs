// The example that serves documents and exposes the figures, over HTTP, and what Prometheus' own checker says
// of them.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { createServer } from '../../examples/metrics/server.mjs';
import { DocumentService } from '../../examples/metrics/service.mjs';
import { prometheus } from '../../include/linmem/js/linmem.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const folder = path.resolve(root, process.env.LINMEM_BUILD ?? 'build/wasm', 'examples/document');
const promtool = process.env.LINMEM_PROMTOOL ?? 'promtool';

const notes = '# Tides\n\nHigh water at *six*.\n';
const notesText = 'Tides\n\nHigh water at six.\n';
const tooLarge = Buffer.alloc(8e6, 'too large\n\n');
const markdown = { 'Content-Type': 'text/markdown' };

/** What promtool says of `text`: nothing when all is well. */
function check(text) {
  const done = spawnSync(promtool, ['check', 'metrics'], { input: text });
  return done.error ? `${done.error}` : `${done.stdout}${done.stderr}`;
}

/** A service of `options` behind a server that listens until the tests here are done. */
async function start(options, serverOptions) {
  const service = await DocumentService.create({ baseline: folder }, options);
  const server = createServer(service, serverOptions);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(async () => {
    server.close();
    await service.dispose();
  });
  const get = (where, init) => fetch(`http://127.0.0.1:${server.address().port}${where}`, init);
  const post = async (body, headers = markdown) => {
    const answer = await get('/extract', { method: 'POST', body, headers });
    return { status: answer.status, text: await answer.text(), retryAfter: answer.headers.get('retry-after') };
  };
  return { service, get, post, metrics: async () => (await get('/metrics')).text() };
}

/** Checks that `text` has each of `lines`. */
function hasLines(text, lines) {
  const all = text.split('\n');
  const namesOf = (line) => line.slice(0, line.lastIndexOf(' '));
  for (const line of lines) assert.equal(all.find((other) => namesOf(other) === namesOf(line)), line);
}

/** The value of a figure in an export. */
const valueOf = (text, name) => Number(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (.*)$`, 'm').exec(text)?.[1]);

describe('examples/metrics', () => {
  it('extracts, refuses, counts, and shows the figures as they are', async () => {
    const limits = { hardPages: 64 };
    const { service, get, post, metrics } = await start({ limits, initialPoolSize: 1, maxPoolSize: 2 });
    assert.deepEqual(await post(notes), { status: 200, text: notesText, retryAfter: null });
    const refused = await post(tooLarge);
    assert.equal(refused.status, 413);
    assert.match(refused.text, /^limit exceeded: linear memory in pages: limit 64, got \d+\n$/);
    const unknown = await post('?', { 'Content-Type': 'image/bmp' });
    assert.equal(unknown.status, 415);
    assert.match(unknown.text, /^unsupported: MIME type image\/bmp; known: /);
    assert.equal((await post(notes)).text, notesText);

    const answer = await get('/metrics');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    const text = await answer.text();
    assert.equal(text, prometheus(service.snapshots()));
    hasLines(text, [
      'linmem_operation_seconds_count{instance="service"} 4', 'linmem_operation_errors_total{instance="service"} 2',
      'linmem_module_cache_hits_total{instance="service"} 1', 'linmem_module_cache_misses_total{instance="service"} 1',
      'linmem_pool_hits_total{instance="service"} 4', 'linmem_pool_misses_total{instance="service"} 0',
      'linmem_pool_refused_total{instance="service"} 0',
      'linmem_pool_idle{instance="service"} 1', 'linmem_pool_lent{instance="service"} 0',
      'linmem_breaker_state{instance="service"} 0', 'linmem_fallbacks_total{instance="service"} 0',
      'linmem_cold_starts_total{instance="service"} 1',
      // The type is looked at before an operation of the instance begins.
      'linmem_operation_seconds_count{instance="1"} 3', 'linmem_operation_errors_total{instance="1"} 1',
      'linmem_memory_limit_pages{instance="1"} 64', `linmem_memory_pages{instance="1"} ${service.pool.statistics.pages}`,
    ]);
    assert.ok(valueOf(text, 'linmem_cold_start_seconds{instance="service"}')
      > valueOf(text, 'linmem_cold_start_seconds{instance="1"}'), 'a thread starts before its instance');
    assert.equal(await metrics(), text, 'looking changes nothing');
  });

  it('works on two documents at once', async () => {
    const { service, metrics } = await start({ initialPoolSize: 2 });
    const bytes = () => new TextEncoder().encode(notes);
    const both = [service.extract('text/markdown', bytes()), service.extract('text/markdown', bytes())];
    hasLines(prometheus(service.snapshots()), ['linmem_pool_lent{instance="service"} 2']);
    assert.deepEqual(await Promise.all(both), [notesText, notesText]);
    hasLines(await metrics(), ['linmem_operation_seconds_count{instance="1"} 1',
      'linmem_operation_seconds_count{instance="2"} 1', 'linmem_pool_lent{instance="service"} 0']);
  });

  it('LINMEM_ENABLE_REUSE=0: an instance for each document, whose figures are kept when it is gone', async () => {
    const limits = { hardPages: 64 };
    const { post, metrics } = await start({ enableReuse: false, initialPoolSize: 0, keepRetired: 2, limits });
    assert.equal((await post(tooLarge)).status, 413);
    assert.equal((await post(notes)).status, 200);
    let text = await metrics();
    hasLines(text, ['linmem_memory_pages{instance="1"} 0', 'linmem_heap_claimed_bytes{instance="1"} 0',
      'linmem_operation_errors_total{instance="1"} 1', 'linmem_operation_seconds_count{instance="2"} 1',
      'linmem_pool_misses_total{instance="service"} 2', 'linmem_pool_hits_total{instance="service"} 0',
      'linmem_module_cache_hits_total{instance="service"} 2']);
    assert.ok(valueOf(text, 'linmem_memory_peak_pages{instance="1"}')
      > valueOf(text, 'linmem_memory_peak_pages{instance="2"}'), 'the one that met the large document');
    assert.equal((await post(notes)).status, 200);
    text = await metrics();
    assert.ok(!text.includes('instance="1"') && text.includes('instance="3"'), 'the last two are kept');
  });

  it('LINMEM_ENABLE_MODULE_CACHE=0: the module is compiled for each instance', async () => {
    const { post, metrics } = await start({ enableModuleCache: false, enableReuse: false, initialPoolSize: 0 });
    for (let i = 0; i < 2; ++i) assert.equal((await post(notes)).status, 200);
    hasLines(await metrics(), ['linmem_module_cache_hits_total{instance="service"} 0',
      'linmem_module_cache_misses_total{instance="service"} 3']); // the first one to see that the build works
  });

  it('LINMEM_ENABLE_SIMD: the SIMD build is taken where there is one, and one that fails is a fallback', async () => {
    const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'linmem-builds-'));
    after(() => fs.rmSync(scratch, { recursive: true }));
    const broken = path.join(scratch, 'broken');
    fs.mkdirSync(broken);
    fs.copyFileSync(path.join(folder, 'document.wasm'), path.join(broken, 'document.wasm'));
    fs.writeFileSync(path.join(broken, 'document.mjs'), 'throw new Error("no build");');
    for (const { simd, enableSimd, build, fallbacks } of [
      { simd: folder, enableSimd: true, build: 'simd', fallbacks: 0 },
      { simd: folder, enableSimd: false, build: 'baseline', fallbacks: 0 },
      { simd: path.join(scratch, 'nothing'), enableSimd: true, build: 'baseline', fallbacks: 0 },
      { simd: broken, enableSimd: true, build: 'baseline', fallbacks: 1 },
    ]) {
      const service = await DocumentService.create({ simd, baseline: folder }, { enableSimd, initialPoolSize: 1 });
      assert.equal(service.build, build);
      assert.equal(await service.extract('text/markdown', new TextEncoder().encode(notes)), notesText);
      hasLines(prometheus(service.snapshots()), [`linmem_fallbacks_total{instance="service"} ${fallbacks}`]);
      await service.dispose();
    }
  });

  it('LINMEM_TIMEOUT_SECS: 504 at the deadline, and 503 with Retry-After while the breaker is open', async () => {
    const { get, post, metrics } = await start({
      timeoutSecs: 0.01, initialPoolSize: 1, maxPoolSize: 1, pool: { breaker: { minimumCalls: 1, openMs: 30_000, now: () => 0 } },
    });
    const late = await post(Buffer.alloc(3e7, 'a line\n'));
    assert.equal(late.status, 504);
    assert.match(late.text, /^timed out: call in milliseconds: limit 10, got \d+\n$/);
    const refused = await post(notes);
    assert.deepEqual([refused.status, refused.retryAfter], [503, '30']);
    assert.equal((await get('/healthz')).status, 503);
    hasLines(await metrics(), ['linmem_breaker_state{instance="service"} 1', 'linmem_pool_refused_total{instance="service"} 1',
      'linmem_operation_errors_total{instance="service"} 2', 'linmem_memory_pages{instance="1"} 0']);
  });

  it('an instance that ends in the middle of a document is the error of that document alone', async () => {
    const { service, post, metrics } = await start({ initialPoolSize: 1, maxPoolSize: 1 });
    const { instance, release } = await service.pool.acquire();
    release();
    const lost = service.extract('text/markdown', new TextEncoder().encode(notes));
    instance.terminate();
    await assert.rejects(lost, { code: 'abandoned', wasTaken: true });
    assert.deepEqual(await post(notes), { status: 200, text: notesText, retryAfter: null });
    hasLines(await metrics(), ['linmem_memory_pages{instance="1"} 0', 'linmem_operation_seconds_count{instance="2"} 1',
      'linmem_operation_errors_total{instance="service"} 1']);
  });

  it('503 with Retry-After when the line is full', async () => {
    const { service, post } = await start({ initialPoolSize: 1, maxPoolSize: 1, pool: { maxWaiting: 0 } });
    const lease = await service.pool.acquire();
    const refused = await post(notes);
    assert.deepEqual([refused.status, refused.retryAfter], [503, '1']);
    lease.release();
    assert.equal((await post(notes)).status, 200);
  });

  it('413 for a body that is too large to take, before it has an instance', async () => {
    const { post, metrics } = await start({ initialPoolSize: 0 });
    const { status, text } = await post(Buffer.alloc(2 ** 26 + 1));
    assert.equal(status, 413);
    assert.equal(text, 'limit exceeded: document in bytes: limit 67108864, got 67108865\n');
    hasLines(await metrics(), ['linmem_cold_starts_total{instance="service"} 0']);
  });

  it('tells of starts that take longer than LINMEM_COLD_START_TARGET_MS', async () => {
    const alerts = [];
    const service = await DocumentService.create({ baseline: folder }, {
      initialPoolSize: 5, coldStartTargetMs: 0, onAlert: (alert, isRaised) => alerts.push(`${alert} ${isRaised}`),
    });
    await new Promise((resolve) => { setTimeout(resolve, 1100); }); // a look a second
    assert.deepEqual(alerts, ['cold_start true']);
    await service.dispose();
  });

  it('answers only what it knows, and only to those who read', async () => {
    const { get } = await start({ initialPoolSize: 0 });
    assert.equal(await (await get('/healthz')).text(), 'ok\n');
    assert.equal((await get('/metrics', { method: 'HEAD' })).status, 200);
    assert.equal((await get('/metrics?format=x')).status, 200);
    assert.equal((await get('/metrics', { method: 'POST' })).status, 405);
    assert.equal((await get('/toString')).status, 404);
    assert.equal((await get('/')).status, 404);
  });

  it('LINMEM_ENABLE_METRICS=0: no metrics', async () => {
    const { get } = await start({ initialPoolSize: 0 }, { enableMetrics: false });
    assert.equal((await get('/metrics')).status, 404);
  });

  it('passes promtool check metrics, of one instance and of several', async (t) => {
    if (check('').includes('ENOENT')) {
      t.skip(`${promtool} is not here (Debian: prometheus); ./dev test js gets it`);
      return;
    }
    const { service, post } = await start({ initialPoolSize: 2 });
    await post(notes);
    const snapshots = service.snapshots();
    assert.equal(snapshots.length, 3);
    assert.equal(check(prometheus(snapshots)), '');
    assert.equal(check(prometheus({ ...snapshots[0], instance: '' })), '');
    assert.equal(check(prometheus([{ ...snapshots[0], instance: 'a "b" \\ c' }, { ...snapshots[1], instance: 'é' }],
      { prefix: 'app_' })), '');
    assert.match(check('linmem_x_total{a=1} 2\n'), /error|parse/i, 'the check is one');
  });

  it('node server.mjs reads its settings, serves, and ends by itself when it is told to', async () => {
    const server = spawn(process.execPath, [path.join(root, 'examples/metrics/server.mjs'), '0'], {
      env: { ...process.env, LINMEM_INITIAL_POOL_SIZE: '1', LINMEM_MEMORY_LIMIT_PAGES: '64', LINMEM_MAX_POOL_SIZE: '2x' },
    });
    const [problem, address] = await Promise.all([once(server.stderr, 'data'), once(server.stdout, 'data')]);
    assert.equal(`${problem}`, 'server.mjs: LINMEM_MAX_POOL_SIZE: expected 1 to 1024, got "2x"\n');
    const text = await (await fetch(`${address}`.trim())).text();
    hasLines(text, ['linmem_memory_limit_pages{instance="1"} 64', 'linmem_pool_idle{instance="service"} 1']);
    server.kill('SIGTERM');
    assert.deepEqual(await once(server, 'exit'), [0, null]);
  });
});
