// Writes HTML documents of any size, the same for the same seed: for the demo, tests and benches.
import fs from 'node:fs';

const words = ('memory page buffer stream boundary linear copy view arena chunk growth host module ' +
  'Überschrift façade naïve Ελλάδα текст 数据 流 メモリ ذاكرة 🚀 café table window signal').split(' ');

/** A small generator of numbers (xorshift32), so that a seed names a document. */
function numbers(seed) {
  let x = seed >>> 0 || 1;
  return (below) => {
    x ^= x << 13; x >>>= 0;
    x ^= x >>> 17;
    x ^= x << 5; x >>>= 0;
    return x % below;
  };
}

/** Yields parts of an HTML document of at least `bytes` bytes, ended properly. */
export function* htmlParts(bytes, seed = 1) {
  const next = numbers(seed);
  const sentence = (n) => {
    let text = '';
    for (let i = 0; i < n; ++i) {
      const word = words[next(words.length)];
      const dressed = next(9) === 0 ? `<a href="/w/${next(1000)}" title="of ${word}">${word}</a>`
        : next(11) === 0 ? `<b>${word}</b>` : next(17) === 0 ? `${word} &amp; ${word}` : word;
      text += (i ? ' ' : '') + dressed;
    }
    return `${text}.`;
  };
  const blocks = [
    () => `<h2 id="s${next(10000)}">${sentence(4)}</h2>\n`,
    () => `<p class="body">${sentence(30 + next(60))}</p>\n`,
    () => `<p>${sentence(80)}<br>${sentence(20)}</p>\n`,
    () => `<ul>\n${`  <li>${sentence(8)}</li>\n`.repeat(1 + next(5))}</ul>\n`,
    () => `<table><tr><th>n</th><th>name</th></tr><tr><td>${next(100)}</td><td>${sentence(3)}</td></tr></table>\n`,
    () => `<script>var t${next(100)} = "<p>no text</p>";</script>\n<!-- ${sentence(5)} -->\n`,
  ];
  let written = 0;
  const part = (text) => {
    const encoded = Buffer.from(text);
    written += encoded.length;
    return encoded;
  };
  yield part('<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>Generated</title></head><body>\n');
  while (written < bytes - 20) {
    let text = '';
    while (text.length < 60000 && written + text.length < bytes - 20) {
      text += blocks[next(12) < 6 ? 1 : next(blocks.length)]();
    }
    yield part(text);
  }
  yield part('</body></html>\n');
}

/** Writes such a document to `file` unless it is there already; its size in bytes. */
export function writeHtml(file, bytes, seed = 1) {
  if (fs.existsSync(file)) return fs.statSync(file).size;
  const fd = fs.openSync(`${file}.part`, 'w');
  try {
    for (const part of htmlParts(bytes, seed)) fs.writeSync(fd, part);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(`${file}.part`, file); // a file that is there is whole
  return fs.statSync(file).size;
}
