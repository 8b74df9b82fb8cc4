"""Decision tables: what to do after so many DLTs in so many patients at the current dose."""

from abc import abstractmethod
from functools import cache
from typing import Annotated, Any, Protocol, Self

import annotated_types as at
import attrs
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.conform import conform
from bayesdose.checks.kinds import kind
from bayesdose.checks.quantities import Patients, Whole
from bayesdose.errors import InputError
from bayesdose.rules.decision_boundaries import (
    BOUNDARY_ROWS,
    boundaries_as_text,
    rows_from_boundaries,
)
from bayesdose.rules.decision_table_shown import table_as_html
from bayesdose.rules.elimination import BetaElimination

__all__ = [
    "DECISIONS",
    "DEESCALATE",
    "ELIMINATE",
    "ESCALATE",
    "MOST_ROWS",
    "STAY",
    "DecisionRule",
    "DecisionTable",
]

DECISIONS = "ESDU"
BoundaryLetter = Annotated[str, at.Predicate(("E", "D", "U").__contains__), "that is E, D or U"]
# Positions in DECISIONS, mildest first.
ESCALATE = 0
STAY = 1
DEESCALATE = 2
ELIMINATE = 3
MOST_ROWS = 500


@kind("rule")
class DecisionRule(Protocol):
    """A rule that gives a decision for each number of patients and of DLTs at the current dose."""

    @property
    @abstractmethod
    def citation(self) -> str:
        """Keys of ``references.bib``, commas between them; an empty text if the rule was not published."""
        ...

    @abstractmethod
    def table(self, max_patients: int) -> "DecisionTable":
        """The decisions for up to `max_patients` patients at a dose."""
        ...


def _check_rows(table: "DecisionTable", field: attrs.Attribute, rows: tuple[str, ...]) -> None:
    for patients, row in enumerate(rows, start=1):
        where = f"DecisionTable, rows, for {patients} patients"
        if row and (len(row) != patients + 1 or not set(row) <= set(DECISIONS)):
            raise InputError(
                where,
                got=row,
                wanted=f"{patients + 1} letters, one for each number of DLTs, of E, S, D, U",
            )
        codes = [DECISIONS.index(letter) for letter in row]
        if codes != sorted(codes):
            raise InputError(where, got=row, wanted="no milder decision with more DLTs (E, S, D, U)")
    if not any(rows):
        raise InputError("DecisionTable, rows", got=rows, wanted="at least one row of decisions")
    if set("".join(rows)) == {"E"}:
        raise InputError(
            "DecisionTable, rows",
            got=rows,
            wanted="decisions that depend on the DLTs; these escalate even where every patient had one",
        )


def _source_in_quotes(citation: str, table: Any) -> str:
    words = table.source.replace('"', "'")
    return citation or f'"{words}"'


