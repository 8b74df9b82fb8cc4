"""From a PyMC model to numpy tables, as accurate as asked for."""

from typing import Any

import pymc as pm

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import InnerProbability, Patients
from bayesdose.inference.asked import Bounds, Tolerances, in_order
from bayesdose.inference.compiled import compile_model
from bayesdose.inference.model_digest import model_digest
from bayesdose.inference.posterior import PosteriorTable
from bayesdose.inference.refined_tables import refined_tables
from bayesdose.inference.table_cache import cache_folder, kept_tables

__all__ = ["tabulate"]


@checked
def tabulate(
    model: pm.Model,
    *,
    bounds: Bounds,
    max_patients: Patients,
    tolerances: Tolerances = (1e-6,),
    plug_in: bool = False,
    averages_below: InnerProbability | None = None,
) -> tuple[PosteriorTable, ...]:
    """Tables of a model, one for each asked accuracy.

    Nodes are added until the probabilities ``P(P(DLT) < bound)``, means, second moments and what else
    is asked for agree, on a set of probe data sets (all kinds of trials of up to `max_patients`,
    all-DLT and no-DLT ones among them), with those of the next finer rule to the asked tolerance. Tables
    are kept on disk where a digest tells the model from any other one.

    Parameters
    ----------
    model : pymc.Model
        A dose-toxicity model (see `bayesdose.models`), with one to three free dimensions.
    bounds : sequence of float
        Bounds on P(DLT), from 1 to 100 of them, whose posterior probabilities are wanted.
    max_patients : int
        Largest number of patients in a data set, at most 500.
    tolerances : sequence of float, default (1e-6,)
        Largest absolute errors of these numbers, decreasing; none is below 1e-12.
    plug_in : bool, default False
        Whether plug-in estimates are wanted: P(DLT) at the posterior mean of the one parameter.
    averages_below : float, optional
        Bound on the average P(DLT) of two doses for which probabilities are wanted, for every two
        doses; `ClosestMedian` decides on them. For models with one parameter.

    Returns
    -------
    tuple of PosteriorTable
        One for each tolerance, coarsest first.

    Raises
    ------
    UnsupportedModelError
        If the model cannot be tabulated, or has several parameters where one is needed.
    InputError
        If a bound, `max_patients` or a tolerance is out of range, or a tolerance out of reach.
    """
    settings: dict[str, Any] = {
        "bounds": in_order(bounds),
        "max_patients": max_patients,
        "tolerances": tolerances,
        "plug_in": plug_in,
        "averages_below": averages_below,
    }
    digest = None if cache_folder() is None else model_digest(model)

    def made() -> tuple[PosteriorTable, ...]:
        return refined_tables(compile_model(model), **settings)

    return made() if digest is None else kept_tables(("a PyMC model", digest, settings), made)
