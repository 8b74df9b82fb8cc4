"""``bayesdose report``: a study file, run and reported."""

import shlex
from pathlib import Path

import xarray as xr

from bayesdose.errors import InputError
from bayesdose.files import check_folder
from bayesdose.report.calibrate import calibration_folder
from bayesdose.report.method import check_workers
from bayesdose.report.page.calibration import is_of, read_calibration
from bayesdose.report.page.page import write_report
from bayesdose.report.run import prepared, run_here
from bayesdose.report.terminal import terminal
from bayesdose.studies.load import read_study
from bayesdose.studies.study import Study

__all__ = ["report_study_file"]


def report_study_file(
    path: Path,
    *,
    out: Path | None = None,
    tables: Path | None = None,
    calibration: Path | None = None,
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
    calibration : Path, optional
        Folder of the study's calibration; ``results/<study>-calibrated`` by default, where there is one.
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
    tried = _calibration(path, calibration, study)
    check_workers(study.method, workers, checkpoint)
    study = prepared(path)
    result, groups = run_here(study, workers=workers, checkpoint=checkpoint)
    stated = {"--out": out, "--tables": tables, "--calibration": calibration}
    options = [word for name, value in stated.items() if value is not None for word in (name, str(value))]
    command = shlex.join(["bayesdose", "report", str(path), *options])
    write_report(
        study,
        result,
        page,
        tables=folder,
        calibration=tried,
        groups=groups,
        study_file=path,
        command=command,
    )
    console = terminal()
    console.print(f"Report: {page}")
    console.print(f"Tables (CSV and LaTeX): {folder}")
    return result


def _calibration(path: Path, stated: Path | None, study: Study) -> xr.Dataset | None:
    """The designs tried, from the folder that is stated, or from the default one if it is of this study."""
    folder = calibration_folder(path) if stated is None else stated
    if stated is None and not (folder / "tried.nc").is_file():
        return None
    tried = read_calibration(folder)
    if is_of(tried, study):
        return tried
    if stated is None:
        terminal().print(f"Left out: the calibration in {folder} is in other scenarios than the study.")
        return None
    wanted = "a calibration in the scenarios of this study, by its rule for the MTD"
    raise InputError("calibration", got=str(folder), wanted=wanted, fix="Calibrate again.")
