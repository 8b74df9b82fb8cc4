"""A phase I protocol as data: every value with its source."""

from typing import Any, get_args, get_origin

import attrs

from bayesdose.checks.arguments import checked, checked_value, hints_of
from bayesdose.checks.quantities import FolderName, InnerProbability, Patients, Positive
from bayesdose.dose_optimization.record import DoseCriterion
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.protocols.sourced_table import SourcedTable, leaves
from bayesdose.rules.mtd import MTDRule
from bayesdose.sourced import Source, Sourced

__all__ = ["Assumption", "Protocol", "Regimen"]

_GROUPS = "group_expansion"
_CRITERIA = "dose_criteria"
# What follows the escalation.
_STAGES = ("stages", "ends_with", "second_regimen", _GROUPS, _CRITERIA)
# What has a source in a criterion.
_JUDGED = ("ground", "judged")


@checked_value
class Regimen:
    """One schedule of a protocol; doses of different regimens are not comparable.

    Parameters
    ----------
    name : str
        Short name, e.g. ``"Q3W"``.
    schedule : Sourced[str]
        How often the drug is given.
    dlt_window_days : Sourced[float]
        Length of the DLT window in days.
    role : Sourced[str]
        What the regimen is for.

    Raises
    ------
    InputError
        If the DLT window is not a positive number of days.
    """

    name: str
    schedule: Sourced[str]
    dlt_window_days: Sourced[Positive]
    role: Sourced[str]


@checked_value
class Assumption:
    """A value that the protocol's public sources do not give.

    Parameters
    ----------
    path : str
        Its place in the protocol, e.g. ``"design.trigger_dlts"``.
    value : object
        The assumed value.
    reason : str
        Why this value.
    """

    path: str
    value: object
    reason: str


def _values_to_compute_with_are_there(protocol: Any, attribute: attrs.Attribute, value: SourcedTable) -> None:
    regimens = [(f"regimens[{number}].", one) for number, one in enumerate(protocol.regimens)]
    for place, part in (("", protocol), *regimens):
        for name, hint in hints_of(type(part)).items():
            needed = get_origin(hint) is Sourced and type(None) not in get_args(get_args(hint)[0])
            if needed and getattr(part, name).value is None:
                raise InputError(
                    f"key {place}{name}",
                    got=str(Source.NOT_DISCLOSED),
                    wanted="a value, because the package computes with it",
                    fix="Give one with source = 'assumption' and a reason.",
                )


def _regimens_have_their_own_names(
    protocol: Any, attribute: attrs.Attribute, value: tuple[Regimen, ...]
) -> None:
    names = [regimen.name for regimen in value]
    if not names or len(set(names)) != len(names):
        raise InputError("regimens", got=names, wanted="at least one regimen, each with its own name")


def _start_is_on_the_grid(protocol: Any, attribute: attrs.Attribute, value: Sourced[float]) -> None:
    if protocol.grid.value is not None and value.value is not None:
        try:
            protocol.grid.value.index(value.value)
        except InputError as error:
            raise InputError("start_dose", got=error.got, wanted=error.wanted) from None


def _nothing_follows_the_end(protocol: Any, attribute: attrs.Attribute, value: Sourced[str] | None) -> None:
    if value is not None and protocol.stages is not None:
        raise InputError(
            "ends_with",
            got=value.value,
            wanted="no such key beside `stages`, which say what follows the escalation",
            fix="Leave out one of the two.",
        )


