"""``bayesdose reproduce``: published numbers, expected beside obtained, and the page that says so."""

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from bayesdose.errors import InputError
from bayesdose.files import check_folder, write_atomically
from bayesdose.progress import progress_bar
from bayesdose.report.terminal import print_whole, terminal
from benchmarks.published.comparison import Reproduction, paper_folders, reproduce_paper
from benchmarks.published.page import reproductions_page

__all__ = ["SLOW", "reproduce"]

# Papers that take more than three seconds on one core; `--quick` leaves them out.
SLOW = frozenset({"Neuenschwander2008", "Zhou2018"})


def reproduce(
    papers: Sequence[str], *, every: bool, quick: bool, folder: Path, page: Path | None
) -> list[Reproduction]:
    """Recompute published numbers, print them and end with exit code 1 if one does not behave as stated.

    Parameters
    ----------
    papers : sequence of str
        Names of folders; each row of theirs is printed.
    every, quick : bool
        Instead of names: all papers, or those that take less than three seconds.
    folder : Path
        Where the papers' folders are.
    page : Path, optional
        Markdown page to write, of all papers.

    Returns
    -------
    list of Reproduction

    Raises
    ------
    InputError
        If a paper is not there, it is not said which papers are wanted, or a page is
        wanted of some papers only or cannot be written.
    SystemExit
        With code 1 if a number that should come out does not, or one that should not does.
    """
    found = paper_folders(folder, papers)
    asked = [*papers, *["--all"] * every, *["--quick"] * quick]
    if (bool(papers), every, quick).count(True) != 1:
        names = ", ".join(path.name for path in paper_folders(folder))
        raise InputError(
            "papers", got=" ".join(asked) or "nothing", wanted=f"--all, --quick or some of {names}"
        )
    if page is not None:
        if not every:
            raise InputError("page", got=str(page), wanted="a page with --all only: it is about all papers")
        if page.is_dir():
            raise InputError("page", got=str(page), wanted="a file to write, not a folder")
        check_folder("page", page.parent)
    if quick:
        found = [path for path in found if path.name not in SLOW]
    results = []
    with progress_bar("Reproducing") as progress:
        for number, path in enumerate(found):
            results.append(reproduce_paper(path))
            progress((number + 1) / len(found))
    if papers:
        for result in results:
            _print_rows(result)
    _print_summary(results)
    if page is not None:
        write_atomically(page, lambda path: path.write_text(reproductions_page(results), encoding="utf-8"))
    surprises = [(result.paper, row) for result in results for row in result.surprises]
    for paper, row in surprises:
        what = "does not reproduce" if row.status == "reproduces" else "agrees, though it is stated to differ"
        terminal().print(f"{paper}, {row.case}, {row.quantity}: {what}", style="bold")
    if surprises:
        sys.exit(1)
    return results


def _print_summary(results: Sequence[Reproduction]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("paper")
    for heading in ("numbers", "within tolerance", "stated to differ", "worst / tolerance", "seconds"):
        table.add_column(heading, justify="right")
    table.add_column("verdict")
    for result in results:
        within = sum(row.agrees(result.obtained[row.key]) for row in result.expected)
        verdict = result.verdict.partition(".")[0] if not result.surprises else "NOT AS STATED"
        numbers = (len(result.expected), within, len(result.differing))
        figures = (f"{result.worst:.2f}", f"{result.seconds:.1f}")
        table.add_row(result.paper, *map(str, numbers), *figures, verdict)
    print_whole(table)


def _print_rows(result: Reproduction) -> None:
    console = terminal()
    console.print(f"{result.paper}: {result.title}", style="bold")
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("case", "quantity"):
        table.add_column(heading)
    for heading in ("expected", "tolerance", "obtained"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for row in result.expected:
        obtained = result.obtained[row.key]
        says = "agrees" if row.agrees(obtained) else "differs"
        if not row.as_stated(obtained):
            says += ", NOT AS STATED"
        table.add_row(row.case, row.quantity, f"{row.value:g}", f"{row.tolerance:g}", f"{obtained:.6g}", says)
    print_whole(table)
    console.print(result.verdict)
    console.print()
