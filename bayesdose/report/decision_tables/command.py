"""``bayesdose table``: a design's decision tables, as protocols print them."""

from pathlib import Path

from rich.table import Table as TerminalTable

from bayesdose.designs.base import design_hash
from bayesdose.errors import InputError
from bayesdose.files import check_folder, write_atomically
from bayesdose.grammar.designs import FOLLOW_UP_KEY, read_follow_up_design
from bayesdose.grammar.reading import read_toml
from bayesdose.outcomes import parse_outcomes
from bayesdose.progress import progress_bar
from bayesdose.report.decision_tables.as_html import as_html
from bayesdose.report.decision_tables.follow_up import follow_up_table
from bayesdose.report.decision_tables.next_cohort import next_cohort_table
from bayesdose.report.decision_tables.of_design import decision_tables
from bayesdose.report.page.report_table import Table
from bayesdose.report.page.report_table_files import csv_text
from bayesdose.report.subject import load_subject
from bayesdose.report.terminal import print_whole, terminal
from bayesdose.versions import package_versions

__all__ = ["show_tables"]


def show_tables(
    where: str,
    text: str | None = None,
    design_name: str | None = None,
    *,
    out: Path | None = None,
    to_end: bool = False,
) -> list[Table]:
    """Print decision tables, or write them to a file.

    Parameters
    ----------
    where : str
        What `load_subject` takes.
    text : str or None
        Outcomes so far, for the decision after each outcome of the next cohort; without them the tables that
        the design has, or the first cohort's where a model decides.
    design_name : str or None
        The design.
    out : Path, optional
        File to write, ending in .csv (one file a table) or .html (one page, which prints well).
    to_end : bool
        Whether the design goes on with what the protocol does after the escalation.

    Returns
    -------
    list of Table
        The tables.

    Raises
    ------
    InputError
        If an input is wrong, or the design stops after the outcomes.
    """
    if out is not None:
        if out.suffix.lower() not in (".csv", ".html"):
            raise InputError("out", got=str(out), wanted="a file name that ends in .csv or .html")
        check_folder("out", out.parent)
    if _is_follow_up_design(where):
        return _show_follow_up(where, text, out)
    subject = load_subject(where)
    choice = subject.choice(design_name)
    with progress_bar(f"Preparing {subject.name}"):
        label, design = subject.design(choice)
        if to_end:
            design = subject.to_end(design)
        tables = decision_tables(label, design) if text is None else []
        if not tables:
            tables = [next_cohort_table(label, design, parse_outcomes(text or ""))]
    whose = subject.name if label == subject.name else f"{subject.name}, {label}"
    title = f"{whose}: decision tables{subject.assumed_grid}"
    assumed = "" if subject.protocol is None else subject.protocol.assumed(stages=to_end)
    notes = [
        *subject.ends(to_end),
        *([assumed] if assumed else []),
        f"Design SHA-256 {design_hash(design)}, {_version()}.",
    ]
    for said in subject.ends(to_end):
        terminal().print(said)
    return _given_out(tables, title, notes, out)


def _is_follow_up_design(where: str) -> bool:
    path = Path(where)
    return path.suffix.lower() == ".toml" and FOLLOW_UP_KEY in read_toml(path, f"file {where}")


def _show_follow_up(where: str, text: str | None, out: Path | None) -> list[Table]:
    if text is not None:
        raise InputError(
            "outcomes",
            got=text,
            wanted="none: the table of a design with pending patients holds all numbers at a dose",
            fix="`bayesdose next` decides from the patients of one trial.",
        )
    name, design = Path(where).stem, read_follow_up_design(Path(where))
    tables = [follow_up_table(name, design)]
    return _given_out(tables, f"{name}: decision table", [f"Made by {_version()}."], out)


def _version() -> str:
    return f"bayesdose {package_versions()['bayesdose']}"


def _given_out(tables: list[Table], title: str, notes: list[str], out: Path | None) -> list[Table]:
    """Print tables, or write them to a file."""
    console = terminal()
    if out is None:
        for table in tables:
            console.print(table.caption)
            print_whole(_in_terminal(table))
        return tables
    if out.suffix.lower() == ".html":
        html = as_html(title, tables, notes)
        write_atomically(out, lambda path: path.write_text(html, encoding="utf-8"))
        console.print(f"Written: {out}")
        return tables
    for number, table in enumerate(tables):
        # The first table is the file that was named; the others stand beside it.
        file = out if number == 0 else out.with_name(f"{out.stem}-{table.name}.csv")
        content = csv_text(table, " ".join([f"{title}.", *notes]))
        write_atomically(file, lambda path, content=content: path.write_text(content, encoding="utf-8"))
        console.print(f"Written: {file}")
    return tables


def _in_terminal(table: Table) -> TerminalTable:
    shown = TerminalTable(box=None, padding=(0, 2, 0, 0))
    for column in table.columns:
        shown.add_column(column.heading, justify="left" if column.decimals is None else "right")
    for row in table.rows:
        shown.add_row(*(column.shown(row) for column in table.columns))
    return shown
