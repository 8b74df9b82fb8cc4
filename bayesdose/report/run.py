"""``bayesdose run``: a study file, executed."""

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import xarray as xr

from bayesdose.checks.numbers import check_at_least
from bayesdose.errors import InputError
from bayesdose.files import check_folder
from bayesdose.progress import progress_bar
from bayesdose.report.results import show_results
from bayesdose.report.terminal import terminal
from bayesdose.studies.load import load_study
from bayesdose.studies.run import run_study
from bayesdose.studies.study import Study

__all__ = ["check_run", "run_and_show", "run_study_file", "worker_pool"]


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
    check_at_least("workers", workers, 1)
    with progress_bar(f"Preparing {path.name}") as progress:
        study = load_study(path, progress)
    folder = Path("results") / study.name if out is None else out
    check_run(folder, study.method, workers)
    return run_and_show(study, folder, workers=workers, checkpoint=checkpoint)


def check_run(folder: Path, method: str, workers: int) -> None:
    """Refuse, before any work, a folder that cannot be made and workers that would have nothing to do."""
    check_folder("out", folder)
    check_at_least("workers", workers, 1)
    if method == "exact" and workers > 1:
        raise InputError("workers", got=workers, wanted="1 with method='exact', which needs no others")


def run_and_show(
    study: Study, folder: Path, *, workers: int = 1, checkpoint: Path | None = None
) -> xr.Dataset:
    """Run a study with a progress bar, print its table and write its results."""
    with progress_bar(f"Comparing designs on {study.name}") as progress, worker_pool(workers) as executor:
        result = run_study(study, folder, executor=executor, checkpoint=checkpoint, progress=progress)
    show_results(study, result)
    terminal().print(f"Results and provenance: {folder}")
    return result


@contextmanager
def worker_pool(workers: int) -> Iterator[Executor | None]:
    """Worker processes, or none where this process does the work."""
    if workers == 1:
        yield None
        return
    # Forked copies of a process with threads can hang, so workers start afresh.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield pool
