"""A scenario: what the doses truly do."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.kinds import kind
from bayesdose.checks.quantities import Name, Positive, Share
from bayesdose.designs.base import Design
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import MTDRule
from bayesdose.treatments import Grid, TreatmentGrid, regimens_of

__all__ = ["Scenario", "check_scenarios", "scenarios_from_curves"]


def _check_length(scenario: Any, what: str, values: tuple[float, ...]) -> None:
    if len(values) != len(scenario.grid):
        raise InputError(
            f"{what} of scenario {scenario.name!r}",
            got=f"{len(values)} probabilities {values}",
            wanted=f"{len(scenario.grid)}, one for each dose of the grid",
        )


def _rises(scenario: Any, attribute: Any, value: tuple[float, ...]) -> None:
    _check_length(scenario, "P(DLT)", value)
    alike = np.diff(regimens_of(scenario.grid)) == 0
    if np.any(alike & (np.diff(value) < 0)):
        raise InputError(
            f"P(DLT) of scenario {scenario.name!r}",
            got=value,
            wanted="probabilities that do not fall with dose",
        )


def _leaves_room(scenario: Any, attribute: Any, value: tuple[float, ...] | None) -> None:
    if value is None:
        return
    _check_length(scenario, "P(moderate)", value)
    if max(map(sum, zip(scenario.prob_dlt, value, strict=True))) > 1 + 1e-12:
        raise InputError(
            f"P(moderate) of scenario {scenario.name!r}",
            got=value,
            wanted="at each dose, at most one minus P(DLT)",
        )


def _of_each_dose(scenario: Any, attribute: Any, value: tuple[float, ...] | None) -> None:
    if value is not None:
        _check_length(scenario, "P(response)", value)


def _associates(scenario: Any, attribute: Any, value: float) -> None:
    if value != 1 and scenario.prob_response is None:
        raise InputError(
            f"odds ratio of response and DLT of scenario {scenario.name!r}",
            got=value,
            wanted="P(response) beside it",
        )


@kind("scenarios")
@checked_value
class Scenario:
    """True probability of DLT, and of moderate toxicity or response where they matter, at each dose.

    Parameters
    ----------
    name : str
        Name in tables and figures.
    grid : DoseGrid or TreatmentGrid
        The K doses, or treatments.
    prob_dlt : sequence of float, length K
        Probability of a DLT at each dose, not falling with dose within a regimen; over the regimen's own DLT
        window.
    prob_moderate : sequence of float, length K, optional
        Probability of a moderate (grade 2) toxicity without DLT; needed by designs that look at it.
    source : str, optional
        Where the curve comes from: a citation, or how it was generated and from which seed.
    prob_response : sequence of float, length K, optional
        Probability of a response at each dose, with a DLT or without; needed by designs that look at it. It
        may fall with dose. Response stands for any activity that a patient shows or not, such as a target
        that is saturated.
    dlt_response_odds_ratio : float, default 1
        Odds of a response in patients with a DLT over those in patients without, the same at each dose; 1
        where the two are independent.

    Raises
    ------
    InputError
        If the number of probabilities is not that of the doses, one is outside [0, 1], DLT
        becomes less probable with dose, those of DLT and moderate toxicity together exceed 1, or an odds
        ratio is not above 0 or has no P(response) beside it.

    Examples
    --------
    >>> Scenario("steep", DoseGrid((1, 2, 4), "mg"), (0.05, 0.25, 0.6)).prob_outcome(2).tolist()
    [[0.95, 0.05], [0.75, 0.25], [0.4, 0.6]]
    >>> both = Scenario("active", DoseGrid((1, 2), "mg"), (0.1, 0.5), prob_response=(0.2, 0.4))
    >>> both.prob_outcome(4).round(2).tolist()
    [[0.72, 0.18, 0.02, 0.08], [0.3, 0.2, 0.2, 0.3]]
    """

    name: Name
    grid: Grid
    prob_dlt: tuple[Share, ...] = attrs.field(validator=_rises)
    prob_moderate: tuple[Share, ...] | None = attrs.field(default=None, validator=_leaves_room)
    source: str = ""
    prob_response: tuple[Share, ...] | None = attrs.field(default=None, validator=_of_each_dose)
    dlt_response_odds_ratio: Positive = attrs.field(default=1.0, validator=_associates)

    def mtd(self, rule: MTDRule) -> int:
        """Index of the dose that a rule makes the MTD (0 for the lowest), -1 for none.

        Raises
        ------
        InputError
            If there are several regimens, each of which has an MTD of its own.

        Examples
        --------
        >>> from bayesdose.rules.mtd import ClosestTo, HighestBelow
        >>> scenario = Scenario("one", DoseGrid((1, 2, 4), "mg"), (0.1, 0.2, 0.3))
        >>> scenario.mtd(HighestBelow(0.30)), scenario.mtd(ClosestTo(0.30))
        (1, 2)
        """
        if isinstance(self.grid, TreatmentGrid):
            raise InputError(
                f"MTD of scenario {self.name!r}",
                got=f"regimens {', '.join(one.name for one in self.grid.regimens)}",
                wanted="doses of one regimen: each has an MTD of its own",
            )
        return int(rule.mtd(np.array(self.prob_dlt)))

    def prob_outcome(self, categories: int) -> np.ndarray:
        """Probability of each outcome category at each dose, shape (K, categories).

        Raises
        ------
        InputError
            If three categories are asked for and P(moderate) was not given, or four and P(response) was not.

        References
        ----------
        Plackett RL (1965). A class of bivariate distributions. Journal of the American Statistical
        Association 60:516-522, for the probability of both from the margins and the odds ratio.
        """
        dlt = np.array(self.prob_dlt)
        if categories == 2:
            return np.stack([1 - dlt, dlt], axis=1)
        if categories == 4:
            return self._with_response(dlt)
        if self.prob_moderate is None:
            raise InputError(
                f"scenario {self.name!r}",
                got="no probability of moderate toxicity",
                wanted="P(moderate) at each dose, because a design looks at moderate toxicity",
                fix="Pass prob_moderate to Scenario, or a file of scenarios with that column.",
            )
        moderate = np.array(self.prob_moderate)
        return np.stack([np.maximum(1 - dlt - moderate, 0), moderate, dlt], axis=1)

    def _with_response(self, dlt: np.ndarray) -> np.ndarray:
        """Probability of neither, a response, both, a DLT; shape (K, 4)."""
        if self.prob_response is None:
            raise InputError(
                f"scenario {self.name!r}",
                got="no probability of response",
                wanted="P(response) at each dose, because a design looks at responses",
                fix="Pass prob_response to Scenario, or a file of scenarios with that column.",
            )
        response = np.array(self.prob_response)
        both, ratio = dlt * response, self.dlt_response_odds_ratio
        if ratio != 1:
            # The root between its bounds, without the cancellation of the usual form at ratios near 1.
            total = 1 + (ratio - 1) * (dlt + response)
            both = 2 * ratio * both / (total + np.sqrt(total**2 - 4 * ratio * (ratio - 1) * both))
        parts = [1 - dlt - response + both, response - both, both, dlt - both]
        return np.maximum(np.stack(parts, axis=1), 0)


@checked
def scenarios_from_curves(
    grid: DoseGrid, prob_dlt: np.ndarray, names: Sequence[Name], source: str = ""
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
    if prob_dlt.shape != (len(names), len(grid)):
        raise InputError(
            "scenarios_from_curves, prob_dlt",
            got=f"shape {prob_dlt.shape}",
            wanted=f"shape {(len(names), len(grid))}, a name each and a probability for each dose",
        )
    return tuple(
        Scenario(name, grid, tuple(curve), source=source)
        for name, curve in zip(names, prob_dlt.astype(float).tolist(), strict=True)
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
