"""Decision tables as CSV files, so that a protocol's printed table can be a design.

The file has the columns ``patients``, ``dlts`` and ``decision`` and one line for each number of DLTs in
each number of patients at the current dose. Decisions are E, S, D, and U or DU.

Or it has the layout that protocols print: a first line ``patients,3,6,9`` and the lines ``escalate if <=``,
``de-escalate if >=`` and ``eliminate if >=`` with a number of DLTs for each number of patients, NA where the
decision is never made. Lines that begin with # are left out.
"""

import csv
import re
from pathlib import Path

from bayesdose.checks.arguments import checked
from bayesdose.errors import InputError
from bayesdose.files import write_atomically
from bayesdose.rules.decision_boundaries import rows_from_boundaries
from bayesdose.rules.decision_table import DECISIONS, DecisionTable

__all__ = ["load_decision_table", "save_decision_table"]

_COLUMNS = ["patients", "dlts", "decision"]
_COUNT = re.compile(r"[0-9]{1,3}")
# How a line of boundaries begins, by what it says.
_BOUNDARIES = {
    "escalate": re.compile("escalat", re.IGNORECASE),
    "deescalate": re.compile("de-?escalat", re.IGNORECASE),
    "eliminate": re.compile("eliminat|unacceptabl", re.IGNORECASE),
}
_NEVER = {"", "-", "NA", "N/A", "NONE"}


@checked
def load_decision_table(path: Path | str, *, source: str | None = None) -> DecisionTable:
    r"""Read a decision table; ``interval_design(grid, rule=table, ...)`` makes a design of it.

    Parameters
    ----------
    path : Path or str
        CSV file in UTF-8, with the columns ``patients``, ``dlts`` and ``decision`` or with the boundaries
        that protocols print (see the module's docstring).
    source : str, optional
        Where the table comes from, in words; the file's name by default.

    Returns
    -------
    DecisionTable
        The decisions by patients and DLTs at a dose.

    Raises
    ------
    InputError
        If the columns are others, a number or letter is not one, an entry is missing, or two entries
        contradict each other.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "table.csv"
    >>> save_decision_table(DecisionTable(("", "", "ESDU")), path)
    >>> load_decision_table(path).rows
    ('', '', 'ESDU')
    >>> _ = path.write_text("patients,3\nescalate if <=,0\nde-escalate if >=,2\neliminate if >=,3\n")
    >>> load_decision_table(path).rows
    ('', '', 'ESDU')
    """
    path = Path(path)
    subject = f"decision table {path.name}"
    (_, header), *lines = _lines(subject, path) or [(1, [])]
    if header and header[0].strip().lower() == "patients" and _are_counts(header[1:]):
        return DecisionTable(_rows_by_boundaries(subject, header, lines), source=source or path.name)
    if [name.strip().lower() for name in header] != _COLUMNS:
        raise InputError(
            subject, got=",".join(header), wanted=f"a first line {','.join(_COLUMNS)}, or patients,3,6,9"
        )
    entries: dict[tuple[int, int], str] = {}
    for number, line in lines:
        if not line:
            continue
        patients, dlts, letter = _entry(f"{subject}, line {number}", line)
        if entries.setdefault((patients, dlts), letter) != letter:
            raise InputError(
                f"{subject}, line {number}",
                got=f"{letter} for {dlts} DLTs in {patients} patients",
                wanted=f"one decision for it; an earlier line says {entries[patients, dlts]}",
            )
    if not entries:
        raise InputError(subject, got="no decisions", wanted="at least one line of decisions")
    return DecisionTable(_rows(subject, entries), source=source or path.name)


@checked
def save_decision_table(table: DecisionTable, path: Path | str) -> None:
    """Write a decision table as CSV, in the form that `load_decision_table` reads.

    Parameters
    ----------
    table : DecisionTable
        The table.
    path : Path or str
        File to write; it appears whole or not at all.

    Raises
    ------
    InputError
        If it is no decision table, or the file cannot be written.
    """
    lines = [",".join(_COLUMNS)]
    for patients in table.patients:
        lines += [f"{patients},{dlts},{letter}" for dlts, letter in enumerate(table.rows[patients - 1])]
    text = "\n".join(lines) + "\n"
    write_atomically(Path(path), lambda temporary: temporary.write_text(text, encoding="utf-8"))


