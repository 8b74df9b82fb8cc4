"""Rules that say how far the dose may rise at once; ``&`` lets through what every rule lets through.

They look at counts alone, so they have no numerical error. No rule here restricts going down, so none closes
a dose for good. A rule of your own may: `bayesdose.rules.closed_doses` says which doses are then closed for
the recommendation too.
"""

from abc import abstractmethod
from typing import Protocol

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.kinds import kind
from bayesdose.checks.quantities import InnerProbability, Levels
from bayesdose.grid import DoseGrid
from bayesdose.rules.joined_rules import joined
from bayesdose.rules.remembered_counts import last_cohort
from bayesdose.short_rows import across
from bayesdose.trial import TrialState

__all__ = [
    "NO_SKIPPING",
    "AllIncrements",
    "AnyLevel",
    "Coherent",
    "CombinedIncrements",
    "IncrementsRule",
    "LevelsAboveCurrent",
    "LevelsAboveHighestTried",
    "NoEscalationAboveRate",
    "share_reached",
]

# Doses and shares are decimal numbers: 0.1 * 3 counts as 0.3.
_ROUNDING = 1e-9


@kind("rule")
class IncrementsRule(Protocol):
    """A rule from the state of a trial with patients to the doses within reach.

    A dose is closed, for the recommendation too, if it was given and the rule would refuse it again to a
    trial that stands at that dose with the same counts, though not if nobody had had a DLT; with it
    every higher dose is closed. A limit on the step upwards closes nothing. If the rule lets no dose through,
    the trial stops. A rule that never refuses the dose at which a trial stands may say so by an attribute
    ``lets_stay`` that is true; it closes nothing then and is not asked.
    """

    @property
    @abstractmethod
    def looks_at_last_cohort(self) -> bool:
        """Whether the state's phase must remember the counts before the last cohort."""
        ...

    @abstractmethod
    def within_reach(self, state: TrialState, grid: DoseGrid) -> np.ndarray:
        """Whether each dose may be given next, shape (B, K)."""
        ...


class CombinedIncrements(IncrementsRule):
    """What all rules of increments share: ``rule & rule`` makes one rule of two."""

    @property
    def looks_at_last_cohort(self) -> bool:
        """False: a rule that looks at the last cohort has to say so itself."""
        return False

    def __and__(self, other: IncrementsRule) -> "AllIncrements":
        return joined(AllIncrements, self, other)

    def __rand__(self, other: IncrementsRule) -> "AllIncrements":
        return joined(AllIncrements, other, self)


@checked_value
class AnyLevel(CombinedIncrements):
    """No limit: untried doses may be skipped."""

    lets_stay = True

    def __str__(self) -> str:
        return "any level"

    def within_reach(self, state: TrialState, grid: DoseGrid) -> np.ndarray:
        """Whether each dose may be given next, shape (B, K)."""
        return np.ones((len(state), len(grid)), dtype=bool)


@checked_value
class LevelsAboveHighestTried(CombinedIncrements):
    """At most this number of levels above the highest level tried so far.

    Parameters
    ----------
    levels : int, default 1
        With 1 no untried dose is skipped, and after a de-escalation the trial may go straight back.

    Raises
    ------
    InputError
        If `levels` is not a whole number of at least 1.
    """

    levels: Levels = 1

    lets_stay = True

    def __str__(self) -> str:
        return f"at most {self.levels} above the highest level tried"

    def within_reach(self, state: TrialState, grid: DoseGrid) -> np.ndarray:
        """Whether each dose may be given next, shape (B, K)."""
        doses = np.arange(len(grid))
        highest_tried = across(np.maximum, np.where(state.patients > 0, doses, -1))
        return doses <= highest_tried[:, None] + self.levels


NO_SKIPPING = LevelsAboveHighestTried(1)


@checked_value
class LevelsAboveCurrent(CombinedIncrements):
    """At most this number of levels above the last cohort's level.

    Parameters
    ----------
    levels : int, default 1
        With 1 this is dfcrm's restriction: after a de-escalation the trial climbs back level by level.

    Raises
    ------
    InputError
        If `levels` is not a whole number of at least 1.
    """

    levels: Levels = 1

    lets_stay = True

    def __str__(self) -> str:
        return f"at most {self.levels} above the current level"

    def within_reach(self, state: TrialState, grid: DoseGrid) -> np.ndarray:
        """Whether each dose may be given next, shape (B, K)."""
        return np.arange(len(grid)) <= state.level[:, None] + self.levels


@checked_value
class NoEscalationAboveRate(CombinedIncrements):
    """No dose above the current one while the DLT rate observed there is above the target, strictly.

    All patients treated at the current dose count, not the last cohort's alone.

    Parameters
    ----------
    target : float
        DLT rate up to which escalation is allowed.

    Raises
    ------
    InputError
        If the target is not inside (0, 1).
    """

    target: InnerProbability

    lets_stay = True

    def __str__(self) -> str:
        return f"no escalation from a dose whose observed DLT rate is above {self.target:g}"

    def within_reach(self, state: TrialState, grid: DoseGrid) -> np.ndarray:
        """Whether each dose may be given next, shape (B, K)."""
        trial = np.arange(len(state))
        here, dlts = state.patients[trial, state.level], state.dlts[trial, state.level]
        return _unless(dlts > here * self.target + _ROUNDING, state, grid)


@checked_value
class Coherent(CombinedIncrements):
    """No dose above the last cohort's after a cohort whose share of DLTs is at least the target.

    Equality included, as in dfcrm. The share is that of the last cohort alone, so a design with this rule
    remembers the counts before it and has more states.

    Parameters
    ----------
    target : float
        Share of DLTs in a cohort from which the dose does not rise.

    Raises
    ------
    InputError
        If the target is not inside (0, 1).

    References
    ----------
    Cheung YK (2005). Coherence principles in dose-finding studies. Biometrika 92:863-873.
    """

    target: InnerProbability

    lets_stay = True

    def __str__(self) -> str:
        return f"no escalation after a cohort with a DLT share of {self.target:g} or more"

    @property
    def looks_at_last_cohort(self) -> bool:
        """True: the share of DLTs is that of the last cohort alone."""
        return True

    def within_reach(self, state: TrialState, grid: DoseGrid) -> np.ndarray:
        """Whether each dose may be given next, shape (B, K)."""
        patients, dlts = last_cohort(state)
        return _unless(share_reached(dlts, patients, self.target), state, grid)


@checked_value
class AllIncrements(CombinedIncrements):
    """What every rule lets through, so the smallest increment; made by ``&``."""

    joins = "all_of"

    rules: tuple[IncrementsRule, ...]

    def __str__(self) -> str:
        return " and ".join(map(str, self.rules))

    @property
    def looks_at_last_cohort(self) -> bool:
        """Whether one of the rules looks at the last cohort."""
        return any(rule.looks_at_last_cohort for rule in self.rules)

    def within_reach(self, state: TrialState, grid: DoseGrid) -> np.ndarray:
        """Whether each dose may be given next, shape (B, K)."""
        return np.all([rule.within_reach(state, grid) for rule in self.rules], axis=0)


def share_reached(dlts: np.ndarray, patients: np.ndarray, share: float) -> np.ndarray:
    """Whether this share of the patients of each cohort or more had a DLT: 3 of 10 are a share of 0.3."""
    return dlts >= patients * share - _ROUNDING


def _unless(too_many: np.ndarray, state: TrialState, grid: DoseGrid) -> np.ndarray:
    """All doses; where there were too many DLTs, only those up to the current one."""
    return (np.arange(len(grid)) <= state.level[:, None]) | ~too_many[:, None]
