// text.mjs - text to and from linear memory, also where the engine refuses views of such memory.

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** Bytes that are staged at a time: what lies in the cache, and decodes faster than more at once. */
const stagingBytes = 65536;

/** True for a buffer that other threads see; the name of its class may be hidden. */
export const isShared = (buffer) => Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]';

/** What the engine takes, by kind of buffer; asked once for each. */
const known = new Map();

/**
 * Whether the engine decodes from and encodes into views of buffers like `buffer`: found by doing it
 * on a small buffer of its kind. Chromium refuses shared memory, Node does not.
 */
export function probe(buffer) {
  const canGrow = buffer.resizable === true || buffer.growable === true;
  const kind = `${isShared(buffer)} ${canGrow}`;
  if (!known.has(kind)) {
    const view = new Uint8Array(new buffer.constructor(1, canGrow ? { maxByteLength: 2 } : undefined));
    const works = (f) => {
      try {
        return f();
      } catch {
        return false;
      }
    };
    const encodes = works(() => encoder.encodeInto('a', view).written === 1 && view[0] === 0x61);
    view[0] = 0x62;
    known.set(kind, { encodes, decodes: works(() => decoder.decode(view) === 'b') });
  }
  return known.get(kind);
}

/**
 * Bytes at the front of `bytes`, which more bytes follow, that decode to the same text whether or not
 * the rest is there: up to the last byte that can begin a sequence, if that is near enough for its
 * sequence to be cut.
 */
function wholePart(bytes) {
  for (let n = bytes.length - 1; n > bytes.length - 4; --n) {
    if ((bytes[n] & 0xC0) !== 0x80) return bytes[n] < 0x80 ? bytes.length : n;
  }
  return bytes.length;
}

/** Code units of `text` from `at`, at most `most`, cutting no surrogate pair. */
function unitsOf(text, at, most) {
  const end = at + most;
  const cuts = end < text.length && (text.charCodeAt(end - 1) & 0xFC00) === 0xD800;
  return text.slice(at, cuts ? end - 1 : end);
}

/** Decodes and encodes for one linear memory. What the engine refuses goes through one buffer. */
export class TextCodec {
  #count;
  #probe;
  #buffer;
  #accepts;
  #staging;

  /**
   * @param count told the bytes that were staged
   * @param [probeBuffer] says what the engine takes
   */
  constructor(count, probeBuffer = probe) {
    this.#count = count;
    this.#probe = probeBuffer;
  }

  // The answer for the buffer of the last view, which is the same until the memory grows.
  #takes({ buffer }) {
    if (buffer !== this.#buffer) {
      this.#accepts = this.#probe(buffer);
      this.#buffer = buffer;
    }
    return this.#accepts;
  }

  #stage() {
    this.#staging ??= new Uint8Array(stagingBytes);
    return this.#staging;
  }

  /** `view` as text, invalid bytes as U+FFFD. */
  decode(view) {
    if (this.#takes(view).decodes) return decoder.decode(view);
    const staging = this.#stage();
    let text = '';
    for (let at = 0; at < view.length;) {
      const piece = view.subarray(at, at + staging.length);
      staging.set(piece);
      const staged = staging.subarray(0, piece.length);
      const n = at + piece.length < view.length ? wholePart(staged) : piece.length;
      text += decoder.decode(staged.subarray(0, n));
      at += n;
    }
    this.#count(view.length);
    return text;
  }

  /** TextEncoder.encodeInto: as much of `text` as fits; {read, written}. */
  encodeInto(text, view) {
    if (this.#takes(view).encodes) return encoder.encodeInto(text, view);
    const staging = this.#stage();
    const done = { read: 0, written: 0 };
    while (done.read < text.length) {
      const room = staging.subarray(0, Math.min(staging.length, view.length - done.written));
      const { read, written } = encoder.encodeInto(unitsOf(text, done.read, room.length), room);
      if (read === 0) break;
      view.set(room.subarray(0, written), done.written);
      done.read += read;
      done.written += written;
    }
    this.#count(done.written);
    return done;
  }

  /** Bytes of `text` in UTF-8. */
  byteLength(text) {
    const staging = this.#stage();
    let bytes = 0;
    for (let at = 0; at < text.length;) {
      const { read, written } = encoder.encodeInto(unitsOf(text, at, staging.length), staging);
      at += read;
      bytes += written;
    }
    return bytes;
  }
}
