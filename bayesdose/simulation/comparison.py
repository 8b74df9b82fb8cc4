"""Designs that are compared in the same scenarios: what both ways of computing start from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bayesdose.designs.base import Design, design_hash
from bayesdose.designs.optional import stages_of
from bayesdose.scenarios.scenario import Scenario, check_scenarios
from bayesdose.simulation.characteristics import Truth
from bayesdose.simulation.duration import Duration
from bayesdose.simulation.states import check_patients

__all__ = ["Comparison", "check_comparable"]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Designs and scenarios on one grid, with what is asked of them.

    Parameters
    ----------
    designs : mapping of str to Design
        D designs by name.
    scenarios : sequence of Scenario
        S true curves.
    truth : Truth
        The same curves as an array, and the MTD rule.
    duration : Duration, optional
        How long cohorts take; without it no duration is asked for.
    """

    designs: Mapping[str, Design]
    scenarios: Sequence[Scenario]
    truth: Truth
    duration: Duration | None

    @property
    def max_patients(self) -> int:
        """Most patients that any of the designs treats."""
        return max(design.max_patients for design in self.designs.values())

    def prob_outcomes(self) -> tuple[np.ndarray, ...]:
        """True probabilities of outcomes, shape (S, K, C), for each design in its own C categories."""
        return tuple(
            np.stack([scenario.prob_outcome(design.outcome_categories) for scenario in self.scenarios])
            for design in self.designs.values()
        )

    @property
    def stages(self) -> tuple[str, ...]:
        """Stages of any of the designs, the escalation first."""
        return tuple(dict.fromkeys(name for design in self.designs.values() for name in stages_of(design)))

    def stage_columns(self, design: Design) -> tuple[int | None, ...]:
        """For each later stage of any design, its position among this design's later stages, if it has it."""
        own = stages_of(design)[1:]
        return tuple(own.index(name) if name in own else None for name in self.stages[1:])

    def hashes(self) -> list[str]:
        """Hash of each design."""
        return [design_hash(design) for design in self.designs.values()]


def check_comparable(designs: Mapping[str, Design], scenarios: Sequence[Scenario]) -> None:
    """Refuse designs and scenarios on different grids, names that repeat, and designs that are too large.

    Raises
    ------
    InputError
        If so.
    """
    check_scenarios(scenarios, designs)
    for design in designs.values():
        check_patients(design)
