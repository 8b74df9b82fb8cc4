"""The minimally informative prior of Neuenschwander, Branson and Gsponer, solved to its optimum."""

import math
from typing import Annotated

import annotated_types as at
import numpy as np
from attrs import evolve
from scipy.special import betaincinv, expit, logit

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import InnerProbability, Positive
from bayesdose.checks.warning import warn
from bayesdose.errors import InputError, PriorWarning
from bayesdose.grid import DoseGrid
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.statement import Quantile
from bayesdose.priors.caveats import bound_note, slope_note
from bayesdose.priors.optimise_normal import (
    box,
    fit_least_squares,
    fit_minimax,
    prior_at,
    quantile_and_gradient,
)

__all__ = ["minimally_informative", "minimally_informative_quantiles", "unimodal_beta"]

_PROBABILITIES = (0.025, 0.5, 0.975)
_MAX_CORRELATION = 0.95
_NODES = 641  # resolve what a correlation of 0.99 leaves of log alpha given log beta


def unimodal_beta(probability: float, quantile: float) -> tuple[float, float]:
    """Parameters of the least informative unimodal beta distribution with one given quantile.

    Parameters
    ----------
    probability, quantile : float
        P(X < quantile) = probability; both in (0, 1).

    Returns
    -------
    (float, float)
        Of Beta(a, 1) if the quantile exceeds the probability, else of Beta(1, b).

    References
    ----------
    Neuenschwander B, Branson M, Gsponer T (2008), Statistics in Medicine 27:2420-2439, appendix, in
    the form of the R package crmPack (`h_get_min_inf_beta`).

    Examples
    --------
    >>> a, b = unimodal_beta(0.2, 0.5)
    >>> round(a, 3), b
    (2.322, 1.0)
    """
    if quantile > probability:
        return math.log(probability) / math.log(quantile), 1.0
    return 1.0, math.log1p(-probability) / math.log1p(-quantile)


def minimally_informative_quantiles(
    grid: DoseGrid, *, lowest_bound: float, highest_bound: float, tail: float = 0.05
) -> tuple[Quantile, ...]:
    """The statements that the construction asks a prior to meet.

    Parameters
    ----------
    grid : DoseGrid
        At least two doses.
    lowest_bound : float
        P(DLT) at the lowest dose exceeds this with probability `tail`.
    highest_bound : float
        P(DLT) at the highest dose is below this with probability `tail`.
    tail : float, default 0.05
        Probability of these two surprises, below 0.5.

    Returns
    -------
    tuple of Quantile
        The 2.5, 50 and 97.5 % points at every dose, lowest dose first. At both ends a unimodal beta
        distribution has the given quantile; its median is carried to the doses between linearly
        in logit against log dose; at each dose a unimodal beta distribution has that median.

    Raises
    ------
    InputError
        If there is one dose, or the medians fall with the dose.
    """
    if len(grid) < 2:
        raise InputError("dose grid", got=str(grid), wanted="at least two doses")
    ends = [
        logit(betaincinv(*unimodal_beta(probability, bound), 0.5))
        for probability, bound in ((1 - tail, lowest_bound), (tail, highest_bound))
    ]
    if not ends[0] < ends[1]:
        raise InputError(
            "lowest_bound, highest_bound",
            got=(lowest_bound, highest_bound),
            wanted="bounds whose medians of P(DLT) rise from the lowest to the highest dose",
            fix=f"These give medians of {expit(ends[0]):.3f} and {expit(ends[1]):.3f}.",
        )
    position = np.log(grid.values)
    medians = expit(np.interp(position, position[[0, -1]], ends))
    return tuple(
        Quantile(dose, probability, float(betaincinv(*unimodal_beta(0.5, median), probability)))
        for dose, median in zip(grid.values, medians.tolist(), strict=True)
        for probability in _PROBABILITIES
    )


