// A batch of documents, each with an arena of its own out of an arena_pool; and what a batch takes
// from malloc and from the memory once it is warm.
//
// limit                     a pointer that moves through one block, put back for each document
// linmem                    a lease of the pool for each document
// linmem, an arena for each a new arena for each document, which asks malloc
// ...                       a monotonic resource for each document; mallocs free every part
import { compiled } from './compiled.mjs';

export const rows = compiled('batch', { mallocs: ['emmalloc', 'mimalloc'], counts: 'batch_counts' });
