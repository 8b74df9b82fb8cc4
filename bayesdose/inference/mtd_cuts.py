"""Where the MTD lies, as a dose between and beyond those of the grid: P(MTD > cut) at many cuts.

The MTD is the dose at which P(DLT) is the target. It is above a dose exactly where P(DLT) there is below the
target, so its distribution is known at any number of doses by the sums that give interval probabilities, and
between them by interpolation.
"""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import expit, logit

from bayesdose.grid import DoseGrid

__all__ = ["MTDCuts"]

# Distance of the cuts in log dose, and by what factor they go beyond the grid on either side.
_STEP, _BEYOND = 0.05, 10.0
# Probabilities are interpolated on the logit scale, where a far tail is as flat as this.
_FAR = 1e-12


@dataclass(frozen=True)
class MTDCuts:
    """Doses at which the distribution of the MTD is wanted.

    Parameters
    ----------
    target : float
        P(DLT) that defines the MTD.
    doses : tuple of float, length X
        Increasing, evenly spaced on the log scale.
    """

    target: float
    doses: tuple[float, ...]

    @classmethod
    def around(cls, grid: DoseGrid, target: float) -> Self:
        """Cuts from a tenth of the lowest dose to ten times the highest."""
        low, high = math.log(grid.values[0] / _BEYOND), math.log(grid.values[-1] * _BEYOND)
        cuts = np.exp(np.linspace(low, high, math.ceil((high - low) / _STEP) + 1))
        return cls(target, tuple(cuts.tolist()))

    def median(self, prob_above: np.ndarray) -> np.ndarray:
        """Posterior median of the MTD, shape (B,); NaN where it is not well inside the cuts.

        Parameters
        ----------
        prob_above : ndarray, shape (B, X)
            Posterior probability that the MTD is above each cut.
        """
        height = _logits(prob_above)
        # The last cut above which the MTD is more probably than not, and one neighbour more on both sides.
        first = (height > 0).sum(axis=1) - 2
        inside = (first >= 0) & (first + 4 <= len(self.doses))
        near = np.clip(first, 0, len(self.doses) - 4)[:, None] + np.arange(4)
        # By the inverse function: the log dose as a cubic in the height, at height 0.
        log_dose = _through(np.take_along_axis(height, near, axis=1), self._logs[near], np.zeros(len(near)))
        return np.where(inside, np.exp(log_dose), np.nan)

    def prob_within(self, prob_above: np.ndarray, share: float) -> np.ndarray:
        """Posterior probability that the MTD is within a share of its median, shape (B,).

        It is 0 where the median or an end of that range is not among the cuts.
        """
        median = self.median(prob_above)
        upper = self._above(prob_above, median * (1 - share)) if share < 1 else np.ones(len(median))
        within = upper - self._above(prob_above, median * (1 + share))
        return np.where(np.isnan(within), 0.0, within)

    def _above(self, prob_above: np.ndarray, dose: np.ndarray) -> np.ndarray:
        """Probability that the MTD is above a dose of each data set; NaN outside of the cuts."""
        logs = self._logs
        with np.errstate(invalid="ignore"):
            log_dose = np.log(dose)
            known = (log_dose >= logs[0]) & (log_dose <= logs[-1])
        position = np.searchsorted(logs, np.where(known, log_dose, logs[0])) - 2
        near = np.clip(position, 0, len(logs) - 4)[:, None] + np.arange(4)
        height = np.take_along_axis(_logits(prob_above), near, axis=1)
        return np.where(known, expit(_through(logs[near], height, log_dose)), np.nan)

    @property
    def _logs(self) -> np.ndarray:
        return np.log(self.doses)


def _logits(prob: np.ndarray) -> np.ndarray:
    return logit(np.clip(prob, _FAR, 1 - _FAR))


def _through(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The cubic through four points (B, 4) of each row, at one place of each, shape (B,)."""
    total = np.zeros(len(at))
    with np.errstate(divide="ignore", invalid="ignore"):
        for one in range(4):
            others = [other for other in range(4) if other != one]
            term = np.prod([(at - x[:, other]) / (x[:, one] - x[:, other]) for other in others], axis=0)
            total += term * y[:, one]
    return total
