// Fetches a text into linear memory and shows what the module says of it.
import { attach } from 'linmem';
import createModule from './module.mjs';

const module = await createModule();
const memory = attach(module);
const response = await fetch(new URL('./sample.txt', import.meta.url));
const buffer = memory.alloc(Number(response.headers.get('Content-Length')));
await buffer.readFrom(response);
const stream = memory.stream(module._open_text(buffer.handle));
let chunks = 0;
for (const view of stream) chunks += view.length > 0 ? 1 : 0;
document.querySelector('output').textContent =
  `linmem ${memory.version}: ${module._count_lines(buffer.handle)} lines, ${chunks} chunks`;
