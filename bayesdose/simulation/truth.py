"""What the doses truly do: which is the MTD, which are too low or too high, and what a wrong choice loses."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesdose.rules.mtd import MTDRule, limit_of
from bayesdose.simulation.obd_characteristics import OBDTruth

__all__ = ["Truth", "accuracy", "selection_loss"]


@dataclass(frozen=True, eq=False)
class Truth:
    """True P(DLT) of S scenarios on K doses, and the rule that names the MTD.

    Parameters
    ----------
    prob_dlt : ndarray, shape (S, K)
    mtd_rule : MTDRule
    regimen : ndarray of int, shape (K,), optional
        Position of each dose's regimen, each of which has an MTD of its own; one regimen if not given.
    obd : OBDTruth, optional
        What the doses do where responses count too.
    """

    prob_dlt: np.ndarray
    mtd_rule: MTDRule
    regimen: np.ndarray | None = None
    obd: OBDTruth | None = None

    @property
    def regimens(self) -> np.ndarray:
        """Position of each dose's regimen, shape (K,)."""
        return np.zeros(self.prob_dlt.shape[1], dtype=int) if self.regimen is None else self.regimen

    @cached_property
    def mtds(self) -> np.ndarray:
        """Index of each of R regimens' MTD in each scenario, -1 for none; shape (S, R)."""
        found = []
        for number in range(self.regimens[-1] + 1):
            first = int(np.argmax(self.regimens == number))
            mtd = self.mtd_rule.mtd(self.prob_dlt[:, self.regimens == number])
            found.append(np.where(mtd < 0, -1, first + mtd))
        return np.stack(found, axis=1)

    @cached_property
    def side(self) -> np.ndarray:
        """Whether no dose, then each dose, is too low (-1), right (0) or too high (1); shape (S, 1 + K).

        A dose is held against the MTD of its own regimen. No dose is right where no regimen has an MTD.
        """
        first = np.array([np.argmax(self.regimens == number) for number in self.regimens])
        own = self.mtds[:, self.regimens]
        above = np.where(own < 0, first - 1, own)
        of_doses = np.sign(np.arange(len(self.regimens)) - above)
        of_none = np.where((self.mtds < 0).all(axis=1), 0, -1)
        return np.concatenate([of_none[:, None], of_doses], axis=1)

    def take(self, scenarios: slice) -> "Truth":
        """Some of the scenarios."""
        obd = None if self.obd is None else self.obd.take(scenarios)
        return Truth(self.prob_dlt[scenarios], self.mtd_rule, self.regimen, obd)


def selection_loss(truth: Truth) -> np.ndarray:
    """Distance in P(DLT) of recommending no dose, then each dose, from the right answer; (S, 1 + K).

    No dose counts as one that never causes a DLT. Where no dose is the MTD, recommending none loses nothing,
    and a dose loses what it is above the limit or target. Of several regimens a dose is held against its own;
    none against the one with the highest P(DLT) at its MTD.
    """
    scenario = np.arange(len(truth.mtds))[:, None]
    there = truth.mtds >= 0
    at_mtd = np.where(there, truth.prob_dlt[scenario, truth.mtds], limit_of(truth.mtd_rule))
    of_none = np.where(there, at_mtd, 0.0).max(axis=1, keepdims=True)
    return np.concatenate([of_none, np.abs(truth.prob_dlt - at_mtd[:, truth.regimens])], axis=1)


def accuracy(truth: Truth) -> np.ndarray:
    """Cheung's accuracy index of recommending no dose, then each dose; shape (S, 1 + K).

    One minus K times the distance of the recommended dose's P(DLT) from the target, over the sum
    of all doses' distances. Recommending no dose counts as a dose that never causes a DLT. The index
    is undefined (NaN) where there is no MTD, for an MTD rule that aims at no target, and for several
    regimens.
    """
    target = truth.mtd_rule.target
    if target is None or truth.mtds.shape[1] > 1:
        return np.full((truth.prob_dlt.shape[0], truth.prob_dlt.shape[1] + 1), np.nan)
    distance = np.abs(truth.prob_dlt - target)
    with_none = np.concatenate([np.full((len(distance), 1), target), distance], axis=1)
    scale = distance.sum(axis=1, keepdims=True)
    index = 1 - distance.shape[1] * with_none / np.where(scale > 0, scale, np.nan)
    index[truth.mtds[:, 0] < 0] = np.nan
    return index
