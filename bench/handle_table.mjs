// Handles: 256 of them resolved and read in a random order, and one made and ended.
//
// limit             reads through plain pointers; a list of free slots that checks nothing
// linmem            find(), and "result": at()
import { compiled } from './compiled.mjs';

export const rows = compiled('handle_table');
