"""True curves for the whole trial: those of the escalation, and what a second regimen does on them."""

from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from bayesdose.checks.arguments import checked
from bayesdose.designs.base import Design
from bayesdose.errors import InputError
from bayesdose.protocols.protocol import Protocol
from bayesdose.scenarios.scenario import Scenario
from bayesdose.scenarios.treatment_scenarios import on_treatments
from bayesdose.sourced import Source
from bayesdose.treatments import TreatmentGrid

__all__ = ["scenarios_to_end"]


@checked
def scenarios_to_end(
    protocol: Protocol, plan: Design, scenarios: Sequence[Scenario]
) -> Mapping[str, tuple[Scenario, ...]]:
    """Scenarios for a protocol's whole trial, from those for its escalation.

    Parameters
    ----------
    protocol : Protocol
        The protocol.
    plan : Design
        What `protocol_plan` makes.
    scenarios : sequence of Scenario
        P(DLT) of the escalated regimen's doses.

    Returns
    -------
    mapping of str to tuple of Scenario
        One entry for each number in the protocol's `second_regimen_odds`, by that number in words, which the
        names of its scenarios hold too. Where the plan has one regimen, the scenarios themselves under an
        empty name.

    Raises
    ------
    InputError
        If the plan has a second regimen, and the protocol does not say how its odds of DLT relate.

    Examples
    --------
    >>> import bayesdose as bd
    >>> protocol = bd.load_protocol("MIL97")
    >>> own = bd.protocol_designs(protocol, ["own"])["own (assumed)"]
    >>> known = bd.scenarios.builtin_scenarios(protocol.grid.value, protocol.mtd_rule.value)
    >>> found = scenarios_to_end(protocol, bd.protocols.protocol_plan(protocol, own), known)
    >>> [*found]
    ['Q2W odds x1 (assumed)', 'Q2W odds x1.5 (assumed)']
    """
    treatments = plan.grid
    if not isinstance(treatments, TreatmentGrid):
        return {"": tuple(scenarios)}
    odds = protocol.second_regimen_odds
    if odds is None:
        raise InputError(
            f"protocol {protocol.name}, key second_regimen_odds",
            got=None,
            wanted="a value: its stages test a second regimen",
        )
    second = treatments.regimens[1].name
    where = " (assumed)" if odds.source == Source.ASSUMPTION else ""
    found: dict[str, tuple[Scenario, ...]] = {}
    for ratio in odds.value:
        words = f"{second} odds x{ratio:g}{where}"
        moved = [on_treatments(one, treatments, log_odds=(float(np.log(ratio)),)) for one in scenarios]
        found[words] = tuple(attrs.evolve(one, name=f"{one.name}; {words}") for one in moved)
    return found
