"""Whether a decision made from NUTS draws is the exact one, or was left to chance."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.designs.model_based import ModelBased
from bayesdose.designs.running import running_state
from bayesdose.errors import InputError
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.outcomes import Outcomes, as_outcomes
from bayesdose.rules.admissible import EWOC
from bayesdose.rules.lowest_dose import ewoc_in
from bayesdose.rules.next_dose import MaxTargetProbability
from bayesdose.trial import NO_DOSE

__all__ = ["DecisionCertainty", "decision_certainty"]


@dataclass(frozen=True)
class DecisionCertainty:
    """A decision from draws beside the exact one.

    Parameters
    ----------
    exact_level, sampled_level : int
        Index of the dose that the exact posterior and the draws choose, -1 where they choose no dose.
    distance : float
        The difference, in the draws' probabilities, that is smallest for its Monte Carlo error among
        those that would have to vanish for another choice: a dose within reach against the overdose
        cap, or the best dose against the runner-up.
    mcse : float
        Monte Carlo standard error of that difference.
    boundary : str
        That difference in words.
    """

    exact_level: int
    sampled_level: int
    distance: float
    mcse: float
    boundary: str

    @property
    def agrees(self) -> bool:
        """Whether the draws choose the exact dose."""
        return self.exact_level == self.sampled_level

    @property
    def standard_errors(self) -> float:
        """Distance from the boundary in Monte Carlo standard errors; infinite where there is no error."""
        return self.distance / self.mcse if self.mcse > 0 else float("inf")


@checked
def decision_certainty(design: ModelBased, outcomes: Outcomes | str, draws: xr.DataTree) -> DecisionCertainty:
    """Compare the next dose from draws with the exact one, and with what chance could have made it.

    Stopping rules are left aside.

    Parameters
    ----------
    design : ModelBased
        The design that decides, by `EWOC` and `MaxTargetProbability`; with any increments rule.
    outcomes : Outcomes or str
        Patients so far, such as ``"1N 2N 3NNT"``; the draws must come from these.
    draws : xarray.DataTree
        Result of `fit` on the design's model, with ``prob_dlt (chain, draw, dose)``.

    Returns
    -------
    DecisionCertainty
        Both choices, and the closest call among those that the draws had to make.

    Raises
    ------
    InputError
        If the design has other rules, or the draws have other doses than the design or come from
        other outcomes.
    """
    outcomes = as_outcomes(outcomes)
    overdose_control, target = ewoc_in(design.admissible), design.next_dose
    if design.admissible is None or overdose_control is None or not isinstance(target, MaxTargetProbability):
        raise InputError(
            "design",
            got=f"rules {design.admissible!r} and {target!r}",
            wanted="EWOC for the admissible doses and MaxTargetProbability for the next one",
            fix="For other rules compare `exact_posterior` with the draws.",
        )
    prob_dlt = _prob_dlt(draws)
    if prob_dlt.sizes["dose"] != len(design.grid):
        raise InputError(
            "draws", got=f"{prob_dlt.sizes['dose']} doses", wanted=f"the design's {len(design.grid)}"
        )
    given = draws.attrs.get("outcomes")
    if given != str(outcomes):
        raise InputError("draws", got=f"draws given {given!r}", wanted=f"draws given {str(outcomes)!r}")
    state = running_state(design, outcomes)
    reach = design.within_reach(state)
    below = xr.concat([(prob_dlt < bound) for bound in design.tables[0].bounds], dim="bound").astype(float)
    summary = BatchPosterior(
        mean=prob_dlt.mean(("chain", "draw")).values[None],
        sd=prob_dlt.std(("chain", "draw")).values[None],
        prob_below=below.mean(("chain", "draw")).transpose("dose", "bound").values[None],
        bounds=design.tables[0].bounds,
        error=0.0,
    )
    sampled = design.choose(summary, reach)
    exact, _ = design.next_level(state)
    allowed = (design.admissible.admissible(summary) & reach)[0]
    return min(
        (
            DecisionCertainty(int(exact[0]), int(sampled[0]), distance, _mcse(series), words)
            for words, distance, series in _boundaries(
                overdose_control, target, design.grid.labels, summary, prob_dlt, allowed, reach
            )
        ),
        key=lambda certainty: certainty.standard_errors,
    )


def _prob_dlt(draws: xr.DataTree) -> xr.DataArray:
    found = draws.children["posterior"].to_dataset() if "posterior" in draws.children else xr.Dataset()
    if "prob_dlt" not in found or set(found["prob_dlt"].dims) != {"chain", "draw", "dose"}:
        wanted = "a group `posterior` with prob_dlt (chain, draw, dose), as `fit` returns it"
        raise InputError("draws", got=list(draws.children), wanted=wanted)
    return found["prob_dlt"]


def _boundaries(
    rule: EWOC,
    target: MaxTargetProbability,
    labels: tuple[str, ...],
    summary: BatchPosterior,
    prob_dlt: xr.DataArray,
    allowed: np.ndarray,
    reach: np.ndarray,
) -> Iterator[tuple[str, float, xr.DataArray]]:
    """Each comparison behind the decision: words, distance, and the draws whose mean it is."""
    overdose = rule.overdose_probability(summary)[0]
    for dose in np.flatnonzero(reach[0]):
        series = (prob_dlt.isel(dose=dose) >= rule.bound).astype(float)
        words = f"overdose probability at {labels[dose]} against the cap {rule.cap:g}"
        yield words, abs(float(overdose[dose]) - rule.cap), series
    score = np.where(allowed, summary.between(target.lower, target.upper)[0], -np.inf)
    best, second = np.argsort(score)[::-1][:2] if len(score) > 1 else (0, NO_DOSE)
    if second != NO_DOSE and np.isfinite(score[second]):
        inside = ((prob_dlt >= target.lower) & (prob_dlt < target.upper)).astype(float)
        words = f"target-interval probability at {labels[best]} against {labels[second]}"
        yield words, float(score[best] - score[second]), inside.isel(dose=best) - inside.isel(dose=second)


def _mcse(series: xr.DataArray) -> float:
    """Monte Carlo standard error of a mean over draws; 0 for draws that are all the same."""
    if float(series.std()) == 0:
        return 0.0
    import arviz_stats

    return float(arviz_stats.mcse(series, method="mean"))  # pyright: ignore[reportPrivateImportUsage]
