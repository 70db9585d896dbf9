// An arena against other ways to allocate the parts of a document and to end them all at once.
//
// limit            a pointer that moves through one block which is large enough
// linmem           try_allocate(), and a reset() for each document
// linmem, result   allocate() instead; "rewind": rewind() to a checkpoint instead of reset()
// ..., buffer      a monotonic resource that begins with a buffer as large as a document needs;
//                  without one it takes memory from malloc for each document anew
// pools, mallocs   every part is freed at the end of its document
import { compiled } from './compiled.mjs';

export const rows = compiled('arena', { mallocs: ['emmalloc', 'mimalloc'] });
