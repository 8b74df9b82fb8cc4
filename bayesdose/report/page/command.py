"""``bayesdose report``: a study file, run and reported."""

import shlex
from pathlib import Path

import attrs
import xarray as xr

from bayesdose.errors import InputError
from bayesdose.files import check_folder
from bayesdose.progress import progress_bar
from bayesdose.report.how_long import say_how_long
from bayesdose.report.method import check_workers, with_workers
from bayesdose.report.page.page import write_report
from bayesdose.report.run import prepared
from bayesdose.report.terminal import terminal
from bayesdose.studies.load import read_study
from bayesdose.studies.run import run_study

__all__ = ["report_study_file"]


def report_study_file(
    path: Path,
    *,
    out: Path | None = None,
    tables: Path | None = None,
    workers: int = 1,
    checkpoint: Path | None = None,
) -> xr.Dataset:
    """Run a study file and write its report.

    Parameters
    ----------
    path : Path
        The study file.
    out : Path, optional
        Page to write, ending in .html; ``results/<study>/report.html`` by default.
    tables : Path, optional
        Folder of the tables; ``<page>-tables`` beside the page by default.
    workers : int
        Worker processes (Monte Carlo only).
    checkpoint : Path, optional
        Folder for finished parts of a simulation.

    Returns
    -------
    xarray.Dataset
        The operating characteristics that were reported.
    """
    if out is not None and out.suffix.lower() not in (".html", ".htm"):
        raise InputError("out", got=str(out), wanted="a file name that ends in .html")
    # What is wrong with the command is said before the designs are made, which takes long.
    study = read_study(path).study
    page = Path("results") / study.name / "report.html" if out is None else out
    check_folder("out", page.parent)
    folder = page.with_name(f"{page.stem}-tables") if tables is None else tables
    check_folder("tables", folder)
    check_workers(study.method, workers, checkpoint)
    study = prepared(path)
    say_how_long(study, workers)
    with (
        with_workers(study.method, workers, checkpoint) as method,
        progress_bar(f"Comparing designs on {study.name}") as progress,
    ):
        result = run_study(attrs.evolve(study, method=method), progress=progress)
    stated = {"--out": out, "--tables": tables}
    options = [word for name, value in stated.items() if value is not None for word in (name, str(value))]
    command = shlex.join(["bayesdose", "report", str(path), *options])
    write_report(study, result, page, tables=folder, study_file=path, command=command)
    console = terminal()
    console.print(f"Report: {page}")
    console.print(f"Tables (CSV and LaTeX): {folder}")
    return result
