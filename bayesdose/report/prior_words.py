"""A prior in sentences, for the terminal and for the page."""

import xarray as xr

from bayesdose.designs.model_based import ModelBased
from bayesdose.models.description import CRMModel, ExponentialCRMModel
from bayesdose.models.mixture_prior import NormalMixture
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.prior import Prior
from bayesdose.rules.lowest_dose import ewoc_in

__all__ = [
    "ASKED_AND_ACHIEVED",
    "before_data_in_words",
    "escalation_cap",
    "origin_in_words",
    "prior_in_words",
    "skeleton_in_words",
    "warnings_in_words",
    "worst_in_words",
]

# Of each statement that a prior was built from: variables of `explain_prior`, in the order of the tables.
ASKED_AND_ACHIEVED = tuple(
    f"{said}_{what}" for what in ("probability", "prob_dlt", "logit") for said in ("asked", "achieved")
)


def prior_in_words(prior: Prior, unit: str) -> str:
    """The prior's numbers in a sentence."""
    assert isinstance(prior, NormalPrior | NormalMixture)
    return f"{prior.in_numbers(unit)}."


def origin_in_words(prior: Prior, unit: str) -> str:
    """What the prior was built from, in a sentence."""
    return f"Built from {_with_unit(prior.origin, prior, unit)}."


def warnings_in_words(prior: Prior, explained: xr.Dataset, unit: str) -> tuple[str, ...]:
    """What a user of the prior must know, from the result of `explain_prior`."""
    return tuple(_with_unit(str(text), prior, unit) for text in explained["warning"].values)


def _with_unit(text: str, prior: Prior, unit: str) -> str:
    """A text about a prior, in which the doses of what was asked have their unit.

    A prior is made without a grid, so that what it says of itself has no unit.
    """
    for part in (prior, *getattr(prior, "components", ())):
        for statement in getattr(part, "asked", ()):
            text = text.replace(str(statement), statement.in_words(unit))
    return text


def worst_in_words(explained: xr.Dataset) -> str:
    """How far the prior is from what was asked, from the result of `explain_prior`."""
    worst = explained.attrs
    return (
        f"Worst difference from what was asked: {worst['worst_probability_difference']:.2g} in "
        f"probability, {worst['worst_prob_dlt_difference']:.2g} in P(DLT), "
        f"{worst['worst_logit_difference']:.2g} on its logit scale."
    )


def escalation_cap(design: ModelBased) -> float | None:
    """The cap on an overdose that limits escalation, where the design's rule has one."""
    ewoc = ewoc_in(design.admissible)
    return None if ewoc is None else ewoc.cap


def before_data_in_words(explained: xr.Dataset, design: ModelBased) -> str:
    """What the design would do before any data, from the result of `explain_prior`."""
    grid, rule = design.grid, design.admissible
    start, chosen = explained.attrs["start_level"], explained.attrs["model_level"]
    passes = "passes" if explained.attrs["start_is_admissible"] else "does NOT pass"
    first = "" if rule is None else f", which {passes} its rule ({rule}) before any data"
    best = grid.level_in_words(chosen - 1) if chosen else "no dose"
    stops = (
        " Asked for a dose before any data it would STOP without a dose."
        if explained.attrs["stops_before_data"]
        else ""
    )
    return (
        f"The design starts at {grid.level_in_words(start - 1)}{first}. "
        f"With every dose in reach it would choose {best}.{stops}"
    )


def skeleton_in_words(model: CRMModel | ExponentialCRMModel) -> tuple[tuple[float, ...], str]:
    """A CRM's skeleton, and a sentence about what bends it."""
    if isinstance(model, CRMModel):
        sentence = f"theta ~ N(0, {model.prior_sd:.6g}²) bends the skeleton, which holds at theta = 0."
        return model.curve.skeleton, sentence
    return model.skeleton, "a ~ Exponential(1) bends the skeleton, which holds at a = 1."
