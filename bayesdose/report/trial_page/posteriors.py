"""What a model says in each state of a page: posterior numbers per dose, and how close the decision is."""

from dataclasses import dataclass

import numpy as np

from bayesdose.alike import distinct_rows
from bayesdose.designs.base import Design
from bayesdose.designs.model_based import ModelBased
from bayesdose.inference.posterior import BatchPosterior, posterior
from bayesdose.report.model import target_interval_of
from bayesdose.report.protocol_text.sections import model_in
from bayesdose.rules.lowest_dose import ewoc_in
from bayesdose.trial import TrialState

__all__ = ["DECIMALS", "PagePosteriors", "page_posteriors"]

# Decimals that a page holds of a probability.
DECIMALS = 4
_SCALE = 10**DECIMALS
# A margin that no error reaches.
FARTHEST = 2**16 - 1


@dataclass(frozen=True, eq=False)
class PagePosteriors:
    """Posterior numbers of N states, in units of the last decimal that a page holds.

    Parameters
    ----------
    interval : (float, float)
        Target interval of P(DLT).
    cap : float or None
        The cap that P(overdose) must stay below for a dose above the lowest, where the design has one.
    mean, target, overdose : ndarray of uint16, shape (N, K)
        Mean of P(DLT), and the probabilities that it lies in the interval, and at its upper end or above.
        A probability of an overdose that is rounded stays on its side of the cap.
    allowed : ndarray of uint8, shape (N, K)
        1 where the rule of admissible doses lets a dose pass, and 2 where the increments reach it (both: 3).
        A state in which another part of the design decides, such as its titration, has no 2.
    margin : ndarray of uint16, shape (N,)
        How far every posterior probability could be off without another decision, rounded down; the largest
        number where nothing changes it.
    """

    interval: tuple[float, float]
    cap: float | None
    mean: np.ndarray
    target: np.ndarray
    overdose: np.ndarray
    allowed: np.ndarray
    margin: np.ndarray


def page_posteriors(design: Design, state: TrialState) -> PagePosteriors | None:
    """Posterior numbers in every state; None for a design without a model's posterior.

    Parameters
    ----------
    design : Design
        A model-based design, or one that hands trials over to one.
    state : TrialState
        N states.
    """
    model = model_in(design)
    if model is None:
        return None
    ewoc = ewoc_in(model.admissible)
    low, high = interval = target_interval_of(model)
    if not {low, high} <= set(model.tables[-1].bounds):
        return None
    first, which = distinct_rows(np.concatenate([state.patients, state.dlts], axis=1))
    summary = posterior(model.tables[-1], state.patients[first], state.dlts[first])
    overdose = 1 - summary.below(high)
    rounded = np.rint(overdose * _SCALE)
    cap = None if ewoc is None or ewoc.bound != high else ewoc.cap
    if cap is not None:
        passes = overdose < cap
        edge = round(cap * _SCALE, 6)
        rounded = np.where(passes, np.minimum(rounded, np.ceil(edge) - 1), np.maximum(rounded, np.ceil(edge)))
    allowed = np.ones(overdose.shape, dtype=bool)
    if model.admissible is not None:
        allowed = model.admissible.admissible(summary)
    margin, reach = _where_it_decides(design, model, state, summary, which)
    return PagePosteriors(
        interval,
        cap,
        _rounded(summary.mean)[which],
        _rounded(summary.between(low, high))[which],
        rounded.astype(np.uint16)[which],
        (allowed[which] + 2 * reach).astype(np.uint8),
        np.floor(np.minimum(margin * _SCALE, FARTHEST)).astype(np.uint16),
    )


def _where_it_decides(
    design: Design, model: ModelBased, state: TrialState, summary: BatchPosterior, which: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Margin of each state (N,) and doses in reach (N, K); infinite and none where the model does not decide.

    `which` is the row of the posteriors that belongs to each state.
    """
    margin, reach = np.full(len(state), np.inf), np.zeros(state.patients.shape, dtype=bool)
    asked, here, inner = design, np.arange(len(state)), state
    while asked is not model:
        handed_over = getattr(asked, "handed_over", None)
        if handed_over is None:
            return margin, reach
        asked, over, inner = handed_over(inner)
        here = here[over]
    has_room = inner.patients.sum(axis=1) < model.max_patients
    here, inner = here[has_room], inner.take(has_room)
    if len(here):
        margin[here] = model.answers(inner, summary.take(which[here]))[1][:, 0]
        reach[here] = model.within_reach(inner)
    return margin, reach


def _rounded(probability: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(probability, 0, 1) * _SCALE).astype(np.uint16)
