// Image files that the tests make themselves; what they hold is known to the bit.
import zlib from 'node:zlib';

import { encodePng, pngChunk } from '../../examples/image_batch/png.mjs';

/** Numbers that are the same in each run: mulberry32. */
export function randomNumbers(seed) {
  return (below) => {
    seed = (seed + 0x6D2B79F5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor(((t ^ (t >>> 14)) >>> 0) / 2 ** 32 * below);
  };
}

/** A PNG of random pixels, and those. */
export function randomPng(width, height, seed) {
  const below = randomNumbers(seed);
  const pixels = Uint8Array.from({ length: 4 * width * height }, () => below(256));
  return { file: encodePng({ width, height, pixels }), pixels, width, height };
}

/** A PNG whose header says that it is that large, with `data` compressed behind it. */
export function pngThatSays(width, height, data = Buffer.alloc(0)) {
  const small = encodePng({ width: 1, height: 1, pixels: new Uint8Array(4) });
  const header = Buffer.from(small.subarray(16, 29));
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  return Buffer.concat([small.subarray(0, 8), pngChunk('IHDR', header),
    pngChunk('IDAT', zlib.deflateSync(data, { level: 9 })), pngChunk('IEND', Buffer.alloc(0))]);
}

/** A baseline JPEG of one shade of gray, 192 to 255; tests/examples/image_samples.hpp says how it is made. */
export function grayJpeg(width, height, gray) {
  const zeros = (n) => new Array(n).fill(0);
  const u16 = (n) => [n >> 8, n & 255];
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  let bits = `10${(gray - 128).toString(2).padStart(7, '0')}0${'00'.repeat(blocks - 1)}`;
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  const coded = bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)).flatMap((byte) => (byte === 255 ? [255, 0] : [byte]));
  return Buffer.from([255, 0xD8, 255, 0xDB, 0, 67, 0, ...new Array(64).fill(8),
    255, 0xC0, 0, 11, 8, ...u16(height), ...u16(width), 1, 1, 0x11, 0,
    255, 0xC4, 0, 21, 0x00, 1, 1, ...zeros(14), 0, 7, 255, 0xC4, 0, 20, 0x10, 1, ...zeros(15), 0,
    255, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, ...coded, 255, 0xD9]);
}
