"""What follows once the dose is set: groups, such as indications, that are each expanded at that dose."""

from typing import Annotated

import annotated_types as at
import attrs

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Name, Patients
from bayesdose.errors import InputError
from bayesdose.rules.group_monitoring import GroupMonitoring

__all__ = ["GroupExpansion"]

Groups = Annotated[tuple[Name, ...], at.MinLen(1), at.MaxLen(100)]


def _have_their_own_names(plan: "GroupExpansion", field: attrs.Attribute, groups: tuple[str, ...]) -> None:
    if len(set(groups)) != len(groups):
        raise InputError("GroupExpansion, groups", got=groups, wanted="groups that each have their own name")


def _are_within_the_total(
    plan: "GroupExpansion", field: attrs.Attribute, looks: int | tuple[int, ...]
) -> None:
    if isinstance(looks, tuple) and (
        not looks or list(looks) != sorted(set(looks)) or looks[-1] > plan.patients
    ):
        raise InputError(
            "GroupExpansion, looks",
            got=looks,
            wanted=f"increasing numbers of patients, at most the {plan.patients} of a group",
        )


@checked_value
class GroupExpansion:
    """Groups that each get the same dose in so many patients, watched for one event on the way.

    The event may be a DLT, or that a patient has no response. Groups grow at the same pace: at a look each
    group that has not stopped has the same number of patients.

    Parameters
    ----------
    groups : tuple of str
        Their names, such as indications.
    patients : int
        Patients of each group when it is complete; those of the escalation do not count.
    monitoring : GroupMonitoring
        Which groups stop: `EachGroupAlone`, `GroupsTogether` or `ExchangeableGroups` of `bd.rules`.
    looks : int or tuple of int, default 1
        When the rule is asked: after each so many new patients of a group and after the last, or at these
        numbers of patients of a group alone.

    Raises
    ------
    InputError
        If names repeat, a number is out of range, or the looks do not increase or go beyond the patients.
    """

    groups: Groups = attrs.field(validator=_have_their_own_names)
    patients: Patients
    monitoring: GroupMonitoring
    looks: Patients | tuple[Patients, ...] = attrs.field(default=1, validator=_are_within_the_total)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Patients of a group at each look."""
        if isinstance(self.looks, tuple):
            return self.looks
        return (*range(self.looks, self.patients, self.looks), self.patients)