@checked
def minimally_informative(
    grid: DoseGrid,
    *,
    lowest_bound: InnerProbability,
    highest_bound: InnerProbability,
    tail: Annotated[float, at.Gt(0), at.Lt(0.5)] = 0.05,
    reference_dose: Positive | None = None,
    max_correlation: Annotated[float, at.Gt(0), at.Le(0.99)] = _MAX_CORRELATION,
) -> NormalPrior:
    """Normal prior whose quantiles of P(DLT) come closest to those of minimally informative betas.

    The largest absolute difference of P(DLT), over the 2.5, 50 and 97.5 % points at all doses, is
    minimised over both means, both standard deviations and the correlation. The quantiles are
    computed by quadrature and the minimum by a smooth solver from fixed starts: there is no
    randomness, and two runs give the same bits.

    With the bounds in common use the minimum has its correlation on the bound and a slope that is
    nearly fixed, so the prior is informative about the slope. It says so: a `PriorWarning`, and
    the same words in the prior's `notes`.

    Parameters
    ----------
    grid : DoseGrid
        At least two doses.
    lowest_bound, highest_bound, tail : float
        P(DLT) exceeds `lowest_bound` at the lowest dose, and is below `highest_bound` at the highest
        dose, with probability `tail` each (0.05 by default).
    reference_dose : float, optional
        Reference dose of the prior; the highest dose by default. It changes the answer: log alpha
        is normal at this dose.
    max_correlation : float, default 0.95
        Bound on the absolute correlation, at most 0.99. Beyond, the criterion hardly improves.

    Returns
    -------
    NormalPrior
        With what was asked and the notes.

    Raises
    ------
    InputError
        If a number is out of range, there is one dose, or the medians fall with the dose.

    References
    ----------
    Neuenschwander B, Branson M, Gsponer T (2008). Critical aspects of the Bayesian approach to
    phase I cancer trials. Statistics in Medicine 27:2420-2439, appendix; criterion and bound on the
    correlation as in the R package crmPack (`MinimalInformative`). The prior that is printed in
    the paper is not a solution of this criterion.

    Examples
    --------
    >>> import warnings
    >>> grid = DoseGrid((1, 3, 10, 30), unit="mg")
    >>> with warnings.catch_warnings(action="ignore", category=PriorWarning):
    ...     prior = minimally_informative(grid, lowest_bound=0.4, highest_bound=0.2)
    >>> [round(value, 2) for value in (*prior.mean, *prior.sd, prior.correlation)]
    [0.93, -0.02, 1.55, 0.1, 0.95]
    """
    asked = minimally_informative_quantiles(
        grid, lowest_bound=lowest_bound, highest_bound=highest_bound, tail=tail
    )
    reference = grid.values[-1] if reference_dose is None else reference_dose
    parameters, worst = _solve(asked, reference, max_correlation, _starts(asked, reference))
    prior = prior_at(parameters, reference)
    notes = tuple(
        filter(
            None,
            (
                f"the worst difference of P(DLT) from what was asked is {worst:.4f}",
                bound_note(prior.correlation, max_correlation),
                slope_note(prior.sd[1]),
            ),
        )
    )
    for note in notes[1:]:
        warn(f"minimally informative prior: {note}", PriorWarning)
    origin = (
        f"minimally informative: P(DLT) above {lowest_bound:g} at {grid.labels[0]} {grid.unit} and below "
        f"{highest_bound:g} at {grid.labels[-1]} {grid.unit} with probability {tail:g} each"
    )
    return evolve(prior, origin=origin, asked=asked, notes=notes)


def _starts(asked: tuple[Quantile, ...], reference: float) -> list[np.ndarray]:
    """Two starts on the line of the medians: a wide slope without, and a narrow one with correlation."""
    medians = [q for q in asked if q.probability == 0.5]
    position = np.log([q.dose / reference for q in medians])
    slope, intercept = np.polyfit(position, logit([q.prob_dlt for q in medians]), 1)
    line = (intercept, math.log(slope))
    return [
        np.array([line[0], 0.3, line[1], log_sd, correlation])
        for log_sd, correlation in ((-0.5, 0.0), (-2.0, 0.5))
    ]


def _solve(
    asked: tuple[Quantile, ...], reference: float, max_correlation: float, starts: list[np.ndarray]
) -> tuple[np.ndarray, float]:
    """The best parameters (5,) from several starts, and their largest difference of P(DLT)."""
    log_ratio = np.log([q.dose / reference for q in asked])
    probability = np.array([q.probability for q in asked])
    wanted = np.array([q.prob_dlt for q in asked])
    lower, upper = box(max_correlation)

    def misfit(parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        position, gradient = quantile_and_gradient(parameters, log_ratio, probability, _NODES)
        prob_dlt = expit(position)
        return prob_dlt - wanted, gradient * (prob_dlt * (1 - prob_dlt))[:, None]

    candidates = []
    for start in starts:
        # Least squares first: it does not stray from a poor start, as the other may.
        nearby = fit_least_squares(misfit, start, lower, upper, tolerance=1e-3)
        parameters = fit_minimax(misfit, nearby, lower, upper)
        candidates.append((float(np.abs(misfit(parameters)[0]).max()), parameters))
    worst, best = min(candidates, key=lambda candidate: candidate[0])
    return best, worst
