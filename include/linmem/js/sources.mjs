// sources.mjs - where bytes come from: descriptors, functions, streams, iterables.
import { checkCount, LinmemError } from './error.mjs';
import { plainView } from './views.mjs';

const encoder = new TextEncoder();

/** node:fs where there is one, without an import that bundlers would follow. */
function nodeFs() {
  const fs = globalThis.process?.getBuiltinModule?.('node:fs');
  if (!fs) {
    throw new LinmemError('unsupported',
      'reading a file descriptor on this host; pass a function (view) => bytesRead');
  }
  return fs;
}

/**
 * Reads file descriptor `fd` of Node: (view) => bytes read, 0 at the end. Waits where a pipe has
 * nothing yet, so it is for threads that may block.
 */
export function fileReader(fd) {
  checkCount(fd, 'file descriptor');
  const fs = nodeFs();
  return (view) => {
    for (;;) {
      try {
        return fs.readSync(fd, view, 0, view.length, null);
      } catch (e) {
        if (e.code === 'EOF') return 0; // a closed pipe on Windows
        if (e.code !== 'EAGAIN') throw e;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      }
    }
  };
}

/** What reads at once: a function, or a file descriptor. */
export function syncReader(source) {
  return typeof source === 'number' ? fileReader(source)
    : typeof source === 'function' ? source : undefined;
}

/**
 * Turns a ReadableStream, a Blob, a Response or an async iterable into an async iterator. Its return()
 * ends a wait for input, too, where the source can.
 */
export function asyncPieces(source) {
  if (source?.body === null) return [][Symbol.iterator](); // a Response that has none
  const stream = source?.stream?.() ?? source?.body ?? source;
  if (stream?.getReader) {
    const reader = stream.getReader(); // not its iterator: that one waits for input before it cancels
    return {
      next: async () => {
        const piece = await reader.read();
        if (piece.done) reader.releaseLock();
        return piece;
      },
      return: (reason) => {
        const cancelled = reader.cancel(reason);
        reader.releaseLock();
        return cancelled;
      },
    };
  }
  if (stream?.[Symbol.asyncIterator]) return stream[Symbol.asyncIterator]();
  if (stream?.[Symbol.iterator]) return stream[Symbol.iterator]();
  throw new LinmemError('invalid_argument',
    'source, which is no file descriptor, function, stream or iterable');
}

/** Tells an iterator that nothing more is wanted of it; what it says to that concerns nobody. */
export async function release(pieces, reason) {
  try {
    await pieces.return?.(reason);
  } catch { /* it has ended all the same */ }
}

/** Text or bytes as bytes; a view where it can be. */
export function asBytes(piece) {
  if (typeof piece === 'string') return encoder.encode(piece);
  piece = plainView(piece);
  if (ArrayBuffer.isView(piece)) {
    return new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
  }
  if (piece instanceof ArrayBuffer || Object.prototype.toString.call(piece) === '[object SharedArrayBuffer]') {
    return new Uint8Array(piece);
  }
  throw new LinmemError('invalid_argument', 'data, which is neither text nor bytes');
}
