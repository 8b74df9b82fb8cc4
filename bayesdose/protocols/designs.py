"""The designs that a protocol is compared with, by the names used in tables and on the command line."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bayesdose.designs.base import Design
from bayesdose.designs.model_based import ModelBased
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.protocols.protocol import Protocol
from bayesdose.protocols.sourced import Source
from bayesdose.rules.stopping import PatientsAtDose

if TYPE_CHECKING:
    import pymc as pm

__all__ = ["COMPARATORS", "protocol_blrm", "protocol_designs", "protocol_model"]

COMPARATORS = ("own", "3+3", "BLRM")


def protocol_designs(protocol: Protocol, names: Sequence[str] = COMPARATORS) -> dict[str, Design]:
    """The protocol's own design, plain 3+3 and the BLRM.

    Parameters
    ----------
    protocol : Protocol
        The protocol.
    names : sequence of {"own", "3+3", "BLRM"}
        Which of them, in this order; upper or lower case.

    Returns
    -------
    dict of str to Design
        The protocol's own design is called "own (assumed)" where its number of single-patient levels,
        or that it has none, is an assumption.

    Raises
    ------
    InputError
        If a name is not one of these; the message gives the nearest.
    """
    designs: dict[str, Design] = {}
    for name in names:
        known = {choice.lower(): choice for choice in COMPARATORS}.get(name.lower())
        if known is None:
            raise InputError.unknown_name("design", name, COMPARATORS)
        if known == "own":
            assumed = protocol.design.titration_levels.source == Source.ASSUMPTION
            designs["own (assumed)" if assumed else "own"] = protocol.own_design()
        elif known == "3+3":
            variant = protocol.design.variant.value
            designs[known] = ThreePlusThree(protocol.grid.value, variant, protocol.start_level)
        else:
            designs[known] = protocol_blrm(protocol)
    return designs


def protocol_blrm(protocol: Protocol) -> ModelBased:
    """The protocol's BLRM, with the prior built from its grid. Imports PyMC."""
    from bayesdose.designs.blrm import blrm

    settings = protocol.blrm.value
    return blrm(
        protocol.grid.value,
        protocol.prior.value.build(protocol.grid.value),
        target_interval=settings.target_interval,
        ewoc_cap=settings.ewoc_cap,
        max_patients=settings.max_patients,
        stopping=PatientsAtDose(settings.patients_at_dose),
        cohort_size=settings.cohort_size,
        start_level=protocol.start_level,
    )


def protocol_model(protocol: Protocol) -> "pm.Model":
    """The PyMC model behind the protocol's BLRM, for `exact_posterior` and `fit`.

    Parameters
    ----------
    protocol : Protocol
        The protocol.

    Returns
    -------
    pymc.Model
        With the prior built from the protocol's grid.
    """
    from bayesdose.models.logistic import two_parameter_logistic

    return two_parameter_logistic(protocol.grid.value, protocol.prior.value.build(protocol.grid.value))
