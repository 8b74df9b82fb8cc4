"""Decision tables as one HTML page that prints well."""

from collections.abc import Sequence
from html import escape

from bayesdose.report.page.report_table import Table

__all__ = ["as_html"]

_STYLE = """
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #111; background: #fff; font: 1rem/1.4 system-ui, sans-serif; }
h1 { font-size: 1.3rem; overflow-wrap: anywhere; }
.wide { overflow-x: auto; margin: 1.5rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .4rem; min-width: 16rem; }
th, td { border: 1px solid #777; padding: .2rem .6rem; text-align: left; font-weight: normal; }
thead th, td:first-child { white-space: nowrap; }
thead th { font-weight: 600; border-bottom: 2px solid #111; vertical-align: bottom; }
.number { text-align: right; }
footer { border-top: 1px solid #777; font-size: .85rem; overflow-wrap: anywhere; }
@page { margin: 15mm; }
@media print { body { margin: 0; font-size: 10pt; } .wide { overflow: visible; } tr { break-inside: avoid; } thead { display: table-header-group; } }
"""  # noqa: E501


def as_html(title: str, tables: Sequence[Table], notes: Sequence[str]) -> str:
    """A page without a script, that loads nothing.

    Parameters
    ----------
    title : str
        Its title.
    tables : sequence of Table
        The tables.
    notes : sequence of str
        What stands below them: assumptions, the design's hash and the version.
    """
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
            f"<h1>{escape(title)}</h1>",
            *map(_table, tables),
            "<footer>",
            *(f"<p>{escape(note)}</p>" for note in notes),
            "</footer>\n</body>\n</html>\n",
        ]
    )


def _table(table: Table) -> str:
    numbers = ["" if column.decimals is None else ' class="number"' for column in table.columns]
    heading = "".join(
        f'<th scope="col"{number}>{escape(column.heading)}</th>'
        for column, number in zip(table.columns, numbers, strict=True)
    )
    rows = "\n".join(
        "<tr>"
        + "".join(
            f"<td{number}>{escape(column.shown(row))}</td>"
            for column, number in zip(table.columns, numbers, strict=True)
        )
        + "</tr>"
        for row in table.rows
    )
    return (
        f'<div class="wide"><table><caption>{escape(table.caption)}</caption>\n'
        f"<thead><tr>{heading}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>"
    )
