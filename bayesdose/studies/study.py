"""A study: designs, scenarios and how they are compared, as one value."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bayesdose.designs.base import Design
from bayesdose.errors import InputError
from bayesdose.protocols.protocol import Protocol
from bayesdose.rules.mtd import MTDRule
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.duration import Accrual
from bayesdose.simulation.operating_characteristics import check_method

__all__ = ["OUTPUTS", "Study", "check_study_name"]

OUTPUTS = ("characteristics.nc", "characteristics.csv", "selection.csv", "selection.png")


@dataclass(frozen=True, eq=False)
class Study:
    """Designs compared in scenarios; `load_study` reads one from a file and `run_study` runs it.

    Parameters
    ----------
    name : str
        Name of the study and of its results' folder.
    designs : mapping of str to Design
        Designs by the name that tables and figures show, all on one grid.
    scenarios : tuple of Scenario
        True curves, on the same grid.
    mtd_rule : MTDRule
        Rule that says which dose is the MTD in a scenario.
    method : {"exact", "monte-carlo"}, default "exact"
        Engine.
    trials, target_mcse, max_unresolved
        As for `operating_characteristics`.
    seed : int, optional
        Seed of the simulated patients; required by the Monte Carlo engine.
    dlt_window, accrual
        As for `operating_characteristics`.
    outputs : tuple of str
        Files to write, of `OUTPUTS`; provenance is always written.
    protocol : Protocol, optional
        The protocol behind the study, whose assumptions go with its results.
    regimen : str, optional
        Name of the protocol's regimen that `dlt_window` is of; by default its first.
    scenarios_from : str, optional
        Where the scenarios come from, in words.
    command : str, optional
        The command that runs it.
    content : mapping, optional
        What the study's file says, files that it names included.
    content_hash : str, optional
        SHA-256 of `content`: the same for the same study whatever its file's layout and comments.

    Raises
    ------
    InputError
        If the name is none for a folder, an output is unknown, a number is out of range or an option
        belongs to the other method.
    """

    name: str
    designs: Mapping[str, Design]
    scenarios: tuple[Scenario, ...]
    mtd_rule: MTDRule
    method: str = "exact"
    trials: int | None = None
    target_mcse: float | None = None
    max_unresolved: float = 0.0
    seed: int | None = None
    dlt_window: float | None = None
    accrual: Accrual | None = None
    outputs: tuple[str, ...] = OUTPUTS
    protocol: Protocol | None = None
    regimen: str | None = None
    scenarios_from: str = "given"
    command: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)
    content_hash: str = ""

    def __post_init__(self) -> None:
        check_study_name(self.name)
        for output in self.outputs:
            if output not in OUTPUTS:
                raise InputError.unknown_name("outputs", output, OUTPUTS)
        check_method(self.method, self.trials, self.target_mcse, self.max_unresolved)
        if (self.method == "exact") != (self.seed is None):
            raise InputError(
                "seed",
                got=self.seed,
                wanted="a whole number with method='monte-carlo', none with method='exact'",
            )


def check_study_name(name: str) -> None:
    """Refuse a name that cannot be a folder's."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
        raise InputError("name", got=name, wanted="letters, digits, '_', '.', '-': it names a folder")
