"""Running a study."""

from pathlib import Path

import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.files import check_folder
from bayesdose.progress import Progress, no_progress
from bayesdose.simulation.operating_characteristics import operating_characteristics
from bayesdose.studies.groups import groups_result
from bayesdose.studies.results import write_results
from bayesdose.studies.study import Study

__all__ = ["run_study"]


@checked
def run_study(
    study: Study, folder: Path | str | None = None, *, progress: Progress = no_progress
) -> xr.Dataset:
    """Compare a study's designs and write its results.

    Parameters
    ----------
    study : Study
        The study; `load_study` reads one from a file. Worker processes and a folder for finished parts of a
        simulation are part of its `method`.
    folder : path, optional
        Where results and ``provenance.json`` are written; by default they are not.
    progress : callable, optional
        As for `operating_characteristics`.

    Returns
    -------
    xarray.Dataset
        As of `operating_characteristics`. A rerun with the same versions on the same machine gives the
        same numbers bit for bit, whatever the executor.

    Raises
    ------
    InputError
        If the designs or scenarios cannot be compared, the folder cannot be made, or the combinations of the
        groups' counts are too many.
    """
    if folder is not None:
        folder = Path(folder)
        check_folder("folder", folder)
    # First, because too many combinations of the groups' counts are refused.
    groups = None if study.groups is None else groups_result(study.groups)
    result = operating_characteristics(
        study.designs,
        study.scenarios,
        mtd_rule=study.mtd_rule,
        obd_rule=study.obd_rule,
        method=study.method,
        dlt_window=study.dlt_window,
        accrual=study.accrual,
        progress=progress,
    )
    result.attrs |= {"study": study.name, "scenarios": study.scenarios_from}
    if study.command:
        result.attrs["command"] = study.command
    if study.content_hash:
        result.attrs["study_hash"] = study.content_hash
    if study.protocol is not None:
        result.attrs |= {
            "protocol": study.protocol.name,
            "regimen": study.protocol.regimen(study.regimen).name,
            "assumptions": study.assumed,
        }
    if folder is not None:
        write_results(study, result, folder, groups)
    return result
