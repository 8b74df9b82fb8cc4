"""A design from any model of P(DLT) and rules that read its posterior."""

from dataclasses import replace
from typing import Any

from bayesdose.checks.arguments import checked
from bayesdose.checks.conform import conform
from bayesdose.checks.quantities import Count, Patients
from bayesdose.designs.base import check_level
from bayesdose.designs.model_based import ModelBased
from bayesdose.designs.needed_tables import joined_needs
from bayesdose.designs.references import cites
from bayesdose.designs.rigid import warn_if_rigid
from bayesdose.errors import InputError, UnsupportedModelError
from bayesdose.grid import DoseGrid
from bayesdose.inference.asked import Tolerances
from bayesdose.inference.mtd_cuts import MTDCuts
from bayesdose.inference.posterior import Needs, PosteriorTable
from bayesdose.inference.refined_tables import MTDAsked, refined_tables
from bayesdose.inference.table_cache import kept_tables
from bayesdose.models.description import (
    ModelDescription,
    TableSource,
    TwoParameterLogistic,
    built,
    is_shipped,
)
from bayesdose.models.mixture_prior import NormalMixture
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.numpy_densities import logistic_densities
from bayesdose.rules.admissible import AdmissibleRule
from bayesdose.rules.cohort_size import CohortSize, as_cohort_size
from bayesdose.rules.increments import NO_SKIPPING, IncrementsRule
from bayesdose.rules.next_dose import NextDoseRule
from bayesdose.rules.recommendation import BEST_OF_GIVEN, RecommendationRule
from bayesdose.rules.remembered_counts import check_remembered
from bayesdose.rules.stopping import StoppingRule

__all__ = ["DECISION_TOLERANCES", "model_based"]

# Most states are decided on the first table; the few near a boundary go on to the next.
DECISION_TOLERANCES = (5e-2, 1e-2, 1e-3, 1e-9)


@cites("")
@checked
def model_based(
    grid: DoseGrid,
    model: ModelDescription | Any,
    *,
    next_dose: NextDoseRule,
    max_patients: Patients,
    admissible: AdmissibleRule | None = None,
    increments: IncrementsRule = NO_SKIPPING,
    stopping: StoppingRule | None = None,
    cohort_size: Patients | CohortSize = 3,
    recommendation: RecommendationRule = BEST_OF_GIVEN,
    recommended_by: NextDoseRule | None = None,
    start_level: Count = 1,
    citation: str = "",
    tolerances: Tolerances = DECISION_TOLERANCES,
) -> ModelBased:
    """A design from any model and rules: the model is tabulated for what the rules look at.

    Parameters
    ----------
    grid : DoseGrid
        The doses.
    model : pymc.Model or ModelDescription
        A dose-toxicity model (see `bayesdose.models`) on them, with one to three free dimensions; or one
        of the package's by its description, such as ``TwoParameterLogistic(prior)``, which lets the
        design be saved.
    next_dose : NextDoseRule
        Which of the doses that may be given is given.
    max_patients : int
        Largest number of patients.
    admissible : AdmissibleRule, optional
        Which doses may be given by the posterior; all if not given.
    increments : IncrementsRule, default LevelsAboveHighestTried(1)
        How far the dose may rise at once.
    stopping : StoppingRule, optional
        When to stop earlier, apart from having no admissible dose.
    cohort_size : int or CohortSize, default 3
        Patients in a cohort.
    recommendation : RecommendationRule, default BestOfGiven()
        Among which doses the recommended one is chosen.
    recommended_by : NextDoseRule, optional
        Which of those doses is recommended, such as ``HighestMeanBelow(0.3)``; by `next_dose` if not
        given.
    start_level : int, default 1
        Level number of the first cohort.
    citation : str, optional
        Keys of the shipped references that the design comes from (see `bayesdose.citation`).
    tolerances : sequence of float
        Accuracies of the tables, decreasing.

    Returns
    -------
    ModelBased
        The design, ready for both engines: it carries the tables and needs no PyMC.

    Raises
    ------
    InputError
        If a number is out of range.
    UnsupportedModelError
        If the model cannot be tabulated, or a rule needs a model with one parameter.

    Warns
    -----
    DesignWarning
        If the increments let a trial without any DLT go no further than some dose below the highest.
    """
    # Before a model is tabulated, which takes seconds.
    check_level("model_based, start_level", start_level, grid)
    check_remembered("model_based, max_patients", increments, max_patients)
    warn_if_rigid("model_based", grid, increments, start_level)
    cohort_size = as_cohort_size(cohort_size)
    needs = joined_needs(next_dose, admissible, stopping, recommended_by)
    if not needs.bounds:
        raise InputError(
            "rules", got=next_dose, wanted="a rule that looks at the posterior", fix="Pass `admissible`."
        )
    tables = _tables(model, grid, needs, max_patients, tolerances)
    return ModelBased(
        grid=grid,
        tables=tuple({table.shape: table for table in tables}.values()),
        next_dose=next_dose,
        max_patients=max_patients,
        admissible=admissible,
        increments=increments,
        stopping=stopping,
        cohort_size=cohort_size,
        recommendation=recommendation,
        recommended_by=recommended_by,
        start_level=start_level,
        citation=citation,
    )


def _tables(
    model: Any, grid: DoseGrid, needs: Needs, max_patients: int, tolerances: tuple[float, ...]
) -> tuple[PosteriorTable, ...]:
    """What the rules need of a model: from the package's own description of it, or else by PyMC."""
    settings: dict[str, Any] = {
        "bounds": needs.bounds,
        "max_patients": max_patients,
        "tolerances": tolerances,
        "plug_in": needs.plug_in,
        "averages_below": needs.averages_below,
    }
    mtd = None if needs.mtd_target is None else _mtd_asked(model, grid, needs.mtd_target)
    # Importing PyMC takes seconds, so it is done where a model of one's own is tabulated.
    if not hasattr(model, "densities"):
        import pymc as pm

        from bayesdose.inference.table import tabulate

        conform(model, pm.Model | ModelDescription, "model_based, model")
        return tabulate(model, **settings)
    conform(model, ModelDescription, "model_based, model")
    source = TableSource(model, grid, tolerances)

    def made() -> tuple[PosteriorTable, ...]:
        densities = model.densities(grid)
        if densities is None:
            from bayesdose.inference.table import tabulate

            return tabulate(built(model, grid), **settings)
        return refined_tables(densities, **settings, mtd=mtd)

    recipe = (source, settings) if mtd is None else (source, settings, mtd.cuts)
    tables = kept_tables(recipe, made) if is_shipped(model) else made()
    return tuple(replace(table, source=source) for table in tables)


def _mtd_asked(model: Any, grid: DoseGrid, target: float) -> MTDAsked:
    """The model at doses between and beyond those of the grid."""
    prior = model.prior if isinstance(model, TwoParameterLogistic) else None
    if not isinstance(prior, NormalPrior | NormalMixture):
        raise UnsupportedModelError(
            "model",
            got=type(model).__name__,
            wanted="TwoParameterLogistic with a normal prior or a mixture of them for a rule about the MTD's "
            "precision, since other models say nothing about doses that are not on the grid",
        )
    cuts = MTDCuts.around(grid, target)
    return MTDAsked(cuts, lambda doses: logistic_densities(doses, prior))
