"""Rules that build a protocol's prior from its dose grid: one for each builder that a file may name."""

from dataclasses import dataclass, fields

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.statement import Quantile
from bayesdose.priors.meet_quantiles import Criterion
from bayesdose.priors.minimal_information import minimally_informative
from bayesdose.priors.quantiles import prior_from_quantiles
from bayesdose.priors.weak_information import weakly_informative

__all__ = [
    "PRIOR_BUILDERS",
    "GivenPriorRule",
    "MinimallyInformativeRule",
    "PriorRule",
    "QuantilePriorRule",
    "StatementsPriorRule",
    "WeaklyInformativeRule",
]


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

    def __str__(self) -> str:
        upper = f"{self.upper_probability:g} quantile"
        return (
            f"P(DLT) at the lowest dose: median {self.lowest_median:g}, {upper} {self.lowest_upper:g}; "
            f"at the highest: median {self.highest_median:g}, {upper} {self.highest_upper:g}"
        )

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
class StatementsPriorRule:
    """A prior from statements about P(DLT) at doses of this protocol (`prior_from_quantiles`).

    Parameters
    ----------
    statements : tuple of Quantile
        The statements; their doses are in the grid's unit.
    correlation : float or None, default None
        Prior correlation; fitted if not given.
    compromise : {"least-squares", "minimax"} or None, default None
        How to weigh statements that cannot all be met; if not given, that is an error.
    reference_dose : float or None, default None
        Reference dose; the highest stated dose if not given.
    """

    statements: tuple[Quantile, ...]
    correlation: float | None = None
    compromise: Criterion | None = None
    reference_dose: float | None = None

    def build(self, grid: DoseGrid) -> NormalPrior:
        """The prior that meets the statements, or the stated compromise; the grid is not used."""
        return prior_from_quantiles(
            self.statements,
            reference_dose=self.reference_dose,
            correlation=self.correlation,
            compromise=self.compromise is not None,
            criterion=self.compromise or "least-squares",
        )


@dataclass(frozen=True)
class MinimallyInformativeRule:
    """The minimally informative construction on any grid (`minimally_informative`).

    Parameters
    ----------
    lowest_bound, highest_bound : float
        P(DLT) exceeds the first at the lowest dose, and is below the second at the highest dose,
        with probability `tail` each.
    tail : float, default 0.05
        That probability.
    """

    lowest_bound: float
    highest_bound: float
    tail: float = 0.05

    def build(self, grid: DoseGrid) -> NormalPrior:
        """The prior; its reference dose is the highest dose."""
        return minimally_informative(
            grid, lowest_bound=self.lowest_bound, highest_bound=self.highest_bound, tail=self.tail
        )


@dataclass(frozen=True)
class WeaklyInformativeRule:
    """A weakly informative prior on any grid (`weakly_informative`).

    Parameters
    ----------
    prob_dlt, sd_logit : float
        Median of P(DLT) at the reference dose, and its standard deviation on the logit scale.
    sd_log_slope : float
        Standard deviation of the log slope.
    slope : float, default 1
        Median slope.
    anticipated_mtd : float or None, default None
        Reference dose; the middle of the grid in log dose if not given.
    """

    prob_dlt: float
    sd_logit: float
    sd_log_slope: float
    slope: float = 1.0
    anticipated_mtd: float | None = None

    def build(self, grid: DoseGrid) -> NormalPrior:
        """The prior."""
        return weakly_informative(
            grid,
            prob_dlt=self.prob_dlt,
            sd_logit=self.sd_logit,
            slope=self.slope,
            sd_log_slope=self.sd_log_slope,
            anticipated_mtd=self.anticipated_mtd,
        )


@dataclass(frozen=True)
class GivenPriorRule:
    """The numbers of a normal prior as they stand in a protocol or paper.

    Parameters
    ----------
    mean, sd : (float, float)
        Means and standard deviations of log alpha and log beta.
    reference_dose : float
        Reference dose in the grid's unit.
    correlation : float, default 0
        Correlation of log alpha and log beta.
    """

    mean: tuple[float, float]
    sd: tuple[float, float]
    reference_dose: float
    correlation: float = 0.0

    def build(self, grid: DoseGrid) -> NormalPrior:
        """The prior; the grid is not used."""
        return NormalPrior(self.mean, self.sd, self.reference_dose, self.correlation)


PriorRule = (
    QuantilePriorRule
    | StatementsPriorRule
    | MinimallyInformativeRule
    | WeaklyInformativeRule
    | GivenPriorRule
)

PRIOR_BUILDERS = {
    "quantiles": QuantilePriorRule,
    "statements": StatementsPriorRule,
    "minimally-informative": MinimallyInformativeRule,
    "weakly-informative": WeaklyInformativeRule,
    "given": GivenPriorRule,
}
