// Which headers make a page cross-origin isolated, and what works then: the rows of docs/threads.md.
const policies = (opener, embedder) => ({
  ...(opener && { 'Cross-Origin-Opener-Policy': opener }),
  ...(embedder && { 'Cross-Origin-Embedder-Policy': embedder }),
});

/** The headers of a page that may share memory. */
export const isolating = policies('same-origin', 'require-corp');

const yes = { isolated: true, threads: true, workers: true };
const no = { isolated: false, threads: false, workers: true };
export const rows = [
  { headers: policies(), expected: no },
  { headers: policies('same-origin'), expected: no },
  { headers: policies(undefined, 'require-corp'), expected: no },
  { headers: policies('same-origin-allow-popups', 'require-corp'), expected: no },
  { headers: isolating, expected: yes },
  { headers: policies('same-origin', 'credentialless'), expected: yes },
  { headers: isolating, pageOnly: true, expected: { ...yes, workers: false } },
];

/** What a page of `origin` says of itself: whether it is isolated, may share memory, may start a worker. */
export async function ask(browser, origin) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(`${origin}/tests/browser/blank.html`);
    return await page.evaluate(async () => {
      const { probe } = await import('/include/linmem/js/services.mjs');
      const workers = await new Promise((resolve) => {
        const worker = new Worker('/tests/js/peer.mjs', { type: 'module' });
        worker.onmessage = () => resolve(true); // it answers, if only that this is no task
        worker.onerror = () => resolve(false);
        worker.postMessage({});
      });
      return { isolated: crossOriginIsolated, threads: probe().threads, workers };
    });
  } finally {
    await context.close();
  }
}
