"""From a model of several regimens to tables, as accurate as asked for."""

from collections.abc import Sequence

import numpy as np

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Patients
from bayesdose.errors import InputError
from bayesdose.inference.asked import Bounds, Tolerances, in_order
from bayesdose.inference.coupled import SeparateTables
from bayesdose.inference.exchangeable_tables import exchangeable_tables
from bayesdose.inference.order_tables import order_tables
from bayesdose.inference.refined_tables import refined_tables
from bayesdose.inference.shifted_tables import shifted_tables
from bayesdose.inference.treatment_table import TreatmentTable
from bayesdose.models.covariate_shift import CovariateShift
from bayesdose.models.exchangeable_regimens import ExchangeableRegimens
from bayesdose.models.numpy_densities import log_normal, logistic_densities, logit_densities
from bayesdose.models.partial_order import PartialOrder
from bayesdose.models.regimen_model import Grids, RegimenModel, treatment_doses

__all__ = ["tabulate_regimens"]


@checked
def tabulate_regimens(
    model: RegimenModel,
    grids: Grids,
    *,
    bounds: Bounds,
    max_patients: Patients,
    tolerances: Tolerances = (1e-3,),
) -> tuple[TreatmentTable, ...]:
    """Tables of a model of several regimens, one for each asked accuracy.

    A table's ``posterior(patients, dlts)`` gives, for a batch of data sets with patients and DLTs at every
    treatment, each of shape (B, K), the mean, standard deviation and ``P(P(DLT) < bound)`` of every one.
    Treatments are numbered regimen by regimen: all doses of the first regimen, then all of the second.
    P(DLT) of a treatment is that over its own regimen's DLT window.

    Parameters
    ----------
    model : CovariateShift, ExchangeableRegimens or PartialOrder
        How the regimens hang together.
    grids : sequence of DoseGrid
        The doses of each regimen.
    bounds : sequence of float
        Bounds on P(DLT), from 1 to 100 of them, whose posterior probabilities are wanted.
    max_patients : int
        Largest number of patients in a data set, of all regimens together; at most 500.
    tolerances : sequence of float, default (1e-3,)
        Largest absolute errors of means, second moments and probabilities, decreasing. They are checked as by
        `tabulate`. Exchangeable regimens with some 30 patients reach a few thousandths: ask for 5e-3 there.
        The others go far below.

    Returns
    -------
    tuple of TreatmentTable
        One for each tolerance, coarsest first.

    Raises
    ------
    InputError
        If the grids do not fit the model, a number is out of range, or a tolerance out of reach.
    UnsupportedModelError
        If double precision cannot hold the prior.
    """
    model.check(grids)
    settings = (in_order(bounds), max_patients, tuple(tolerances))
    match model:
        case CovariateShift():
            return _shifted(model, grids, *settings)
        case ExchangeableRegimens():
            return _exchangeable(model, grids, *settings)
        case PartialOrder():
            return order_tables(model, grids, *settings)
    raise InputError("model", got=model, wanted="one of the package's models of several regimens")


def _shifted(
    model: CovariateShift,
    grids: Grids,
    bounds: tuple[float, ...],
    max_patients: int,
    tolerances: Sequence[float],
) -> tuple[TreatmentTable, ...]:
    if model.shift_sd > 0:
        return shifted_tables(model, grids, bounds, max_patients, tolerances)
    return refined_tables(
        model.densities(grids), bounds=bounds, max_patients=max_patients, tolerances=tuple(tolerances)
    )


def _exchangeable(
    model: ExchangeableRegimens,
    grids: Grids,
    bounds: tuple[float, ...],
    max_patients: int,
    tolerances: Sequence[float],
) -> tuple[TreatmentTable, ...]:
    if model.pools:
        log_ratio = np.concatenate(model.log_ratios(grids))
        same = logit_densities(
            treatment_doses(grids), log_ratio, np.array(model.mean.mean), log_normal(model.mean)
        )
        return refined_tables(same, bounds=bounds, max_patients=max_patients, tolerances=tuple(tolerances))
    if model.own is not None and model.prob_exchangeable == (0.0, 0.0):
        ladders = [
            refined_tables(
                logistic_densities(grid, prior),
                bounds=bounds,
                max_patients=max_patients,
                tolerances=tuple(tolerances),
            )
            for grid, prior in zip(grids, model.own, strict=True)
        ]
        return tuple(
            SeparateTables(first, second, max(first.error, second.error))
            for first, second in zip(*ladders, strict=True)
        )
    return exchangeable_tables(model, grids, bounds, max_patients, tolerances)
