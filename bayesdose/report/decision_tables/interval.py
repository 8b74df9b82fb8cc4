"""Decision tables of interval designs: where the decision changes, and the letters."""

import math

from bayesdose.designs.interval import IntervalDesign
from bayesdose.report.page.report_table import Column, Table
from bayesdose.rules.boin_boundaries import BOINBoundaries
from bayesdose.rules.decision_boundaries import BOUNDARY_ROWS
from bayesdose.rules.decision_table_shown import LETTERS, rows_by_dlts

__all__ = ["boundary_table", "letter_table", "threshold_table"]

# Decimals with which publications print the boundaries.
_DECIMALS = 3


def boundary_table(name: str, design: IntervalDesign, file: str) -> Table:
    """At how many DLTs the decision changes, a column for each number of patients at the dose."""
    table = design.printed_table
    columns = (
        Column("patients", "decision"),
        *(Column(str(number), f"n = {number}") for number in table.patients),
    )
    rows = []
    for letter, words in BOUNDARY_ROWS.items():
        bounds = ("-" if dlts is None else str(dlts) for dlts in table.boundaries(letter))
        rows.append({"patients": words} | dict(zip(map(str, table.patients), bounds, strict=True)))
    caption = (
        f"Decisions of {name} by the DLTs among the patients (columns) at the current dose. Stay where none "
        "of the rows holds; eliminating a dose goes before de-escalating from it. A dash: at no number "
        "of DLTs."
    )
    return Table(file, caption, columns, rows)


def letter_table(name: str, design: IntervalDesign, file: str) -> Table:
    """A letter for each number of DLTs (rows) and of patients (columns) at the dose."""
    table = design.printed_table
    return Table(
        file,
        f"Decisions of {name} by the DLTs (rows) and the patients (columns) at the current dose. {LETTERS}.",
        (Column("dlts", "DLTs"), *(Column(str(number), str(number)) for number in table.patients)),
        [
            {"dlts": dlts} | dict(zip(map(str, table.patients), letters, strict=True))
            for dlts, letters in rows_by_dlts(table)
        ],
    )


def threshold_table(name: str, design: IntervalDesign, file: str) -> Table | None:
    """BOIN's boundaries of the DLT rate, rounded to the nearest and down; None for another rule.

    Rounded down is the safe direction of both: escalation needs a lower rate, de-escalation comes at a lower
    one.
    """
    rule = design.rule
    if not isinstance(rule, BOINBoundaries):
        return None
    rows = []
    for words, bound, up in (
        ("escalate if the rate <=", rule.lambda_e, True),
        ("de-escalate if the rate >=", rule.lambda_d, False),
    ):
        down = math.floor(bound * 10**_DECIMALS) / 10**_DECIMALS
        nearest = round(bound, _DECIMALS)
        changed = [len(_between(design, bound, rounded, up)) for rounded in (nearest, down)]
        rows.append(
            {
                "decision": words,
                "exact": bound,
                "nearest": f"{nearest:.{_DECIMALS}f}",
                "nearest_changes": changed[0],
                "down": f"{down:.{_DECIMALS}f}",
                "down_changes": changed[1],
            }
        )
    caption = (
        f"Boundaries of {name} for the observed DLT rate: exact, rounded to the nearest, and rounded "
        "down, the safe direction; and how many entries of the table each rounding "
        "would change."
    )
    columns = (
        Column("decision", "decision"),
        Column("exact", "exact", 6),
        Column("nearest", "to the nearest"),
        Column("nearest_changes", "entries changed", 0),
        Column("down", "down"),
        Column("down_changes", "entries changed", 0),
    )
    return Table(file, caption, columns, rows)


def _between(design: IntervalDesign, exact: float, rounded: float, up: bool) -> list[tuple[int, int]]:
    """Patients and DLTs of the printed table whose rate lies on other sides of the two boundaries."""

    def beyond(rate: float, bound: float) -> bool:
        return rate <= bound + 1e-12 if up else rate >= bound - 1e-12

    return [
        (patients, dlts)
        for patients in design.printed_table.patients
        for dlts in range(patients + 1)
        if beyond(dlts / patients, exact) != beyond(dlts / patients, rounded)
    ]
