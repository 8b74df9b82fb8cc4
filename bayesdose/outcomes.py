"""Observed patients: the notation ``1NNN 2NNT`` and the counts behind it.

A cohort is written as its dose level (1 is the lowest) followed by one letter a patient:
N no toxicity that matters, M moderate (grade 2, no DLT), T dose-limiting toxicity (DLT), E response
(efficacy) without a DLT, B both, X not evaluable: kept in the record, and counted neither as a patient nor as
a DLT. A design that does not look at responses takes E for N and B for T. Parentheses mark a cohort
outside the escalation (backfill, expansion, a lower dose by choice): its patients count
at their dose, and the escalation goes on from where it was. Where doses are given under several regimens a
level stands after the name of its regimen, ``Q2W:2NNT``; without a name it is one of the first regimen.
"""

import re
from typing import Annotated, Self

import annotated_types as at
import attrs
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Count, Levels, Whole
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.treatments import Grid, TreatmentGrid

__all__ = ["NOT_EVALUABLE", "Outcomes", "as_outcomes", "evaluable", "parse_outcomes"]

_LETTERS = "NMEBT"
# Where a letter counts, by the number of categories.
_CATEGORY = {2: (0, 0, 0, 1, 1), 3: (0, 1, 0, 2, 2), 4: (0, 0, 1, 2, 3)}
NOT_EVALUABLE = "X"
_COHORT = re.compile(r"(?:([A-Z][A-Z0-9]*):)?([1-9][0-9]{0,3})([NMEBTX]+)")
# Far beyond any trial; a text of millions of letters is a mistake.
_MOST_PATIENTS = 10_000
_Letters = Annotated[
    str,
    at.Predicate(lambda text: text != "" and set(text) <= {*_LETTERS, NOT_EVALUABLE}),
    "of letters N, M, E, B, T, X, one a patient",
]


def _check_number(outcomes: "Outcomes", field: attrs.Attribute, cohorts: tuple[tuple[int, str], ...]) -> None:
    written = sum(len(letters) for _, letters in cohorts)
    if written > _MOST_PATIENTS:
        wanted = f"at most {_MOST_PATIENTS}"
        raise InputError("outcomes", got=f"{written} patients", wanted=wanted)


def _check_outside(outcomes: "Outcomes", field: attrs.Attribute, outside: tuple[int, ...]) -> None:
    if list(outside) != sorted(set(outside)) or max(outside, default=0) > len(outcomes.cohorts):
        raise InputError(
            "Outcomes, outside",
            got=outside,
            wanted=f"numbers of cohorts, at most {len(outcomes.cohorts)}, increasing",
        )


def _check_regimens(outcomes: "Outcomes", field: attrs.Attribute, regimens: tuple[str, ...]) -> None:
    if regimens and len(regimens) != len(outcomes.cohorts):
        wanted = f"a name for each of the {len(outcomes.cohorts)} cohorts"
        raise InputError("Outcomes, regimens", got=regimens, wanted=wanted)


