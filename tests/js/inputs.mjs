// What the cases feed, and how they read it.
import { ok } from './expect.mjs';

const encoder = new TextEncoder();

export const sample = 'ASCII long enough for wide loops, é ß Ω, 漢字かな, 🚀🧭 and on. '.repeat(50);
export const broken = [
  [0x80], [0xC0, 0x80], [0xF5], [0xFF], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x9A], [0xED, 0xA0, 0x80],
  [0xE0, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x28, 0xA1], [0xF0, 0x9F, 0x9A, 0xF0, 0x9F, 0x9A, 0x80],
];

export const bytesOf = (...parts) => Uint8Array.from(parts.flatMap((p) =>
  (typeof p === 'string' ? [...encoder.encode(p)] : [...p])));

/** A reader of `bytes` that gives at most `piece` at a time. */
export function readerOf(bytes, piece = Infinity) {
  let at = 0;
  return (view) => {
    const n = Math.min(view.length, bytes.length - at, piece);
    view.set(bytes.subarray(at, at + n));
    at += n;
    return n;
  };
}

/** `bytes` in pieces of `piece` bytes, each of which is waited for. */
export async function* piecesOf(bytes, piece) {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.slice(at, at + piece);
}

/** All chunks of `stream` as text; each is decoded as valid UTF-8 by itself. */
export function joined(stream, chunkSize) {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let all = '';
  let progress = 0;
  for (const view of stream) {
    ok(view.length > 0 && view.length <= chunkSize, `a chunk of 1..${chunkSize} bytes`);
    all += strict.decode(view.slice());
    ok(stream.progress >= progress && stream.progress <= 1, 'progress that never falls');
    progress = stream.progress;
  }
  return all;
}

export const chunkSizes = [...Array.from({ length: 67 }, (_, i) => i + 4), 4096, 65536];
