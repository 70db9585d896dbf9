// PNG files from pixels, as simple as the format allows: 8-bit RGBA, no filtering.
import zlib from 'node:zlib';

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let i = 0; i < 8; ++i) n = n & 1 ? 0xEDB88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

/** The checksum that PNG and zlib call CRC-32. */
export function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) crc = table[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** A chunk: length, name, data, checksum. */
export function pngChunk(name, data) {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(name, 4, 'latin1');
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), 8 + data.length);
  return chunk;
}

/** A PNG file of `pixels`; `channels` are 1 (gray), 2 (and alpha), 3 (RGB) or 4 (RGBA). */
export function encodePng({ width, height, pixels, channels = 4 }) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, [0, 4, 2, 6][channels - 1]], 8);
  const row = channels * width;
  const lines = Buffer.alloc((row + 1) * height); // each begins with the number of its filter: none
  for (let y = 0; y < height; ++y) lines.set(pixels.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1A\n', 'latin1'), pngChunk('IHDR', header),
    pngChunk('IDAT', zlib.deflateSync(lines, { level: 3 })), pngChunk('IEND', Buffer.alloc(0))]);
}
