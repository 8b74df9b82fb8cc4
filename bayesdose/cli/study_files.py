"""What is done with a study file: it is run, calibrated or reported."""

from pathlib import Path

from bayesdose.cli.app import Whole


def run(
    study: Path, /, *, out: Path | None = None, workers: Whole = 1, checkpoint: Path | None = None
) -> None:
    """Run a study file: designs, scenarios, method and outputs in one TOML file.

    Parameters
    ----------
    study
        The study file.
    out
        Folder for results and provenance; results/STUDY by default.
    workers
        Worker processes (monte-carlo only); the result is the same for any number.
    checkpoint
        Folder for finished parts of a simulation; the same command resumes a run that was killed.
    """
    from bayesdose.report.run import run_study_file

    run_study_file(study, out=out, workers=workers, checkpoint=checkpoint)


def calibrate(
    study: Path, /, *, out: Path | None = None, workers: Whole = 1, checkpoint: Path | None = None
) -> None:
    """Calibrate a design of a study file: its parameters over values, judged by exact characteristics.

    Parameters
    ----------
    study
        The study file, with a section "calibrate".
    out
        Folder for all designs tried, the front and the chosen design; results/STUDY-calibrated by default.
    workers
        Worker processes; the result is the same for any number.
    checkpoint
        Folder for finished parts; the same command resumes a run that was killed.
    """
    from bayesdose.report.calibrate import calibrate_study_file

    calibrate_study_file(study, out=out, workers=workers, checkpoint=checkpoint)


def report(
    study: Path,
    /,
    *,
    out: Path | None = None,
    tables: Path | None = None,
    calibration: Path | None = None,
    workers: Whole = 1,
    checkpoint: Path | None = None,
) -> None:
    """Run a study file and write its report: one HTML page, and its tables as CSV and LaTeX.

    Parameters
    ----------
    study
        The study file.
    out
        Page to write, ending in .html; results/STUDY/report.html by default.
    tables
        Folder of the tables; PAGE-tables beside the page by default.
    calibration
        Folder of the study's calibration, shown in the report; results/STUDY-calibrated by default, where
        there is one.
    workers
        Worker processes (monte-carlo only); the result is the same for any number.
    checkpoint
        Folder for finished parts of a simulation; the same command resumes a run that was killed.
    """
    from bayesdose.report.page.command import report_study_file

    report_study_file(
        study, out=out, tables=tables, calibration=calibration, workers=workers, checkpoint=checkpoint
    )