@checked_value
class Protocol:
    """A phase I protocol; each value says whether it was recorded, published or assumed.

    Parameters
    ----------
    name, title : str
        Short name and one-line description.
    compound : Sourced[str or None]
        The drug's other names or its kind.
    population : Sourced[str]
        Who is treated.
    grid : Sourced[DoseGrid]
        The planned doses.
    start_dose : Sourced[float]
        First dose, on the grid.
    regimens : tuple of Regimen
        Schedules, the escalated one first.
    mtd_rule : Sourced[MTDRule]
        Which dose is the MTD.
    escalation : Sourced[str]
        What the record says about going up and down, in short.
    design : SourcedTable
        The protocol's own design, as a study file writes it.
    planned_patients, expansion : Sourced[str or None]
        Planned numbers and what follows the escalation.
    stages : SourcedTable or None
        What follows the escalation, stage by stage by name, as a study file writes it; None where the sources
        do not say enough to compute with.
    ends_with : Sourced[str] or None
        What the escalation is to find, where the sources describe nothing after it: a whole trial then is its
        escalation. None where there are `stages`, or the sources leave open what follows.
    second_regimen_odds : Sourced[tuple of float] or None
        Odds of DLT of a dose under the second regimen as multiples of its odds under the first, each over its
        own DLT window: whole trials are computed with each number. Needed where `stages` test a second
        regimen.
    group_expansion : SourcedTable or None
        Groups, such as indications, that are expanded once the dose is set, as a `GroupExpansion`; None where
        the sources name none.
    prior : SourcedTable or None
        Prior of the model-based designs that name none of their own, as a study file writes it; None where
        no design needs one.
    patient_cap : Sourced[int] or None
        Largest number of patients of the escalation; None where it is not limited.
    calibrated_stop_cap : Sourced[float] or None
        Cap that stops the BLRM on one footing with the own design (`on_one_footing`).
    other_priors : SourcedTable or None
        Priors by name that results are held against, as a study file writes them.
    comparators : SourcedTable or None
        Designs to compare with, by name, as a study file writes them.
    conduct, endpoints : tuple of Sourced[str], optional
        How else the trial is done and its dose chosen, and what it measures: a statement each.
    dose_criteria : dict of str to DoseCriterion, optional
        What the committee that chooses the recommended dose looks at, by name, and how each is judged in its
        record (`bayesdose.dose_optimization.TrialRecord`). No design and no result rests on them.
    notes : tuple of str, optional
        What else to know, such as oddities of the record.

    Raises
    ------
    InputError
        If there is no regimen, the start dose is off the grid, a value that the package computes with is not
        disclosed, or a protocol that ends with its escalation has stages.
    """

    name: FolderName
    title: str
    compound: Sourced[str | None]
    population: Sourced[str]
    grid: Sourced[DoseGrid]
    start_dose: Sourced[float] = attrs.field(validator=_start_is_on_the_grid)
    regimens: tuple[Regimen, ...] = attrs.field(validator=_regimens_have_their_own_names)
    mtd_rule: Sourced[MTDRule] = attrs.field()
    escalation: Sourced[str] = attrs.field()
    design: SourcedTable = attrs.field(validator=_values_to_compute_with_are_there)
    planned_patients: Sourced[str | None] = attrs.field()
    expansion: Sourced[str | None] = attrs.field()
    stages: SourcedTable | None = None
    ends_with: Sourced[str] | None = attrs.field(default=None, validator=_nothing_follows_the_end)
    second_regimen_odds: Sourced[tuple[Positive, ...]] | None = None
    group_expansion: SourcedTable | None = None
    prior: SourcedTable | None = None
    patient_cap: Sourced[Patients] | None = None
    calibrated_stop_cap: Sourced[InnerProbability] | None = None
    other_priors: SourcedTable | None = None
    comparators: SourcedTable | None = None
    conduct: tuple[Sourced[str], ...] = ()
    endpoints: tuple[Sourced[str], ...] = ()
    dose_criteria: dict[str, DoseCriterion] = attrs.field(factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def start_level(self) -> int:
        """Level number (1 for the lowest) of the start dose."""
        return self.grid.value.index(self.start_dose.value) + 1

    @checked
    def regimen(self, name: str | None = None) -> Regimen:
        """The regimen of that name, in upper or lower case; by default the one that is escalated.

        Raises
        ------
        InputError
            If there is none; the message gives the nearest.
        """
        if name is None:
            return self.regimens[0]
        for regimen in self.regimens:
            if regimen.name.lower() == name.lower():
                return regimen
        raise InputError.unknown_name(
            f"regimen of {self.name}", name, (regimen.name for regimen in self.regimens)
        )

    @property
    def end(self) -> str:
        """That the trial ends with its escalation, and on which words that rests; empty where it does not.

        Examples
        --------
        >>> from bayesdose.protocols.load import load_protocol
        >>> load_protocol("IMM27M").end.partition(" (record")[0].rpartition(" and/or ")[2]
        'recommended dose for expansion (RDE) of the dose escalation, phase Ia'
        """
        if self.ends_with is None:
            return ""
        found = f"{self.name}'s plan ends with {self.ends_with.value} ({self.ends_with.origin})"
        expansion = "" if self.expansion.value is not None else " and discloses no expansion"
        return f"{found}{expansion}: to its end the trial is its escalation."

    @property
    def grid_is_assumed(self) -> bool:
        """Whether the doses are an assumption."""
        return self.grid.source == Source.ASSUMPTION

    def sourced(self) -> tuple[tuple[str, Sourced], ...]:
        """Every value with its key in the protocol, such as ``"design.trigger_dlts"``."""
        found: list[tuple[str, Sourced]] = []
        for field in attrs.fields(Protocol):
            part = getattr(self, field.name)
            if isinstance(part, Sourced):
                found.append((field.name, part))
            elif isinstance(part, SourcedTable):
                found += leaves(field.name, part)
            elif field.name in ("conduct", "endpoints"):
                found += [(f"{field.name}[{number}]", one) for number, one in enumerate(part)]
            elif field.name == _CRITERIA:
                for name, criterion in self.dose_criteria.items():
                    found += [(f"{_CRITERIA}.{name}.{key}", getattr(criterion, key)) for key in _JUDGED]
            elif field.name == "regimens":
                for number, regimen in enumerate(self.regimens):
                    found += [
                        (f"regimens[{number}].{one.name}", getattr(regimen, one.name))
                        for one in attrs.fields(Regimen)
                        if one.name != "name"
                    ]
        return tuple(found)

    def assumptions(
        self, *, stages: bool = True, groups: bool = True, criteria: bool = True
    ) -> tuple[Assumption, ...]:
        """What is assumed, in the order of the fields.

        With `stages` also of what follows the escalation: with `groups`, of the groups that are then
        expanded, and with `criteria`, of what the committee's record holds doses against.
        """
        left_out = (*_STAGES * (not stages), *[_GROUPS] * (not groups), *[_CRITERIA] * (not criteria))
        return tuple(
            Assumption(path, sourced.value, sourced.reason)
            for path, sourced in self.sourced()
            if sourced.source == Source.ASSUMPTION and not path.startswith(left_out)
        )

    @property
    def note(self) -> str:
        """The protocol's name and what is assumed of it, up to the MTD, in a line for figures and tables.

        Examples
        --------
        >>> from bayesdose.protocols.load import load_protocol
        >>> print(load_protocol("MIL97").note)
        MIL97. Assumed, not in the public record: mtd_rule, design.single_patient_levels,
        design.trigger_dlts, design.following.variant, prior, calibrated_stop_cap, other_priors, comparators.
        """
        return " ".join(filter(None, (f"{self.name}.", self.assumed_in_short)))

    @property
    def assumed_in_short(self) -> str:
        """What is assumed of the protocol, up to the MTD, in a line."""
        return self.assumed(stages=False)

    def assumed(self, *, stages: bool) -> str:
        """What is assumed, in a line; of the stages after the escalation if asked, without its groups."""
        found = self.assumptions(stages=stages, groups=False, criteria=False)
        assumed = ", ".join(item.path for item in found)
        words = f"Assumed, not in the public record: {assumed}." if assumed else ""
        return " ".join(filter(None, ("ASSUMED DOSE GRID." * self.grid_is_assumed, words)))
