"""Published numbers beside ours: a folder for each paper, read, recomputed and compared."""

import csv
import importlib.util
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bayesdose.errors import InputError

__all__ = ["VERDICTS", "Expected", "Reproduction", "paper_folders", "read_expected", "reproduce_paper"]

_COLUMNS = ["case", "quantity", "expected", "tolerance", "reason", "status"]
_STATUSES = ("reproduces", "differs")
VERDICTS = ("Reproduced.", "Reproduced with a stated difference.", "Not reproduced.")
Obtained = dict[tuple[str, str], float]


@dataclass(frozen=True)
class Expected:
    """A published number.

    Parameters
    ----------
    case, quantity : str
        What it is; the two together occur once in a paper.
    value : float
        The number as published.
    tolerance : float
        Largest difference to either side that counts as agreement; 0 for exact equality.
    reason : str
        Why that tolerance; for a number that differs, why it does.
    status : {"reproduces", "differs"}
        Whether the number is known to come out.
    """

    case: str
    quantity: str
    value: float
    tolerance: float
    reason: str
    status: str

    @property
    def key(self) -> tuple[str, str]:
        """Case and quantity."""
        return self.case, self.quantity

    def distance(self, obtained: float) -> float:
        """Difference from the published number in units of the tolerance."""
        difference = abs(obtained - self.value)
        if self.tolerance == 0 or math.isnan(difference):
            return 0.0 if difference == 0 else math.inf
        return difference / self.tolerance

    def agrees(self, obtained: float) -> bool:
        """Whether a number lies within the tolerance of the published one."""
        return self.distance(obtained) <= 1

    def as_stated(self, obtained: float) -> bool:
        """Whether a number agrees exactly if the status says so."""
        return self.agrees(obtained) == (self.status == "reproduces")


@dataclass(frozen=True)
class Reproduction:
    """A paper's published numbers and those obtained here.

    Parameters
    ----------
    paper : str
        Key of the paper in ``references.bib``, which is the folder's name.
    title, verdict : str
        Heading of the folder's PROVENANCE.md and the paragraph under its "Verdict".
    expected : tuple of Expected
        The published numbers.
    obtained : dict
        Our number for each case and quantity.
    seconds : float
        Time that it took.
    """

    paper: str
    title: str
    verdict: str
    expected: tuple[Expected, ...]
    obtained: Obtained
    seconds: float

    @property
    def reproducing(self) -> tuple[Expected, ...]:
        """The published numbers that are known to come out."""
        return tuple(row for row in self.expected if row.status == "reproduces")

    @property
    def differing(self) -> tuple[Expected, ...]:
        """The published numbers that are known not to come out."""
        return tuple(row for row in self.expected if row.status == "differs")

    @property
    def surprises(self) -> tuple[Expected, ...]:
        """Rows that do not behave as their status says, in either direction."""
        return tuple(row for row in self.expected if not row.as_stated(self.obtained[row.key]))

    @property
    def worst(self) -> float:
        """Largest difference in units of its tolerance among the numbers that should come out."""
        return max((row.distance(self.obtained[row.key]) for row in self.reproducing), default=0.0)


def paper_folders(folder: Path, papers: Sequence[str] = ()) -> list[Path]:
    """Folders of the papers, all of them in alphabetical order by default.

    Raises
    ------
    InputError
        If a paper has no folder.
    """
    found = {path.name: path for path in sorted(folder.iterdir()) if (path / "expected.csv").is_file()}
    for name in papers:
        if name not in found:
            raise InputError.unknown_name("paper", name, found)
    return [found[name] for name in papers or found]


def read_expected(path: Path) -> tuple[Expected, ...]:
    """The published numbers of one file.

    Raises
    ------
    InputError
        If a column is missing, a row has no reason, a number cannot be read or is not finite, a
        status is unknown or a case's quantity comes twice.
    """
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != _COLUMNS:
            raise InputError(str(path), got=reader.fieldnames, wanted=f"columns {', '.join(_COLUMNS)}")
        rows = tuple(_row(path, line) for line in reader)
    if len({row.key for row in rows}) < len(rows):
        twice = next(row.key for row in rows if sum(other.key == row.key for other in rows) > 1)
        raise InputError(str(path), got=f"{twice} twice", wanted="each quantity of a case once")
    return rows


def reproduce_paper(folder: Path) -> Reproduction:
    """Recompute a paper's numbers by its folder's ``obtain`` and set them beside the published ones.

    Parameters
    ----------
    folder : Path
        With ``expected.csv``, ``PROVENANCE.md`` and ``obtain.py``.

    Raises
    ------
    InputError
        If a file cannot be read, the verdict in words is not one that the rows allow, or ``obtain``
        gives other quantities than are expected.
    """
    expected = read_expected(folder / "expected.csv")
    title, verdict = _provenance(folder / "PROVENANCE.md", expected)
    began = time.perf_counter()
    obtained = {key: float(value) for key, value in _load_obtain(folder / "obtain.py")(folder).items()}
    seconds = time.perf_counter() - began
    keys = {row.key for row in expected}
    if missing := keys - obtained.keys():
        raise InputError(str(folder), got=f"no number for {min(missing)}", wanted="one for each expected row")
    if extra := obtained.keys() - keys:
        raise InputError(str(folder), got=f"a number for {min(extra)}", wanted="expected rows alone")
    return Reproduction(folder.name, title, verdict, expected, obtained, seconds)


def _row(path: Path, line: dict[str, str]) -> Expected:
    where = f"{path}, {line['case']}, {line['quantity']}"
    try:
        value, tolerance = float(line["expected"]), float(line["tolerance"])
    except ValueError:
        value, tolerance = math.nan, math.nan
    if not math.isfinite(value) or not 0 <= tolerance < math.inf:
        got = f"expected {line['expected']}, tolerance {line['tolerance']}"
        raise InputError(where, got=got, wanted="two numbers, the tolerance not below 0")
    if not line["reason"].strip():
        raise InputError(where, got="no reason", wanted="why the tolerance is what it is")
    if line["status"] not in _STATUSES:
        raise InputError(where, got=line["status"], wanted=f"status {' or '.join(_STATUSES)}")
    return Expected(line["case"], line["quantity"], value, tolerance, line["reason"], line["status"])


def _provenance(path: Path, expected: Sequence[Expected]) -> tuple[str, str]:
    """Heading and verdict; the verdict's first words have to be those that the rows allow."""
    text = path.read_text(encoding="utf-8")
    heading, _, rest = text.partition("\n")
    verdict = " ".join(rest.partition("## Verdict\n")[2].strip().partition("\n\n")[0].split())
    begins = next((words for words in VERDICTS if verdict.startswith(words)), None)
    statuses = {row.status for row in expected}
    allowed = VERDICTS[1:2] if statuses == set(_STATUSES) else VERDICTS[:2]
    if "reproduces" not in statuses:
        allowed = VERDICTS[2:]
    if begins not in allowed:
        raise InputError(f"verdict of {path}", got=verdict, wanted=f"one that begins {' or '.join(allowed)}")
    return heading.removeprefix("# "), verdict


def _load_obtain(path: Path) -> Callable[[Path], Obtained]:
    spec = importlib.util.spec_from_file_location(f"obtain_{path.parent.name}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise InputError("reproduction", got=str(path), wanted="a Python file with a function obtain(folder)")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.obtain
