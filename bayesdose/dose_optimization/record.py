"""A committee's record of a trial: each dose's evidence beside the criteria, and no decision."""

from collections.abc import Mapping
from datetime import date as Date
from typing import Annotated, Any

import annotated_types as at
import attrs

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Name, Positive
from bayesdose.described import Described
from bayesdose.dose_optimization.criteria import Criterion, Judgement, Verdict
from bayesdose.dose_optimization.evidence import EvidenceAtDose
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.sourced import Source, Sourced

__all__ = ["CommitteeChoice", "DoseCriterion", "TrialRecord"]


def _is_disclosed(criterion: Any, field: attrs.Attribute, sourced: Sourced) -> None:
    if sourced.value is None:
        raise InputError(
            f"DoseCriterion, {field.name}",
            got=str(sourced.source),
            wanted="a value, because doses are judged by it",
            fix="Where no source gives one, assume one: source = 'assumption', with a reason.",
        )


@checked_value
class DoseCriterion:
    """One ground on which a dose is chosen, and how it is judged.

    Parameters
    ----------
    ground : Sourced[str]
        What the committee looks at, such as "target saturation at steady state".
    decided_by : str
        Who decides, such as "safety monitoring committee"; its source is that of the ground.
    judged : Sourced[Criterion]
        Endpoint and threshold, with their source.

    Raises
    ------
    InputError
        If a source is missing or lacks what it requires, or the ground or the threshold is not disclosed.
    """

    ground: Sourced[str] = attrs.field(validator=_is_disclosed)
    decided_by: Name = attrs.field()
    judged: Sourced[Criterion] = attrs.field(validator=_is_disclosed)

    @property
    def is_assumed(self) -> bool:
        """Whether the threshold is an assumption."""
        return self.judged.source == Source.ASSUMPTION


@checked_value
class CommitteeChoice:
    """What a committee chose, and why: its own words, which nothing here is computed from.

    Parameters
    ----------
    doses : tuple of float
        The dose, or the doses that are to be studied further.
    by : str
        Who chose.
    reason : str, optional
        Why, in words.

    Raises
    ------
    InputError
        If no dose is named, or one twice.
    """

    doses: Annotated[
        tuple[Positive, ...],
        at.Predicate(lambda doses: 0 < len(doses) == len(set(doses))),
        "at least one, each named once",
    ]
    by: Name
    reason: str = ""


def _grid_is_disclosed(record: Any, field: attrs.Attribute, grid: Sourced[DoseGrid]) -> None:
    if grid.value is None:
        raise InputError("TrialRecord, grid", got=str(grid.source), wanted="the doses that were given")


def _has_a_criterion(record: Any, field: attrs.Attribute, criteria: dict[str, DoseCriterion]) -> None:
    if not criteria:
        raise InputError(
            "TrialRecord, criteria",
            got=criteria,
            wanted="at least one criterion",
            fix="They stand in the record's file, or under dose_criteria in that of its protocol.",
        )
    for name, one in criteria.items():
        design = getattr(one.judged.value, "design", None)
        if design is not None and design.grid != record.grid.value:
            wanted = f"a design on the record's doses, {record.grid.value}"
            raise InputError(f"TrialRecord, criteria, {name}", got=str(design.grid), wanted=wanted)


def _belongs_to_doses_and_criteria(
    record: Any, field: attrs.Attribute, doses: tuple[EvidenceAtDose, ...]
) -> None:
    levels = [record.grid.value.index(one.dose) for one in doses]
    if levels != sorted(set(levels)):
        given = [one.dose for one in doses]
        raise InputError("TrialRecord, doses", got=given, wanted="each dose once, the lowest first")
    for number, evidence in enumerate(doses):
        for name, measurement in evidence.measured.items():
            subject = f"TrialRecord, doses[{number}].measured.{name}"
            if name not in record.criteria:
                raise InputError.unknown_name(subject, name, record.criteria)
            criterion = record.criteria[name].judged.value
            if not isinstance(measurement, criterion.takes):
                kind = type(measurement).__name__
                wanted = f"what this criterion judges, {criterion.takes.__name__}"
                raise InputError(subject, got=kind, wanted=wanted)
            given, wanted = getattr(measurement, "unit", None), getattr(criterion, "unit", None)
            if given != wanted:
                raise InputError(subject, got=given, wanted=f"the criterion's unit, {wanted!r}")


def _is_on_the_grid(record: Any, field: attrs.Attribute, choice: CommitteeChoice | None) -> None:
    for dose in () if choice is None else choice.doses:
        record.grid.value.index(dose)


def _is_a_day(record: Any, field: attrs.Attribute, day: str) -> None:
    try:
        if day:
            Date.fromisoformat(day)
    except ValueError:
        raise InputError("TrialRecord, date", got=day, wanted="a day such as 2026-11-28") from None


