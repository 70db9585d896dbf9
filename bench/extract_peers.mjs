// The ways to get the text of a document in JavaScript, for bench/extract.mjs: in its own process, and
// here alone in a child: `node bench/extract_peers.mjs WAY FILE TYPE` prints figures as JSON.
import fs from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const build = (name) => path.resolve(here, '..', name, 'examples/document/document.mjs');

/** linmem's extractor of a build; its text is decoded a chunk at a time, as it comes. */
async function extractor(file) {
  const [{ Extractor }, { default: createModule }] = await Promise.all([
    import('../examples/document/extractor.mjs'), import(pathToFileURL(file).href),
  ]);
  const made = await Extractor.create(createModule);
  const { memory } = made;
  return {
    pages: () => memory.pages,
    async text(bytes, type) {
      const buffer = memory.from(bytes);
      const stream = made.open(type, { buffer });
      try {
        return stream.text();
      } finally {
        stream.dispose();
        buffer.dispose();
      }
    },
  };
}

/** Elements that stand on lines of their own. */
const blocks = new Set(('address article aside blockquote body br dd div dl dt figure footer form h1 h2 h3 h4 h5 h6 ' +
  'header hr li main nav ol p pre section table title tr ul').split(' '));
const hidden = new Set(['script', 'style', 'template', 'iframe', 'noframes']);

/** Makes each way ready; undefined where it does not read the type. */
export const ways = {
  linmem: () => extractor(build(process.env.LINMEM_BUILD ?? 'build/wasm')),
  'linmem, SIMD': () => extractor(build(process.env.LINMEM_SIMD_BUILD ?? 'build/wasm-simd')),
  '@kreuzberg/wasm': async () => {
    // The package fetches its module by a file: URL, which Node's fetch does not do.
    const { fetch } = globalThis;
    globalThis.fetch = async (url, ...rest) => (`${url.url ?? url}`.startsWith('file:')
      ? new Response(fs.readFileSync(new URL(url.url ?? url)), { headers: { 'content-type': 'application/wasm' } })
      : fetch(url, ...rest));
    const { extractBytes, initWasm } = await import('@kreuzberg/wasm');
    await initWasm();
    return { text: async (bytes, type) => (await extractBytes(bytes, type)).content };
  },
  htmlparser2: async () => {
    const { Parser } = await import('htmlparser2');
    return {
      types: ['text/html'],
      async text(bytes) {
        let text = '';
        let depth = 0; // of what is not shown
        const parser = new Parser({
          onopentagname(name) {
            if (hidden.has(name)) ++depth;
            else if (blocks.has(name)) text += '\n';
            else if (name === 'td' || name === 'th') text += '\t';
          },
          ontext(data) { if (depth === 0) text += data.replace(/\s+/g, ' '); },
          onclosetag(name) {
            if (hidden.has(name)) --depth;
            else if (blocks.has(name)) text += '\n';
          },
        });
        parser.end(new TextDecoder().decode(bytes));
        return text;
      },
    };
  },
  'markdown-it': async () => {
    const { default: MarkdownIt } = await import('markdown-it');
    const parser = new MarkdownIt();
    const textOf = (tokens) => tokens.map((token) => (token.children ? textOf(token.children)
      : token.type === 'softbreak' || token.block ? `${token.content}\n` : token.content)).join('');
    return {
      types: ['text/markdown'],
      text: async (bytes) => textOf(parser.parse(new TextDecoder().decode(bytes), {})),
    };
  },
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [way, file, type] = process.argv.slice(2);
  const start = performance.now();
  const { text, pages } = await ways[way]();
  const init = performance.now() - start;
  const { length } = await text(fs.readFileSync(file), type);
  console.log(JSON.stringify({
    init, first: performance.now(), length, pages: pages?.() ?? null,
    resident: process.resourceUsage().maxRSS / 1024,
  }));
  process.exit(0); // workers of a peer may still run
}
