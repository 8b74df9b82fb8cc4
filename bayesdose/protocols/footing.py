"""A protocol's comparators on one footing with its own design."""

from collections.abc import Mapping

import attrs

from bayesdose.checks.arguments import checked
from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.base import Design
from bayesdose.designs.model_based import ModelBased
from bayesdose.designs.patient_cap import Capped
from bayesdose.protocols.designs import protocol_designs
from bayesdose.protocols.protocol import Protocol
from bayesdose.rules.posterior_stopping import LowestTooToxic
from bayesdose.rules.stopping import AnyOf

__all__ = ["on_one_footing", "stopping_at"]


@checked
def on_one_footing(protocol: Protocol, designs: Mapping[str, Design]) -> dict[str, Design]:
    """Designs after the protocol's own single-patient levels, and under its cap on patients.

    A comparator that would then be the protocol's own design (plain 3+3 where that follows the titration)
    stays as it is, under a label that says so: it shows what the titration changes. A design with a
    largest number of patients of its own is given the cap there and recommends a dose at it; any other
    trial that needs more ends unfinished. A design that stops by `LowestTooToxic` does so at the protocol's
    calibrated cap, with which it ends without a dose about as often as the own design where all doses are
    too toxic.

    Parameters
    ----------
    protocol : Protocol
        The protocol.
    designs : mapping of str to Design
        Its own design, its comparators or others on its doses.

    Returns
    -------
    dict of str to Design
        In the same order.

    Raises
    ------
    InputError
        If a design cannot stand on that footing: its doses or start level are others, or the cap is too
        large for a table that was made for fewer patients.
    """
    (own,) = protocol_designs(protocol, ["own"]).values()
    cap = None if protocol.patient_cap is None else protocol.patient_cap.value
    made: dict[str, Design] = {}
    for label, design in designs.items():
        if isinstance(own, AcceleratedTitration) and not isinstance(design, AcceleratedTitration):
            titrated = attrs.evolve(own, following=design)
            label, design = (f"{label}, untitrated", design) if titrated == own else (label, titrated)
        if protocol.calibrated_stop_cap is not None:
            design = stopping_at(protocol.calibrated_stop_cap.value, design)
        made[label] = design if cap is None else _under(cap, design)
    return made


def stopping_at(cap: float, design: Design) -> Design:
    """A design with another cap in its `LowestTooToxic`, if it has one."""
    if isinstance(design, AcceleratedTitration):
        return attrs.evolve(design, following=stopping_at(cap, design.following))
    if not isinstance(design, ModelBased) or not isinstance(design.stopping, AnyOf | LowestTooToxic):
        return design
    stopping = design.stopping
    rules = stopping.rules if isinstance(stopping, AnyOf) else (stopping,)
    new = [attrs.evolve(one, cap=cap) if isinstance(one, LowestTooToxic) else one for one in rules]
    return attrs.evolve(design, stopping=new[0] if len(new) == 1 else AnyOf(tuple(new)))


def _under(cap: int, design: Design) -> Design:
    """A design with at most so many patients."""
    if isinstance(design, AcceleratedTitration) and _has_cap(design.following):
        return attrs.evolve(design, following=_under(cap, design.following))
    if _has_cap(design):
        return attrs.evolve(design, max_patients=min(cap, design.max_patients))  # pyright: ignore[reportCallIssue]
    return design if design.max_patients <= cap else Capped(design, cap)


def _has_cap(design: Design) -> bool:
    """Whether the largest number of patients is one of its parameters."""
    return attrs.has(type(design)) and "max_patients" in attrs.fields_dict(type(design))
