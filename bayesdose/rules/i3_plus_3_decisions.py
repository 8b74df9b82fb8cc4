"""The rule of i3+3: the DLT rate at the current dose, and the rate with one DLT less."""

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.fields import above
from bayesdose.checks.quantities import InnerProbability
from bayesdose.rules.decision_table import (
    DEESCALATE,
    ESCALATE,
    STAY,
    DecisionRule,
    DecisionTable,
    filled_table,
)
from bayesdose.rules.elimination import BetaElimination

__all__ = ["IThreePlusThree"]

# Counts times a boundary are whole numbers in exact arithmetic at a tie; rounding must not break it.
_ROUNDING = 1e-12


@checked_value
class IThreePlusThree(DecisionRule):
    """i3+3: where the DLT rate lies, and where it would lie with one DLT less.

    Below the equivalence interval the dose is escalated, in it (ends included) the trial stays. Above
    it the dose is de-escalated, but the trial stays if one DLT less would put the rate below the
    interval.

    Parameters
    ----------
    lower, upper : float
        Equivalence interval around the target.
    elimination : BetaElimination
        Which doses are eliminated.

    Raises
    ------
    InputError
        If not ``0 < lower < upper < 1``.

    References
    ----------
    Liu M, Wang SJ, Ji Y (2020). The i3+3 design for phase I clinical trials. Journal of
    Biopharmaceutical Statistics 30:294-304.
    """

    lower: InnerProbability
    upper: InnerProbability = attrs.field(validator=above("lower"))
    elimination: BetaElimination

    def __str__(self) -> str:
        return (
            f"i3+3, equivalence interval {self.lower:g} to {self.upper:g}: escalate if the observed DLT "
            "rate at the current dose is below the interval, stay if it is in it or at one of its ends, "
            f"de-escalate if it is above; but stay if one DLT less would put it below; {self.elimination}"
        )

    @property
    def citation(self) -> str:
        """Keys of ``references.bib`` for the publications of this rule, commas between them."""
        return "Liu2020"

    def decide(self, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
        """Decision apart from elimination, shape of the counts."""
        lower, upper = self.lower * patients - _ROUNDING, self.upper * patients + _ROUNDING
        return np.select([dlts < lower, (dlts <= upper) | (dlts - 1 < lower)], [ESCALATE, STAY], DEESCALATE)

    def table(self, max_patients: int) -> DecisionTable:
        """The decision table for up to `max_patients` patients at a dose."""
        return filled_table(self, max_patients)
