"""What an expansion in groups does: who stops, and how many patients and events that takes."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Name, Share
from bayesdose.errors import InputError
from bayesdose.simulation.expansion_groups import GroupExpansion
from bayesdose.simulation.group_stops import group_stops
from bayesdose.versions import versions_in_words

__all__ = ["group_characteristics"]


@checked
def group_characteristics(plan: GroupExpansion, rates: Mapping[Name, Sequence[Share]]) -> xr.Dataset:
    """How often groups that are expanded at one dose stop, exactly.

    Groups that stop by their own counts, or by the sum of all, need sums of binomial probabilities only. For
    `ExchangeableGroups` every combination of the groups' counts is gone through; groups with the same true
    rate are merged, so the work grows with the number of different rates.

    Parameters
    ----------
    plan : GroupExpansion
        Groups, patients, looks and the rule that stops them.
    rates : mapping of str to sequence of float
        By scenario the true probability of the event in each group, in the order of the plan's groups.

    Returns
    -------
    xarray.Dataset
        By scenario and group: ``stop_probability``, ``keep_probability`` (of the others: by the rule's event
        declared safe, or active), ``expected_patients``, ``expected_events`` and ``true_rate``; by scenario:
        ``stopped_groups_probability`` (that 0, 1, ... groups stop, along ``stopped``),
        ``any_stop_probability``, ``expected_sample_size`` and ``expected_total_events``. A stop at the last
        patient counts as a stop.

    Raises
    ------
    InputError
        If there is no scenario, a scenario has another number of rates than there are groups, or the
        combinations of counts are too many.

    Examples
    --------
    >>> import bayesdose as bd
    >>> rule = bd.rules.BetaMonitoring(bd.rules.BetaElimination(0.3, 0.9))
    >>> plan = bd.simulation.GroupExpansion(("AML", "MDS"), 10, bd.rules.EachGroupAlone(rule))
    >>> result = bd.simulation.group_characteristics(plan, {"MDS worse": (0.1, 0.4)})
    >>> result["stop_probability"].values.round(4).tolist()
    [[0.1121, 0.6385]]
    """
    if not rates:
        raise InputError("rates", got={}, wanted="at least one scenario")
    for name, one in rates.items():
        if len(one) != len(plan.groups):
            raise InputError(
                f"rates, {name}", got=tuple(one), wanted=f"{len(plan.groups)} rates, one a group"
            )
    true = np.array([tuple(one) for one in rates.values()], dtype=float)
    found = [group_stops(plan, one) for one in true]
    at_look = np.array([one.at_look for one in found])
    stop = np.minimum(at_look.sum(axis=2), 1.0)
    patients = at_look @ np.array(plan.sizes) + (1 - stop) * plan.patients
    # Whether a patient is treated does not depend on that patient's outcome (Wald's equation).
    events = true * patients
    number = np.array([one.number for one in found])
    by_group = ("scenario", "group")
    return xr.Dataset(
        {
            "stop_probability": (by_group, stop),
            "keep_probability": (by_group, 1 - stop),
            "expected_patients": (by_group, patients),
            "expected_events": (by_group, events),
            "true_rate": (by_group, true),
            "stopped_groups_probability": (("scenario", "stopped"), number),
            "any_stop_probability": ("scenario", 1 - number[:, 0]),
            "expected_sample_size": ("scenario", patients.sum(axis=1)),
            "expected_total_events": ("scenario", events.sum(axis=1)),
        },
        coords={
            "scenario": list(rates),
            "group": list(plan.groups),
            "stopped": np.arange(len(plan.groups) + 1),
        },
        attrs={
            "method": "exact",
            "monitoring": str(plan.monitoring),
            "patients": plan.patients,
            "looks": list(plan.sizes),
            "versions": versions_in_words(),
        },
    )
