"""A scenario: what the doses truly do."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.designs.base import Design
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import MTDRule

__all__ = ["Scenario", "check_scenarios", "scenarios_from_curves"]


@checked_value
class Scenario:
    """True probability of DLT, and of moderate toxicity where it matters, at each dose.

    Parameters
    ----------
    name : str
        Name in tables and figures.
    grid : DoseGrid
        The K doses.
    prob_dlt : sequence of float, length K
        Probability of a DLT at each dose, not falling with dose.
    prob_moderate : sequence of float, length K, optional
        Probability of a moderate (grade 2) toxicity without DLT; needed by designs that look at it.
    source : str, optional
        Where the curve comes from: a citation, or how it was generated and from which seed.

    Raises
    ------
    InputError
        If the number of probabilities is not that of the doses, one is outside [0, 1], DLT
        becomes less probable with dose, or both probabilities together exceed 1.

    Examples
    --------
    >>> Scenario("steep", DoseGrid((1, 2, 4), "mg"), (0.05, 0.25, 0.6)).prob_outcome(2).tolist()
    [[0.95, 0.05], [0.75, 0.25], [0.4, 0.6]]
    """

    name: str
    grid: DoseGrid
    prob_dlt: tuple[float, ...]
    prob_moderate: tuple[float, ...] | None = None
    source: str = ""

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "prob_dlt", self._checked("P(DLT)", self.prob_dlt))
        if any(high < low for low, high in pairwise(self.prob_dlt)):
            raise InputError(
                f"P(DLT) of scenario {self.name!r}",
                got=self.prob_dlt,
                wanted="probabilities that do not fall with dose",
            )
        if self.prob_moderate is not None:
            object.__setattr__(self, "prob_moderate", self._checked("P(moderate)", self.prob_moderate))
            if max(map(sum, zip(self.prob_dlt, self.prob_moderate, strict=True))) > 1 + 1e-12:
                raise InputError(
                    f"P(moderate) of scenario {self.name!r}",
                    got=self.prob_moderate,
                    wanted="at each dose, at most one minus P(DLT)",
                )

    def _checked(self, what: str, values: tuple[float, ...]) -> tuple[float, ...]:
        checked = tuple(float(value) for value in values)
        if len(checked) != len(self.grid):
            raise InputError(
                f"{what} of scenario {self.name!r}",
                got=f"{len(checked)} probabilities {checked}",
                wanted=f"{len(self.grid)}, one for each dose of the grid",
            )
        if not all(0 <= value <= 1 for value in checked):
            raise InputError(
                f"{what} of scenario {self.name!r}", got=checked, wanted="probabilities from 0 to 1"
            )
        return checked

    def mtd(self, rule: MTDRule) -> int:
        """Index of the dose that a rule makes the MTD (0 for the lowest), -1 for none.

        Examples
        --------
        >>> from bayesdose.rules.mtd import ClosestTo, HighestBelow
        >>> scenario = Scenario("one", DoseGrid((1, 2, 4), "mg"), (0.1, 0.2, 0.3))
        >>> scenario.mtd(HighestBelow(0.30)), scenario.mtd(ClosestTo(0.30))
        (1, 2)
        """
        return int(rule.mtd(np.array(self.prob_dlt)))

    def prob_outcome(self, categories: int) -> np.ndarray:
        """Probability of each outcome category at each dose, shape (K, categories).

        Raises
        ------
        InputError
            If three categories are asked for and P(moderate) was not given.
        """
        dlt = np.array(self.prob_dlt)
        if categories == 2:
            return np.stack([1 - dlt, dlt], axis=1)
        if self.prob_moderate is None:
            raise InputError(
                f"scenario {self.name!r}",
                got="no probability of moderate toxicity",
                wanted="P(moderate) at each dose, because a design looks at moderate toxicity",
                fix="Pass prob_moderate to Scenario.",
            )
        moderate = np.array(self.prob_moderate)
        return np.stack([np.maximum(1 - dlt - moderate, 0), moderate, dlt], axis=1)


def scenarios_from_curves(
    grid: DoseGrid, prob_dlt: np.ndarray, names: Sequence[str], source: str = ""
) -> tuple[Scenario, ...]:
    """Scenarios from many curves at once, for example a model's prior predictive draws of ``prob_dlt``.

    Parameters
    ----------
    grid : DoseGrid
        The K doses.
    prob_dlt : array_like, shape (N, K)
        P(DLT) of N curves.
    names : sequence of str, length N
        A name each.
    source : str, optional
        Where the curves come from, the same for all.

    Returns
    -------
    tuple of Scenario, length N
        One for each curve, in order.

    Raises
    ------
    InputError
        If the shapes do not fit, or a curve is no scenario (see `Scenario`).

    Examples
    --------
    >>> [scenario.name for scenario in scenarios_from_curves(DoseGrid((1, 2), "mg"), [[0.1, 0.3]], ["a"])]
    ['a']
    """
    curves = np.asarray(prob_dlt, dtype=float)
    if curves.shape != (len(names), len(grid)):
        raise InputError(
            "curves",
            got=f"shape {curves.shape}",
            wanted=f"shape {(len(names), len(grid))}, a name each and a probability for each dose",
        )
    return tuple(
        Scenario(name, grid, tuple(curve), source=source)
        for name, curve in zip(names, curves.tolist(), strict=True)
    )


def check_scenarios(scenarios: Sequence[Scenario], designs: Mapping[str, Design] | None = None) -> None:
    """Refuse names that repeat, and scenarios and designs that are not all on one grid.

    Raises
    ------
    InputError
        If so.
    """
    names = [scenario.name for scenario in scenarios]
    if repeated := [name for name, number in Counter(names).items() if number > 1]:
        raise InputError("scenarios", got=f"two named {repeated[0]!r}", wanted="different names")
    every = [*(designs or {}).items(), *zip(names, scenarios, strict=True)]
    grid = every[0][1].grid
    for name, one in every:
        if one.grid != grid:
            raise InputError(f"dose grid of {name!r}", got=one.grid, wanted=f"the same grid for all, {grid}")