@checked_value
class TrialRecord(Described):
    """The evidence on each dose of a trial beside the criteria, for a committee that chooses a dose.

    It says which doses meet every criterion and what the others miss. It recommends none.

    Parameters
    ----------
    name : str
        What the record is of, such as "IMP7068, part 1".
    grid : Sourced[DoseGrid]
        The doses.
    criteria : dict of str to DoseCriterion
        The criteria by name, in the order in which they are shown.
    doses : tuple of EvidenceAtDose
        The evidence at each dose that was given, the lowest first.
    protocol, protocol_version : str, optional
        Name and version of the protocol.
    date : str, optional
        Day of the data, such as ``"2026-11-28"``.
    planned_patients : Sourced[str], optional
        How many patients are planned.
    invented : str, optional
        Of data that are no patients': how they were invented. Stands wherever the record is shown.
    notes : tuple of str, optional
        What else to know.
    choice : CommitteeChoice, optional
        What the committee chose, once it has.

    Raises
    ------
    InputError
        If a dose is not on the grid or twice there, a measurement belongs to no criterion, is of another kind
        or has another unit than its criterion's, or the date is none.
    """

    name: Name
    grid: Sourced[DoseGrid] = attrs.field(validator=_grid_is_disclosed)
    criteria: dict[Name, DoseCriterion] = attrs.field(validator=_has_a_criterion)
    doses: tuple[EvidenceAtDose, ...] = attrs.field(validator=_belongs_to_doses_and_criteria)
    protocol: str = ""
    protocol_version: str = ""
    date: str = attrs.field(default="", validator=_is_a_day)
    planned_patients: Sourced[str | None] | None = None
    invented: str = ""
    notes: tuple[str, ...] = ()
    choice: CommitteeChoice | None = attrs.field(default=None, validator=_is_on_the_grid)

    @property
    def num_patients(self) -> int:
        """Patients in all."""
        return sum(one.patients for one in self.doses)

    @property
    def patients(self) -> tuple[int, ...]:
        """Patients at each dose of the grid."""
        return tuple(0 if one is None else one.patients for one in self._at_each_dose())

    def judgements(self) -> dict[str, tuple[Judgement, ...]]:
        """Each criterion's answer for each dose of the grid, lowest first."""
        each = self._at_each_dose()
        return {
            name: one.judged.value.judge([None if at is None else at.measured.get(name) for at in each])
            for name, one in self.criteria.items()
        }

    def meeting_all(self) -> tuple[int, ...]:
        """Positions on the grid of the doses that meet every criterion; one not measured is not met."""
        answers = [[one.verdict == Verdict.MET for one in row] for row in self.judgements().values()]
        return tuple(level for level, met in enumerate(zip(*answers, strict=True)) if all(met))

    def missed(self, level: int) -> dict[str, Judgement]:
        """The criteria that the dose at a position on the grid does not meet, or is not known to."""
        answers = {name: row[level] for name, row in self.judgements().items()}
        return {name: one for name, one in answers.items() if one.verdict != Verdict.MET}

    @property
    def assumed(self) -> tuple[str, ...]:
        """What is assumed of the record: "dose grid", and thresholds such as "threshold of safety"."""
        grid = ["dose grid"] * (self.grid.source == Source.ASSUMPTION)
        return (*grid, *(f"threshold of {name}" for name, one in self.criteria.items() if one.is_assumed))

    @property
    def words(self) -> Mapping[str, str]:
        """Each dose with what it misses, and what the committee chose."""
        grid, found = self.grid.value, {"Record": self.name}
        if self.invented:
            found["INVENTED DATA"] = self.invented
        if self.assumed:
            found["ASSUMED"] = ", ".join(self.assumed)
        for level, (label, patients) in enumerate(zip(grid.labels, self.patients, strict=True)):
            said = [f"{name} {one.verdict}" for name, one in self.missed(level).items()]
            answer = "; ".join(said) or "meets every criterion"
            found[f"{label} {grid.unit}"] = f"{patients} patients: {answer}" if patients else "not given"
        if self.choice is not None:
            found["Chosen"] = self.choice_in_words
        return found

    @property
    def choice_in_words(self) -> str:
        """What the committee chose and why; that it has not, if so."""
        if self.choice is None:
            return "no choice is recorded"
        grid = self.grid.value
        labels = [grid.labels[grid.index(dose)] for dose in sorted(self.choice.doses)]
        reason = f". {self.choice.reason}" if self.choice.reason else ""
        return f"{' and '.join(labels)} {grid.unit}, by {self.choice.by}{reason}"

    def _at_each_dose(self) -> list[EvidenceAtDose | None]:
        by_level = {self.grid.value.index(one.dose): one for one in self.doses}
        return [by_level.get(level) for level in range(len(self.grid.value))]
