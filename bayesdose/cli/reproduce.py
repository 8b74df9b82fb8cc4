"""``bayesdose reproduce``."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bayesdose.cli.app import Flag


def reproduce(
    *papers: str,
    every: Annotated[bool, Parameter(name="--all", negative="")] = False,
    quick: Flag = False,
    folder: Path = Path("benchmarks/published"),
    page: Path | None = None,
) -> None:
    """Recompute published numbers and print expected beside obtained, in a clone of the repository.

    Parameters
    ----------
    papers
        Papers by the names of their folders, such as Neuenschwander2008; each of their numbers is printed.
    every
        All papers, one line each.
    quick
        The papers that take less than three seconds.
    folder
        Folder benchmarks/published of a clone, whose code obtains the numbers.
    page
        Markdown page to write, with --all.
    """
    from bayesdose.report.clone import published_numbers

    published_numbers(folder).reproduce(papers, every=every, quick=quick, folder=folder, page=page)