@checked_value
class Outcomes:
    """Cohorts in the order in which they were treated.

    Parameters
    ----------
    cohorts : tuple of (int, str)
        Dose level (1 is the lowest) and one letter of ``N``, ``M``, ``E``, ``B``, ``T``, ``X`` for each
        patient.
    outside : tuple of int, optional
        Numbers of the cohorts (1 is the first) that were treated outside the escalation, increasing.
    regimens : tuple of str, optional
        Name of each cohort's regimen, empty for the first or only one.

    Raises
    ------
    InputError
        If a level is below 1, a cohort is empty or has another letter, there are more than 10,000
        patients, a number in `outside` is not that of a cohort, or `regimens` are not as many as the cohorts.

    Examples
    --------
    >>> outcomes = parse_outcomes("1NNN 2NMT")
    >>> outcomes.counts(num_doses=3).tolist()
    [[3, 0], [2, 1], [0, 0]]
    >>> outcomes.counts(num_doses=3, categories=3).tolist()
    [[3, 0, 0], [1, 1, 1], [0, 0, 0]]
    >>> parse_outcomes("1NEB 2NNT").counts(num_doses=2, categories=4).tolist()
    [[1, 1, 1, 0], [2, 0, 0, 1]]
    >>> str(outcomes)
    '1NNN 2NMT'
    >>> parse_outcomes("1NNN 2NNT (1NNN)").outside
    (3,)
    >>> parse_outcomes("1NNN 2NNX").counts(num_doses=3).tolist()
    [[3, 0], [2, 0], [0, 0]]
    """

    cohorts: tuple[tuple[Count, _Letters], ...] = attrs.field(validator=_check_number)
    outside: tuple[Count, ...] = attrs.field(default=(), validator=_check_outside)
    regimens: tuple[str, ...] = attrs.field(default=(), validator=_check_regimens)

    def __str__(self) -> str:
        words = [f"{level}{letters}" for level, letters in self.cohorts]
        if self.regimens:
            words = [
                f"{name}:{word}" if name else word for name, word in zip(self.regimens, words, strict=True)
            ]
        marked = (f"({word})" if number in self.outside else word for number, word in enumerate(words, 1))
        return " ".join(marked)

    @property
    def num_patients(self) -> int:
        """Number of evaluable patients in all cohorts."""
        return sum(evaluable(letters) for _, letters in self.cohorts)

    @checked
    def counts(self, num_doses: Levels, categories: Annotated[int, at.Ge(2), at.Le(4)] = 2) -> np.ndarray:
        """Evaluable patients per dose and outcome category.

        Parameters
        ----------
        num_doses : int
            Number K of doses on the grid.
        categories : {2, 3, 4}
            2 counts patients without and with a DLT; 3 counts those with no toxicity that matters, with a
            moderate one, and with a DLT; 4 those with neither response nor DLT, with a response, with both,
            with a DLT.

        Returns
        -------
        ndarray of int, shape (K, categories)

        Raises
        ------
        InputError
            If a cohort was given a level above the grid, or under a named regimen.
        """
        if any(self.regimens):
            raise InputError(
                "outcomes", got=str(self), wanted="doses of one regimen, as the design has no other"
            )
        counts, category = np.zeros((num_doses, categories), dtype=np.int64), _CATEGORY[categories]
        for level, letters in self.cohorts:
            if level > num_doses:
                raise InputError(
                    "outcomes",
                    got=f"{level}{letters}",
                    wanted=f"dose levels from 1 to {num_doses}, the number of doses on the grid",
                )
            for letter, place in zip(_LETTERS, category, strict=True):
                counts[level - 1, place] += letters.count(letter)
        return counts

    @checked
    def renumbered(self, old: DoseGrid, new: DoseGrid) -> Self:
        """The same patients on other doses, such as a grid to which a level was added during the trial.

        Parameters
        ----------
        old : DoseGrid
            The doses whose level numbers the cohorts have.
        new : DoseGrid
            The doses whose level numbers they are to have.

        Raises
        ------
        InputError
            If the doses have other units, a cohort was given a level above the old ones, or its dose is not
            among the new ones.

        Examples
        --------
        Half a milligram is added below, and 2 mg between:

        >>> old, new = DoseGrid((1, 3, 10), "mg"), DoseGrid((0.5, 1, 2, 3, 10), "mg")
        >>> str(parse_outcomes("1NNN 2NTT (1NNN)").renumbered(old, new))
        '2NNN 4NTT (2NNN)'
        """
        if old.unit != new.unit:
            raise InputError("new doses, unit", got=new.unit, wanted=f"that of the old ones, {old.unit}")
        self.counts(len(old))  # refuses a level above the old doses
        levels = {level: new.index(old.values[level - 1]) + 1 for level, _ in self.cohorts}
        return attrs.evolve(self, cohorts=tuple((levels[level], letters) for level, letters in self.cohorts))

    @checked
    def numbered(self, grid: Grid) -> Self:
        """The same patients with the numbers of treatments in place of regimens and levels.

        Parameters
        ----------
        grid : DoseGrid or TreatmentGrid
            The doses of one regimen, of which the outcomes then are as they stand; or the treatments.

        Raises
        ------
        InputError
            If a regimen or a level is none of theirs.

        Examples
        --------
        >>> from bayesdose.treatments import Regimen, TreatmentGrid
        >>> grid = DoseGrid((0.1, 0.2, 0.3), "mg/kg")
        >>> both = TreatmentGrid((Regimen("Q3W", grid), Regimen("Q2W", grid)))
        >>> str(parse_outcomes("1NNN 2NNN Q2W:1NNT").numbered(both))
        '1NNN 2NNN 4NNT'
        """
        if not isinstance(grid, TreatmentGrid):
            self.counts(len(grid))  # refuses names of regimens, and levels above the grid
            return self
        names = self.regimens or ("",) * len(self.cohorts)
        cohorts = tuple(
            (grid.treatment(name or grid.regimens[0].name, level) + 1, letters)
            for name, (level, letters) in zip(names, self.cohorts, strict=True)
        )
        return attrs.evolve(self, cohorts=cohorts, regimens=())

    def under_first(self, grid: Grid) -> Self:
        """The patients of the first regimen, or of the only one."""
        if not isinstance(grid, TreatmentGrid):
            return self
        levels = len(grid.grids[0])
        kept = [number for number, (level, _) in enumerate(self.numbered(grid).cohorts, 1) if level <= levels]
        return attrs.evolve(
            self,
            cohorts=tuple(self.cohorts[number - 1] for number in kept),
            outside=tuple(place for place, number in enumerate(kept, 1) if number in self.outside),
            regimens=(),
        )

    @classmethod
    @checked
    def from_counts(cls, patients: tuple[Whole, ...], dlts: tuple[Whole, ...]) -> Self:
        """One cohort for each dose that has patients.

        Parameters
        ----------
        patients, dlts : sequence of int, length K
            Patients treated and DLTs seen at each dose.

        Raises
        ------
        InputError
            If the lengths differ, a count is negative or not whole, or DLTs exceed patients.

        Examples
        --------
        >>> str(Outcomes.from_counts(patients=[3, 0, 3], dlts=[0, 0, 1]))
        '1NNN 3NNT'
        """
        if len(patients) != len(dlts):
            raise InputError(
                "patient counts",
                got=f"{len(patients)} numbers of patients and {len(dlts)} of DLTs",
                wanted="as many of one as of the other, one for each dose",
            )
        if any(toxic > treated for treated, toxic in zip(patients, dlts, strict=True)):
            raise InputError(
                "patient counts",
                got=f"patients {patients}, DLTs {dlts}",
                wanted="at each dose, DLTs from 0 to the number of patients treated there",
            )
        if sum(patients) > _MOST_PATIENTS:
            raise InputError("patient counts", got=sum(patients), wanted=f"at most {_MOST_PATIENTS}")
        return cls(
            tuple(
                (level, "N" * (treated - toxic) + "T" * toxic)
                for level, (treated, toxic) in enumerate(zip(patients, dlts, strict=True), start=1)
                if treated
            )
        )


