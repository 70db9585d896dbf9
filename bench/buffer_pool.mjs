// A pool of buffers against other ways to take a buffer and to give it back; one operation is both.
//
// limit     a list of free buffers for each size, last in first out, chosen beforehand
// linmem    try_acquire(), and a lease that ends
//
// "in turn": one buffer at a time. "16 held": each new buffer replaces a random one of 16.
import { compiled } from './compiled.mjs';

export const rows = compiled('buffer_pool', { mallocs: ['emmalloc', 'mimalloc'] });
