// Uses module.cpp through the copy of the JavaScript half that lies beside it.
import { attach } from './linmem/js/linmem.mjs';
import createModule from './module.mjs';

const module = await createModule();
const memory = attach(module);
const buffer = memory.from('Three lines:\nthe second,\nand the third.\n');
const stream = memory.stream(module._open_text(buffer.handle));
let chunks = 0;
for (const view of stream) chunks += view.length > 0 ? 1 : 0;
console.log(`linmem ${memory.version}: ${module._count_lines(buffer.handle)} lines, ${chunks} chunks`);
