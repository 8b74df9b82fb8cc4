"""Dose transition pathways: all that can happen in the next few cohorts of a trial."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import xarray as xr

from bayesdose.categories import NAMES
from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Count
from bayesdose.designs.base import Design, design_hash
from bayesdose.designs.running import running_state
from bayesdose.errors import InputError
from bayesdose.outcomes import Outcomes, as_outcomes
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.comparison import check_comparable
from bayesdose.simulation.states import (
    cohort_outcomes,
    expand,
    number_of_outcomes,
    prob_of_outcomes,
    start_state,
)
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = ["STOP", "pathways"]

STOP = "STOP"
_MOST_PATHWAYS = 100_000


@checked
def pathways(
    design: Design, outcomes: Outcomes | str = "", *, cohorts: Count, scenarios: Sequence[Scenario] = ()
) -> xr.Dataset:
    """Every pathway of a trial through its next cohorts: doses, outcomes, and what is decided then.

    Patients of a cohort are counted, not ordered: a pathway is the number of patients with each
    outcome in each cohort. A pathway ends early where the trial stops.

    Parameters
    ----------
    design : Design
        The design that decides.
    outcomes : Outcomes or str, optional
        Cohorts so far, such as ``"1N 2N 3NNT"``; by default the trial has not begun.
    cohorts : int
        Number of cohorts to look ahead, usually one to three.
    scenarios : sequence of Scenario, optional
        True curves, for the probability of each pathway from now on.

    Returns
    -------
    xarray.Dataset
        Over ``pathway`` (numbered from 1; fewer DLTs first) and ``cohort`` (its number in the trial; as
        many as asked for, or fewer where every pathway stops before):
        ``dose_given`` (label, "STOP" where the trial has stopped before), ``patients`` and, over
        ``outcome`` too, ``patients_with``. Over ``pathway``: ``next_dose`` (label or "STOP") and
        ``next_patients`` after the last cohort shown, ``stop_reason``, and ``recommendation``, the
        label of the dose recommended if the trial stopped at the pathway's end, or "none". With
        scenarios, ``probability (scenario, pathway)``: exact, and summing to 1 in each scenario.

    Raises
    ------
    InputError
        If `cohorts` is not a whole number from 1, the trial has stopped already, a scenario has other
        doses than the design or the name of another one, or there are more than 100,000 pathways.

    References
    ----------
    Yap C, Billingham LJ, Cheung YK, Craddock C, O'Quigley J (2017). Dose transition pathways: the
    missing link between complex dose-finding designs and simple decision-making. Clinical Cancer
    Research 23:7440-7447. doi:10.1158/1078-0432.CCR-17-0582

    Examples
    --------
    >>> from bayesdose.designs.three_plus_three import ThreePlusThree
    >>> from bayesdose.grid import DoseGrid
    >>> design = ThreePlusThree(DoseGrid((10, 20, 40), "mg"), "deescalation")
    >>> pathways(design, "1NNN 2NNT", cohorts=1)["next_dose"].values.tolist()
    ['40', '10', '10', '10']
    """
    outcomes = as_outcomes(outcomes)
    check_comparable({"the design": design}, scenarios)
    ends = _start(design, outcomes, len(scenarios))
    prob_outcome = np.array([scenario.prob_outcome(design.outcome_categories) for scenario in scenarios])
    doses, counts = [], []
    for _ in range(cohorts):
        if not ends.following.size.any():
            break
        parent, ends, with_outcome = _one_cohort(design, ends, prob_outcome)
        doses = [dose[parent] for dose in doses] + [ends.last_dose]
        counts = [count[parent] for count in counts] + [with_outcome]
    treated = len(outcomes.cohorts)
    result = _labelled(design, np.stack(doses, axis=1), np.stack(counts, axis=1), ends, treated)
    if scenarios:
        result = result.assign_coords(scenario=[scenario.name for scenario in scenarios])
        result["probability"] = (("scenario", "pathway"), ends.probability)
    return result.assign_attrs(outcomes=str(outcomes), design_hash=design_hash(design))


@dataclass(frozen=True, eq=False)
class _Ends:
    """Where P pathways end so far.

    `following` is the cohort that comes next, of size 0 where the trial has stopped; `last_dose` the
    index of the dose given last in the cohorts looked ahead, -1 where the trial had stopped before;
    `probability` has shape (S, P).
    """

    state: TrialState
    following: Cohorts
    last_dose: np.ndarray
    recommendation: np.ndarray
    probability: np.ndarray

    def take(self, which: np.ndarray) -> Self:
        return replace(
            self,
            state=self.state.take(which),
            following=self.following.take(which),
            last_dose=self.last_dose[which],
            recommendation=self.recommendation[which],
            probability=self.probability[:, which],
        )


def _start(design: Design, outcomes: Outcomes, num_scenarios: int) -> _Ends:
    """The trial as it stands: one pathway without cohorts."""
    outcomes.numbered(design.grid)  # a level off the grid is refused, whoever was there
    # A first cohort without an evaluable patient is given again.
    if outcomes.num_patients:
        state = running_state(design, outcomes)
        following = design.next_cohort(state)
    else:
        state = start_state(len(design.grid), design.outcome_categories)
        following = design.first_cohort()
    if following.reason(0) is not StopReason.GOES_ON:
        raise InputError(
            "outcomes",
            got=str(outcomes),
            wanted="a trial that goes on",
            fix=f"This one stops: {following.reason(0).value}.",
        )
    nothing = np.array([NO_DOSE])
    return _Ends(state, following, nothing, nothing, np.ones((num_scenarios, 1)))


def _one_cohort(
    design: Design, ends: _Ends, prob_outcome: np.ndarray
) -> tuple[np.ndarray, _Ends, np.ndarray]:
    """Each pathway with each outcome of its next cohort: position of the parent, ends, counts (P, C)."""
    parent, row, table = _children(ends.following.size, design.outcome_categories)
    ends = ends.take(parent)
    given, with_outcome = ends.following, table[row]
    treats = given.stop == StopReason.GOES_ON.code
    state = expand(ends.state, given, with_outcome)
    # Stopped trials are not asked again: they keep what they were told.
    answer = design.next_cohort(state.take(treats))
    following = Cohorts(
        *(
            _where(treats, getattr(answer, name), getattr(given, name))
            for name in ("level", "size", "phase", "stop")
        )
    )
    recommendation = _where(treats, design.recommend(state.take(treats)), ends.recommendation)
    probability = ends.probability
    if len(prob_outcome):
        probability = probability * prob_of_outcomes(prob_outcome, table)[:, given.level, row]
    last_dose = np.where(treats, given.level, NO_DOSE)
    return parent, _Ends(state, following, last_dose, recommendation, probability), with_outcome


def _children(sizes: np.ndarray, categories: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One entry for each outcome of each cohort: its parent, and its row in a table of counts.

    A cohort of size 0, of a trial that has stopped, has one outcome, and so its pathway stays one.
    """
    distinct, kind = np.unique(sizes, return_inverse=True)
    lengths = np.array([number_of_outcomes(size, categories) for size in distinct.tolist()])
    number = lengths[kind]
    if number.sum() > _MOST_PATHWAYS:
        raise InputError(
            "cohorts",
            got=f"{number.sum()} pathways",
            wanted=f"at most {_MOST_PATHWAYS}",
            fix="Look fewer cohorts ahead.",
        )
    tables = [cohort_outcomes(size, categories) for size in distinct.tolist()]
    parent = np.repeat(np.arange(len(sizes)), number)
    within = np.arange(len(parent)) - np.repeat(np.cumsum(number) - number, number)
    row = (np.cumsum(lengths) - lengths)[kind][parent] + within
    return parent, row, np.concatenate(tables)


