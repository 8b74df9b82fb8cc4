"""Groups of a study: which are expanded at the chosen dose, and what is true of them."""

from collections.abc import Mapping
from typing import Any

import attrs
import xarray as xr

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Name, Patients, Share
from bayesdose.errors import InputError
from bayesdose.protocols.designs import protocol_groups
from bayesdose.protocols.protocol import Protocol
from bayesdose.rules.group_monitoring import GroupMonitoring
from bayesdose.simulation.expansion_groups import GroupExpansion, Groups
from bayesdose.simulation.group_results import group_characteristics

__all__ = ["GroupsTable", "StudyGroups", "groups_result", "study_groups"]

_PROTOCOL_KEY = "group_expansion"


def _has_a_rate_for_each_group(study: Any, field: attrs.Attribute, rates: Mapping[str, tuple]) -> None:
    if not rates:
        raise InputError("rates", got={}, wanted="at least one scenario")
    groups = study.expansion.groups
    for name, one in rates.items():
        if len(one) != len(groups):
            wanted = f"{len(groups)} rates, one for each of {', '.join(groups)}"
            raise InputError(f"rates.{name}", got=one, wanted=wanted)


@checked_value
class StudyGroups:
    """Groups at the chosen dose and their true rates.

    Parameters
    ----------
    expansion : GroupExpansion
        The groups, and how they are watched.
    rates : mapping of str to tuple of float
        By scenario the true probability of the event in each group, in their order.
    assumed : tuple of str, optional
        Keys of the protocol whose values here are assumptions.

    Raises
    ------
    InputError
        If there is no scenario, or one has another number of rates than there are groups.
    """

    expansion: GroupExpansion
    rates: Mapping[Name, tuple[Share, ...]] = attrs.field(validator=_has_a_rate_for_each_group)
    assumed: tuple[str, ...] = ()


@checked_value
class GroupsTable:
    """The keys of a study file's section ``groups``; those of a `GroupExpansion` may be the protocol's."""

    rates: dict[Name, tuple[Share, ...]]
    groups: Groups | None = None
    patients: Patients | None = None
    monitoring: GroupMonitoring | None = None
    looks: Patients | tuple[Patients, ...] | None = None


def study_groups(table: GroupsTable, protocol: Protocol | None) -> StudyGroups:
    """The groups that a study file states, with the protocol's for what it leaves out.

    Raises
    ------
    InputError
        If a key is missing that no protocol gives, or the values do not fit each other.
    """
    stated = {
        field.name: value
        for field in attrs.fields(GroupExpansion)
        if (value := getattr(table, field.name)) is not None
    }
    if protocol is not None and protocol.group_expansion is not None:
        assumed = [one.path for one in protocol.assumptions() if one.path.startswith(_PROTOCOL_KEY)]
        taken = tuple(path for path in assumed if path.removeprefix(f"{_PROTOCOL_KEY}.") not in stated)
        return StudyGroups(attrs.evolve(protocol_groups(protocol), **stated), table.rates, taken)
    for field in attrs.fields(GroupExpansion):
        if field.default is attrs.NOTHING and field.name not in stated:
            raise InputError(
                field.name, got=None, wanted=f"a value, or a protocol with [{_PROTOCOL_KEY}], which gives one"
            )
    return StudyGroups(GroupExpansion(**stated), table.rates)


def groups_result(study: StudyGroups) -> xr.Dataset:
    """What becomes of the groups, as of `group_characteristics`."""
    result = group_characteristics(study.expansion, study.rates)
    return result.assign_attrs(assumptions=", ".join(study.assumed)) if study.assumed else result
