// Small documents of every format that the extractor reads, and how to make them.
import zlib from 'node:zlib';

/** A ZIP archive of compressed files, by name; with `overlap` those that are the same lie in one place. */
export function zip(files, { overlap = false } = {}) {
  const parts = [];
  const directory = [];
  const places = new Map();
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const data = zlib.deflateRawSync(content);
    const header = Buffer.alloc(26);
    header.writeUInt16LE(20, 0);
    header.writeUInt16LE(8, 4);
    header.writeUInt32LE(crc32(content), 10);
    header.writeUInt32LE(data.length, 14);
    header.writeUInt32LE(content.length, 18);
    header.writeUInt16LE(name.length, 22);
    const where = Buffer.alloc(14);
    const text = overlap ? content.toString() : name;
    const same = places.get(text);
    where.writeUInt32LE(same ?? at, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), header, where, Buffer.from(name));
    if (same !== undefined) continue;
    places.set(text, at);
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), header, Buffer.from(name), data);
    at += 4 + header.length + name.length + data.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

/** The checksum of ZIP; node:zlib has it from Node 22 on. */
const crcs = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; ++bit) byte = byte >>> 1 ^ (byte & 1 ? 0xEDB88320 : 0);
  return byte;
});
function crc32(bytes) {
  let sum = ~0;
  for (const byte of bytes) sum = sum >>> 8 ^ crcs[(sum ^ byte) & 0xFF];
  return ~sum >>> 0;
}

const ooxml = 'application/vnd.openxmlformats-officedocument';
export const docxType = `${ooxml}.wordprocessingml.document`;
export const xlsxType = `${ooxml}.spreadsheetml.sheet`;
export const pptxType = `${ooxml}.presentationml.presentation`;
export const odfType = 'application/vnd.oasis.opendocument';
export const odsType = `${odfType}.spreadsheet`;
const relations = (all) => `<R>${Object.entries(all).map(([id, target]) => `<R Id="${id}" Target="${target}"/>`).join('')}</R>`;

export const docx = (body) => zip({ 'word/document.xml': Buffer.from(`<w:document>${body}</w:document>`) });
export function xlsx(rows, { sheets = 1, strings = '', ...how } = {}) {
  const names = Array.from({ length: sheets }, (_, i) => `s${i + 1}`);
  return zip(Object.fromEntries(Object.entries({
    ...Object.fromEntries(names.map((name) => [`xl/${name}.xml`, `<w><sheetData>${rows}</sheetData></w>`])),
    '[Content_Types].xml': '<Types/>',
    'xl/workbook.xml': `<w><sheets>${names.map((name) => `<sheet name="${name}" r:id="${name}"/>`).join('')}</sheets></w>`,
    'xl/_rels/workbook.xml.rels': relations(Object.fromEntries(names.map((name) => [name, `${name}.xml`]))),
    'xl/sharedStrings.xml': `<sst>${strings}</sst>`,
  }).map(([name, text]) => [name, Buffer.from(text)])), how);
}
export const pptx = (slide) => zip(Object.fromEntries(Object.entries({
  'ppt/presentation.xml': '<p><sldIdLst><sldId id="256" r:id="a"/><sldId id="257" r:id="a"/></sldIdLst></p>',
  'ppt/_rels/presentation.xml.rels': relations({ a: 'slides/slide1.xml' }),
  'ppt/slides/slide1.xml': `<s>${slide}</s>`,
  'ppt/slides/_rels/slide1.xml.rels': relations({ a: 'slide1.xml', b: '../presentation.xml' }),
}).map(([name, text]) => [name, Buffer.from(text)])));
const odf = (type, content) => zip({ 'content.xml': Buffer.from(`<d><body>${content}</body></d>`), mimetype: Buffer.from(type) });
export const ods = (rows) => odf(odsType, `<spreadsheet><table name="s1">${rows}</table></spreadsheet>`);

