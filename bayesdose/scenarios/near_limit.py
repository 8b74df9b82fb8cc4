"""Curves on which the MTD is hard to tell from the dose above."""

import numpy as np
from scipy.special import expit, logit

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import InnerProbability
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import MTDRule, limit_of
from bayesdose.scenarios.library import LOGIT_STEP
from bayesdose.scenarios.scenario import Scenario

__all__ = ["near_limit_scenarios"]


@checked
def near_limit_scenarios(
    grid: DoseGrid, mtd_rule: MTDRule, *, gap: InnerProbability = 0.02
) -> tuple[Scenario, ...]:
    """One scenario for each dose as the MTD, just below the limit, with the next dose just above it.

    P(DLT) is the limit less `gap` at the MTD and the limit plus `gap` at the next dose: 0.28 and 0.32 for
    0.30. Elsewhere its logit rises by 0.8 a level, as in `builtin_scenarios`.

    Parameters
    ----------
    grid : DoseGrid
        The doses.
    mtd_rule : MTDRule
        Rule with a limit, such as ``HighestBelow(0.30)``, or with a target, which is then the limit.
    gap : float, default 0.02
        Distance of both doses from the limit.

    Returns
    -------
    tuple of Scenario
        "near MTD <dose>" for each dose.

    Raises
    ------
    InputError
        If the rule has no limit, or a dose just above or below it would be no probability.

    Examples
    --------
    >>> from bayesdose.rules.mtd import HighestBelow
    >>> for scenario in near_limit_scenarios(DoseGrid((1, 2, 4), "mg"), HighestBelow(0.3)):
    ...     print(scenario.name, [round(p, 2) for p in scenario.prob_dlt])
    near MTD 1 mg [0.28, 0.32, 0.51]
    near MTD 2 mg [0.15, 0.28, 0.32]
    near MTD 4 mg [0.07, 0.15, 0.28]
    """
    limit = limit_of(mtd_rule)
    if not gap < limit < 1 - gap:
        raise InputError(
            "near_limit_scenarios", got=f"{mtd_rule}, gap {gap:g}", wanted="a limit further from 0 and 1"
        )
    level, scenarios = np.arange(len(grid)), []
    for mtd, label in enumerate(grid.labels):
        below = logit(limit - gap) + LOGIT_STEP * (level - mtd)
        above = logit(limit + gap) + LOGIT_STEP * (level - mtd - 1)
        curve = expit(np.where(level <= mtd, below, above))
        scenarios.append(Scenario(f"near MTD {label} {grid.unit}", grid, tuple(curve)))
    return tuple(scenarios)
