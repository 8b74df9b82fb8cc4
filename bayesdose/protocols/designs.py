"""The designs and the prior of a protocol, made from its tables."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayesdose.checks.arguments import checked
from bayesdose.designs.base import Design
from bayesdose.designs.model_based import ModelBased
from bayesdose.designs.plan import Plan
from bayesdose.designs.stage import Stage
from bayesdose.errors import InputError
from bayesdose.grammar.structuring import Context, structured
from bayesdose.models.prior import Prior
from bayesdose.protocols.protocol import Protocol
from bayesdose.protocols.sourced_table import SourcedTable
from bayesdose.simulation.expansion_groups import GroupExpansion
from bayesdose.sourced import Source
from bayesdose.treatments import Regimen, TreatmentGrid

if TYPE_CHECKING:
    import pymc as pm

__all__ = [
    "OWN",
    "check_tables",
    "design_names",
    "is_assumed",
    "protocol_context",
    "protocol_designs",
    "protocol_groups",
    "protocol_model",
    "protocol_plan",
    "protocol_prior",
    "protocol_priors",
]

OWN = "own"
# What is never worth building only to see whether it can be built.
_COSTLY = (ModelBased, Prior)


def design_names(protocol: Protocol) -> tuple[str, ...]:
    """Names of a protocol's designs: its own, called "own", and those that it is compared with."""
    return (OWN, *_comparators(protocol))


def protocol_context(protocol: Protocol) -> Context:
    """What a design on a protocol's doses need not repeat: grid, start level and prior."""
    given: dict[str, Any] = {"grid": protocol.grid.value, "start_level": protocol.start_level}
    if protocol.prior is not None:
        # Built only where a table leaves it out.
        given["prior"] = partial(protocol_prior, protocol)
    return Context(Path(), given)


@checked
def protocol_designs(
    protocol: Protocol, names: Sequence[str] | None = None, *, prior: Prior | None = None
) -> dict[str, Design]:
    """The protocol's own design and those that it is compared with.

    Parameters
    ----------
    protocol : Protocol
        The protocol.
    names : sequence of str, optional
        Which of them, in this order, in upper or lower case: "own", or a name of its comparators, such as
        "3+3" and "BLRM" in the protocols that come with the package. All by default.
    prior : Prior, optional
        Prior of the designs that name none of their own, in place of the protocol's.

    Returns
    -------
    dict of str to Design
        The protocol's own design is called "own (assumed)" where it is an assumption, or its number of
        single-patient levels is.

    Raises
    ------
    InputError
        If a name is not one of these; the message gives the nearest.
    """
    known = {name.lower(): name for name in design_names(protocol)}
    designs: dict[str, Design] = {}
    for name in design_names(protocol) if names is None else names:
        found = known.get(name.lower())
        if found is None:
            raise InputError.unknown_name("design", name, known.values())
        label = f"{OWN} (assumed)" if found == OWN and is_assumed(protocol) else found
        designs[label] = _made(protocol, found, prior)
    return designs


@checked
def protocol_plan(protocol: Protocol, escalation: Design) -> Design:
    """A design of a protocol to the end of the trial: what follows the escalation is the protocol's.

    Parameters
    ----------
    protocol : Protocol
        The protocol.
    escalation : Design
        One of its designs, or another one on its doses.

    Returns
    -------
    Design
        A `Plan`; the escalation itself where the protocol's sources do not say what follows, or too little.

    Raises
    ------
    InputError
        If the trial is too large.

    Examples
    --------
    >>> import bayesdose as bd
    >>> protocol = bd.load_protocol("MIL97")
    >>> own = bd.protocol_designs(protocol, ["own"])["own (assumed)"]
    >>> bd.protocols.protocol_plan(protocol, own).stage_names
    ('escalation', 'second regimen', 'expansion')
    """
    if protocol.stages is None:
        return escalation
    return Plan(escalation, _stages(protocol, f"protocol {protocol.name}"))


@checked
def protocol_groups(protocol: Protocol) -> GroupExpansion:
    """The groups, such as indications, that a protocol expands once its dose is set.

    Parameters
    ----------
    protocol : Protocol
        The protocol.

    Returns
    -------
    GroupExpansion
        For `bd.simulation.group_characteristics`.

    Raises
    ------
    InputError
        If the protocol's sources name no groups.

    Examples
    --------
    >>> import bayesdose as bd
    >>> bd.protocols.protocol_groups(bd.load_protocol("IMM01")).groups[3:]
    ('AML', 'MDS', 'multiple myeloma')
    """
    if protocol.group_expansion is None:
        raise InputError(
            f"groups of {protocol.name}",
            got=None,
            wanted="a protocol with [group_expansion]",
            fix="Add the groups to a copy of its file, as an assumption.",
        )
    return _groups(protocol.group_expansion, f"protocol {protocol.name}")


