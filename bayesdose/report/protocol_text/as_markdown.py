"""A text as Markdown (CommonMark with tables)."""

import re

from bayesdose.report.page.report_table import Table
from bayesdose.report.protocol_text.text import Part, ProtocolText, Section

__all__ = ["as_markdown"]

# What Markdown would take for markup: emphasis, code, tables, tags, entities, links.
_MARKUP = re.compile(r"[\\`*_|]|<(?=[A-Za-z/!?])|&(?=[#A-Za-z])|(?<=\])\(")
# And at the beginning of a paragraph: a heading, a quotation, an item of a list.
_BEGINS = re.compile(r"^(\d*)([#>+~=-]|(?<=\d)[.)])")


def as_markdown(text: ProtocolText) -> str:
    """The text with headings, paragraphs, tables and a fenced block."""
    blocks = [f"# {_escaped(text.title)}"]
    for section in text.sections:
        blocks += _blocks(section)
    return "\n\n".join(blocks) + "\n"


def _blocks(section: Section) -> list[str]:
    fence = "`" * max([3, *(len(ticks) + 1 for ticks in re.findall("`+", section.code))])
    code = [f"{fence}toml\n{section.code.rstrip()}\n{fence}"] if section.code else []
    return [
        f"## {_escaped(section.heading)}",
        *map(_paragraph, section.parts),
        *(block for table in section.tables for block in _table(table)),
        *code,
    ]


def _paragraph(part: Part) -> str:
    return f"**{_escaped(part.about)}.** {_escaped(part.words)}" if part.about else _plain(part.words)


def _table(table: Table) -> list[str]:
    rows = [[_escaped(column.heading) for column in table.columns]]
    rows.append(["---" if column.decimals is None else "---:" for column in table.columns])
    for index, row in enumerate(table.rows):
        cells = [(column.key, _escaped(column.shown(row))) for column in table.columns]
        rows.append([f"**{cell}**" if (index, key) in table.marked else cell for key, cell in cells])
    return [_plain(table.caption), "\n".join(f"| {' | '.join(row)} |" for row in rows)]


def _plain(text: str) -> str:
    return _BEGINS.sub(r"\1\\\2", _escaped(text))


def _escaped(text: str) -> str:
    return _MARKUP.sub(lambda found: f"\\{found[0]}", " ".join(text.split()))
