"""A decision table as a reader sees it: a row for each number of DLTs."""

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bayesdose.rules.decision_table import DecisionTable

__all__ = ["LETTERS", "rows_by_dlts", "table_as_html"]

LETTERS = (
    "E: escalate, S: stay, D: de-escalate, U: de-escalate, and never give this dose or a higher one again"
)


def rows_by_dlts(table: "DecisionTable") -> list[tuple[str, list[str]]]:
    """The DLTs, and a letter for each of the table's numbers of patients, empty where there are fewer.

    Rows at the end that say the same are one, for so many DLTs "or more".

    Examples
    --------
    >>> from bayesdose.rules.decision_table import DecisionTable
    >>> rows_by_dlts(DecisionTable(("", "", "ESUU", "ESSUU")))
    [('0', ['E', 'E']), ('1', ['S', 'S']), ('2', ['U', 'S']), ('3 or more', ['U', 'U'])]
    """
    letters = [
        [table.rows[patients - 1][dlts : dlts + 1] for patients in table.patients]
        for dlts in range(max(table.patients) + 1)
    ]
    last = len(letters) - 1
    while last and len({letter for row in letters[last - 1 :] for letter in row if letter}) == 1:
        last -= 1
    more = " or more" if last < len(letters) - 1 else ""
    return [(f"{dlts}{more if dlts == last else ''}", row) for dlts, row in enumerate(letters[: last + 1])]


def table_as_html(table: "DecisionTable") -> str:
    """The source, what the letters mean, and the rows."""
    numbers = "".join(f"<th>{patients}</th>" for patients in table.patients)
    across = f'<th colspan="{len(table.patients)}" style="text-align: center">patients</th>'
    heading = f'<tr><th rowspan="2">DLTs</th>{across}</tr><tr>{numbers}</tr>'
    rows = "".join(
        f"<tr><th>{dlts}</th>{''.join(f'<td>{letter}</td>' for letter in letters)}</tr>"
        for dlts, letters in rows_by_dlts(table)
    )
    return (
        f"<p>{escape(table.source)}</p><p>{LETTERS}.</p>"
        f"<table><thead>{heading}</thead><tbody>{rows}</tbody></table>"
    )
