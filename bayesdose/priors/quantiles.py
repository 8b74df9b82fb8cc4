"""A normal prior from stated quantiles of P(DLT)."""

from collections.abc import Sequence
from typing import Annotated

import annotated_types as at
import numpy as np
from attrs import evolve

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Correlation, InnerProbability, Positive, Tolerance
from bayesdose.checks.warning import warn
from bayesdose.errors import InputError, PriorWarning
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.statement import Quantile, check_consistent, check_enough
from bayesdose.priors.caveats import bound_note, slope_note
from bayesdose.priors.meet_quantiles import Criterion, nearest_prior, priors_that_meet, worst_difference

__all__ = ["prior_from_quantiles"]


@checked
def prior_from_quantiles(
    quantiles: Annotated[Sequence[Quantile], at.MinLen(1)],
    *,
    reference_dose: Positive | None = None,
    correlation: Correlation | None = 0.0,
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
        statements there fix log alpha alone.
    correlation : float or None, default 0
        Prior correlation of log alpha and log beta; None fits it too.
    max_correlation : float, default 0.95
        Bound on the absolute correlation if it is fitted.
    tolerance : float, default 1e-6
        Largest difference between an asked and an achieved probability that counts as met.
    compromise : bool, default False
        Whether to return the nearest prior where no prior meets every statement. It comes with a
        `PriorWarning`, and its `origin` and `notes` give the worst difference.
    criterion : {"least-squares", "minimax"}
        What is nearest: the least sum of squares, or the least largest value, of the differences
        between the achieved and the asked probabilities. Without effect where all are met.

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
    prior, *others = priors_that_meet(asked, reference, correlation, max_correlation)
    if worst_difference(prior, asked)[0] <= tolerance:
        notes = tuple(map(_other_note, others))
        for note in notes:
            warn(f"prior from quantiles: {note}", PriorWarning)
        return evolve(prior, origin="quantiles: " + "; ".join(map(str, asked)), asked=asked, notes=notes)
    if not compromise:
        raise _unreachable(prior, asked, correlation, max_correlation, tolerance)
    prior = nearest_prior(prior, asked, correlation, max_correlation, criterion)
    return _stated(prior, asked, correlation, max_correlation, criterion)


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
    if correlation is not None and len(asked) == 4:
        # Any correlation leaves four statements and four numbers: search it for one that meets them.
        for other in np.linspace(-max_correlation, max_correlation, 21):
            trial = priors_that_meet(asked, prior.reference_dose, float(other), max_correlation)[0]
            if worst_difference(trial, asked)[0] <= tolerance:
                return _error(asked, correlation, f"{fix} With correlation={other:.3g} all can be met.")
    elif correlation is not None:
        trial = priors_that_meet(asked, prior.reference_dose, None, max_correlation)[0]
        if worst_difference(trial, asked)[0] <= tolerance:
            return _error(asked, correlation, f"{fix} With correlation=None all can be met.")
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


def _stated(
    prior: NormalPrior,
    asked: tuple[Quantile, ...],
    correlation: float | None,
    max_correlation: float,
    criterion: Criterion,
) -> NormalPrior:
    """The compromise with its worst difference in words, and a warning that says the same."""
    worst, statement = worst_difference(prior, asked)
    missed = f"the {criterion} compromise misses a statement by {worst:.4f} in probability ({statement})"
    bound = bound_note(prior.correlation, max_correlation) if correlation is None else ""
    notes = tuple(filter(None, (missed, bound, slope_note(prior.sd[1]))))
    warn(f"prior from quantiles: {'; '.join(notes)}", PriorWarning)
    origin = f"quantiles, worst difference {worst:.4f} in probability: " + "; ".join(map(str, asked))
    return evolve(prior, origin=origin, asked=asked, notes=notes)
