"""A stage that tests one or two levels under a second regimen, from the dose found under the first."""

from dataclasses import replace
from typing import Annotated, Literal

import annotated_types as at
import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Name, Patients
from bayesdose.described import Described
from bayesdose.designs.base import Design, patients_in_words
from bayesdose.designs.stage import Stage, stage_cohorts
from bayesdose.rules.level_test import LevelTest, Verdicts
from bayesdose.treatments import TreatmentGrid
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = ["SecondRegimen"]

_LEVELS = {
    "one": "one level: the highest whose dose is at most the one found",
    "two": "two levels: the one below the highest whose dose is at most the one found, then that one",
    "two after a DLT": (
        "the highest level whose dose is at most the one found; before it the one below, if the dose found "
        "had a DLT under the first regimen"
    ),
}
_OTHERWISE = {
    "first regimen": "the dose found under the first regimen is taken on",
    "none": "the trial ends without a dose",
}


def _check_test(stage: "SecondRegimen", field: attrs.Attribute, test: LevelTest) -> None:
    test.check(stage.treatments)


_Two = Annotated[TreatmentGrid, at.Predicate(lambda grid: len(grid.regimens) == 2), "with two regimens"]


@checked_value
class SecondRegimen(Described, Stage):
    """Test one or two levels under a second regimen, and take on the highest that is accepted.

    Parameters
    ----------
    treatments : TreatmentGrid
        Both regimens: the first is the escalation's.
    test : LevelTest
        When a level is accepted, and when it is too toxic: `ThreePlusThreeAtLevel`, or by a model of both
        regimens `EWOCAtLevel`, by which a level may be too toxic before its first patient; it is then not
        begun.
    levels : {"one", "two", "two after a DLT"}, default "one"
        Which levels are tested: the highest whose dose is at most the one found; that and before it the one
        below; or the one below too only if the dose found had a DLT under the first regimen. Without such a
        level the stage is passed.
    otherwise : {"first regimen", "none"}, default "first regimen"
        What is taken on if no level is accepted.
    cohort_size : int, default 3
        Patients in a cohort.
    name : str, default "second regimen"
        Name in tables.

    Raises
    ------
    InputError
        If there are not two regimens, a number is out of range, or the test is about other treatments.

    Notes
    -----
    P(DLT) of a level under a regimen is that over the regimen's own DLT window, and each regimen has an MTD
    of its own.
    """

    treatments: _Two
    test: LevelTest = attrs.field(validator=_check_test)
    levels: Literal["one", "two", "two after a DLT"] = "one"
    otherwise: Literal["first regimen", "none"] = "first regimen"
    cohort_size: Patients = 3
    name: Name = "second regimen"  # pyright: ignore[reportIncompatibleMethodOverride]

    @property
    def words(self) -> dict[str, str]:
        """The stage as a protocol describes it, part by part."""
        return {
            "Regimen": str(self.treatments.regimens[1].name),
            "Levels": _LEVELS[self.levels],
            "Test": f"cohorts of {patients_in_words(self.cohort_size)}; {self.test}",
            "Taken on": f"the highest level that is accepted; if none is, {_OTHERWISE[self.otherwise]}",
        }

    def most_patients(self, num_doses: int) -> int:
        """No trial treats more patients in this stage."""
        cohorts = -(-self.test.most_patients // self.cohort_size)
        return cohorts * self.cohort_size * (1 if self.levels == "one" else 2)

    @property
    def looks_elsewhere(self) -> bool:
        """It looks at the other level, and a model at all patients."""
        return True

    def below(self, state: TrialState, level: np.ndarray, escalation: Design) -> np.ndarray:
        """None: what is taken on instead is found at the end."""
        return np.full(len(state), NO_DOSE)

    def start(self, state: TrialState, level: np.ndarray, escalation: Design) -> tuple[Cohorts, np.ndarray]:
        """The first cohort of each trial under the second regimen, and what it would take on."""
        lowest, highest = self._range(state, level)
        passed, trial = highest == NO_DOSE, np.arange(len(state))
        verdicts = self._asked(state, lowest, lowest)
        refused = ~passed & verdicts.toxic[trial, lowest]
        kept = level if self.otherwise == "first regimen" else np.where(passed, level, NO_DOSE)
        cohorts = stage_cohorts(
            np.where(passed | refused, level, lowest), self.cohort_size, _ended(passed | refused, kept)
        )
        return replace(cohorts, refinement=verdicts.refinement), kept

    def next(
        self,
        state: TrialState,
        before: np.ndarray,
        below: np.ndarray,
        found: np.ndarray,
        escalation: Design,
    ) -> tuple[Cohorts, np.ndarray]:
        """The next cohort of each trial in this stage, and what it would take on."""
        lowest, highest = self._range(state, found)
        verdicts, trial = self._asked(state, lowest, highest), np.arange(len(state))
        level = self._decided_at(state, lowest, highest, verdicts)
        accepted, toxic = verdicts.accepted[trial, level], verdicts.toxic[trial, level]
        # A higher level that is too toxic before its first patient is not begun.
        last = (level == highest) | verdicts.toxic[trial, np.minimum(level + 1, highest)]
        # The level below the present one was accepted before this one was begun.
        earlier = np.where(level > lowest, level - 1, NO_DOSE)
        otherwise = found if self.otherwise == "first regimen" else np.full(len(state), NO_DOSE)
        kept = np.select([accepted, earlier != NO_DOSE], [level, earlier], otherwise)
        ends = toxic | (accepted & last)
        following = np.where(accepted & ~ends, level + 1, np.where(ends, state.level, level))
        cohorts = stage_cohorts(following, self.cohort_size, _ended(ends, kept))
        return replace(cohorts, refinement=verdicts.refinement), kept

    def _asked(self, state: TrialState, lowest: np.ndarray, highest: np.ndarray) -> Verdicts:
        """What the test says of the treatments from the lowest to the highest; none where there is none."""
        number = np.arange(len(self.treatments))
        tested = (number >= lowest[:, None]) & (number <= highest[:, None]) & (lowest[:, None] != NO_DOSE)
        return self.test.judge(state, tested)

    def _decided_at(
        self, state: TrialState, lowest: np.ndarray, highest: np.ndarray, verdicts: Verdicts
    ) -> np.ndarray:
        """The tested level at which each trial decides: the present one, unless the trial has departed.

        Of a trial that stands elsewhere it is the highest tested level that has patients, or the lowest; and
        the lowest where that is too toxic, which may be seen late.
        """
        trial = np.arange(len(state))
        begun = np.where(state.patients[trial, highest] > 0, highest, lowest)
        level = np.where((state.level >= lowest) & (state.level <= highest), state.level, begun)
        return np.where(verdicts.toxic[trial, lowest], lowest, level)

    def _range(self, state: TrialState, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Indices of the lowest and highest treatment that are tested, `NO_DOSE` without one."""
        first, second = (np.array(grid.values) for grid in self.treatments.grids)
        # Doses are decimal numbers, floats nearly so.
        highest = np.searchsorted(second, first[found] * (1 + 1e-9), side="right") - 1
        lower = np.full(len(found), self.levels == "two")
        if self.levels == "two after a DLT":
            lower = state.dlts[np.arange(len(found)), found] > 0
        lowest = np.where(lower, np.maximum(highest - 1, 0), highest)
        there = highest >= 0
        return np.where(there, len(first) + lowest, NO_DOSE), np.where(there, len(first) + highest, NO_DOSE)


def _ended(ends: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Codes of why the stage ends where it does."""
    nothing = StopReason.SECOND_REGIMEN_TOO_TOXIC.where(ends & (kept == NO_DOSE))
    return np.where(nothing, nothing, StopReason.SECOND_REGIMEN_TESTED.where(ends))
