// A pipeline of two transforms against other ways to do one thing after another to a text.
//
// limit                       one loop that does both, into a chunk that is used again
// linmem                      pipeline{a, b} in a chunk_stream; "16 KiB between" instead of 1 KiB
// std::string between         all of the first's output, then all of the second's
// std::views                  transform | filter, into a std::string
// std::stringstream between   the same as strings, through streams
import { compiled } from './compiled.mjs';

export const rows = compiled('transform');
