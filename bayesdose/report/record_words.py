"""What a committee's record says, in sentences for the terminal and the page."""

from bayesdose.dose_optimization.record import TrialRecord
from bayesdose.sourced import Source

__all__ = ["assumed_in_words", "patients_in_words", "summary", "titled"]


def titled(record: TrialRecord) -> str:
    """The record's name with protocol, version and day, as far as they are known."""
    protocol = record.protocol if record.protocol and record.protocol not in record.name else ""
    version = f"protocol version {record.protocol_version}" if record.protocol_version else ""
    return ", ".join(filter(None, (f"{record.name}: a committee's record", protocol, version, record.date)))


def assumed_in_words(record: TrialRecord) -> list[str]:
    """What stands in no public source: doses, thresholds."""
    found = []
    if record.grid.source == Source.ASSUMPTION:
        found.append(f"ASSUMED DOSE GRID. {record.grid.reason}")
    names = [name for name, one in record.criteria.items() if one.is_assumed]
    if names:
        which = "every criterion" if len(names) == len(record.criteria) else ", ".join(names)
        found.append(f"ASSUMED THRESHOLDS, not in the public record: of {which}.")
    return found


def patients_in_words(record: TrialRecord) -> str:
    """How many patients there are, and how many were planned."""
    given = sum(number > 0 for number in record.patients)
    text = f"{record.num_patients} patients at {given} of {len(record.grid.value)} doses"
    planned = record.planned_patients
    if planned is None or planned.value is None:
        return f"{text}."
    return f"{text}. Planned: {planned.value} ({planned.origin})."


def summary(record: TrialRecord) -> list[str]:
    """Which doses meet every criterion, and what each other dose that was given misses."""
    grid, meeting = record.grid.value, record.meeting_all()
    labels = ", ".join(grid.labels[level] for level in meeting)
    found = [f"Doses that meet every criterion: {f'{labels} {grid.unit}' if meeting else 'none'}."]
    for level, patients in enumerate(record.patients):
        if patients and level not in meeting:
            missed = "; ".join(f"{name} ({one.verdict})" for name, one in record.missed(level).items())
            found.append(f"{grid.labels[level]} {grid.unit} misses: {missed}.")
    return found
