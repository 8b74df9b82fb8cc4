"""Stopping by how precisely the MTD itself is known."""

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import InnerProbability, Positive
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.inference.precision_of_mtd import SD_OF_MAD
from bayesdose.rules.posterior_stopping import ReadsPosterior, given_posterior
from bayesdose.trial import StopReason, TrialState

__all__ = ["MTDCVAtMost"]

# Largest error of that probability by interpolating between cuts: half of it was found on 3,000 states
# of two trials, against cuts five times as close (tests/rules/test_mtd_known.py).
_INTERPOLATION = 1e-4


@checked_value
class MTDCVAtMost(ReadsPosterior):
    """Stop if the robust coefficient of variation of the MTD is at most a limit.

    The MTD is the dose at which P(DLT) is the target, on a continuous scale; its coefficient of variation
    is 1.4826 times the median absolute deviation from its posterior median, over that median. It is at most
    c exactly if the MTD is within the share ``c / 1.4826`` of its median with probability of one half or
    more: that is what is computed. An MTD whose median is below a tenth of the lowest dose, or above ten
    times the highest, is never known well enough.

    Parameters
    ----------
    target : float
        P(DLT) that defines the MTD.
    limit : float, default 0.3
        Largest coefficient of variation that is precise enough, equality included.

    Raises
    ------
    InputError
        If the target is not inside (0, 1), or the limit is not a finite number above 0.
    UnsupportedModelError
        By the design, unless its model is `TwoParameterLogistic` with a normal prior or a mixture of them:
        other models say nothing about doses that are not on the grid.
    """

    target: InnerProbability
    limit: Positive = 0.3

    def __str__(self) -> str:
        return f"robust CV of the MTD (P(DLT) = {self.target:g}) <= {self.limit:g}"

    @property
    def mtd_targets(self) -> tuple[float, ...]:
        """The target, for which the distribution of the MTD must be known."""
        return (self.target,)

    def stop(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        return StopReason.MTD_PRECISE_ENOUGH.where(self._within(posterior) >= 0.5)

    def margin(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """A third of the distance from one half: two probabilities and the median between; shape (B,)."""
        return np.maximum(np.abs(self._within(posterior) - 0.5) - _INTERPOLATION, 0.0) / 3

    def _within(self, posterior: BatchPosterior | None) -> np.ndarray:
        given = given_posterior(posterior)
        assert given.mtd_cuts is not None, "a design with this rule asks for the MTD"
        assert given.mtd_above is not None
        return given.mtd_cuts.prob_within(given.mtd_above, self.limit / SD_OF_MAD)
