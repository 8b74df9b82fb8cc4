"""``bayesdose record``: a committee's record of a trial, on the terminal or as a page."""

from collections.abc import Iterator
from itertools import batched
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bayesdose.dose_optimization.criteria import Judgement
from bayesdose.dose_optimization.record import DoseCriterion, TrialRecord
from bayesdose.errors import InputError
from bayesdose.files import check_folder
from bayesdose.protocols.record_file import load_record
from bayesdose.report.record_page import write_record_page
from bayesdose.report.record_words import assumed_in_words, patients_in_words, summary, titled
from bayesdose.report.terminal import terminal

__all__ = ["show_record"]

# Doses side by side, so that a table fits into 80 columns.
_SIDE_BY_SIDE = 6
# Of the columns: "measured" and a name such as "target saturation" are whole.
_LONGEST_NAME, _CELL = 18, 8
_WIDTH = 80


def show_record(path: Path, *, out: Path | None = None, verbose: bool = False) -> TrialRecord:
    """Print a committee's record, or write it as a page.

    Parameters
    ----------
    path : Path
        The record's file.
    out : Path, optional
        Page to write, ending in .html.
    verbose : bool
        Whether the reasons for assumed thresholds are printed.

    Returns
    -------
    TrialRecord
        The record.

    Raises
    ------
    InputError
        If the file cannot be read or something in it is wrong, or the page cannot be written.
    """
    if out is not None:
        if out.suffix.lower() not in (".html", ".htm"):
            raise InputError("out", got=str(out), wanted="a file name that ends in .html")
        check_folder("out", out.parent)
    record = load_record(path)
    if out is not None:
        write_record_page(record, out)
        terminal().print(f"Written: {out}")
        return record
    console = terminal(min(terminal().width, _WIDTH))
    _print_head(console, record)
    answers = record.judgements()
    for levels in batched(range(len(record.grid.value)), _SIDE_BY_SIDE):
        console.print(_matrix(record, answers, levels))
        console.print()
    for line in summary(record):
        console.print(line)
    console.print(f"The committee's choice: {record.choice_in_words}.".replace("..", "."))
    for note in record.notes:
        console.print(f"Note: {note}")
    for name, criterion in record.criteria.items():
        console.print()
        _print_criterion(console, record, name, criterion, answers[name], verbose)
    return record


def _print_head(console: Console, record: TrialRecord) -> None:
    console.print(Text(titled(record), style="bold"))
    console.print("This record supports a decision and makes none: it recommends no dose.")
    if record.invented:
        console.print(f"INVENTED DATA. {record.invented}")
    for line in assumed_in_words(record):
        console.print(line)
    console.print(patients_in_words(record))
    console.print()


def _matrix(record: TrialRecord, answers: dict[str, tuple[Judgement, ...]], levels: tuple[int, ...]) -> Table:
    grid = record.grid.value
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column(Text(f"dose, {grid.unit}"), max_width=_LONGEST_NAME, overflow="fold")
    for level in levels:
        table.add_column(Text(grid.labels[level]), width=_CELL, overflow="fold")
    table.add_row("patients", *(str(record.patients[level]) for level in levels))
    for name, row in answers.items():
        table.add_row(Text(name), *(Text(row[level].verdict) for level in levels))
    return table


def _print_criterion(
    console: Console,
    record: TrialRecord,
    name: str,
    criterion: DoseCriterion,
    answers: tuple[Judgement, ...],
    verbose: bool,
) -> None:
    console.print(Text.assemble((name, "bold"), f" ({criterion.ground.value}; {criterion.ground.origin})"))
    for line in _said(criterion, verbose):
        console.print(Padding(Text(line), (0, 0, 0, 2)))
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(justify="right", overflow="fold")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    grid = record.grid.value
    for label, one in zip(grid.labels, answers, strict=True):
        said = "; ".join(filter(None, (one.measured, one.number)))
        table.add_row(Text(f"{label} {grid.unit}"), Text(one.verdict), Text(said))
    console.print(Padding(table, (0, 0, 0, 2)))


def _said(criterion: DoseCriterion, verbose: bool) -> Iterator[str]:
    judged = criterion.judged
    yield f"Endpoint: {judged.value.endpoint}"
    mark = "ASSUMED threshold" if criterion.is_assumed else "Threshold"
    where = "" if criterion.is_assumed else f" ({judged.origin})"
    yield f"{mark}: {judged.value.threshold_in_words}{where}"
    if criterion.is_assumed and verbose:
        yield judged.reason
    yield f"Decided by: {criterion.decided_by}"
