"""Settings of the BLRM that a protocol is compared with: a rule for its prior, and its numbers."""

from dataclasses import dataclass, fields

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.priors.normal import NormalPrior
from bayesdose.priors.quantiles import Quantile, prior_from_quantiles
from bayesdose.rules.check import check_at_least, check_interval, check_probability

__all__ = ["BLRMSettings", "QuantilePriorRule"]


@dataclass(frozen=True)
class QuantilePriorRule:
    """A prior stated as quantiles of P(DLT) at the lowest and the highest dose of any grid.

    Parameters
    ----------
    lowest_median, highest_median : float
        Median of P(DLT) at the lowest and the highest dose.
    lowest_upper, highest_upper : float
        Upper quantile of P(DLT) there.
    upper_probability : float
        Probability that P(DLT) is below the upper quantile.

    Raises
    ------
    InputError
        If a number is not between 0 and 1, both excluded.
    """

    lowest_median: float
    lowest_upper: float
    highest_median: float
    highest_upper: float
    upper_probability: float

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 < value < 1:
                raise InputError(field.name, got=value, wanted="a number between 0 and 1, both excluded")

    def build(self, grid: DoseGrid) -> NormalPrior:
        """The prior that meets the statements on a grid; its reference dose is the highest dose.

        Raises
        ------
        InputError
            If no normal prior meets them, or the grid has a single dose.
        """
        lowest, highest = grid.values[0], grid.values[-1]
        return prior_from_quantiles(
            [
                Quantile(lowest, 0.5, self.lowest_median),
                Quantile(lowest, self.upper_probability, self.lowest_upper),
                Quantile(highest, 0.5, self.highest_median),
                Quantile(highest, self.upper_probability, self.highest_upper),
            ],
            reference_dose=highest,
        )


@dataclass(frozen=True)
class BLRMSettings:
    """Numbers of the BLRM that the protocol's own design is compared with.

    Parameters
    ----------
    target_interval : (float, float)
        Target interval of P(DLT).
    ewoc_cap : float
        Posterior probability of an overdose that an admissible dose stays below.
    cohort_size, max_patients : int
        Patients in a cohort and, at most, in all.
    patients_at_dose : int
        Stop when the next dose has this many patients already.

    Raises
    ------
    InputError
        If a number is out of range.
    """

    target_interval: tuple[float, float]
    ewoc_cap: float
    cohort_size: int
    max_patients: int
    patients_at_dose: int

    def __post_init__(self) -> None:
        check_interval("target_interval", *self.target_interval)
        check_probability("ewoc_cap", self.ewoc_cap)
        for name in ("cohort_size", "max_patients", "patients_at_dose"):
            check_at_least(name, getattr(self, name), 1)
