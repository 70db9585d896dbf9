// What the command writes about a document: a line, JSON, Markdown.

const decoder = new TextDecoder();

/** All `chunks` of text as one string; they may be cut anywhere. */
export function textOf(chunks) {
  const streaming = new TextDecoder('utf-8', { ignoreBOM: true });
  return chunks.map((chunk) => streaming.decode(chunk, { stream: true })).join('') + streaming.decode();
}

/** The cells of CSV (RFC 4180), row by row. */
export function rowsOf(csv) {
  const rows = [];
  let row = [];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|$)/g)) {
    if (end === '' && row.length === 0 && !quoted && !plain) break; // behind the last line
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

const isTable = ({ kind, type }) => kind === 'table' && type === 'text/csv';

/** A document as one object: tables as rows of cells, images and the rest as base64. */
export function objectOf({ row, metadata = {}, items, text }) {
  const { file, mime, status, error, ...figures } = row;
  return {
    file, mime, status, error, text: textOf(text), metadata,
    items: items.map(({ kind, name, type, position, bytes }) => ({
      kind, name, type, position,
      ...(isTable({ kind, type }) ? { rows: rowsOf(decoder.decode(bytes)) }
        : { base64: Buffer.from(bytes).toString('base64') }),
    })),
    figures,
  };
}

/** `text` so that Markdown shows what is there. */
const escaped = (text) => text.replace(/[\\`*_<[\]]/g, '\\$&');
/** A line so that it begins nothing in Markdown; the lists of text are Markdown's own. */
const lineOf = (line) => escaped(line).replace(/^(\s*)([#>+=~]|-(?! ))/, '$1\\$2').replace(/^ {4,}|\t/g, ' ');

/** Rows as a Markdown table, the first one as its head. */
function markdownTable(rows) {
  const width = Math.max(...rows.map(({ length }) => length));
  const cellsOf = (row) => Array.from({ length: width }, (_, i) =>
    escaped(row[i] ?? '').replaceAll('|', '\\|').replace(/\s+/g, ' ').trim());
  const [head, ...body] = rows.map((row) => `| ${cellsOf(row).join(' | ')} |`);
  return [head, `|${' --- |'.repeat(width)}`, ...body].join('\n');
}

/** Text as Markdown: paragraphs and lists as they are, lines as lines, and headings where metadata names them. */
function markdownText(text, headings = []) {
  const left = [...headings];
  const lines = text.split('\n');
  return lines.map((line, i) => {
    if (line !== '' && line.trim() === left[0]?.text.trim()) {
      return `${'#'.repeat(Math.min(left.shift().level + 1, 6))} ${escaped(line.trim())}`;
    }
    const next = lines[i + 1] ?? '';
    const isBroken = line.trim() !== '' && next.trim() !== '' && !/^\s*(- |\d+\. )/.test(next);
    return lineOf(line) + (isBroken ? '\\' : '');
  }).join('\n').trim();
}

/** A document as a section: its title or name, its text, then its tables; images by name and size. */
export function markdownOf({ row, metadata = {}, items, text }) {
  const parts = [`# ${escaped(metadata.title ?? row.file)}`, `\`${row.file}\`, ${row.mime}`];
  if (row.status !== 'ok') return `${[parts[0], `Not extracted: ${escaped(row.error)}`].join('\n\n')}\n\n`;
  const body = markdownText(textOf(text), metadata.headings);
  if (body !== '') parts.push(body);
  items.forEach((item, i) => {
    const name = escaped(item.name || `${i + 1}`);
    const rows = isTable(item) ? rowsOf(decoder.decode(item.bytes)) : [];
    if (rows.length > 0) parts.push(`**Table ${name}**`, markdownTable(rows));
    else parts.push(`*${item.kind} ${name}, ${item.type}, ${bytesOf(item.bytes.length)}*`);
  });
  return `${parts.join('\n\n')}\n\n`;
}

/** A number of bytes for people. */
export const bytesOf = (n) => `${n.toLocaleString('en')} B`;
const ms = (n) => (n === null ? '-' : `${n.toFixed(n < 10 ? 2 : 0)} ms`);
const count = (n, what) => `${n} ${what}${n === 1 ? '' : 's'}`;

/** The line about a row of figures. */
export function lineOfRow(row) {
  if (row.status !== 'ok') return `${row.file}: error: ${row.error}`;
  return `${row.file}: ${row.mime}, ${bytesOf(row.bytes_in)} -> ${bytesOf(row.bytes_out)} in ` +
    `${count(row.chunks, 'chunk')}, copied ${bytesOf(row.copied_in)} in and ` +
    `${bytesOf(row.copied_out)} out, first ${ms(row.first_chunk_ms)}, all ${ms(row.total_ms)}, ` +
    `${row.pages_before} -> ${row.pages_peak} pages` +
    (row.bytes_out === 0 ? ', no text in it' : '') +
    (row.replaced ? `, ${count(row.replaced, 'invalid sequence')} replaced` : '');
}

/** The line about all of them. */
export function summaryOf({ extracted, skipped, failed, bytesIn, bytesOut, seconds, pages }) {
  return `${extracted} extracted, ${skipped} skipped, ${failed} failed; ${bytesOf(bytesIn)} read, ` +
    `${bytesOf(bytesOut)} of text, ${seconds.toFixed(2)} s, at most ${pages} pages of memory`;
}
