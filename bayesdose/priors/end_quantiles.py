"""A normal prior from quantiles of P(DLT) at both ends of a dose grid."""

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import InnerProbability
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.statement import Quantile
from bayesdose.priors.quantiles import prior_from_quantiles

__all__ = ["prior_from_end_quantiles"]


@checked
def prior_from_end_quantiles(
    grid: DoseGrid,
    *,
    lowest_median: InnerProbability,
    lowest_upper: InnerProbability,
    highest_median: InnerProbability,
    highest_upper: InnerProbability,
    upper_probability: InnerProbability,
) -> NormalPrior:
    """Normal prior that meets two quantiles of P(DLT) at the lowest and two at the highest dose of a grid.

    It is `prior_from_quantiles` for a rule that does not name the doses, so that the same numbers can be
    given for any grid. The correlation is 0.

    Parameters
    ----------
    grid : DoseGrid
        At least two doses; the highest is the reference dose.
    lowest_median, lowest_upper : float
        Median and upper quantile of P(DLT) at the lowest dose.
    highest_median, highest_upper : float
        Median and upper quantile of P(DLT) at the highest dose.
    upper_probability : float
        Probability that P(DLT) is below its upper quantile, such as 0.95.

    Returns
    -------
    NormalPrior
        Its `asked` holds the four statements.

    Raises
    ------
    InputError
        If a number is not between 0 and 1, the grid has a single dose, the statements contradict each
        other, or no normal prior meets them.

    Examples
    --------
    >>> prior = prior_from_end_quantiles(
    ...     DoseGrid((1, 3, 10, 30), unit="mg"),
    ...     lowest_median=0.02, lowest_upper=0.33, highest_median=0.30, highest_upper=0.80,
    ...     upper_probability=0.95)
    >>> [round(value, 3) for value in prior.mean + prior.sd]
    [-0.847, -0.182, 1.358, 0.662]
    """
    if len(grid) < 2:
        raise InputError("dose grid", got=str(grid), wanted="at least two doses, a lowest and a highest")
    lowest, highest = grid.values[0], grid.values[-1]
    return prior_from_quantiles(
        [
            Quantile(lowest, 0.5, lowest_median),
            Quantile(lowest, upper_probability, lowest_upper),
            Quantile(highest, 0.5, highest_median),
            Quantile(highest, upper_probability, highest_upper),
        ],
        reference_dose=highest,
    )
