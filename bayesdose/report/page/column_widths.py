"""How wide the columns of a table are where it would not fit on a line of text."""

from bayesdose.report.page.report_table import Table

__all__ = ["column_widths", "least_width", "whole_width"]


def whole_width(table: Table) -> int:
    """Letters in a line of the table if no cell is broken."""
    return sum(_longest(texts) for texts in _texts(table))


def least_width(table: Table) -> int:
    """Letters in a line of the table if cells are broken wherever there is a space."""
    return sum(_longest_word(texts) for texts in _texts(table))


def column_widths(table: Table, room: float) -> list[float]:
    """Letters in each column, where a line has room for so many.

    No column is narrower than its longest word, even if there is no room for it; what is left goes to those
    whose texts are broken.
    """
    columns = _texts(table)
    widths = [float(_longest_word(texts)) for texts in columns]
    wanting = [_longest(texts) - width for texts, width in zip(columns, widths, strict=True)]
    if room > sum(widths) and sum(wanting):
        given = min(1.0, (room - sum(widths)) / sum(wanting))
        widths = [width + given * more for width, more in zip(widths, wanting, strict=True)]
    return widths


def _texts(table: Table) -> list[list[str]]:
    """What stands in each column, its heading first."""
    return [[column.heading, *(column.shown(row) for row in table.rows)] for column in table.columns]


def _longest(texts: list[str]) -> int:
    return max(len(text) for text in texts) or 1


def _longest_word(texts: list[str]) -> int:
    return max((len(word) for text in texts for word in text.split()), default=1)
