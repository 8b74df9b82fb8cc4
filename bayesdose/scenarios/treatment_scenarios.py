"""Scenarios of several regimens from one regimen's."""

from typing import Annotated

import annotated_types as at
import numpy as np
from scipy.special import expit, logit

from bayesdose.checks.arguments import checked
from bayesdose.errors import InputError
from bayesdose.scenarios.scenario import Scenario
from bayesdose.treatments import TreatmentGrid

__all__ = ["on_treatments"]

_LogOdds = Annotated[float, at.Ge(-100), at.Le(100)]


@checked
def on_treatments(
    scenario: Scenario, treatments: TreatmentGrid, *, log_odds: tuple[_LogOdds, ...]
) -> Scenario:
    """A scenario of several regimens: a dose's odds of DLT are those of the first regimen times a ratio.

    Parameters
    ----------
    scenario : Scenario
        P(DLT) of the first regimen's doses, over its DLT window.
    treatments : TreatmentGrid
        All regimens; the later ones have doses of the first.
    log_odds : sequence of float, one for each later regimen
        Logarithm of the odds ratio of DLT, over each regimen's own DLT window, at the same dose.

    Returns
    -------
    Scenario
        The same name, with P(DLT) of every treatment; of moderate toxicity too, with the share that it has
        among patients without DLT at that dose of the first regimen.

    Raises
    ------
    InputError
        If the scenario has other doses than the first regimen, there is not one number for each later
        regimen, or a later regimen has a dose that the first has not.

    Examples
    --------
    >>> from bayesdose.grid import DoseGrid
    >>> from bayesdose.treatments import Regimen
    >>> grid = DoseGrid((0.1, 0.3), "mg/kg")
    >>> treatments = TreatmentGrid((Regimen("Q3W", grid, 21), Regimen("Q2W", grid, 28)))
    >>> found = on_treatments(Scenario("low", grid, (0.1, 0.2)), treatments, log_odds=(0.405,))
    >>> [round(p, 3) for p in found.prob_dlt]
    [0.1, 0.2, 0.143, 0.273]
    """
    first, *later = treatments.grids
    if scenario.grid != first:
        raise InputError("on_treatments, scenario", got=str(scenario.grid), wanted=f"the doses {first}")
    if len(log_odds) != len(later):
        wanted = f"{len(later)}, one for each regimen after the first"
        raise InputError("on_treatments, log_odds", got=f"{len(log_odds)} numbers", wanted=wanted)
    same = np.concatenate([[first.index(dose) for dose in grid.values] for grid in treatments.grids])
    shift = np.array([0.0, *log_odds])[treatments.regimen_of]
    own = np.array(scenario.prob_dlt)
    with np.errstate(divide="ignore"):
        toxic = np.where(shift == 0, own[same], expit(logit(own[same]) + shift))
    moderate = None
    if scenario.prob_moderate is not None:
        given = np.array(scenario.prob_moderate)
        share = np.divide(given, 1 - own, out=np.zeros_like(own), where=own < 1)
        moderate = np.where(shift == 0, given[same], share[same] * (1 - toxic))
    told = [f"{one.name} by {by:g}" for one, by in zip(treatments.regimens[1:], log_odds, strict=True)]
    source = f"log odds of DLT shifted for {', '.join(told)}"
    return Scenario(
        scenario.name,
        treatments,
        tuple(toxic.tolist()),
        None if moderate is None else tuple(moderate.tolist()),
        source=f"{scenario.source}; {source}" if scenario.source else source,
    )
