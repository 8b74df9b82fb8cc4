"""A text as a Word file, by python-docx."""

import datetime
import io
import re
import zipfile
from typing import TYPE_CHECKING

from bayesdose.errors import InputError
from bayesdose.report.page.report_table import Table
from bayesdose.report.protocol_text.text import ProtocolText

if TYPE_CHECKING:
    from docx.document import Document

__all__ = ["as_docx"]

# The same text is the same file: no date of today in it. This is the earliest that a zip archive knows.
_NO_DATE = (1980, 1, 1, 0, 0, 0)
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
        from docx.shared import Pt
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

    document.add_paragraph(_xml(table.caption)).paragraph_format.keep_with_next = True
    made = document.add_table(rows=1, cols=len(table.columns), style="Table Grid")
    for cell, column in zip(made.rows[0].cells, table.columns, strict=True):
        cell.paragraphs[0].add_run(_xml(column.heading)).bold = True
    # The heading is repeated on every page that the table reaches.
    made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for index, row in enumerate(table.rows):
        for cell, column in zip(made.add_row().cells, table.columns, strict=True):
            marked = (index, column.key) in table.marked
            cell.paragraphs[0].add_run(_xml(column.shown(row))).bold = marked or None
    document.add_paragraph()


def _xml(text: str) -> str:
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def _without_dates(saved: io.BytesIO) -> bytes:
    """The same archive, its files dated as of no day."""
    out = io.BytesIO()
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, _NO_DATE), old.read(name), compress_type=zipfile.ZIP_DEFLATED)
    return out.getvalue()