def _lines(subject: str, path: Path) -> list[tuple[int, list[str]]]:
    """Numbered lines without those that begin with #, which say where a table comes from."""
    try:
        # A spreadsheet may put a byte order mark first.
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = enumerate(csv.reader(file), start=1)
            return [(number, row) for number, row in rows if not row or not row[0].startswith("#")]
    except OSError as error:
        raise InputError(subject, got=f"{path}: {error.strerror}", wanted="a CSV file") from None
    except (ValueError, csv.Error) as error:
        raise InputError(subject, got=str(error), wanted="a CSV file in UTF-8") from None


def _entry(where: str, row: list[str]) -> tuple[int, int, str]:
    """Patients, DLTs and letter of one line."""
    cells = [cell.strip() for cell in row]
    letter = cells[-1].upper().replace("DU", "U")
    if len(cells) != len(_COLUMNS) or not all(_COUNT.fullmatch(cell) for cell in cells[:2]):
        raise InputError(where, got=",".join(row), wanted="patients, DLTs (whole numbers) and a decision")
    patients, dlts = int(cells[0]), int(cells[1])
    if len(letter) != 1 or letter not in DECISIONS:
        raise InputError(where, got=cells[-1], wanted="a decision E, S, D, or U (or DU)")
    if patients < 1 or dlts > patients:
        raise InputError(where, got=",".join(row), wanted="at least one patient and at most as many DLTs")
    return patients, dlts, letter


def _are_counts(cells: list[str]) -> bool:
    return bool(cells) and all(_COUNT.fullmatch(cell.strip()) for cell in cells)


def _rows_by_boundaries(
    subject: str, header: list[str], lines: list[tuple[int, list[str]]]
) -> tuple[str, ...]:
    """The table's rows, from the layout that protocols print."""
    patients = [int(cell) for cell in header[1:]]
    given: dict[str, list[int | None]] = {}
    for number, line in lines:
        if not line:
            continue
        name = next((name for name, begins in _BOUNDARIES.items() if begins.match(line[0].strip())), None)
        if name is None or name in given:
            raise InputError(
                f"{subject}, line {number}",
                got=line[0],
                wanted="one line each: escalate if <=, de-escalate if >=, eliminate if >=",
            )
        cells = [cell.strip().upper() for cell in line[1:]]
        if len(cells) != len(patients) or not all(cell in _NEVER or _COUNT.fullmatch(cell) for cell in cells):
            wanted = f"{len(patients)} numbers of DLTs, NA where the decision is never made"
            raise InputError(f"{subject}, line {number}", got=",".join(line), wanted=wanted)
        given[name] = [None if cell in _NEVER else int(cell) for cell in cells]
    if missing := [name for name in ("escalate", "deescalate") if name not in given]:
        raise InputError(subject, got=f"no line {missing[0]}", wanted="lines escalate and de-escalate")
    never = [None] * len(patients)
    return rows_from_boundaries(
        patients, given["escalate"], given["deescalate"], given.get("eliminate", never)
    )


def _rows(subject: str, entries: dict[tuple[int, int], str]) -> tuple[str, ...]:
    """The table's rows; each number of patients has a decision for every number of DLTs."""
    listed = {patients for patients, _ in entries}
    missing = [(n, y) for n in sorted(listed) for y in range(n + 1) if (n, y) not in entries]
    if missing:
        patients, dlts = missing[0]
        raise InputError(
            subject,
            got=f"no decision for {dlts} DLTs in {patients} patients",
            wanted="for each number of patients, a decision for every number of DLTs from 0",
        )
    return tuple(
        "".join(entries[n, y] for y in range(n + 1)) if n in listed else "" for n in range(1, max(listed) + 1)
    )
