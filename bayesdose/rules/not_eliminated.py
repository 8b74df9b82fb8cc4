"""A safety rule beside a model: a dose's own patients can close it, whatever the model says."""

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.grid import DoseGrid
from bayesdose.rules.elimination import BetaElimination
from bayesdose.rules.increments import IncrementsRule
from bayesdose.trial import TrialState

__all__ = ["NotEliminated"]


@checked_value
class NotEliminated(IncrementsRule):
    """No dose that its own patients eliminate, nor any above it; for a model's `increments`, with ``&``.

    A narrow prior can let a model go on at a dose, or above one, where all patients had DLTs. This rule looks
    at each dose's patients alone, so no prior of the curve overrules them. What it closes is not recommended
    either, and a trial whose lowest dose is closed stops.

    Parameters
    ----------
    elimination : BetaElimination
        When a dose is eliminated.

    Raises
    ------
    InputError
        If it is no such rule.

    References
    ----------
    Liu S, Yuan Y (2015). Bayesian optimal interval designs for phase I clinical trials. Journal of the
    Royal Statistical Society C 64:507-523, for the rule; asked for beside a BLRM in crmPack's issues 111 and
    112.

    Examples
    --------
    >>> from bayesdose.rules.increments import LevelsAboveHighestTried
    >>> str(LevelsAboveHighestTried(1) & NotEliminated(BetaElimination(0.3)))[:39]
    'at most 1 above the highest level tried'
    """

    elimination: BetaElimination

    def __str__(self) -> str:
        return str(self.elimination)

    @property
    def looks_at_last_cohort(self) -> bool:
        """False: all patients of a dose count."""
        return False

    def within_reach(self, state: TrialState, grid: DoseGrid) -> np.ndarray:
        """Whether each dose may be given next, shape (B, K)."""
        return ~self.elimination.eliminated(state)
