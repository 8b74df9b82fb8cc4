"""Operating characteristics of designs in scenarios, exact or simulated."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import annotated_types as at
import numpy as np
import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Positive
from bayesdose.designs.base import Design
from bayesdose.designs.optional import plans_outside
from bayesdose.errors import InputError
from bayesdose.progress import Progress, no_progress
from bayesdose.rules.mtd import MTDRule
from bayesdose.rules.obd import OBDRule
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.comparison import Comparison, check_comparable
from bayesdose.simulation.duration import Accrual, Duration
from bayesdose.simulation.method import Exact, Method
from bayesdose.simulation.obd_characteristics import OBDTruth
from bayesdose.simulation.result_labels import labelled
from bayesdose.simulation.truth import Truth
from bayesdose.threads import one_thread
from bayesdose.treatments import Grid, TreatmentGrid, regimens_of
from bayesdose.versions import versions_in_words

__all__ = ["operating_characteristics"]


@checked
def operating_characteristics(
    designs: Annotated[Mapping[str, Design], at.MinLen(1)],
    scenarios: Annotated[Sequence[Scenario], at.MinLen(1)],
    *,
    mtd_rule: MTDRule,
    obd_rule: OBDRule | None = None,
    method: Annotated[Method, "such as Exact() or MonteCarlo(trials=10_000)"] = Exact(),
    dlt_window: Positive | None = None,
    accrual: Accrual | None = None,
    progress: Progress = no_progress,
) -> xr.Dataset:
    """How designs behave in scenarios, on the same patients.

    Parameters
    ----------
    designs : mapping of str to Design
        Designs by the name that tables and figures show, all on one grid.
    scenarios : sequence of Scenario
        True curves, on the same grid.
    mtd_rule : MTDRule
        Rule that says which dose is the MTD in a scenario.
    obd_rule : OBDRule, optional
        Rule that says which dose is the optimal biological dose (OBD) in a scenario, such as
        ``bd.rules.BestUtility(max_toxicity=0.35, min_efficacy=0.25)``; for scenarios with P(response),
        whatever the designs look at.
    method : Exact or MonteCarlo, default Exact()
        Enumerate every trial, or simulate some.
    dlt_window : float, optional
        Days that a cohort is followed before the next one starts. Without it there is no
        ``expected_duration``. Regimens that state a window of their own are followed for that; exact
        results then have means alone, and those of simulations no duration.
    accrual : Accrual, optional
        How patients arrive; by default a cohort is enrolled at once. Needs `dlt_window`.
    progress : callable, optional
        Called with the share of the work done.

    Returns
    -------
    xarray.Dataset
        Variables over ``design``, ``scenario`` and ``dose``, ``recommendation``, ``patients``,
        ``stop_reason`` or ``quantile``. `underdose_selection` counts recommending no dose where there is
        an MTD. ``proportion_...`` and ``dlt_rate`` are ratios of means; ``mean_trial_dlt_rate`` is the
        mean of the trials' ratios. Where a design is a `plan`, results have its parts over ``stage``
        (``stage_probability``, ``expected_stage_patients``, ``expected_stage_dlts``), what the escalation
        found (``escalation_selection_probability``, ``escalation_correct_selection``) and
        ``dose_revised_probability``, of ending with another dose. With `obd_rule` they have
        ``obd_selection``, ``too_toxic_selection``, ``ineffective_selection`` and ``nothing_recommended``;
        ``utility_loss`` against the OBD; ``expected_patients_below_obd``, ``..._at_obd``, ``..._above_obd``
        (NaN where no dose is the OBD) and ``..._at_recommended``; ``expected_responses`` per dose and
        ``expected_total_responses``. Exact plans have
        ``expected_stage_duration`` too. Exact results count in ``refined_states``
        how many states of a design were decided at once, after one refinement of the posterior, after two,
        and so on, in ``unsettled_states`` how many lie within the smallest error from another decision, and
        in ``unresolved_probability`` what was left out. Monte Carlo results have a standard error
        ``<name>_mcse`` beside each, and differences between designs on the same patients,
        ``<name>_difference`` (design, other_design, scenario), with theirs.

    Raises
    ------
    InputError
        If there is no design or scenario, grids differ, names repeat, an argument is of another type or
        out of range, a duration is asked for of a design that backfills, or the checkpoint is of another
        study or damaged.
    GraphTooLargeError
        If a graph does not fit in its memory.
    SimulationError
        If a chunk of trials fails twice.

    References
    ----------
    Cheung YK (2011). Dose Finding by the Continual Reassessment Method. Chapman and Hall, for the
    accuracy index.
    """
    check_comparable(designs, scenarios)
    prob_dlt = np.array([scenario.prob_dlt for scenario in scenarios])
    grid = scenarios[0].grid
    truth = Truth(prob_dlt, mtd_rule, regimens_of(grid), _obd(obd_rule, scenarios))
    comparison = Comparison(designs, scenarios, truth, _duration(dlt_window, accrual, grid))
    if dlt_window is not None:
        _check_no_backfill(designs)
    with one_thread():
        found, how = method.run(comparison, progress)
    told: dict[str, Any] = {"method": method.name, "mtd_rule": str(mtd_rule), "versions": versions_in_words()}
    if obd_rule is not None:
        told["obd_rule"] = str(obd_rule)
    if comparison.duration is not None:
        told["dlt_window_days"] = comparison.duration.dlt_window
        told["duration_assumption"] = str(comparison.duration)
    return labelled(found, comparison, told | how)


def _check_no_backfill(designs: Mapping[str, Design]) -> None:
    for name, design in designs.items():
        if plans_outside(design):
            raise InputError(
                "dlt_window",
                got=f"a design that backfills, {name!r}",
                wanted="designs whose cohorts follow one another: patients who are backfilled take no time",
                fix="Leave it out, or compute the duration of the escalation alone.",
            )


def _obd(rule: OBDRule | None, scenarios: Sequence[Scenario]) -> OBDTruth | None:
    if rule is None:
        return None
    for scenario in scenarios:
        if scenario.prob_response is None:
            raise InputError(
                "obd_rule",
                got=f"scenario {scenario.name!r} without P(response)",
                wanted="P(response) at each dose in every scenario",
                fix="Pass prob_response to Scenario, or leave obd_rule out.",
            )
    return OBDTruth(np.stack([scenario.prob_outcome(4) for scenario in scenarios]), rule)


def _duration(dlt_window: float | None, accrual: Accrual | None, grid: Grid) -> Duration | None:
    if dlt_window is None:
        if accrual is not None:
            raise InputError("accrual", got=accrual, wanted="a dlt_window beside it")
        return None
    windows = None
    if isinstance(grid, TreatmentGrid):
        places = (grid.place(treatment)[0].dlt_window_days for treatment in range(len(grid)))
        windows = tuple(dlt_window if own is None else own for own in places)
        windows = None if set(windows) == {dlt_window} else windows
    return Duration(dlt_window, Accrual(0.0) if accrual is None else accrual, windows)
