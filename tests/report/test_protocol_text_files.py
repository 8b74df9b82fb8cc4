"""The section as Markdown, LaTeX and Word: no name becomes markup, and wide tables stay on the page."""

import io
import re
import shutil
import subprocess
import zipfile

import pytest

from bayesdose.report.page.column_widths import column_widths, least_width, whole_width
from bayesdose.report.page.report_table import Column, Table
from bayesdose.report.page.report_table_files import latex_text
from bayesdose.report.protocol_text.as_docx import as_docx
from bayesdose.report.protocol_text.as_latex import as_latex
from bayesdose.report.protocol_text.as_markdown import as_markdown
from bayesdose.report.protocol_text.sections import protocol_text
from bayesdose.report.protocol_text.text import Part, ProtocolText, Section
from tests.designs.test_conformance import EXAMPLES

HOSTILE = "<script>alert(1)</script> | `x` *y* _z_ [a](http://b) \\input{/etc/passwd} & # 100 %"


def test_hostile_names_stay_text():
    text = ProtocolText(HOSTILE, [Section(HOSTILE, [Part(HOSTILE, HOSTILE), Part("# " + HOSTILE)])])
    markdown, latex = as_markdown(text), as_latex(text)
    assert "<script" not in markdown.replace("\\<script", "")
    assert "](http" not in markdown
    # Of the two lines that begin with a number sign one is the title, and the other is escaped.
    assert (
        len(re.findall(r"^# ", markdown, re.MULTILINE))
        == len(re.findall(r"^\\# ", markdown, re.MULTILINE))
        == 1
    )
    assert "\\input" not in latex
    with zipfile.ZipFile(io.BytesIO(_docx(text))) as file:
        assert b"&lt;script&gt;" in file.read("word/document.xml")


def _docx(text):
    pytest.importorskip("docx", reason="python-docx is not installed: pip install 'bayesdose[docx]'")
    return as_docx(text)


def test_a_word_file_holds_the_same_words_and_tables():
    docx = pytest.importorskip("docx", reason="python-docx is not installed: pip install 'bayesdose[docx]'")
    design = EXAMPLES["boin"]()
    text = protocol_text("BOIN", design)
    made = as_docx(text)
    assert made == as_docx(protocol_text("BOIN", design)), "the same design gives the same file"
    document = docx.Document(io.BytesIO(made))
    paragraphs = [paragraph.text for paragraph in document.paragraphs]
    for section in text.sections:
        assert section.heading in paragraphs
        for part in section.parts:
            assert (f"{part.about}. {part.words}" if part.about else part.words) in paragraphs
    tables = [table for section in text.sections for table in section.tables]
    assert len(document.tables) == len(tables) == 3
    for shown, table in zip(document.tables, tables, strict=True):
        assert [cell.text for cell in shown.rows[0].cells] == [column.heading for column in table.columns]
        for row, values in zip(shown.rows[1:], table.rows, strict=True):
            assert [cell.text for cell in row.cells] == [column.shown(values) for column in table.columns]


def _wide_table():
    """Fourteen columns, the first with long texts, one of them with what LaTeX takes for an option."""
    columns = [Column("who", "who it is about"), *(Column(f"c{n}", f"column {n} %", 3) for n in range(13))]
    numbers = {f"c{n}": n / 7 for n in range(13)}
    whose = ("[0, 0.16) of a text of several words", "b", "#\\$")
    return Table("wide", "50 % of {a_b}", columns, [{"who": one} | numbers for one in whose])


def test_a_wide_table_stays_on_the_line():
    """In LaTeX the columns share the line among them; a narrow table's are as wide as their texts."""
    columns = re.search(r"begin\{longtable\}\{(.*)\}", latex_text(_wide_table(), "note"))[1]
    shares = [float(one) for one in re.findall(r"p\{([\d.]+)\\dimexpr", columns)]
    assert len(shares) == 14
    assert sum(shares) == pytest.approx(1, abs=14 * 5e-5)  # each is rounded to four decimals
    narrow = Table("t", "narrow", (Column("a", "a"), Column("b", "b", 1)), [{"a": "x", "b": 1.0}])
    assert "\\begin{longtable}{lr}" in latex_text(narrow, "note")


def test_columns_hold_their_longest_words():
    table = _wide_table()
    wanted = [7, *(6 for _ in range(10)), *(6 for _ in range(3))]  # "several"; "column"
    assert column_widths(table, 0) == wanted
    assert least_width(table) == sum(wanted)
    # With room for all, the longest line of each: 36 letters of a text, "column 9 %" and "column 10 %".
    whole = [36, *(10 for _ in range(10)), *(11 for _ in range(3))]
    assert column_widths(table, 1000) == whole
    assert whole_width(table) == sum(whole)
    assert sum(column_widths(table, 120)) == pytest.approx(120)


def test_latex_compiles(tmp_path):
    """With the packages that the first line names, under the engine that the machine has."""
    engine = shutil.which("pdflatex")
    if engine is None:
        pytest.skip("needs pdflatex")
    design = EXAMPLES["boin"]()
    made = protocol_text("BOIN", design)
    code = "[a]\n    b = '~^'\n\n[c]"
    hostile = [Section("wide " + HOSTILE, [Part(HOSTILE, HOSTILE)], [_wide_table()], code)]
    latex = as_latex(ProtocolText(made.title, [*made.sections, *hostile]))
    packages = "\n".join(re.findall(r"\\usepackage\S*?\}", latex.splitlines()[0]))
    document = f"\\documentclass{{article}}\n{packages}\n\\begin{{document}}\n{latex}\n\\end{{document}}\n"
    (tmp_path / "it.tex").write_text(document, encoding="utf-8")
    words = [engine, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "it.tex"]
    ran = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-2000:]
    # A line that stands out by less than 5 points is still inside the margin.
    too_wide = re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\) in align", ran.stdout)
    assert not [one for one in too_wide if float(one) > 5]


def test_a_word_files_columns_are_as_wide_as_what_they_hold():
    docx = pytest.importorskip("docx", reason="python-docx is not installed: pip install 'bayesdose[docx]'")
    text = ProtocolText("t", [Section("s", tables=[_wide_table()])])
    document = docx.Document(io.BytesIO(as_docx(text)))
    (table,) = document.tables
    widths = [column.width for column in table.columns]
    page = document.sections[0]
    assert sum(widths) <= page.page_width - page.left_margin - page.right_margin
    assert widths[0] > widths[1] == widths[2]
    assert [cell.paragraphs[0].alignment for cell in table.rows[1].cells[:2]] == [
        None,
        docx.enum.text.WD_ALIGN_PARAGRAPH.RIGHT,
    ]