def evaluable(letters: str) -> int:
    """Number of evaluable patients of a cohort."""
    return len(letters) - letters.count(NOT_EVALUABLE)


def parse_outcomes(text: str) -> Outcomes:
    """Read outcomes written as ``1NNN 2NNT``.

    Parameters
    ----------
    text : str
        Cohorts separated by white space, in parentheses those outside the escalation, after the name of a
        regimen and a colon those of another than the first; an empty text means that no patient was treated
        yet.

    Returns
    -------
    Outcomes
        The cohorts in order.

    Raises
    ------
    InputError
        If a cohort is not a level followed by letters N, M, E, B, T, X, or parentheses hold more than one
        cohort.

    Examples
    --------
    >>> parse_outcomes("1N 2N 3NNT").num_patients
    5
    """
    cohorts, outside, regimens = [], [], []
    for number, word in enumerate(text.split(), start=1):
        apart = word.startswith("(") and word.endswith(")")
        match = _COHORT.fullmatch((word[1:-1] if apart else word).upper())
        if match is None:
            raise InputError(
                "outcomes",
                got=word,
                wanted="a dose level from 1 and one letter a patient: N no toxicity, M moderate, T DLT, "
                "E response, B response and DLT, X not evaluable",
                fix="Write for example '1NNN 2NNT', or '1NNN (1NNN)' with a cohort outside the escalation.",
            )
        if apart:
            outside.append(number)
        cohorts.append((int(match[2]), match[3]))
        regimens.append(match[1] or "")
    return Outcomes(tuple(cohorts), tuple(outside), tuple(regimens) if any(regimens) else ())


def as_outcomes(outcomes: Outcomes | str, grid: Grid | None = None) -> Outcomes:
    """Outcomes as they are, or read from their text (see `parse_outcomes`); numbered where doses are given.

    See `Outcomes.numbered`.
    """
    read = parse_outcomes(outcomes) if isinstance(outcomes, str) else outcomes
    return read if grid is None else read.numbered(grid)
