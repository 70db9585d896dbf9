#!/usr/bin/env node
// Serves the page: node examples/document/web/serve.mjs [--port N] [--not-isolated]
//
// Only the two headers make a page cross-origin isolated; without them it works as well, by copies.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const types = { '.html': 'text/html', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** A server of what the page needs of the checkout, and nothing else. */
export function createServer({ isolated = true, builds = {} } = {}) {
  const folders = {
    '/examples/document/': path.join(root, 'examples/document'), '/include/linmem/js/': path.join(root, 'include/linmem/js'),
    '/build/wasm/': path.resolve(root, builds.wasm ?? 'build/wasm'),
    '/build/wasm-threads/': path.resolve(root, builds.threads ?? 'build/wasm-threads'),
  };
  return http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost'); // without any ..
    if (pathname === '/') {
      response.writeHead(302, { Location: '/examples/document/web/index.html' }).end();
      return;
    }
    const folder = Object.keys(folders).find((prefix) => pathname.startsWith(prefix));
    const file = folder && path.join(folders[folder], pathname.slice(folder.length));
    const type = types[path.extname(pathname)];
    if (!file || !type || !fs.existsSync(file)) {
      response.writeHead(404, isolated ? isolation : {}).end('not found');
      return;
    }
    response.writeHead(200, { 'Content-Type': type, ...(isolated && isolation) });
    fs.createReadStream(file).pipe(response);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { 'port': { type: 'string', default: '8080' }, 'not-isolated': { type: 'boolean', default: false } },
  });
  const server = createServer({ isolated: !values['not-isolated'] });
  server.listen(Number(values.port), 'localhost', () => console.log(`http://localhost:${server.address().port}/`));
}
