// HTML of 2 MB to text, in chunks of 64 KiB; the figure is a kilobyte of HTML. In WebAssembly with SIMD.
//
// prose, markup, references   long paragraphs; a table, mostly tags; a reference every seven bytes
// limit                       a copy of the document: each byte read and written once
// linmem                      the example's html_text behind utf8_lossy, which validates the document
import { compiled } from './compiled.mjs';

export const rows = compiled('html_text');
