"""Clertant and O'Quigley's random curves, with the MTD uniform over the doses."""

from collections.abc import Callable
from typing import Annotated

import annotated_types as at
import numpy as np

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import InnerProbability, Rng, Share
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.scenarios.random_curves import NumberOfCurves, sorted_around
from bayesdose.scenarios.scenario import Scenario, scenarios_from_curves
from bayesdose.seeds import root_seed

__all__ = ["pseudo_uniform_scenarios"]

Gap = Annotated[tuple[Share, Share], at.Predicate(lambda gap: gap[0] < gap[1]), "the lower one first"]
_ROUNDS = 1_000


@checked
def pseudo_uniform_scenarios(
    grid: DoseGrid,
    target: InnerProbability,
    number: NumberOfCurves,
    *,
    margin: InnerProbability | None = None,
    gap: Gap | None = None,
    rng: Rng = None,
) -> tuple[Scenario, ...]:
    """Random curves whose MTD is uniform over the doses, by Clertant and O'Quigley.

    The MTD j of K doses is uniform; the upper bound is B = target + (1 - target) M with M ~ Beta(max(K -
    j, 1/2), 1); the curve is K sorted uniforms on (0, B), given that the j-th is the closest to the
    target. That condition is sampled directly, not by trial and error, so it costs the same for every target.

    Parameters
    ----------
    grid : DoseGrid
        The K doses; only their number matters.
    target : float
        DLT probability that the MTD is closest to.
    number : int
        Number of curves.
    margin : float, optional
        Also ask that P(DLT) at the MTD is at most this far from the target.
    gap : (float, float), optional
        Also ask that P(DLT) at the MTD differs from that of each neighbour by more than the first and less
        than the second number.
    rng : numpy.random.Generator or int, optional
        Source of the curves. The seed stands in each scenario's `source`; given as `rng` with the same
        other arguments it makes the same curves again.

    Returns
    -------
    tuple of Scenario
        "pseudo-uniform 1", "pseudo-uniform 2", ...

    Raises
    ------
    InputError
        If an argument is out of range, or `margin` and `gap` are met too seldom.

    Notes
    -----
    With `margin` or `gap`, bound and curve are drawn again for the same MTD until they are met, so the
    MTD stays uniform. The R package SKBD, whose `PUA` has margin 0.05 and gap (0.05, 0.3), draws a new
    MTD after 100 attempts, which makes MTDs that meet them seldom rarer.

    References
    ----------
    Clertant M, O'Quigley J (2017). Semiparametric dose finding methods. Journal of the Royal Statistical
    Society Series B 79:1487-1508.
    """
    seed = root_seed(rng)
    random = np.random.default_rng(seed)
    level = random.integers(len(grid), size=number)

    def draw(pending: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        curves = _pseudo_uniform(random, level[pending], len(grid), target)
        return curves, _well_separated(curves, level[pending], target, margin, gap)

    curves = _until_accepted(
        number,
        draw,
        InputError(
            "margin and gap",
            got=(margin, gap),
            wanted="conditions that curves of every MTD meet",
            fix=f"Some were not met in {_ROUNDS} attempts: widen them.",
        ),
    )
    asked = [f"target {target:g}"]
    asked += [] if margin is None else [f"margin {margin:g}"]
    asked += [] if gap is None else [f"gap {gap[0]:g} to {gap[1]:g}"]
    return scenarios_from_curves(
        grid,
        curves,
        [f"pseudo-uniform {number}" for number in range(1, number + 1)],
        f"pseudo-uniform (Clertant and O'Quigley 2017), {', '.join(asked)}, seed {seed}",
    )


def _pseudo_uniform(
    random: np.random.Generator, level: np.ndarray, num_doses: int, target: float
) -> np.ndarray:
    """K sorted uniforms below a random bound, given which one is closest to the target; shape (N, K)."""
    above = num_doses - 1 - level
    # U**(1/a) is Beta(a, 1).
    bound = target + (1 - target) * random.random(len(level)) ** (1 / np.maximum(above, 0.5))
    signed = _signed_distance(random, level, above, target, bound)
    distance = np.abs(signed)
    return sorted_around(
        random, level, target + signed, target - distance, (target + distance, bound), num_doses
    )


def _signed_distance(
    random: np.random.Generator, lower: np.ndarray, higher: np.ndarray, target: float, bound: np.ndarray
) -> np.ndarray:
    """Distance of the closest uniform from the target, with sign, given how many lie on either side.

    At distance r on either side its density is (target - r)**lower * (bound - target - r)**higher, the
    chance that the others lie farther out, each on its side. One factor is proposed from; the other accepts,
    with probability 1 / K or more.
    """
    below, above = np.full(len(bound), target), bound - target
    limit_below = np.where(lower > 0, below, np.inf)
    limit_above = np.where(higher > 0, above, np.inf)
    by_below = limit_below <= limit_above
    reach = np.minimum(limit_below, limit_above)
    reach = np.where(np.isinf(reach), np.maximum(below, above), reach)
    power, other_power = np.where(by_below, lower, higher), np.where(by_below, higher, lower)
    other = np.where(by_below, limit_above, limit_below)

    def draw(pending: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        u, side, chance = random.random((3, len(pending)))
        distance = reach[pending] * (1 - u ** (1 / (power[pending] + 1)))
        signed = np.where(side < 0.5, -distance, distance)
        inside = (signed >= -below[pending]) & (signed <= above[pending])
        return signed, inside & (chance < (1 - distance / other[pending]) ** other_power[pending])

    return _until_accepted(len(bound), draw, AssertionError("accepted with probability 1 / K or more"))


def _well_separated(
    curves: np.ndarray,
    level: np.ndarray,
    target: float,
    margin: float | None,
    gap: tuple[float, float] | None,
) -> np.ndarray:
    """Whether the MTD is within `margin` of the target and its gaps to both neighbours inside `gap`."""
    rows = np.arange(len(level))
    good = np.ones(len(level), dtype=bool)
    if margin is not None:
        good &= np.abs(curves[rows, level] - target) <= margin
    if gap is not None:
        gaps = np.diff(curves, axis=1)
        inside = (gaps > gap[0]) & (gaps < gap[1])
        # Outside the grid there is no neighbour to be too close to.
        inside = np.pad(inside, ((0, 0), (1, 1)), constant_values=True)
        good &= inside[rows, level] & inside[rows, level + 1]
    return good


def _until_accepted(
    number: int, draw: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]], error: Exception
) -> np.ndarray:
    """Draw for those still pending until each was accepted once."""
    pending = np.arange(number)
    values, accepted = draw(pending)
    for _ in range(_ROUNDS):
        pending = pending[~accepted]
        if not len(pending):
            return values
        drawn, accepted = draw(pending)
        values[pending[accepted]] = drawn[accepted]
    raise error
