"""A text as a Word file, by python-docx."""

import datetime
import io
import re
import zipfile
from typing import TYPE_CHECKING

from bayesdose.errors import InputError
from bayesdose.report.page.column_widths import column_widths
from bayesdose.report.page.report_table import Table
from bayesdose.report.protocol_text.text import ProtocolText

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import _Cell

__all__ = ["as_docx"]

# The same text is the same file: no date of today in it. This is the earliest that a zip archive knows.
_NO_DATE = (1980, 1, 1, 0, 0, 0)
_IN_TABLES = "Table Text"
# Rows of a table up to which it is kept on one page.
_KEPT_TOGETHER = 12
# Points that a letter of a table takes, and letters that a cell's margins take.
_LETTER, _BESIDE = 5, 3.2
# What XML cannot hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def as_docx(text: ProtocolText) -> bytes:
    """The text with Word's own headings, paragraphs and tables.

    Raises
    ------
    InputError
        If python-docx is not installed.
    """
    try:
        from docx import Document
        from docx.enum.style import WD_STYLE_TYPE
        from docx.shared import Pt
        from docx.styles.style import ParagraphStyle
    except ImportError:
        raise InputError(
            "format",
            got="docx, without python-docx",
            wanted="python-docx installed",
            fix="pip install 'bayesdose[docx]', or take --format md or tex.",
        ) from None
    document = Document()
    document.core_properties.title = _xml(text.title)
    document.core_properties.author = "bayesdose"
    document.core_properties.created = document.core_properties.modified = datetime.datetime(*_NO_DATE[:6])
    small = document.styles.add_style(_IN_TABLES, WD_STYLE_TYPE.PARAGRAPH)
    assert isinstance(small, ParagraphStyle)
    small.base_style = document.styles["Normal"]
    small.font.size, small.paragraph_format.space_after = Pt(8), Pt(0)
    document.add_heading(_xml(text.title), level=1)
    for section in text.sections:
        document.add_heading(_xml(section.heading), level=2)
        for part in section.parts:
            paragraph = document.add_paragraph()
            if part.about:
                paragraph.add_run(f"{_xml(part.about)}. ").bold = True
            paragraph.add_run(_xml(part.words))
        for table in section.tables:
            _add_table(document, table)
        if section.code:
            run = document.add_paragraph().add_run(_xml(section.code.rstrip()))
            run.font.name, run.font.size = "Courier New", Pt(8)
    saved = io.BytesIO()
    document.save(saved)
    return _without_dates(saved)


def _add_table(document: "Document", table: Table) -> None:
    from docx.oxml import OxmlElement
    from docx.shared import Emu, Pt

    document.add_paragraph(_xml(table.caption)).paragraph_format.keep_with_next = True
    made = document.add_table(rows=1 + len(table.rows), cols=len(table.columns), style="Table Grid")
    section = document.sections[0]
    page, left, right = section.page_width, section.left_margin, section.right_margin
    # The page of python-docx states them.
    assert page is not None
    assert left is not None
    assert right is not None
    line = page - left - right
    room = line / Pt(_LETTER)
    widths = [one + _BESIDE for one in column_widths(table, room - _BESIDE * len(table.columns))]
    unit = line / max(room, sum(widths))
    # The heading is repeated on every page that the table reaches, and no row is broken between pages.
    made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for row in made.rows:
        row._tr.get_or_add_trPr().insert(0, OxmlElement("w:cantSplit"))
    for place, (column, letters) in enumerate(zip(table.columns, widths, strict=True)):
        cells = made.columns[place].cells
        made.columns[place].width = width = Emu(int(letters * unit))
        _fill(cells[0], column.heading, bold=True, number=column.decimals is not None)
        for index, (cell, row) in enumerate(zip(cells[1:], table.rows, strict=True)):
            marked = (index, column.key) in table.marked
            _fill(cell, column.shown(row), bold=marked, number=column.decimals is not None)
        for cell in cells:
            cell.width = width
        for cell in cells[:-1] if len(table.rows) <= _KEPT_TOGETHER else cells[:1]:
            cell.paragraphs[0].paragraph_format.keep_with_next = True
    document.add_paragraph()


def _fill(cell: "_Cell", text: str, *, bold: bool, number: bool) -> None:
    """Write a text in the letters of tables; numbers end at the right."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph = cell.paragraphs[0]
    paragraph.style = _IN_TABLES
    paragraph.add_run(_xml(text)).bold = bold or None
    if number:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _xml(text: str) -> str:
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def _without_dates(saved: io.BytesIO) -> bytes:
    """The same archive, its files dated as of no day."""
    out = io.BytesIO()
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, _NO_DATE), old.read(name), compress_type=zipfile.ZIP_DEFLATED)
    return out.getvalue()
