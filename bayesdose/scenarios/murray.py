"""Murray's random curves: no acceptable dose, or one that is the MTD."""

from collections.abc import Sequence
from typing import Annotated

import annotated_types as at
import numpy as np

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import InnerProbability, Rng, Whole
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.scenarios.random_curves import NumberOfCurves, sorted_around
from bayesdose.scenarios.scenario import Scenario, scenarios_from_curves
from bayesdose.seeds import root_seed

__all__ = ["murray_scenarios"]


@checked
def murray_scenarios(
    grid: DoseGrid,
    target: InnerProbability,
    number: NumberOfCurves,
    *,
    delta: InnerProbability,
    types: Annotated[Sequence[Whole], at.MinLen(1)] | None = None,
    rng: Rng = None,
) -> tuple[Scenario, ...]:
    """Random curves of K + 2 types, by Murray: no acceptable dose, or one that is the MTD.

    - Type 0: sorted uniforms on (A, 1) with A uniform on (target + delta, 1): all too toxic.
    - Type j of 1 to K: p_j is uniform within delta of the target. With r its distance from the target,
      lower doses are sorted uniforms on (0, target - r), higher ones on (target + r, B) with B
      uniform on (target + r, 1).
    - Type K + 1: sorted uniforms on (0, B) with B uniform on (0, target - delta): all below.

    Parameters
    ----------
    grid : DoseGrid
        The K doses; only their number matters.
    target : float
        Target DLT probability.
    number : int
        Number of curves.
    delta : float
        Largest acceptable distance from the target; the author used 0.07 and a quarter of the target.
    types : sequence of int, optional
        Types to draw from with equal probability; all K + 2 by default. ``range(1, K + 1)`` leaves out
        those without an acceptable dose.
    rng : numpy.random.Generator or int, optional
        Source of the curves. The seed stands in each scenario's `source`; given as `rng` with the same
        other arguments it makes the same curves again.

    Returns
    -------
    tuple of Scenario
        "Murray 1, type 3" and so on.

    Raises
    ------
    InputError
        If an argument is out of range.

    References
    ----------
    Murray TA (2019). Software of the retainment interval dose escalation (RIDE) design,
    github.com/8tmurray/RIDE, contemporary-simulation.R.
    """
    if delta >= min(target, 1 - target):
        raise InputError("delta", got=delta, wanted=f"a distance below {min(target, 1 - target):g}")
    num_doses = len(grid)
    kinds = list(range(num_doses + 2)) if types is None else list(types)
    if not set(kinds) <= set(range(num_doses + 2)):
        raise InputError(
            "types", got=types, wanted=f"whole numbers from 0 to {num_doses + 1}, the types of curves"
        )
    seed = root_seed(rng)
    random = np.random.default_rng(seed)
    kind = random.choice(kinds, size=number)
    at_mtd = target + delta * (2 * random.random(number) - 1)
    distance = np.where((kind >= 1) & (kind <= num_doses), np.abs(at_mtd - target), delta)
    # For type 0 the bound is where the doses start, otherwise where those above the MTD end.
    share = random.random(number)
    bound = target + distance + share * (1 - target - distance)
    above = np.where(kind == 0, bound, target + distance), np.where(kind == 0, 1.0, bound)
    below = np.where(kind > num_doses, share, 1.0) * (target - distance)
    curves = sorted_around(random, kind - 1, at_mtd, below, above, num_doses)
    return scenarios_from_curves(
        grid,
        curves,
        [f"Murray {number}, type {one}" for number, one in enumerate(kind, start=1)],
        f"Murray's generator (RIDE software 2019), target {target:g}, delta {delta:g}, seed {seed}",
    )
