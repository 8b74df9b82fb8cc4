"""The decision table of a rule with pending patients, as protocols print it."""

import math
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated

import annotated_types as at
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Patients
from bayesdose.errors import InputError
from bayesdose.late_onset.pending_rule import SUSPEND, PendingRule
from bayesdose.rules.decision_table import DEESCALATE, ELIMINATE, ESCALATE, STAY

__all__ = ["PendingRow", "PendingTable", "pending_table"]

LETTERS = {ESCALATE: "E", STAY: "S", DEESCALATE: "D", ELIMINATE: "U", SUSPEND: "W"}
_DECIMALS = 2


@dataclass(frozen=True)
class PendingRow:
    """What follows from so many patients, DLTs and pending patients at a dose.

    Parameters
    ----------
    patients, dlts, pending : int
        Numbers at the dose.
    decisions : str
        The letters that the follow-up decides between, from the longest to the shortest, such as ``"ES"``.
    escalate_from : float or None
        Follow-up of the pending patients, in windows, from which the dose is escalated, where it matters.
    deescalate_to : float or None
        Follow-up up to which it is de-escalated, where it matters.
    """

    patients: int
    dlts: int
    pending: int
    decisions: str
    escalate_from: float | None
    deescalate_to: float | None

    @property
    def printed(self) -> tuple[float | None, float | None]:
        """Both boundaries with two decimals, rounded up: whoever follows them is never less careful."""
        return _up(self.escalate_from), _up(self.deescalate_to)

    @property
    def nearest(self) -> tuple[float | None, float | None]:
        """Both boundaries with two decimals, rounded to the nearest, as publications print them."""
        return _nearest(self.escalate_from), _nearest(self.deescalate_to)


@checked_value
class PendingTable:
    """All decisions of a rule with pending patients; made by `pending_table`.

    Parameters
    ----------
    rows : tuple of PendingRow
        By patients, DLTs and pending patients, all rising.
    source : str
        The rule in words.
    """

    rows: tuple[PendingRow, ...]
    source: str

    def __str__(self) -> str:
        heading = ["patients", "DLTs", "pending", "decision", "E if STFT >=", "D if STFT <="]
        lines = [heading]
        for _, group in groupby(self.rows, key=_alike):
            same = list(group)
            first, last = same[0], same[-1]
            pending = str(first.pending) if first is last else f"{first.pending}-{last.pending}"
            bounds = ["" if value is None else f"{value:.2f}" for value in first.printed]
            decision = "/".join(first.decisions)
            lines.append([str(first.patients), str(first.dlts), pending, decision, *bounds])
        widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]
        shown = [
            "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
        ]
        return "\n".join(line.rstrip() for line in shown)

    @checked
    def row(self, patients: int, dlts: int, pending: int) -> PendingRow:
        """The row for these numbers.

        Raises
        ------
        InputError
            If the table has none.
        """
        for row in self.rows:
            if (row.patients, row.dlts, row.pending) == (patients, dlts, pending):
                return row
        raise InputError(
            "pending table",
            got=f"{patients} patients, {dlts} DLTs, {pending} pending",
            wanted=f"numbers after full cohorts, up to {self.rows[-1].patients} patients",
        )


@checked
def pending_table(
    rule: PendingRule,
    max_patients: Annotated[int, at.Ge(1), at.Le(100)],
    cohort_size: Patients = 3,
) -> PendingTable:
    """Every decision of a rule with pending patients, after full cohorts at a dose.

    E is escalate, S stay, D de-escalate, U never give this dose or a higher one again, W wait: suspend
    accrual. STFT is the sum of the pending patients' follow-up, each as a share of the window. The printed
    boundaries are rounded up: then a trial that follows the print is at no moment less careful than the rule.

    Parameters
    ----------
    rule : PendingRule
        `SingleImputation` or `EffectiveSampleSize`.
    max_patients : int
        Most patients at a dose, at most 100.
    cohort_size : int, default 3
        Rows are given for its multiples.

    Returns
    -------
    PendingTable
        Its text is the table; its rows have the boundaries as numbers.

    Raises
    ------
    InputError
        If a number is out of range.

    Examples
    --------
    >>> from bayesdose.grid import DoseGrid
    >>> from bayesdose.late_onset.interval_with_pending import tite_boin
    >>> design = tite_boin(DoseGrid.of_levels(5), 0.3, max_patients=30)
    >>> print(pending_table(design.rule, 3))
    patients  DLTs  pending  decision  E if STFT >=  D if STFT <=
           3     0      0-1         E
           3     0      2-3         W
           3     1        0         S
           3     1        1       S/D                        0.88
           3     1        2         W
           3     2      0-1         D
           3     3        0         U
    """
    numbers = [
        (patients, dlts, pending)
        for patients in range(cohort_size, max_patients + 1, cohort_size)
        for dlts in range(patients + 1)
        for pending in range(patients - dlts + 1)
    ]
    patients, dlts, pending = np.array(numbers).T
    up, down = rule.thresholds(patients, dlts, pending)
    # Nobody's follow-up is the whole window, so the longest sum stays below the pending patients.
    longest = rule.decide(patients, dlts, pending, np.nextafter(pending, 0), 1.0)
    shortest = rule.decide(patients, dlts, pending, np.zeros(len(pending)), 1.0)
    both = np.isfinite(up) & np.isfinite(down)
    half = (np.where(both, up, 0) + np.where(both, down, 0)) / 2
    middle = rule.decide(patients, dlts, pending, np.clip(half, 0, np.nextafter(pending, 0)), 1.0)
    rows = []
    for index, (one, other, between) in enumerate(zip(longest, shortest, middle, strict=True)):
        letters = "".join(dict.fromkeys(LETTERS[int(code)] for code in (one, between, other)))
        matters = len(letters) > 1
        rises, falls = matters and letters[0] in "EW", matters and letters[-1] == "D"
        rows.append(
            PendingRow(
                *numbers[index],
                letters,
                float(up[index]) if rises else None,
                float(down[index]) if falls else None,
            )
        )
    return PendingTable(tuple(rows), str(rule))


def _alike(row: PendingRow) -> tuple:
    bounds = (row.escalate_from, row.deescalate_to)
    # A row with boundaries stands alone.
    return row.patients, row.dlts, row.decisions, row.pending if any(b is not None for b in bounds) else None


def _nearest(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)


def _up(value: float | None) -> float | None:
    if value is None:
        return None
    scale = 10**_DECIMALS
    return math.ceil(round(value * scale, 9)) / scale
