"""``bayesdose run``: a study file, executed."""

from pathlib import Path

import attrs
import xarray as xr

from bayesdose.files import check_folder
from bayesdose.progress import progress_bar
from bayesdose.report.how_long import say_how_long
from bayesdose.report.method import check_workers, with_workers
from bayesdose.report.results import show_groups, show_results
from bayesdose.report.terminal import terminal
from bayesdose.studies.groups import groups_result
from bayesdose.studies.load import load_study, read_study
from bayesdose.studies.results import write_results
from bayesdose.studies.run import run_study
from bayesdose.studies.study import Study

__all__ = ["prepared", "run_and_show", "run_here", "run_study_file"]


def run_study_file(
    path: Path, *, out: Path | None = None, workers: int = 1, checkpoint: Path | None = None
) -> xr.Dataset:
    """Run a study file, print its table and write its results.

    Parameters
    ----------
    path : Path
        The study file.
    out : Path, optional
        Folder to write to; ``results/<study>`` by default.
    workers : int
        Worker processes (Monte Carlo only).
    checkpoint : Path, optional
        Folder for finished parts of a simulation.

    Returns
    -------
    xarray.Dataset
        The operating characteristics that were written.
    """
    # What is wrong with the command is said before the designs are made, which takes long.
    study = read_study(path).study
    folder = Path("results") / study.name if out is None else out
    check_folder("out", folder)
    check_workers(study.method, workers, checkpoint)
    return run_and_show(prepared(path), folder, workers=workers, checkpoint=checkpoint)


def prepared(path: Path) -> Study:
    """A study with its designs, made under a progress bar."""
    with progress_bar(f"Preparing {path.name}") as progress:
        return load_study(path, progress)


def run_here(
    study: Study, *, workers: int = 1, checkpoint: Path | None = None
) -> tuple[xr.Dataset, xr.Dataset | None]:
    """Run a study under a progress bar: its result, and what becomes of its groups where it has any."""
    say_how_long(study, workers)
    # First, because too many combinations of their counts are refused.
    groups = None if study.groups is None else groups_result(study.groups)
    with (
        with_workers(study.method, workers, checkpoint) as method,
        progress_bar(f"Comparing designs on {study.name}") as progress,
    ):
        result = run_study(attrs.evolve(study, method=method, groups=None), progress=progress)
    return result, groups


def run_and_show(
    study: Study, folder: Path, *, workers: int = 1, checkpoint: Path | None = None
) -> xr.Dataset:
    """Run a study with a progress bar, print its table and write its results."""
    result, groups = run_here(study, workers=workers, checkpoint=checkpoint)
    write_results(study, result, folder, groups)
    show_results(study, result)
    if groups is not None:
        show_groups(groups)
    terminal().print(f"Results and provenance: {folder}")
    return result
