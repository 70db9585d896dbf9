// Builds a project with its own Vite, opens what came out in Chromium, and prints what the page says.
// usage: node vite.mjs PROJECT
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { launch } from '../browser/chromium.mjs';

const root = path.resolve(process.argv[2]);
const { resolve } = createRequire(path.join(root, 'package.json'));
const { build, preview } = await import(pathToFileURL(resolve('vite')).href);

await build({ root, base: './', logLevel: 'warn', build: { target: 'esnext', assetsInlineLimit: 0 } });
const server = await preview({ root, logLevel: 'warn', preview: { port: 0, host: '127.0.0.1' } });
const browser = await launch();
const page = await browser.newPage();
const problems = [];
page.on('pageerror', (e) => problems.push(e.stack ?? e.message));
page.on('console', (m) => { if (m.type() === 'error') problems.push(m.text()); });
let failed = true;
try {
  await page.goto(server.resolvedUrls.local[0]);
  const output = page.locator('output:not(:empty)');
  console.log(await output.textContent({ timeout: 60000 }));
  failed = false;
} catch (e) {
  console.error(`${e.message}\n${problems.join('\n')}`);
}
await browser.close();
await server.close();
process.exit(failed ? 1 : 0);
