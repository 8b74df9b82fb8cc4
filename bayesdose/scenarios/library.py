"""Built-in scenarios for any grid: the MTD at each level, all too toxic, all safe."""

import numpy as np
from scipy.special import expit, logit

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import InnerProbability
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import HighestBelow, MTDRule
from bayesdose.scenarios.scenario import Scenario

__all__ = ["builtin_scenarios"]

# Logit of P(DLT) rises by this much a level: with 0.25 at the MTD, 0.13 below it and 0.43 above.
LOGIT_STEP = 0.8


@checked
def builtin_scenarios(
    grid: DoseGrid, mtd_rule: MTDRule, prob_at_mtd: InnerProbability | None = None
) -> tuple[Scenario, ...]:
    """One scenario with the MTD at each level, one too toxic throughout, one safe throughout.

    The curves are logistic in the level, not in the dose, so that neighbours are equally easy to
    tell apart on every grid: the logit of P(DLT) rises by 0.8 a level from `prob_at_mtd` at the MTD.
    In the too toxic one the lowest dose has the logit of the dose above an MTD plus 0.4; in the safe
    one the highest has that of two doses below an MTD.

    Parameters
    ----------
    grid : DoseGrid
        The doses.
    mtd_rule : MTDRule
        Rule that says which dose is the MTD.
    prob_at_mtd : float, optional
        P(DLT) at the MTD; by default the rule's target, or 5/6 of its limit (0.25 for 0.30).

    Returns
    -------
    tuple of Scenario
        "MTD <dose>" for each dose, "too toxic", "safe". "too toxic" is left out for a rule that finds
        an MTD in it (the closest dose to a target, however far).

    Raises
    ------
    InputError
        If `prob_at_mtd` is not inside (0, 1), or the rule does not make the intended dose the MTD.

    Examples
    --------
    >>> from bayesdose.rules.mtd import HighestBelow
    >>> for scenario in builtin_scenarios(DoseGrid((1, 2), "mg"), HighestBelow(0.3)):
    ...     print(scenario.name, [round(p, 2) for p in scenario.prob_dlt])
    MTD 1 mg [0.25, 0.43]
    MTD 2 mg [0.13, 0.25]
    too toxic [0.53, 0.71]
    safe [0.03, 0.06]
    """
    centre = _default_prob(mtd_rule) if prob_at_mtd is None else prob_at_mtd
    levels, top = np.arange(len(grid)), len(grid) - 1
    curves: dict[str, tuple[np.ndarray, int]] = {
        f"MTD {label} {grid.unit}": (levels - mtd, mtd) for mtd, label in enumerate(grid.labels)
    }
    curves["too toxic"] = (levels + 1.5, -1)
    curves["safe"] = (levels - top - 2, top)
    scenarios = []
    for name, (steps, mtd) in curves.items():
        prob_dlt = expit(logit(centre) + LOGIT_STEP * steps)
        found = int(mtd_rule.mtd(prob_dlt))
        if found != mtd and name == "too toxic":
            continue
        if found != mtd:
            raise InputError(
                "built-in scenarios",
                got=f"MTD rule {mtd_rule}, for which {_named(grid, found)} is the MTD of scenario {name!r}",
                wanted=f"a rule for which {_named(grid, mtd)} is",
                fix="Choose prob_at_mtd to fit the rule, or give the scenarios yourself.",
            )
        scenarios.append(Scenario(name, grid, tuple(prob_dlt)))
    return tuple(scenarios)


def _default_prob(mtd_rule: MTDRule) -> float:
    if isinstance(mtd_rule, HighestBelow):
        return 5 * mtd_rule.limit / 6
    return 0.25 if mtd_rule.target is None else mtd_rule.target


def _named(grid: DoseGrid, level: int) -> str:
    return "no dose" if level < 0 else f"{grid.labels[level]} {grid.unit}"
