"""A compromise between stated quantiles in words: asked beside obtained, in P(DLT) and on the logit scale."""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit, logit

from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.statement import Quantile
from bayesdose.priors.caveats import bound_note, slope_note
from bayesdose.priors.meet_quantiles import worst_difference
from bayesdose.priors.nearest_prior import MOST_WIDTH_CHANGE, Criterion, asked_widths
from bayesdose.priors.prob_dlt_moments import logit_quantiles

__all__ = ["compromise_notes"]


def compromise_notes(
    prior: NormalPrior, asked: Sequence[Quantile], criterion: Criterion, max_correlation: float | None
) -> tuple[str, ...]:
    """What a user of the compromise must know; `max_correlation` if the correlation was fitted."""
    worst, statement = worst_difference(prior, asked)
    bound = "" if max_correlation is None else bound_note(prior.correlation, max_correlation)
    notes = (
        f"the {criterion} compromise misses a statement by {worst:.4f} in probability ({statement})",
        *_by_dose(prior, asked, max_correlation is None),
        bound,
        slope_note(prior.sd[1]),
    )
    return tuple(filter(None, notes))


def _by_dose(prior: NormalPrior, asked: Sequence[Quantile], correlation_is_given: bool) -> list[str]:
    """A note for each dose, and one if a width is not kept."""
    log_ratio = np.log([q.dose / prior.reference_dose for q in asked])
    wanted = logit([q.prob_dlt for q in asked])
    obtained = logit_quantiles(prior, log_ratio, np.array([q.probability for q in asked]))
    widths, notes, far = asked_widths(asked), [], []
    for dose in sorted({q.dose for q in asked}):
        places = [place for place, q in enumerate(asked) if q.dose == dose]
        notes.append(
            f"at {dose:g} the {_list([100 * asked[place].probability for place in places], 'g')} % points of "
            f"P(DLT) are {_list(expit(obtained[places]), '.3g')} where {_list(expit(wanted[places]), '.3g')} "
            f"was asked, on the logit scale {_list(obtained[places], '.2f')} where "
            f"{_list(wanted[places], '.2f')} was asked"
        )
        if dose in widths:
            low, high = widths[dose]
            ratio = float((obtained[high] - obtained[low]) / (wanted[high] - wanted[low]))
            notes[-1] += f" ({100 * ratio:.0f} % of the asked width)"
            if abs(ratio - 1) > MOST_WIDTH_CHANGE:
                far.append(f"{dose:g}")
    if far:
        which = "with this correlation (None fits it)" if correlation_is_given else "with this reference dose"
        notes.append(
            f"the width at {' and at '.join(far)} differs from the asked one by more than "
            f"{100 * MOST_WIDTH_CHANGE:.0f} %: no prior {which} was found that keeps every width"
        )
    return notes


def _list(values: Sequence[float] | np.ndarray, form: str) -> str:
    return ", ".join(format(float(value), form) for value in values)
