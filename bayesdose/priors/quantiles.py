"""A normal prior from stated quantiles of P(DLT)."""

from collections.abc import Sequence
from typing import Annotated, Literal

import annotated_types as at
import numpy as np
from attrs import evolve

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Correlation, InnerProbability, Positive, Tolerance
from bayesdose.checks.warning import warn
from bayesdose.errors import InputError, PriorWarning
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.statement import Quantile, check_consistent, check_enough
from bayesdose.priors.caveats import slope_note
from bayesdose.priors.compromise_notes import compromise_notes
from bayesdose.priors.meet_quantiles import priors_that_meet, worst_difference
from bayesdose.priors.nearest_prior import Criterion, nearest_prior

__all__ = ["prior_from_quantiles"]

_FITTED = "no prior with correlation 0 meets the statements: the correlation was fitted"


@checked
def prior_from_quantiles(
    quantiles: Annotated[Sequence[Quantile], at.MinLen(1)],
    *,
    reference_dose: Positive | None = None,
    correlation: Correlation | Literal["zero first"] | None = "zero first",
    max_correlation: InnerProbability = 0.95,
    tolerance: Tolerance = 1e-6,
    compromise: bool = False,
    criterion: Criterion = "least-squares",
) -> NormalPrior:
    """Bivariate normal prior that meets stated quantiles of P(DLT) at two or more doses.

    Two statements at each of two doses fix both means and both standard deviations when the
    correlation is given. More statements, or a correlation that is fitted too, are welcome; they can
    mostly not all be met, and then the nearest prior is returned only if `compromise` asks for it.

    Parameters
    ----------
    quantiles : sequence of Quantile
        The statements, in any order.
    reference_dose : float, optional
        Reference dose of the prior; by default the highest of the stated doses, which makes the
        statements there fix log alpha alone. A compromise then takes a lower one of them if only that
        keeps the asked widths (see `criterion`).
    correlation : float, None or "zero first", default "zero first"
        Prior correlation of log alpha and log beta; None fits it too. By default it is 0, but a compromise
        fits it where that meets all statements, or where 0 would not keep the asked widths (see
        `criterion`) or would nearly fix the slope.
    max_correlation : float, default 0.95
        Bound on the absolute correlation if it is fitted.
    tolerance : float, default 1e-6
        Largest difference between an asked and an achieved probability that counts as met.
    compromise : bool, default False
        Whether to return the nearest prior where no prior meets every statement. It comes with a
        `PriorWarning`, and its `origin` and `notes` give the worst difference.
    criterion : {"least-squares", "minimax"}
        What is nearest: the least sum of squares, or the least largest value, of the differences
        between obtained and asked quantiles of logit P(DLT), each in units of the standard deviation
        that was asked at its dose. Where a prior exists that changes the width of no interval by more
        than a quarter on that scale, only such priors are looked at. Without effect where all are met.

    Returns
    -------
    NormalPrior
        Its `asked` holds the statements. Two doses can leave two priors that both meet them, unless
        the correlation is 0; then the one with the wider slope is returned, with a `PriorWarning`
        and a note that names the other. A third dose tells them apart.

    Raises
    ------
    InputError
        If the statements are too few to fix the prior or contradict each other, a number is out of
        range, or, without `compromise`, no such prior meets every statement; the message gives the
        worst remaining difference.

    Examples
    --------
    >>> prior = prior_from_quantiles([
    ...     Quantile(dose=1, probability=0.50, prob_dlt=0.02),
    ...     Quantile(dose=1, probability=0.95, prob_dlt=0.33),
    ...     Quantile(dose=30, probability=0.50, prob_dlt=0.30),
    ...     Quantile(dose=30, probability=0.95, prob_dlt=0.80),
    ... ])
    >>> [round(value, 3) for value in prior.mean + prior.sd]
    [-0.847, -0.182, 1.358, 0.662]
    """
    asked = tuple(sorted(quantiles, key=lambda q: (q.dose, q.probability)))
    reference = asked[-1].dose if reference_dose is None else reference_dose
    check_consistent(asked)
    check_enough(asked, reference, correlation is None)
    first = 0.0 if correlation == "zero first" else correlation
    prior, *others = priors_that_meet(asked, reference, first, max_correlation)
    if worst_difference(prior, asked)[0] <= tolerance:
        return _met(prior, asked, tuple(map(_other_note, others)))
    if not compromise:
        raise _unreachable(prior, asked, first, max_correlation, tolerance)
    if correlation == "zero first":
        other = _met_by_a_correlation(asked, reference, max_correlation, tolerance)
        if other is not None:
            return _met(other, asked, (_FITTED,))
    prior, fitted = _compromise(asked, reference_dose, correlation, max_correlation, criterion)
    notes = compromise_notes(prior, asked, criterion, max_correlation if fitted else None)
    if reference_dose is None and prior.reference_dose != reference:
        notes = (
            *notes,
            f"the reference dose is {prior.reference_dose:g}, not the highest, to keep the widths",
        )
    warn(f"prior from quantiles: {'; '.join(notes)}", PriorWarning)
    difference = f"worst difference {worst_difference(prior, asked)[0]:.4f} in probability"
    return evolve(
        prior, origin=f"quantiles, {difference}: " + "; ".join(map(str, asked)), asked=asked, notes=notes
    )


