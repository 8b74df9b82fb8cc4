"""BOIN's rule: the DLT rate at the current dose against two boundaries."""

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.fields import above, below
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

__all__ = ["BOINBoundaries"]

# Counts times a boundary are whole numbers in exact arithmetic at a tie; rounding must not break it.
_ROUNDING = 1e-12


@checked_value
class BOINBoundaries(DecisionRule):
    """BOIN: escalate if the DLT rate is at most lambda_e, de-escalate if it is at least lambda_d.

    Parameters
    ----------
    target : float
        Target DLT probability.
    safe, toxic : float
        DLT probabilities below and above the target that should lead to escalation and
        de-escalation; the authors' defaults are 0.6 and 1.4 times the target.
    elimination : BetaElimination
        Which doses are eliminated.

    Raises
    ------
    InputError
        If not ``0 < safe < target < toxic < 1``.

    References
    ----------
    Liu S, Yuan Y (2015). Bayesian optimal interval designs for phase I clinical trials. Journal of the
    Royal Statistical Society C 64:507-523.

    Examples
    --------
    >>> rule = BOINBoundaries(0.3, 0.18, 0.42, BetaElimination(0.3, min_patients=3))
    >>> round(rule.lambda_e, 6), round(rule.lambda_d, 6)
    (0.236491, 0.358519)
    """

    target: InnerProbability
    safe: InnerProbability = attrs.field(validator=below("target"))
    toxic: InnerProbability = attrs.field(validator=above("target"))
    elimination: BetaElimination

    def __str__(self) -> str:
        return (
            f"BOIN, target {self.target:g}: escalate if the observed DLT rate at the current dose is at most "
            f"{self.lambda_e:.3f}, de-escalate if it is at least {self.lambda_d:.3f}, stay otherwise "
            f"(boundaries for P(DLT) of {self.safe:g} and {self.toxic:g}); {self.elimination}"
        )

    @property
    def citation(self) -> str:
        """Keys of ``references.bib`` for the publications of this rule, commas between them."""
        return "LiuYuan2015"

    @property
    def lambda_e(self) -> float:
        """DLT rate up to which (included) the dose is escalated."""
        return _equal_likelihood(self.safe, self.target)

    @property
    def lambda_d(self) -> float:
        """DLT rate from which (included) the dose is de-escalated."""
        return _equal_likelihood(self.target, self.toxic)

    def decide(self, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
        """Decision apart from elimination, shape of the counts."""
        return np.select(
            [dlts <= self.lambda_e * patients + _ROUNDING, dlts >= self.lambda_d * patients - _ROUNDING],
            [ESCALATE, DEESCALATE],
            STAY,
        )

    def table(self, max_patients: int) -> DecisionTable:
        """The decision table for up to `max_patients` patients at a dose."""
        return filled_table(self, max_patients)


def _equal_likelihood(low: float, high: float) -> float:
    """DLT rate at which two DLT probabilities are equally likely."""
    return float(np.log((1 - low) / (1 - high)) / np.log(high * (1 - low) / (low * (1 - high))))
