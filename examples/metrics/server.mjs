#!/usr/bin/env node
// The document extractor as a service that can be watched: `node examples/metrics/server.mjs [PORT]`.
//
//   curl --data-binary @notes.md -H 'Content-Type: text/markdown' localhost:9464/extract
//   curl localhost:9464/metrics
//
// One instance, documents one after the other. Its limits, and whether there are metrics at all, are
// settings of the environment: see docs/environment.md.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { LinmemError, readEnvironment } from '../../include/linmem/js/linmem.mjs';
import { Extractor } from '../document/extractor.mjs';
import { metricsHandler } from './handler.mjs';

const statusOf = { limit_exceeded: 413, out_of_memory: 507 };

/** A server that is not listening yet, and the extractor behind it. */
export async function createServer(createModule, { limits, enableMetrics = true, prefix } = {}) {
  const extractor = await Extractor.create(createModule, { limits });
  let broken = false; // a trap leaves an instance in no state to go on with
  let last = Promise.resolve();
  const metrics = metricsHandler(() => [extractor.memory.tracker.snapshot()], { prefix, isHealthy: () => !broken });

  async function extract(request, response) {
    const mime = request.headers['content-type'] ?? 'text/plain';
    try {
      await extractor.stream(request, mime, (chunk) => response.write(chunk.slice())); // written later: a copy
      response.end();
    } catch (e) {
      broken ||= e instanceof WebAssembly.RuntimeError;
      const status = e instanceof LinmemError ? statusOf[e.code] ?? 422 : 400;
      if (response.headersSent) response.destroy();
      else response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${e.message}\n`);
    }
  }

  const server = http.createServer((request, response) => {
    if (enableMetrics && metrics(request, response)) return;
    if (request.method === 'POST' && request.url === '/extract') {
      last = last.then(() => extract(request, response));
      return;
    }
    response.writeHead(404).end();
  });
  return { server, extractor };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const build = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..', process.env.LINMEM_BUILD ?? 'build/wasm');
  const file = path.join(build, 'examples/document/document.mjs');
  if (!fs.existsSync(file)) {
    console.error('server.mjs: the extractor is not built; run ./dev demo first');
    process.exit(1);
  }
  const { default: createModule } = await import(pathToFileURL(file).href);
  const configuration = readEnvironment();
  for (const problem of configuration.problems) console.error(`server.mjs: LINMEM_${problem}`);
  const { server } = await createServer(createModule, configuration);
  server.listen(Number(process.argv[2] ?? 9464), () => {
    console.log(`http://localhost:${server.address().port}/metrics`);
  });
}
