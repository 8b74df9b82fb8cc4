"""A study: designs, scenarios and how they are compared, as one value."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import annotated_types as at
import attrs

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import FolderName, Positive
from bayesdose.designs.base import Design
from bayesdose.designs.optional import stages_of
from bayesdose.errors import InputError
from bayesdose.protocols.protocol import Protocol
from bayesdose.rules.mtd import MTDRule
from bayesdose.rules.obd import OBDRule
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.duration import Accrual
from bayesdose.simulation.method import Exact, Method, MonteCarlo
from bayesdose.studies.groups import StudyGroups

__all__ = ["OUTPUTS", "Output", "Study"]

Output = Literal[
    "characteristics.nc",
    "characteristics.csv",
    "selection.csv",
    "selection.png",
    "findings.csv",
    "groups.nc",
    "groups.csv",
]
OUTPUTS: tuple[Output, ...] = (
    "characteristics.nc",
    "characteristics.csv",
    "selection.csv",
    "selection.png",
    "findings.csv",
    "groups.nc",
    "groups.csv",
)


def _has_a_seed(study: Any, attribute: attrs.Attribute, value: Method) -> None:
    if isinstance(value, MonteCarlo) and not isinstance(value.rng, int):
        raise InputError(
            "method",
            got=f"MonteCarlo with rng={value.rng}",
            wanted="a seed, a whole number from 0, so that the study can be run again",
            fix="Pass rng=1.",
        )


@checked_value
class Study:
    """Designs compared in scenarios; `load_study` reads one from a file and `run_study` runs it.

    Parameters
    ----------
    name : str
        Name of the study and of its results' folder: letters, digits, ``_``, ``.`` and ``-``.
    designs : mapping of str to Design
        Designs by the name that tables and figures show, all on one grid.
    scenarios : tuple of Scenario
        True curves, on the same grid.
    mtd_rule : MTDRule
        Rule that says which dose is the MTD in a scenario.
    method : Exact or MonteCarlo, default Exact()
        How the operating characteristics are computed. A Monte Carlo study states its seed as `rng`.
    obd_rule, dlt_window, accrual
        As for `operating_characteristics`.
    outputs : tuple of str
        Files to write, any of ``characteristics.nc``, ``characteristics.csv``, ``selection.csv``,
        ``selection.png``, ``findings.csv``, ``groups.nc`` and ``groups.csv``; provenance is always written.
    findings : bool, default True
        Whether the designs are checked (see `check_design`) for ``findings.csv`` and the report.
    groups : StudyGroups, optional
        Groups, such as indications, at the chosen dose, for ``groups.nc`` and ``groups.csv``.
    protocol : Protocol, optional
        The protocol behind the study, whose assumptions go with its results.
    regimen : str, optional
        Name of the protocol's regimen that `dlt_window` is of; by default its first.
    scenarios_from : str, optional
        Where the scenarios come from, in words.
    command : str, optional
        The command that runs it.
    content : mapping, optional
        What the study's file says, the content of files that it names included.
    content_hash : str, optional
        SHA-256 of `content`: the same for the same study whatever its file's layout and comments.

    Raises
    ------
    InputError
        If the name cannot be a folder's, an output is unknown, or a Monte Carlo study has no seed.
    """

    name: FolderName
    designs: Mapping[str, Design]
    scenarios: Annotated[tuple[Scenario, ...], at.MinLen(1)]
    mtd_rule: MTDRule
    method: Method = attrs.field(default=Exact(), validator=_has_a_seed)
    obd_rule: OBDRule | None = None
    dlt_window: Positive | None = None
    accrual: Accrual | None = None
    outputs: tuple[Output, ...] = OUTPUTS
    findings: bool = True
    groups: StudyGroups | None = None
    protocol: Protocol | None = None
    regimen: str | None = None
    scenarios_from: str = "given"
    command: str = ""
    content: Mapping[str, Any] = attrs.field(factory=dict)
    content_hash: str = ""

    @property
    def note(self) -> str:
        """The study's or its protocol's name and what of it is assumed, for every table and figure."""
        return " ".join(
            filter(None, (f"{self.name if self.protocol is None else self.protocol.name}.", self.assumed))
        )

    @property
    def assumed(self) -> str:
        """What is assumed of the study's protocol, as far as its designs go on."""
        stages = any(len(stages_of(design)) > 1 for design in self.designs.values())
        return "" if self.protocol is None else self.protocol.assumed(stages=stages)
