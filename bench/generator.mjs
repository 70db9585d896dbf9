// A generator against other ways to hand values from the code that makes them to the code that uses them.
//
// limit            one loop that does both
// linmem           a generator that the compiler sees: it may leave out the frame, and inline the rest
// linmem, apart    one that it does not see, with its frame on the heap; "arena": in an arena
// std::function    the maker calls it for each value
// std::generator   C++23's, where the compiler has it
import { compiled } from './compiled.mjs';

export const rows = compiled('generator');
