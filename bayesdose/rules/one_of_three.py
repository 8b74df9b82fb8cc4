"""BOIN's table with one entry changed: one DLT in three patients is to stay."""

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.rules.boin_boundaries import BOINBoundaries
from bayesdose.rules.decision_table import STAY, DecisionRule, DecisionTable, filled_table
from bayesdose.rules.elimination import BetaElimination

__all__ = ["StayAtOneOfThree"]


@checked_value
class StayAtOneOfThree(DecisionRule):
    """BOIN's boundaries, but one DLT in three patients is to stay where they would de-escalate.

    So a first cohort is treated as 3+3 does; for targets around 0.25, whose lambda_d is below 1/3.

    Parameters
    ----------
    boundaries : BOINBoundaries
        The rule for all other numbers.

    Raises
    ------
    InputError
        If it is no such rule.

    References
    ----------
    Zhao Y, Yuan Y, Korn EL, Freidlin B (2024). Backfilling patients in phase I dose-escalation trials using
    Bayesian optimal interval design (BOIN). Clinical Cancer Research 30:673-679.

    Examples
    --------
    >>> rule = StayAtOneOfThree(BOINBoundaries(0.25, 0.15, 0.35, BetaElimination(0.25, min_patients=3)))
    >>> rule.boundaries.table(3).rows[2], rule.table(3).rows[2]
    ('EDDU', 'ESDU')
    """

    boundaries: BOINBoundaries = attrs.field()

    def __str__(self) -> str:
        return f"{self.boundaries}; one DLT in three patients is to stay"

    @property
    def citation(self) -> str:
        """Keys of ``references.bib``, commas between them."""
        return f"Zhao2024, {self.boundaries.citation}"

    @property
    def elimination(self) -> BetaElimination:
        """Which doses are eliminated."""
        return self.boundaries.elimination

    def decide(self, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
        """Decision apart from elimination, shape of the counts."""
        return np.where((patients == 3) & (dlts == 1), STAY, self.boundaries.decide(patients, dlts))

    def table(self, max_patients: int) -> DecisionTable:
        """The decision table for up to `max_patients` patients at a dose."""
        return filled_table(self, max_patients)
