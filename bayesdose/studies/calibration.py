"""A study file's section ``calibrate``: parameters of one of its designs over values."""

from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from bayesdose.calibration.by_path import varied_design, varied_table
from bayesdose.calibration.calibrate import calibrate
from bayesdose.calibration.result import Calibration
from bayesdose.errors import InputError
from bayesdose.progress import Progress, no_progress
from bayesdose.simulation.method import Exact
from bayesdose.studies.load import read_study

__all__ = ["calibrate_study"]


def calibrate_study(
    path: Path,
    *,
    executor: Executor | None = None,
    checkpoint: Path | None = None,
    progress: Progress = no_progress,
) -> Calibration:
    """Calibrate a design of a study file in the study's scenarios, as its section ``calibrate`` says.

    Parameters
    ----------
    path : Path
        The study file.
    executor, checkpoint, progress
        As for `calibrate`.

    Returns
    -------
    Calibration
        What was found.

    Raises
    ------
    InputError
        If the file has no such section, or something in it cannot be used.
    """
    file = read_study(path)
    subject, asked, study = file.subject, file.calibrate, file.study
    if asked is None:
        wanted = "a table with `over`, and `objective` and `constraints` as wanted"
        raise InputError(f"{subject}, key calibrate", got=None, wanted=wanted)
    if not isinstance(study.method, Exact):
        raise InputError(
            f"{subject}, key method", got=study.method.name, wanted="Exact: nothing is simulated"
        )
    label = next(iter(file.designs)) if asked.design is None else asked.design
    if asked.design is None and len(file.designs) > 1:
        wanted = f"the label of one of the designs, {', '.join(file.designs)}"
        raise InputError(f"{subject}, key calibrate.design", got=None, wanted=wanted)
    table = file.designs.get(label)
    if isinstance(table, Mapping) and "design" in table:
        make: Any = varied_table(table, asked.over, file.context, f"{subject}, key designs.{label}")
    else:
        make = varied_design(file.design(label)[1], asked.over)
    return calibrate(
        make,
        asked.over,
        study.scenarios,
        mtd_rule=study.mtd_rule,
        objective=asked.objective,
        constraints=asked.constraints,
        sample=asked.sample,
        rng=asked.rng,
        method=study.method,
        dlt_window=study.dlt_window,
        executor=executor,
        checkpoint=checkpoint,
        progress=progress,
    )
