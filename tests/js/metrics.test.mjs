// The example that exposes the figures, over HTTP, and what Prometheus' own checker says of them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { createServer } from '../../examples/metrics/server.mjs';
import { prometheus } from '../../include/linmem/js/linmem.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = path.resolve(root, process.env.LINMEM_BUILD ?? 'build/wasm');
const { default: createModule } = await import(pathToFileURL(path.join(build, 'examples/document/document.mjs')).href);
const promtool = process.env.LINMEM_PROMTOOL ?? 'promtool';

/** What promtool says of `text`: nothing when all is well. */
function check(text) {
  const done = spawnSync(promtool, ['check', 'metrics'], { input: text });
  return done.error ? `${done.error}` : `${done.stdout}${done.stderr}`;
}

describe('examples/metrics', () => {
  let server;
  let extractor;
  let base;
  before(async () => {
    ({ server, extractor } = await createServer(createModule, { limits: { hardPages: 64 } }));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${server.address().port}`;
  });
  after(() => server.close());
  const get = (where, init) => fetch(base + where, init);
  const post = (body) => get('/extract', { method: 'POST', body, headers: { 'Content-Type': 'text/markdown' } });

  it('extracts, counts, and shows the figures as they are', async () => {
    const first = await post('# Tides\n\nHigh water at *six*.\n');
    assert.equal(first.status, 200);
    assert.equal(await first.text(), 'Tides\n\nHigh water at six.\n');
    const second = await post(Buffer.alloc(8e6, 'too large\n\n'));
    assert.equal(second.status, 413);
    assert.match(await second.text(), /^limit exceeded: linear memory in pages: limit 64, got \d+\n$/);

    const answer = await get('/metrics');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    const text = await answer.text();
    assert.equal(text, prometheus(extractor.memory.tracker.snapshot()));
    for (const line of ['linmem_memory_limit_pages 64', 'linmem_operation_seconds_count 2',
      'linmem_operation_errors_total 1', 'linmem_cold_starts_total 1',
      `linmem_memory_pages ${extractor.memory.pages}`]) {
      assert.ok(text.includes(`\n${line}\n`), line);
    }
  });

  it('answers only what it knows, and only to those who read', async () => {
    assert.equal(await (await get('/healthz')).text(), 'ok\n');
    assert.equal((await get('/metrics', { method: 'HEAD' })).status, 200);
    assert.equal((await get('/metrics?format=x')).status, 200);
    assert.equal((await get('/metrics', { method: 'POST' })).status, 405);
    assert.equal((await get('/toString')).status, 404);
    assert.equal((await get('/')).status, 404);
  });

  it('shows no metrics where the environment switches them off', async () => {
    const { server: quiet } = await createServer(createModule, { enableMetrics: false });
    quiet.listen(0, '127.0.0.1');
    await once(quiet, 'listening');
    const { status } = await fetch(`http://127.0.0.1:${quiet.address().port}/metrics`);
    quiet.close();
    assert.equal(status, 404);
  });

  it('passes promtool check metrics, of one instance and of several', (t) => {
    if (check('').includes('ENOENT')) {
      t.skip(`${promtool} is not here (Debian: prometheus); ./dev test js gets it`);
      return;
    }
    const { tracker } = extractor.memory;
    assert.equal(check(tracker.prometheus()), '');
    assert.equal(check(prometheus([tracker.snapshot({ instance: 'a "b" \\ c' }), tracker.snapshot({ instance: 'é' })],
      { prefix: 'app_' })), '');
    assert.match(check('linmem_x_total{a=1} 2\n'), /error|parse/i, 'the check is one');
  });
});
