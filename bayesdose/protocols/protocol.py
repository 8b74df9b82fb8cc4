"""A phase I protocol as data: every value with its source."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum

from bayesdose.checks.numbers import check_at_least
from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.base import Design
from bayesdose.designs.three_plus_three import ThreePlusThree, ThreePlusThreeVariant
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.protocols.prior_rules import PriorRule
from bayesdose.protocols.settings import BLRMSettings
from bayesdose.protocols.sourced import Source, Sourced
from bayesdose.rules.mtd import ClosestTo, HighestBelow

__all__ = ["Assumption", "Escalation", "Protocol", "Regimen", "TitrationTrigger"]


class TitrationTrigger(StrEnum):
    """What ends the single-patient levels early."""

    FIRST_DLT = "first-dlt"
    NONE = "none"


@dataclass(frozen=True)
class Regimen:
    """One schedule of a trial with its own DLT window; regimens are never merged.

    Parameters
    ----------
    name : str
        Short name, e.g. ``"Q3W"``.
    schedule : Sourced[str]
        When the drug is given.
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
    dlt_window_days: Sourced[float]
    role: Sourced[str]

    def __post_init__(self) -> None:
        days = self.dlt_window_days.value
        if not (math.isfinite(days) and days > 0):
            raise InputError("dlt_window_days", got=days, wanted="a positive, finite number of days")


@dataclass(frozen=True)
class Escalation:
    """How the protocol goes up and down.

    Parameters
    ----------
    words : Sourced[str]
        What the record says about it, in short.
    titration_levels : Sourced[int]
        Number of single-patient levels; 0 for none.
    trigger : Sourced[TitrationTrigger]
        What ends the single-patient levels early; ``"none"`` exactly where there are none.
    variant : Sourced[ThreePlusThreeVariant]
        The 3+3 variant that follows.

    Raises
    ------
    InputError
        If a choice is unknown, or the trigger does not go with the number of levels.
    """

    words: Sourced[str]
    titration_levels: Sourced[int]
    trigger: Sourced[TitrationTrigger]
    variant: Sourced[ThreePlusThreeVariant]

    def __post_init__(self) -> None:
        check_at_least("titration_levels", self.titration_levels.value, 0)
        for name, choices in (("trigger", TitrationTrigger), ("variant", ThreePlusThreeVariant)):
            value = getattr(self, name).value
            if value not in list(choices):
                raise InputError(name, got=value, wanted=f"one of {', '.join(choices)}")
        titrates = self.titration_levels.value > 0
        if titrates == (self.trigger.value == TitrationTrigger.NONE):
            raise InputError(
                "trigger",
                got=str(self.trigger.value),
                wanted="'none' exactly where titration_levels is 0",
            )


@dataclass(frozen=True)
class Assumption:
    """A value that the protocol's public sources do not give.

    Parameters
    ----------
    path : str
        Its place in the protocol, e.g. ``"design.trigger"``.
    value : object
        The assumed value.
    reason : str
        Why this value.
    """

    path: str
    value: object
    reason: str


@dataclass(frozen=True)
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
    mtd_rule : Sourced[HighestBelow or ClosestTo]
        Which dose is the MTD.
    design : Escalation
        The protocol's own escalation.
    planned_patients, expansion : Sourced[str or None]
        Planned numbers and what follows the escalation.
    prior : Sourced[PriorRule]
        Prior for a BLRM on the grid.
    blrm : Sourced[BLRMSettings]
        The BLRM to compare with.
    notes : tuple of str, optional
        What else to know, such as oddities of the record.

    Raises
    ------
    InputError
        If there is no regimen, the start dose is off the grid, or there are more single-patient
        levels than doses from it up.
    """

    name: str
    title: str
    compound: Sourced[str | None]
    population: Sourced[str]
    grid: Sourced[DoseGrid]
    start_dose: Sourced[float]
    regimens: tuple[Regimen, ...]
    mtd_rule: Sourced[HighestBelow | ClosestTo]
    design: Escalation
    planned_patients: Sourced[str | None]
    expansion: Sourced[str | None]
    prior: Sourced[PriorRule]
    blrm: Sourced[BLRMSettings]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", self.name):
            raise InputError(
                "name", got=self.name, wanted="letters, digits, '_', '.', '-': it names a folder"
            )
        names = [regimen.name for regimen in self.regimens]
        if not names or len(set(names)) != len(names):
            raise InputError("regimens", got=names, wanted="at least one regimen, each with its own name")
        grid, start = self.grid.value, self.start_dose.value
        if not any(math.isclose(dose, start, rel_tol=1e-9) for dose in grid.values):
            doses = f"{', '.join(grid.labels)} {grid.unit}"
            raise InputError("start_dose", got=start, wanted=f"one of the grid's doses, {doses}")
        self.own_design()

    @property
    def start_level(self) -> int:
        """Level number (1 for the lowest) of the start dose."""
        return self.grid.value.index(self.start_dose.value) + 1

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
    def grid_is_assumed(self) -> bool:
        """Whether the doses are an assumption."""
        return self.grid.source == Source.ASSUMPTION

    def sourced(self) -> tuple[tuple[str, Sourced], ...]:
        """Every value with its place in the protocol, such as ``"design.trigger"``."""
        return tuple(_leaves(self, ""))

    def assumptions(self) -> tuple[Assumption, ...]:
        """Everything that is assumed, in the order of the fields."""
        return tuple(
            Assumption(path, sourced.value, sourced.reason)
            for path, sourced in self.sourced()
            if sourced.source == Source.ASSUMPTION
        )

    @property
    def note(self) -> str:
        """The protocol's name and what of it is assumed, in a line for figures and tables.

        Examples
        --------
        >>> from bayesdose.protocols.load import load_protocol
        >>> load_protocol("MIL97").note
        'MIL97. Assumed, not in the public record: mtd_rule, design.trigger, design.variant, prior, blrm.'
        """
        return " ".join(filter(None, (f"{self.name}.", self.assumed_in_short)))

    @property
    def assumed_in_short(self) -> str:
        """What of the protocol is assumed, in a line."""
        assumed = ", ".join(assumption.path for assumption in self.assumptions())
        words = f"Assumed, not in the public record: {assumed}." if assumed else ""
        return " ".join(filter(None, ("ASSUMED DOSE GRID." * self.grid_is_assumed, words)))

    def own_design(self) -> Design:
        """The protocol's escalation: a 3+3, after its single-patient levels if it has any."""
        following = ThreePlusThree(self.grid.value, self.design.variant.value, self.start_level)
        levels = self.design.titration_levels.value
        return AcceleratedTitration(following, single_patient_levels=levels) if levels else following


def _leaves(part: object, path: str) -> Iterator[tuple[str, Sourced]]:
    """Every sourced value below a part of a protocol, with its path."""
    if isinstance(part, Sourced):
        yield path, part
    elif isinstance(part, tuple):
        for index, item in enumerate(part):
            yield from _leaves(item, f"{path}[{index}]")
    elif is_dataclass(part):
        for field in fields(part):
            yield from _leaves(getattr(part, field.name), f"{path}.{field.name}" if path else field.name)
