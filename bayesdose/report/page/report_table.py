"""A table of a report, before it is HTML, CSV or LaTeX."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

__all__ = ["ERRORS", "Column", "Table"]

# What may stand beside a value of the column `name`, as in results: `name_mcse` and so on.
ERRORS = ("_mcse", "_lower", "_upper")


@dataclass(frozen=True)
class Column:
    """A column.

    Parameters
    ----------
    key : str
        Key of its values in the rows, and heading in CSV.
    heading : str
        Heading for people.
    decimals : int, optional
        Decimals that people are shown; a column of texts has none.
    factor : float, default 1
        Factor of the numbers that people are shown; 100 for percent.
    """

    key: str
    heading: str
    decimals: int | None = None
    factor: float = 1

    def shown(self, row: Mapping[str, Any]) -> str:
        """A row's value as people are shown it, with its standard error or its bounds."""
        value = row.get(self.key)
        if value is None:
            return ""
        if self.decimals is None:
            return str(value)
        if math.isnan(value):
            return "\N{EN DASH}"
        text = self._number(value)
        if f"{self.key}_mcse" in row:
            return f"{text} ± {self._number(row[f'{self.key}_mcse'])}"
        low, high = row.get(f"{self.key}_lower"), row.get(f"{self.key}_upper")
        if low is not None and high is not None:
            return f"{text} ({self._number(low)} to {self._number(high)})"
        return text

    def _number(self, value: float) -> str:
        return f"{self.factor * value:.{self.decimals}f}"


@dataclass(frozen=True)
class Table:
    """A table.

    Parameters
    ----------
    name : str
        Name of its files and its place on the page.
    caption : str
        What it shows, with units.
    columns : sequence of Column
        The columns.
    rows : sequence of mapping of str to value
        Values by the columns' keys; numbers in full, which CSV keeps.
    grouped : int, default 0
        Number of first columns whose values are shown once for the rows that share them.
    marked : frozenset of (int, str)
        Cells that stand out: the row's number and the column's key.
    """

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    grouped: int = 0
    marked: frozenset[tuple[int, str]] = frozenset()

    def groups(self) -> list[list[tuple[int, Mapping[str, Any]]]]:
        """Numbered rows, those together that share the first columns."""
        keys = [column.key for column in self.columns[: self.grouped]]
        if not keys:
            return [list(enumerate(self.rows))]
        return [
            list(group)
            for _, group in groupby(enumerate(self.rows), key=lambda row: [row[1].get(key) for key in keys])
        ]

    def keys(self) -> list[str]:
        """Headings of the CSV file: the columns' keys, each followed by what stands beside its values."""
        present = {key for row in self.rows for key in row}
        return [
            key
            for column in self.columns
            for key in (
                column.key,
                *(column.key + error for error in ERRORS if column.key + error in present),
            )
        ]
