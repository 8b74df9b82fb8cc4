"""A report's tables as CSV and LaTeX files."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bayesdose.files import write_atomically
from bayesdose.report.page.column_widths import column_widths, least_width, whole_width
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
    # After a line's end it would be the beginning of an option.
    "[": "{[}",
    "±": r"$\pm$",
    "\N{EN DASH}": "--",
}
# Letters that a line of an article on A4 or letter paper holds in the text's size and in smaller ones, and
# those that the space beside a column takes.
_LINE, _BESIDE = 65, 2.5
_SMALLER = (("footnotesize", 78, 2), ("scriptsize", 90, 2.3))


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
    """The table as people are shown it, for LaTeX with the packages array, booktabs and longtable.

    A table that is wider than the line is set in a smaller size, and its cells are broken.
    """
    size, align = _size_and_columns(table)
    heading = " & ".join(in_latex(column.heading) for column in table.columns)
    heading = f"\\toprule\n{heading} \\\\\n\\midrule"
    lines = [
        f"% {_line(note)}",
        "% Needs \\usepackage{array,booktabs,longtable}",
        f"\\begingroup{size}\\setlength{{\\LTcapwidth}}{{\\linewidth}}",
        f"\\begin{{longtable}}{{{align}}}",
        f"\\caption{{{in_latex(table.caption)}}} \\label{{tab:{table.name}}} \\\\",
        heading,
        "\\endfirsthead",
        heading,
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
    return "\n".join([*lines, "\\end{longtable}", "\\endgroup", ""])


def _size_and_columns(table: Table) -> tuple[str, str]:
    """The size of the letters, and the alignment of the columns: of given width where they would not fit."""
    number = len(table.columns)
    numbers = [column.decimals is not None for column in table.columns]
    if whole_width(table) + number * _BESIDE <= _LINE:
        return "", "".join("r" if one else "l" for one in numbers)
    fits = [one for one in _SMALLER if least_width(table) + number * one[2] <= one[1]]
    size, line, beside = (fits or _SMALLER[-1:])[0]
    widths = column_widths(table, line - number * beside)
    columns = "".join(
        f">{{\\ragged{'left' if one else 'right'}\\arraybackslash}}"
        f"p{{{width / sum(widths):.4f}\\dimexpr\\linewidth-{2 * number}\\tabcolsep\\relax}}"
        for width, one in zip(widths, numbers, strict=True)
    )
    return f"\\{size}\\setlength{{\\tabcolsep}}{{4pt}}", columns


def in_latex(text: str) -> str:
    """A text as LaTeX writes it, on one line."""
    written = "".join(_LATEX.get(letter, letter) for letter in _line(text))
    return written.replace(" \\textasciitilde{} ", " $\\sim$ ")  # "is distributed as" between words


def _line(text: str) -> str:
    return " ".join(text.split())


def _plain(value: Any) -> Any:
    """Python's number for numpy's, which prints its type too."""
    return value.item() if hasattr(value, "item") else value