/** Images without pixels: a PNG with a title, a JPEG and a GIF with a comment, a WebP with none. */
export function png(texts) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const around = Buffer.alloc(8);
    around.writeUInt32BE(data.length, 0);
    around.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([around.subarray(0, 4), body, around.subarray(4)]);
  };
  const packed = Object.entries(texts).map(([keyword, text]) => chunk('zTXt',
    Buffer.concat([Buffer.from(`${keyword}\0\0`), zlib.deflateSync(text)])));
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1A\n', 'latin1'),
    chunk('IHDR', Buffer.from([0, 0, 0, 3, 0, 0, 0, 2, 8, 6, 0, 0, 0])), ...packed, chunk('IEND', Buffer.alloc(0))]);
}
const jpeg = Buffer.from('\xFF\xD8\xFF\xFE\0\x05\xC3\xA9\n\xFF\xC0\0\x08\x08\0\x02\0\x03\x01\xFF\xD9', 'latin1');
const gif = Buffer.from('GIF89a\x03\0\x02\0\0\0\0\x21\xFE\x01a\0;', 'latin1');
const webp = Buffer.from('RIFF\x16\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0\x02\0\0\x01\0\0', 'latin1');

/** A PDF file of one page that shows `text`, its program compressed. */
export function pdf(text) {
  const program = zlib.deflateSync(Buffer.from(`BT /F 9 Tf (${text}) Tj ET`, 'latin1'));
  return Buffer.concat([Buffer.from(`%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
3 0 obj << /Type /Page /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >> endobj
5 0 obj << /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >> endobj
4 0 obj << /Filter /FlateDecode /Length ${program.length} >> stream\n`), program, Buffer.from(`\nendstream endobj
trailer << /Root 1 0 R >>`)]);
}

export const formats = [
  { name: 'a.html', mime: 'text/html', text: '<p>a<p>b', expected: 'a\n\nb\n' },
  { name: 'a.MD', mime: 'text/markdown', text: '# *a*', expected: 'a\n' },
  { name: 'x/a.txt', mime: 'text/plain', text: ' a\n', expected: ' a\n' },
  { name: 'a.json', mime: 'application/json', text: '{"a": [1, "é"]}', expected: 'a:\n- 1\n- é\n', broken: '{\n"a"' },
  { name: 'a.yml', mime: 'application/yaml', text: 'a: [1, é]', expected: 'a:\n- 1\n- é\n', broken: 'a: [\n' },
  { name: 'a.toml', mime: 'application/toml', text: 'a = [1, "é"]\n[b]\nc = 2', expected: 'a:\n- 1\n- é\nb:\nc: 2\n', broken: 'a = 1\na = 2' },
  { name: 'a.xml', mime: 'application/xml', text: '<a><b>x</b><b>é</b></a>', expected: 'x\né\n', broken: '<a>\n<b></a>' },
  { name: 'a.csv', mime: 'text/csv', text: 'a,"b ""c"""\n1,2', expected: 'a\tb "c"\n1\t2\n' },
  { name: 'a.tsv', mime: 'text/tab-separated-values', text: 'a\tb,c', expected: 'a\tb,c\n' },
  { name: 'a.docx', mime: docxType, text: docx('<w:p><w:t>a</w:t></w:p><w:p><w:t>é</w:t></w:p>'), expected: 'a\n\né\n' },
  { name: 'a.xlsx', mime: xlsxType, text: xlsx('<row><c><v>1</v></c><c t="str"><v>é</v></c></row>'), expected: 's1\n1\té\n' },
  { name: 'a.pptx', mime: pptxType, text: pptx('<p><t>a</t></p><p><t>é</t></p>'), expected: 'a\né\n' },
  { name: 'a.ods', mime: odsType, text: ods('<table-row><table-cell><p>a</p></table-cell><table-cell><p>é</p></table-cell></table-row>'), expected: 's1\na\té\n' },
  { name: 'a.odt', mime: `${odfType}.text`, text: odf('', '<p>a</p><p>é</p>'), expected: 'a\n\né\n' },
  { name: 'a.png', mime: 'image/png', text: png({ Title: 'a', Author: 'b' }), expected: 'title: a\nauthor: b\n' },
  { name: 'a.JPG', mime: 'image/jpeg', text: jpeg, expected: 'comment: é\n' },
  { name: 'a.gif', mime: 'image/gif', text: gif, expected: 'comment: a\n' },
  { name: 'a.webp', mime: 'image/webp', text: webp, expected: '' },
  { name: 'a.pdf', mime: 'application/pdf', text: pdf('a é'), expected: 'a é\n' },
];
