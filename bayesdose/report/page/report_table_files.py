"""A report's tables as CSV and LaTeX files."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bayesdose.files import write_atomically
from bayesdose.report.page.report_table import Table

__all__ = ["csv_text", "in_latex", "latex_text", "write_tables"]

_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "±": r"$\pm$",
    "\N{EN DASH}": "--",
}


def write_tables(tables: Sequence[Table], folder: Path, note: str) -> None:
    """Write each table to ``<name>.csv`` and ``<name>.tex`` in a folder."""
    for table in tables:
        for suffix, text in (("csv", csv_text(table, note)), ("tex", latex_text(table, note))):
            write_atomically(
                folder / f"{table.name}.{suffix}",
                lambda path, text=text: path.write_text(text, encoding="utf-8"),
            )


def csv_text(table: Table, note: str) -> str:
    """The table with every digit, under a comment line (``pandas.read_csv(..., comment="#")``)."""
    out = io.StringIO()
    out.write(f"# {_line(note)}\n")
    writer = csv.DictWriter(out, table.keys(), restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _plain(value) for key, value in row.items()} for row in table.rows)
    return out.getvalue()


def latex_text(table: Table, note: str) -> str:
    """The table as people are shown it, for LaTeX with the packages booktabs and longtable."""
    align = "".join("l" if column.decimals is None else "r" for column in table.columns)
    heading = " & ".join(in_latex(column.heading) for column in table.columns)
    lines = [
        f"% {_line(note)}",
        "% Needs \\usepackage{booktabs,longtable}",
        f"\\begin{{longtable}}{{{align}}}",
        f"\\caption{{{in_latex(table.caption)}}} \\label{{tab:{table.name}}} \\\\",
        "\\toprule",
        f"{heading} \\\\",
        "\\midrule",
        "\\endhead",
        "\\bottomrule",
        "\\endfoot",
    ]
    for number, group in enumerate(table.groups()):
        if number and table.grouped:
            lines.append("\\addlinespace")
        for place, (index, row) in enumerate(group):
            cells = []
            for position, column in enumerate(table.columns):
                repeated = place > 0 and position < table.grouped
                text = "" if repeated else in_latex(column.shown(row))
                cells.append(f"\\textbf{{{text}}}" if (index, column.key) in table.marked else text)
            lines.append(f"{' & '.join(cells)} \\\\")
    return "\n".join([*lines, "\\end{longtable}", ""])


def in_latex(text: str) -> str:
    """A text as LaTeX writes it, on one line."""
    return "".join(_LATEX.get(letter, letter) for letter in _line(text))


def _line(text: str) -> str:
    return " ".join(text.split())


def _plain(value: Any) -> Any:
    """Python's number for numpy's, which prints its type too."""
    return value.item() if hasattr(value, "item") else value