@checked_value
class DecisionTable(DecisionRule):
    """A decision for each number of patients and of DLTs at the current dose.

    The letters are E (escalate to the next higher dose), S (stay), D (de-escalate to the next lower
    dose) and U (unacceptable: de-escalate, and never give this dose or a higher one again; "DU" in some
    tables). With more DLTs the decision is the same or stricter.

    Parameters
    ----------
    rows : tuple of str
        Row n-1 has the letters for n patients, with 0, 1, ..., n DLTs; an empty row where the table
        says nothing about n patients.
    source : str, optional
        Where the table comes from, in words.
    citation : str, optional
        Keys of the shipped references that it comes from (see `bayesdose.citation`); by default the
        source in quotation marks, which is no key.

    Raises
    ------
    InputError
        If there is no row or more than 500, a row has another number of letters, a letter is unknown, more
        DLTs get a milder decision, or the table escalates whatever happens.

    Examples
    --------
    >>> table = DecisionTable(("", "", "ESDU"))
    >>> table.decision(patients=3, dlts=1)
    'S'
    >>> print(table)
    DLTs  n=3
       0    E
       1    S
       2    D
       3    U
    """

    rows: Annotated[
        tuple[str, ...],
        at.Predicate(lambda rows: len(rows) <= MOST_ROWS),
        f"(a row for each number of patients up to {MOST_ROWS})",
    ] = attrs.field(validator=_check_rows)
    source: str = "a given decision table"
    citation: str = attrs.field(  # pyright: ignore[reportIncompatibleMethodOverride]
        default="", converter=attrs.Converter(_source_in_quotes, takes_self=True)
    )

    def __str__(self) -> str:
        shown = self.patients
        lines = ["DLTs" + "".join(f"  n={patients}".rjust(5) for patients in shown)]
        for dlts in range(max(shown) + 1):
            cells = [self.rows[n - 1][dlts : dlts + 1].rjust(len(f"  n={n}")) for n in shown]
            lines.append((f"{dlts:4d}" + "".join(cells)).rstrip())
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return table_as_html(self)

    @property
    def patients(self) -> tuple[int, ...]:
        """Numbers of patients at a dose for which there are decisions."""
        return tuple(number for number, row in enumerate(self.rows, start=1) if row)

    @property
    def codes(self) -> np.ndarray:
        """Positions in `DECISIONS` by patients and DLTs, -1 where no row has them; shape (N + 1, N + 1)."""
        return _codes(self.rows)

    @checked
    def decision(self, patients: int, dlts: int) -> str:
        """The letter for one number of patients and of DLTs.

        Raises
        ------
        InputError
            If the table has no such entry.
        """
        if patients not in self.patients or not 0 <= dlts <= patients:
            raise InputError(
                "decision table",
                got=f"{dlts} DLTs in {patients} patients",
                wanted=f"one of {', '.join(map(str, self.patients))} patients and at most as many DLTs",
            )
        return self.rows[patients - 1][dlts]

    @checked
    def boundaries(self, decision: BoundaryLetter) -> list[int | None]:
        """Numbers of DLTs at which the decision changes, one for each of `patients`.

        Parameters
        ----------
        decision : {"E", "D", "U"}
            E asks for the most DLTs with which the dose is escalated, D for the fewest with which it is
            de-escalated or eliminated, U for the fewest with which it is eliminated.

        Returns
        -------
        list of int or None
            None where this decision is not made for any number of DLTs.
        """
        if decision == "E":
            most = [self.rows[n - 1].rfind("E") for n in self.patients]
            return [None if dlts < 0 else dlts for dlts in most]
        code = DECISIONS.index(decision)
        reached = [[DECISIONS.index(letter) >= code for letter in self.rows[n - 1]] for n in self.patients]
        return [row.index(True) if True in row else None for row in reached]

    def as_boundaries(self) -> str:
        """The table as protocols print it: at how many DLTs the decision changes, for each of `patients`.

        "De-escalate" includes "eliminate".

        Examples
        --------
        >>> print(DecisionTable(("", "", "ESDU", "", "", "EESDUUU")).as_boundaries())
                                n=3  n=6
        escalate if DLTs <=       0    1
        de-escalate if DLTs >=    2    3
        eliminate if DLTs >=      3    4
        """
        return boundaries_as_text(
            self.patients, {letter: self.boundaries(letter) for letter in BOUNDARY_ROWS}
        )

    @classmethod
    @checked
    def from_boundaries(
        cls,
        patients: tuple[Patients, ...],
        escalate: tuple[Whole | None, ...],
        deescalate: tuple[Whole | None, ...],
        eliminate: tuple[Whole | None, ...] | None = None,
        source: str = "a given decision table",
    ) -> Self:
        """A table as protocols print it: for each number of patients, where the decision changes.

        Parameters
        ----------
        patients : sequence of int
            Numbers of patients at the dose, increasing.
        escalate : sequence of int or None
            For each of them, the most DLTs with which the dose is escalated; None where it never is.
        deescalate, eliminate : sequence of int or None
            The fewest DLTs with which it is de-escalated, and with which it is eliminated too; None where
            it never is. Without `eliminate` no dose is ever eliminated.
        source : str, optional
            Where the table comes from, in words.

        Raises
        ------
        InputError
            If there is not one number for each number of patients, or a decision is milder with more DLTs.

        Examples
        --------
        BOIN for a target of 0.3 in cohorts of three (Yan et al. 2020):

        >>> table = DecisionTable.from_boundaries(
        ...     patients=(3, 6, 9), escalate=(0, 1, 2), deescalate=(2, 3, 4), eliminate=(3, 4, 5)
        ... )
        >>> table.rows[2], table.rows[5]
        ('ESDU', 'EESDUUU')
        """
        unacceptable = (None,) * len(patients) if eliminate is None else eliminate
        return cls(rows_from_boundaries(patients, escalate, deescalate, unacceptable), source)

    def table(self, max_patients: int) -> Self:
        """The table itself; a design checks that it reaches far enough."""
        return self


@cache
def _codes(rows: tuple[str, ...]) -> np.ndarray:
    codes = np.full((len(rows) + 1, len(rows) + 1), -1, dtype=np.int8)
    for patients, row in enumerate(rows, start=1):
        codes[patients, : len(row)] = [DECISIONS.index(letter) for letter in row]
    codes.flags.writeable = False
    return codes


class DecidingRule(Protocol):
    """A rule that decides cell by cell, apart from elimination."""

    @property
    def elimination(self) -> BetaElimination:
        """Which doses are eliminated, whatever `decide` says."""
        ...

    @property
    def citation(self) -> str:
        """Keys of ``references.bib``, commas between them; an empty text if the rule was not published."""
        ...

    def decide(self, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
        """ESCALATE, STAY or DEESCALATE for each number of patients and of DLTs, all of one shape."""
        ...


def filled_table(rule: DecidingRule, max_patients: int) -> DecisionTable:
    """Every decision of a rule for up to `max_patients` patients at a dose.

    Raises
    ------
    InputError
        If `max_patients` is not a whole number from 1 to 500.
    """
    return _filled(rule, conform(max_patients, Patients, "decision table, max_patients"))


@cache
def _filled(rule: DecidingRule, max_patients: int) -> DecisionTable:
    patients, dlts = np.tril_indices(max_patients + 1)
    patients, dlts = patients[1:], dlts[1:]  # nothing is decided before the first patient
    codes = np.where(rule.elimination.too_toxic(patients, dlts), ELIMINATE, rule.decide(patients, dlts))
    letters = "".join(DECISIONS[code] for code in codes)
    ends = np.cumsum(np.arange(2, max_patients + 2)).tolist()
    rows = tuple(letters[end - n - 1 : end] for n, end in enumerate(ends, start=1))
    return DecisionTable(rows, source=str(rule), citation=rule.citation)
