// Runs the cases of tests/js in Chromium: once cross-origin isolated, once not; and with a module that
// shares its memory, which only an isolated page can have. Then what isolation.mjs says of headers.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { launch } from './chromium.mjs';
import { ask, isolating, rows } from './isolation.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const builds = {
  build: path.resolve(root, process.env.LINMEM_BUILD ?? 'build/wasm'),
  'build-threads': path.resolve(root, process.env.LINMEM_BUILD_THREADS ?? 'build/wasm-threads'),
};

const types = { '.html': 'text/html', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

/** Serves the checkout, and the build folders under their names; `headers` with all, or with pages only. */
function serve(headers, pageOnly = false) {
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const [, first, rest] = /^\/([^/]*)(.*)$/.exec(pathname);
    const file = builds[first] ? path.join(builds[first], path.normalize(`/${rest}`)) : path.join(root, path.normalize(pathname));
    const type = types[path.extname(file)];
    if (!type || !fs.existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': type, ...(!(pageOnly && type !== types['.html']) && headers) });
    fs.createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => { server.listen(0, '127.0.0.1', () => resolve(server)); });
}

// An engine reserves address space for the maximum of each shared memory, and gives it back late: a page
// that runs every case runs out of it.
const partsOfShared = 12;

const browser = await launch();
let passed = 0;
let failed = 0;
let skipped = 0;
for (const [isolated, build] of [[false, 'build'], [true, 'build'], [false, 'build-threads'], [true, 'build-threads']]) {
  const isShared = build === 'build-threads';
  const mode = `${isolated ? 'cross-origin isolated' : 'not isolated'}${isShared ? ', shared memory' : ''}`;
  if (isShared && !isolated) {
    skipped += 1;
    console.log(`ok - ${mode} # SKIP a page that is not cross-origin isolated has no SharedArrayBuffer`);
    continue;
  }
  const server = await serve(isolated ? isolating : {});
  const parts = isShared ? partsOfShared : 1;
  for (let part = 0; part < parts; ++part) {
    const context = await browser.newContext(); // a process of its own
    const page = await context.newPage();
    const problems = [];
    page.on('pageerror', (e) => problems.push(e.stack ?? e.message));
    page.on('console', (m) => { if (m.type() === 'error') problems.push(m.text()); });
    try {
      await page.goto(`http://127.0.0.1:${server.address().port}/tests/browser/page.html?build=${build}&part=${part}&parts=${parts}`);
      const handle = await page.waitForFunction(() => window.results, undefined, { timeout: 120000 });
      const results = await handle.jsonValue();
      if (results.isolated !== isolated) throw new Error(`the page is ${results.isolated ? '' : 'not '}isolated`);
      if (results.isShared !== isShared) throw new Error(`the memory is ${results.isShared ? '' : 'not '}shared`);
      if (results.cases.length === 0) throw new Error('no cases ran');
      for (const { name, error, skipped: reason } of results.cases) {
        console.log(`${error ? 'not ok' : 'ok'} - ${mode}: ${name}${reason ? ` # SKIP ${reason}` : ''}`);
        if (error) console.log(`    ${error.replaceAll('\n', '\n    ')}`);
        if (error) failed += 1; else if (reason) skipped += 1; else passed += 1;
      }
    } catch (e) {
      failed += 1;
      console.log(`not ok - ${mode}: ${e.message}\n${problems.join('\n')}`);
    }
    await context.close();
  }
  server.close();
}
for (const { headers, pageOnly, expected } of rows) {
  const server = await serve(headers, pageOnly);
  const name = `${Object.entries(headers).map((h) => h.join(': ')).join(', ') || 'none'}${pageOnly ? ', page only' : ''}`;
  const found = await ask(browser, `http://127.0.0.1:${server.address().port}`).catch((e) => e.message);
  const isRight = JSON.stringify(found) === JSON.stringify(expected);
  console.log(`${isRight ? 'ok' : 'not ok'} - headers: ${name}${isRight ? '' : `: ${JSON.stringify(found)}`}`);
  if (isRight) passed += 1; else failed += 1;
  server.close();
}
const version = browser.version();
await browser.close();
console.log(`# Chromium ${version}\n# pass ${passed}\n# fail ${failed}\n# skipped ${skipped}`);
process.exit(failed === 0 ? 0 : 1);
