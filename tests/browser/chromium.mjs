// Starts the Chromium on PATH, driven by the playwright-core of tests/js.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const { chromium } = createRequire(new URL('../js/package.json', import.meta.url))('playwright-core');

/** A browser; ends the process where there is none. */
export function launch() {
  const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
    .flatMap((name) => process.env.PATH.split(':').map((dir) => path.join(dir, name)))
    .find((file) => fs.existsSync(file));
  if (!executablePath) {
    console.error('no Chromium on PATH (Debian: chromium)');
    process.exit(1);
  }
  return chromium.launch({
    executablePath,
    // A container's root has no user namespace for the sandbox; only pages of ours are opened.
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
}
