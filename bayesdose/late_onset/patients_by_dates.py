"""Patients of a running trial from a table of dates."""

import csv
import re
from datetime import date
from pathlib import Path

from bayesdose.checks.arguments import checked
from bayesdose.errors import InputError
from bayesdose.files import check_file
from bayesdose.late_onset.patients import FollowedPatient, FollowedPatients, Window

__all__ = ["load_follow_up"]

_COLUMNS = ("level", "enrolled", "dlt", "last_seen")


@checked
def load_follow_up(path: Path | str, window: Window) -> FollowedPatients:
    """Read patients from a CSV table of dates.

    Parameters
    ----------
    path : Path or str
        A table with the columns ``level`` (1 is the lowest), ``enrolled``, ``dlt`` (empty without one) and
        ``last_seen``, dates as 2026-03-31; one row for each patient, in the order of enrolment. A column
        ``response`` may hold the dates of responses, and a column ``beside`` a "yes" for patients beside the
        escalation.
    window : int
        Days of the DLT window: a patient seen so many days after enrolment without a DLT was followed to the
        end.

    Returns
    -------
    FollowedPatients
        The patients, each followed up to the day on which it was last seen.

    Raises
    ------
    InputError
        If a column is missing or has something else, dates run backwards, or a DLT came after the window.
    """
    path = Path(path)
    check_file(f"patients, {path}", path)
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise InputError(
                f"{path}, columns", got=reader.fieldnames, wanted=f"the columns {', '.join(_COLUMNS)}"
            )
        rows = [(reader.line_num, row) for row in reader]
    patients, before = [], None
    for line, row in rows:
        where = f"{path}, line {line}"
        enrolled, last_seen = (_date(row[name], where, name) for name in ("enrolled", "last_seen"))
        dlt = _date(row["dlt"], where, "dlt") if (row["dlt"] or "").strip() else None
        if before is not None and enrolled < before:
            raise InputError(
                f"{where}, enrolled", got=str(enrolled), wanted=f"no earlier than the row before, {before}"
            )
        for name, day in (("dlt", dlt), ("last_seen", last_seen)):
            if day is not None and day < enrolled:
                wanted = f"no earlier than the enrolment, {enrolled}"
                raise InputError(f"{where}, {name}", got=str(day), wanted=wanted)
        if dlt is not None and last_seen < dlt:
            raise InputError(
                f"{where}, last_seen", got=str(last_seen), wanted=f"no earlier than the DLT, {dlt}"
            )
        before = enrolled
        days = ((last_seen if dlt is None else dlt) - enrolled).days
        if dlt is not None and days > window:
            raise InputError(
                f"{where}, dlt",
                got=f"day {days}",
                wanted=f"at most the DLT window of {window} days",
                fix="A DLT after the window is none of this trial's: leave the column empty.",
            )
        followed = None if dlt is None and days >= window else days
        seen, beside = _response(row, where, enrolled), _beside(row, where)
        level = _level(row["level"], where)
        patients.append(FollowedPatient(level, dlt is not None, followed, response=seen, beside=beside))
    return FollowedPatients(tuple(patients), window)


def _date(text: str | None, where: str, name: str) -> date:
    try:
        return date.fromisoformat((text or "").strip())
    except ValueError:
        raise InputError(f"{where}, {name}", got=text, wanted="a date such as 2026-03-31") from None


def _level(text: str | None, where: str) -> int:
    if re.fullmatch(r"[1-9][0-9]{0,3}", (text or "").strip()) is None:
        raise InputError(f"{where}, level", got=text, wanted="a level number, 1 for the lowest dose")
    return int(text or "")


def _response(row: dict[str, str], where: str, enrolled: date) -> bool:
    """Whether a response was seen, if there is a column for it."""
    if not (row.get("response") or "").strip():
        return False
    seen = _date(row["response"], where, "response")
    if seen < enrolled:
        wanted = f"no earlier than the enrolment, {enrolled}"
        raise InputError(f"{where}, response", got=str(seen), wanted=wanted)
    return True


def _beside(row: dict[str, str], where: str) -> bool:
    """Whether the patient is beside the escalation, if there is a column for it."""
    text = (row.get("beside") or "").strip().lower()
    if text not in ("", "yes", "no"):
        raise InputError(f"{where}, beside", got=row["beside"], wanted="yes, no or nothing")
    return text == "yes"
