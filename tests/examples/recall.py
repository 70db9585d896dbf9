"""Compares the text of office documents with what other readers find in them.

    python tests/examples/recall.py [--least SHARE] CORPUS

CORPUS is a folder with docx, pptx and xlsx, and perhaps odt. For each document there, and an ODT that
odfpy writes, the share of the words that python-docx, python-pptx, openpyxl or odfpy find which the
extractor finds as well, as often, is printed; the exit code is 1 when one is below SHARE (0.98). Wants
the packages of .ci/requirements-office.txt, the extractor built for WebAssembly, and node.
"""
import argparse
import collections
import datetime
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import docx
import lxml.etree
import odf.opendocument
import odf.table
import odf.teletype
import odf.text
import openpyxl
import pptx
import pptx.enum.shapes

EXTRACTOR = pathlib.Path(__file__).resolve().parents[2] / "examples/document/extract.mjs"


def docx_text(file):
    def of(blocks):
        for block in blocks:
            if isinstance(block, docx.table.Table):
                seen = set()  # a merged cell comes once for each cell that it covers
                for cell in (c for row in block.rows for c in row.cells):
                    if cell._tc not in seen:
                        seen.add(cell._tc)
                        yield from of(cell.iter_inner_content())
            else:
                yield block.text

    document = docx.Document(file)
    yield from of(document.iter_inner_content())
    for part in document.part.package.iter_parts():
        if part.partname in ("/word/footnotes.xml", "/word/endnotes.xml"):
            for paragraph in lxml.etree.fromstring(part.blob).iter("{*}p"):
                yield "".join(t.text or "" for t in paragraph.iter("{*}t"))


def pptx_text(file):
    def of(shapes):
        for shape in shapes:
            if shape.shape_type == pptx.enum.shapes.MSO_SHAPE_TYPE.GROUP:
                yield from of(shape.shapes)
            elif shape.has_text_frame:
                yield shape.text_frame.text
            elif getattr(shape, "has_table", False):
                yield from (cell.text for cell in shape.table.iter_cells())

    for slide in pptx.Presentation(file).slides:
        yield from of(slide.shapes)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            yield slide.notes_slide.notes_text_frame.text


def xlsx_text(file):
    book = openpyxl.load_workbook(file, data_only=True, read_only=True)  # or it trips over pivot tables
    for sheet in book.worksheets:
        yield sheet.title
        for value in (v for row in sheet.iter_rows(values_only=True) for v in row if v is not None):
            if isinstance(value, bool):
                yield str(value).upper()
            elif isinstance(value, datetime.datetime) and value.time() == datetime.time():
                yield str(value.date())
            elif isinstance(value, datetime.timedelta):
                seconds = round(value.total_seconds())
                yield f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
            else:
                yield f"{value:.15g}" if isinstance(value, float) else str(value)


def ods_text(file):
    for sheet in odf.opendocument.load(file).spreadsheet.getElementsByType(odf.table.Table):
        yield sheet.getAttribute("name")
        for cell in sheet.getElementsByType(odf.table.TableCell):
            for paragraph in cell.childNodes:
                if paragraph.qname[1] == "p":
                    yield odf.teletype.extractText(paragraph)


def odt_text(file):
    hidden = ("annotation", "tracked-changes", "note-citation", "covered-table-cell", "ruby-text")

    def of(node):
        if node.nodeType == node.TEXT_NODE:
            yield node.data
        elif node.nodeType == node.ELEMENT_NODE and node.qname[1] not in hidden:
            is_block = node.qname[1] in ("p", "h", "s", "tab", "line-break", "frame", "desc")
            if is_block:
                yield " "
            for child in node.childNodes:
                yield from of(child)
            if is_block:
                yield " "

    yield "".join(of(odf.opendocument.load(file).text))


def written_odt():
    """A document that odfpy writes, for where the corpus has none."""
    document = odf.opendocument.OpenDocumentText()
    document.text.addElement(odf.text.H(outlinelevel=1, text="Heading one"))
    paragraph = odf.text.P(text="A paragraph with ")
    paragraph.addElement(odf.text.Span(text="a span"))
    paragraph.addElement(odf.text.S(c=2))
    paragraph.addElement(odf.text.A(href="https://example.org/", text="and a link."))
    note = odf.text.Note(noteclass="footnote")
    note.addElement(odf.text.NoteCitation(text="1"))
    body = odf.text.NoteBody()
    body.addElement(odf.text.P(text="The note, in Grüße and 日本語."))
    note.addElement(body)
    paragraph.addElement(note)
    document.text.addElement(paragraph)
    items = odf.text.List()
    table = odf.table.Table(name="prices")
    for number in range(20):
        item = odf.text.ListItem()
        item.addElement(odf.text.P(text=f"item {number}"))
        items.addElement(item)
        row = odf.table.TableRow()
        for column in range(3):
            cell = odf.table.TableCell(valuetype="string")
            cell.addElement(odf.text.P(text=f"row {number} column {column}"))
            row.addElement(cell)
        table.addElement(row)
    document.text.addElement(items)
    document.text.addElement(table)
    return document


READERS = {".docx": docx_text, ".pptx": pptx_text, ".xlsx": xlsx_text, ".ods": ods_text, ".odt": odt_text}


def words(text):
    return collections.Counter(re.findall(r"\w+", text))


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--least", type=float, default=0.98)
    options.add_argument("corpus", type=pathlib.Path)
    options = options.parse_args()
    warnings.simplefilter("ignore")  # of what openpyxl leaves out: charts and the like
    files = too_low = 0
    documents = sorted(f for f in options.corpus.glob("*/*") if f.suffix in READERS)
    folder = tempfile.TemporaryDirectory()
    documents.append(pathlib.Path(folder.name) / "written.odt")
    written_odt().write(documents[-1])
    for file in documents:
        expected = words("\n".join(READERS[file.suffix](str(file))))
        run = subprocess.run(["node", EXTRACTOR, file], capture_output=True, encoding="utf-8", check=True)
        found = words(run.stdout)
        missing = expected - found
        all_of_them = expected.total()
        recall = 1 - missing.total() / all_of_them if all_of_them else 1
        print(f"{file.parent.name}/{file.name}: {recall:.3f} of {all_of_them} words, {found.total()} found")
        files += 1
        if recall < options.least:
            too_low += 1
            print("  missing:", *[w for w, _ in missing.most_common(12)])
    print(f"{files} documents, {too_low} below {options.least}")
    return 1 if too_low or not files else 0


if __name__ == "__main__":
    sys.exit(main())
