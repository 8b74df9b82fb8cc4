"""Designs that are compared in the same scenarios: what both ways of computing start from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bayesdose.designs.base import Design, design_hash
from bayesdose.designs.optional import stages_of
from bayesdose.scenarios.scenario import Scenario, check_scenarios
from bayesdose.simulation.duration import Duration
from bayesdose.simulation.states import check_patients
from bayesdose.simulation.truth import Truth

__all__ = ["Asked", "Comparison", "check_comparable"]


@dataclass(frozen=True, eq=False)
class Asked:
    """What is asked of each design of a comparison.

    Parameters
    ----------
    scenarios : sequence of Scenario
        S true curves.
    truth : Truth
        The same curves as an array, and the MTD rule.
    duration : Duration, optional
        How long cohorts take; without it no duration is asked for.
    max_patients : int
        Most patients that any of the designs treats.
    stages : tuple of str
        Stages of any of the designs, the escalation first.
    """

    scenarios: Sequence[Scenario]
    truth: Truth
    duration: Duration | None
    max_patients: int
    stages: tuple[str, ...]

    def prob_outcome(self, design: Design) -> np.ndarray:
        """True probabilities of outcomes, shape (S, K, C), in the C categories that a design looks at."""
        return np.stack([scenario.prob_outcome(design.outcome_categories) for scenario in self.scenarios])

    def stage_columns(self, design: Design) -> tuple[int | None, ...]:
        """For each later stage of any design, its position among this design's later stages, if it has it."""
        own = stages_of(design)[1:]
        return tuple(own.index(name) if name in own else None for name in self.stages[1:])


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
    def asked(self) -> Asked:
        """What is asked of each of the designs."""
        designs = self.designs.values()
        most = max(design.max_patients for design in designs)
        stages = tuple(dict.fromkeys(name for design in designs for name in stages_of(design)))
        return Asked(self.scenarios, self.truth, self.duration, most, stages)

    def prob_outcomes(self) -> tuple[np.ndarray, ...]:
        """True probabilities of outcomes, shape (S, K, C), for each design in its own C categories."""
        return tuple(self.asked.prob_outcome(design) for design in self.designs.values())

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