@checked
def protocol_prior(protocol: Protocol) -> Prior:
    """The protocol's prior, built on its doses.

    Parameters
    ----------
    protocol : Protocol
        The protocol.

    Returns
    -------
    Prior
        Prior of the two-parameter logistic model.

    Raises
    ------
    InputError
        If the protocol states no prior, or no prior meets what it states.
    """
    if protocol.prior is None:
        raise InputError(f"prior of {protocol.name}", got=None, wanted="a protocol that states a prior")
    context = Context(Path(), {"grid": protocol.grid.value})
    return structured(protocol.prior.plain, Prior, context, f"protocol {protocol.name}", "prior")


@checked
def protocol_priors(protocol: Protocol) -> dict[str, Prior]:
    """The protocol's prior and those that results are held against, by name.

    Parameters
    ----------
    protocol : Protocol
        The protocol.

    Returns
    -------
    dict of str to Prior
        "protocol" first; the priors of a shipped protocol are described in its file.

    Raises
    ------
    InputError
        If the protocol states no prior, or no prior meets what it states.
    """
    context = Context(Path(), {"grid": protocol.grid.value})
    return {
        "protocol": protocol_prior(protocol),
        **_other_priors(protocol, context, f"protocol {protocol.name}"),
    }


@checked
def protocol_model(protocol: Protocol) -> "pm.Model":
    """The two-parameter logistic model with the protocol's prior, for `exact_posterior` and `fit`.

    Parameters
    ----------
    protocol : Protocol
        The protocol.

    Returns
    -------
    pymc.Model
        On the protocol's doses.

    Raises
    ------
    InputError
        If the protocol states no prior, or no prior meets what it states.
    """
    from bayesdose.models.logistic import two_parameter_logistic

    return two_parameter_logistic(protocol.grid.value, protocol_prior(protocol))


def is_assumed(protocol: Protocol) -> bool:
    """Whether the protocol's own design, or its number of single-patient levels, is an assumption."""
    sources = {place: leaf.source for place, leaf in protocol.design.values}
    return Source.ASSUMPTION in (sources.get(""), sources.get("single_patient_levels"))


def check_tables(protocol: Protocol, subject: str) -> None:
    """Refuse designs and a prior that cannot be made, as far as this shows without tabulating a model.

    Raises
    ------
    InputError
        For the first mistake, with its key.
    """
    context = protocol_context(protocol)
    _other_priors(protocol, context, subject)
    context = Context(context.folder, context.given, spared=_COSTLY)
    if protocol.prior is not None:
        structured(protocol.prior.plain, Prior, context, subject, _place("prior", protocol.prior))
    structured(protocol.design.plain, Design, context, subject, _place("design", protocol.design))
    if protocol.stages is not None:
        _stages(protocol, subject)
    if protocol.group_expansion is not None:
        _groups(protocol.group_expansion, subject)
    for name, table in _comparators(protocol).items():
        if name.lower() == OWN:
            raise InputError(f"{subject}, key comparators", got=name, wanted="names other than 'own'")
        assert protocol.comparators is not None
        place = f"{_place('comparators', protocol.comparators)}.{name}"
        structured(table, Design, context, subject, place)


def _made(protocol: Protocol, name: str, prior: Prior | None) -> Design:
    own, context = name == OWN, protocol_context(protocol)
    table = protocol.design.plain if own else _comparators(protocol)[name]
    place = "design" if own else f"comparators.{name}"
    if prior is not None:
        context = Context(context.folder, {**context.given, "prior": prior})
    return structured(table, Design, context, f"protocol {protocol.name}", place)


def _comparators(protocol: Protocol) -> dict[str, Any]:
    """Tables of the designs to compare with."""
    return {} if protocol.comparators is None else protocol.comparators.plain


def _stages(protocol: Protocol, subject: str) -> tuple[Stage, ...]:
    """What follows the escalation; a stage's key in the file is its name."""
    assert protocol.stages is not None
    # Made only where a stage is of several regimens: others have names that outcome notation cannot hold.
    context = Context(Path(), {"treatments": partial(_treatments, protocol)})
    return tuple(
        structured({"name": name, **table}, Stage, context, subject, f"stages.{name}")
        for name, table in protocol.stages.plain.items()
    )


def _groups(table: SourcedTable, subject: str) -> GroupExpansion:
    """The groups that a table holds."""
    return structured(table.plain, GroupExpansion, Context(Path()), subject, _place("group_expansion", table))


def _treatments(protocol: Protocol) -> TreatmentGrid:
    """The protocol's doses in each of its regimens."""
    return TreatmentGrid(
        tuple(Regimen(one.name, protocol.grid.value, one.dlt_window_days.value) for one in protocol.regimens)
    )


def _other_priors(protocol: Protocol, context: Context, subject: str) -> dict[str, Prior]:
    """Priors that results are held against, beside the protocol's."""
    tables = {} if protocol.other_priors is None else protocol.other_priors.plain
    return {
        name: structured(table, Prior, context, subject, f"other_priors.{name}")
        for name, table in tables.items()
    }


def _place(key: str, table: SourcedTable) -> str:
    """Key of a table's content in the file."""
    return key if table.whole is None else f"{key}.value"