def _where(mask: np.ndarray, values: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """A copy of `otherwise` with `values` where the mask is true."""
    result = otherwise.copy()
    result[mask] = values
    return result


def _labelled(design: Design, doses: np.ndarray, counts: np.ndarray, ends: _Ends, treated: int) -> xr.Dataset:
    """Doses by label; index -1 picks the last of the labels."""
    or_stop = np.array([*design.grid.labels, STOP])
    or_none = np.array([*design.grid.labels, "none"])
    reasons = np.array([reason.value for reason in StopReason])
    goes_on = ends.following.stop == StopReason.GOES_ON.code
    unit = {"units": design.grid.unit}
    return xr.Dataset(
        {
            "dose_given": (("pathway", "cohort"), or_stop[doses], unit),
            "patients": (("pathway", "cohort"), counts.sum(axis=2)),
            "patients_with": (("pathway", "cohort", "outcome"), counts),
            "next_dose": ("pathway", or_stop[np.where(goes_on, ends.following.level, NO_DOSE)], unit),
            "next_patients": ("pathway", ends.following.size),
            "stop_reason": ("pathway", reasons[ends.following.stop]),
            "recommendation": ("pathway", or_none[ends.recommendation], unit),
        },
        coords={
            "pathway": np.arange(1, len(doses) + 1),
            "cohort": np.arange(treated + 1, treated + 1 + doses.shape[1]),
            "outcome": list(NAMES[design.outcome_categories]),
            "dose": ("dose", list(design.grid.values), unit),
            "dose_label": ("dose", list(design.grid.labels)),
        },
    )