def _compromise(
    asked: Sequence[Quantile],
    reference: float | None,
    correlation: float | str | None,
    max_correlation: float,
    criterion: Criterion,
) -> tuple[NormalPrior, bool]:
    """The first of the priors to try that keeps the asked widths, and whether its correlation was fitted."""
    doses = sorted({q.dose for q in asked}, reverse=True) if reference is None else [reference]
    if correlation == "zero first":
        nearest, kept = nearest_prior(asked, doses[0], 0.0, max_correlation, criterion)
        if kept and not slope_note(nearest.sd[1]):
            return nearest, False
    given = correlation if isinstance(correlation, float | int) else None
    found = (nearest_prior(asked, dose, given, max_correlation, criterion) for dose in doses)
    nearest, kept = next(found)
    if not kept:
        nearest = next((prior for prior, keeps in found if keeps), nearest)
    return nearest, given is None


def _met(prior: NormalPrior, asked: tuple[Quantile, ...], notes: tuple[str, ...]) -> NormalPrior:
    """The prior with what it meets in words, and a warning for each note."""
    for note in notes:
        warn(f"prior from quantiles: {note}", PriorWarning)
    return evolve(prior, origin="quantiles: " + "; ".join(map(str, asked)), asked=asked, notes=notes)


def _met_by_a_correlation(
    asked: Sequence[Quantile], reference: float, max_correlation: float, tolerance: float
) -> NormalPrior | None:
    """A prior with some correlation that meets every statement, if there is one."""
    # Any correlation leaves four statements and four numbers: the nearest to 0 of those that meet them.
    tried = np.linspace(-max_correlation, max_correlation, 21) if len(asked) == 4 else [None]
    for one in sorted(tried, key=lambda one: 0 if one is None else abs(one)):
        correlation = None if one is None else float(one)
        prior = priors_that_meet(asked, reference, correlation, max_correlation)[0]
        if worst_difference(prior, asked)[0] <= tolerance:
            return prior
    return None


def _other_note(other: NormalPrior) -> str:
    return (
        f"another prior meets the statements too (standard deviation of log beta {other.sd[1]:.3f}, "
        f"correlation {other.correlation:.3f}): state a third dose"
    )


def _unreachable(
    prior: NormalPrior,
    asked: Sequence[Quantile],
    correlation: float | None,
    max_correlation: float,
    tolerance: float,
) -> InputError:
    """What to say where no prior meets the statements: how far off, and whether a correlation would help."""
    worst, statement = worst_difference(prior, asked)
    fix = f"The closest prior misses one by {worst:.2g} in probability: {statement}."
    if correlation is not None:
        other = _met_by_a_correlation(asked, prior.reference_dose, max_correlation, tolerance)
        if other is not None:
            which = f"{other.correlation:.3g}" if len(asked) == 4 else "None"
            return _error(asked, correlation, f"{fix} With correlation={which} all can be met.")
    return _error(
        asked, correlation, f"{fix} Change the statements, or pass compromise=True for the closest."
    )


def _error(asked: Sequence[Quantile], correlation: float | None, fix: str) -> InputError:
    which = "any correlation in bounds" if correlation is None else f"correlation {correlation:g}"
    return InputError(
        "prior quantiles",
        got="; ".join(map(str, asked)),
        wanted=f"statements that a bivariate normal prior with {which} can meet",
        fix=fix,
    )
