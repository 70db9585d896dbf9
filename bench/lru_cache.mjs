// A cache of 1,024 entries asked for keys of which some are used more than others; what is missing is set.
//
// limit                            reading an array at the index of the key: nothing is looked up
// linmem                           find(), and set() on a miss
// std::unordered_map + std::list   the usual cache of the two, keys in both
// Boost.MultiIndex                 one container, hashed and in the order of use; natively only
import { compiled } from './compiled.mjs';

export const rows = compiled('lru_cache');
