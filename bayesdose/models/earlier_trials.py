"""What earlier trials found, and how alike they and a new trial are taken to be."""

import math
from typing import Annotated, Literal

import annotated_types as at
import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Finite, Positive, Whole
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.models.half_normal import half_normal
from bayesdose.outcomes import Outcomes

__all__ = ["Heterogeneity", "HistoricalTrial"]


def _counts_fit_the_grid(trial: "HistoricalTrial", field: attrs.Attribute, value: float) -> None:
    Outcomes.from_counts(trial.patients, trial.dlts)
    if len(trial.patients) != len(trial.grid):
        raise InputError(
            f"patient counts of {trial.name!r}",
            got=f"{len(trial.patients)} doses",
            wanted=f"{len(trial.grid)}, one entry for each dose of its grid",
        )


@checked_value
class HistoricalTrial:
    """Patients and DLTs of an earlier compound or population.

    Parameters
    ----------
    name : str
        Name in messages and in the prior's origin; say there if counts are assumed.
    grid : DoseGrid
        The K doses that were given.
    patients, dlts : sequence of int, length K
        Patients treated and DLTs seen at each dose.
    reference_dose : float
        The dose of this trial that is taken to correspond to the new trial's reference dose. That doses
        correspond in this proportion is an assumption.

    Raises
    ------
    InputError
        If the counts do not fit the grid, DLTs exceed patients, or the reference dose is not positive.
    """

    name: str
    grid: DoseGrid
    patients: tuple[Whole, ...]
    dlts: tuple[Whole, ...]
    reference_dose: Positive = attrs.field(validator=_counts_fit_the_grid)

    def __str__(self) -> str:
        return f"{self.name}: {sum(self.dlts)} DLTs in {sum(self.patients)} patients"

    @property
    def log_ratio(self) -> np.ndarray:
        """``log(dose / reference_dose)``, shape (K,)."""
        return np.log(np.array(self.grid.values) / self.reference_dose)


@checked_value
class Heterogeneity:
    """Prior on the standard deviations between trials, tau of log alpha and tau of log beta.

    Parameters
    ----------
    median : (float, float), default (0.25, 0.125)
        Prior medians of the two standard deviations. Medians of log alpha's 0.125, 0.25, 0.5, 1 and
        2, with half of each for log beta, are commonly called small, moderate, substantial, large
        and very large.
    distribution : {"log-normal", "half-normal"}, default "log-normal"
        Their distribution, independent of each other.
    factor : float, default 4
        Log-normal only: tau lies between median / factor and median * factor with probability 0.95.

    Raises
    ------
    InputError
        If a median is not positive and finite, the distribution is unknown, or the factor is not above 1.

    Notes
    -----
    The correlation between trials of log alpha and log beta is uniform on (-1, 1), as OncoBayes2
    has it by default.

    References
    ----------
    Neuenschwander B, Roychoudhury S, Schmidli H (2016). On the use of co-data in clinical trials.
    Statistics in Biopharmaceutical Research 8:345-354. The medians 0.25 and 0.125 with log sd
    log(4) / 1.96 are those of the examples in the manual of the R package OncoBayes2 (`blrm_exnex`).
    """

    median: tuple[Positive, Positive] = (0.25, 0.125)
    distribution: Literal["log-normal", "half-normal"] = "log-normal"
    factor: Annotated[Finite, at.Gt(1)] = 4.0

    @property
    def log_sd(self) -> float:
        """Standard deviation of log tau, if tau is log-normal."""
        # 1.96, not the exact normal quantile, is what the cited examples use.
        return math.log(self.factor) / 1.96

    @property
    def scale(self) -> tuple[float, float]:
        """Scales of the two standard deviations, if they are half-normal."""
        # The median of a half-normal is its scale times the normal's upper quartile.
        first, second = self.median
        return first / 0.6744897501960817, second / 0.6744897501960817

    def at_deviate(self, deviate: np.ndarray) -> np.ndarray:
        """Both standard deviations, shape (..., 2), at the quantiles of standard normal deviates (..., 1)."""
        if self.distribution == "log-normal":
            return np.array(self.median) * np.exp(self.log_sd * deviate)
        return np.array(self.scale) * half_normal(deviate, 1.0)

    def __str__(self) -> str:
        spread = f", factor {self.factor:g}" if self.distribution == "log-normal" else ""
        medians = " and ".join(f"{value:g}" for value in self.median)
        return f"tau {self.distribution} with medians {medians}{spread}"
