#!/usr/bin/env node
// The document extractor as a service that can be watched: `node examples/metrics/server.mjs [PORT]`.
//
//   curl --data-binary @notes.md -H 'Content-Type: text/markdown' localhost:9464/extract
//   curl localhost:9464/metrics
//
// All its settings come from the environment: see docs/environment.md.
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { LinmemError } from '../../include/linmem/js/linmem.mjs';
import { readEnvironment } from '../../include/linmem/js/services.mjs';
import { metricsHandler } from './handler.mjs';
import { DocumentService } from './service.mjs';

const largestBody = 2 ** 26; // bytes: a body waits on this thread for its instance

const statusOf = {
  limit_exceeded: 413, unsupported: 415, out_of_memory: 507, unavailable: 503, closed: 503, abandoned: 500, timed_out: 504,
};

/** The status of an answer to what went wrong. */
function statusFor(e) {
  if (!(e instanceof LinmemError)) return 500;
  // Too much for a document and too many in line have the same code.
  if (e.code === 'limit_exceeded' && e.wasTaken === false) return 503;
  return statusOf[e.code] ?? 422;
}

/** All of a request's body. One that is too large is read to its end, so that its sender hears of it. */
async function bodyOf(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) if ((size += chunk.length) <= largestBody) chunks.push(chunk);
  if (size > largestBody) throw new LinmemError('limit_exceeded', 'document in bytes', largestBody, size);
  return new Uint8Array(await new Blob(chunks).arrayBuffer()); // of its own memory, to hand over
}

/** Answers with the text of the document in the request. */
async function extract(service, request, response) {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8' };
  try {
    const text = await service.extract(request.headers['content-type'] ?? 'text/plain', await bodyOf(request));
    response.writeHead(200, headers).end(text);
  } catch (e) {
    const status = statusFor(e);
    // A breaker says when it may be tried again, in milliseconds; a line moves on in a moment.
    if (status === 503) headers['Retry-After'] = e.code === 'unavailable' ? Math.max(1, Math.ceil(e.actual / 1000)) : 1;
    response.writeHead(status, headers).end(`${e.message}\n`);
  }
}

/** A server that is not listening yet; `prefix` is that of the figures' names. */
export function createServer(service, { enableMetrics = true, prefix } = {}) {
  const metrics = metricsHandler(() => service.snapshots(), { prefix, isHealthy: () => service.isHealthy });
  return http.createServer((request, response) => {
    if (enableMetrics && metrics(request, response)) return;
    if (request.method === 'POST' && request.url === '/extract') extract(service, request, response);
    else response.writeHead(404).end();
  });
}

async function main() {
  const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
  const settings = readEnvironment();
  for (const problem of settings.problems) console.error(`server.mjs: LINMEM_${problem}`);
  const build = path.resolve(root, process.env.LINMEM_BUILD ?? 'build/wasm');
  const folders = { simd: `${build}-simd/examples/document`, baseline: `${build}/examples/document` };
  const service = await DocumentService.create(folders, {
    ...settings,
    onAlert: (alert, isRaised) => console.error(`server.mjs: ${alert} ${isRaised ? 'raised' : 'over'}`),
  });
  const server = createServer(service, settings);
  server.listen(Number(process.argv[2] ?? 9464), () => {
    console.log(`http://localhost:${server.address().port}/metrics`);
  });
  process.once('SIGTERM', () => server.close(() => service.dispose())); // after those that are being answered
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main().catch((e) => {
    console.error(e.code === 'unsupported' ? `server.mjs: ${e.message}; ./dev demo builds it` : e);
    process.exit(1);
  });
}
