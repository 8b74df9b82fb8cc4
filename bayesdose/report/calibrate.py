"""``bayesdose calibrate``: a design of a study file, calibrated."""

from contextlib import nullcontext
from pathlib import Path

import xarray as xr
from rich.table import Table

from bayesdose.calibration.result import Calibration
from bayesdose.checks.conform import conform
from bayesdose.files import check_folder, write_atomically
from bayesdose.plots.calibration import plot_calibration
from bayesdose.plots.save import save_png
from bayesdose.progress import progress_bar
from bayesdose.report.terminal import print_whole, terminal
from bayesdose.simulation.workers import Workers, worker_processes
from bayesdose.studies.calibration import calibrate_study
from bayesdose.studies.results import write_netcdf

__all__ = ["calibrate_study_file", "calibration_folder"]

_SHOWN = 20
_OBJECTIVES_OF_A_FIGURE = range(2, 5)


def calibrate_study_file(
    path: Path, *, out: Path | None = None, workers: int = 1, checkpoint: Path | None = None
) -> Calibration:
    """Calibrate as a study file says, print the front and write what was found.

    Parameters
    ----------
    path : Path
        The study file.
    out : Path, optional
        Folder to write to; ``results/<study>-calibrated`` by default.
    workers : int
        Worker processes.
    checkpoint : Path, optional
        Folder for finished parts.
    """
    conform(workers, Workers, "workers")
    folder = calibration_folder(path) if out is None else out
    check_folder("out", folder)
    with (
        nullcontext() if workers == 1 else worker_processes(workers) as pool,
        progress_bar(f"Calibrating {path.name}") as progress,
    ):
        found = calibrate_study(path, executor=pool, checkpoint=checkpoint, progress=progress)
    terminal().print(str(found))
    _print_front(found.front)
    written = _write(found, folder)
    terminal().print(f"Written to {folder}: {', '.join(written)}")
    return found


def calibration_folder(path: Path) -> Path:
    """Where a study file's calibration is written by default."""
    return Path("results") / f"{path.stem}-calibrated"


def _print_front(front: xr.Dataset) -> None:
    """The designs on the front, the best by the first objective first."""
    shown = front.isel(design=slice(_SHOWN))
    table = Table(title=f"On the front, {shown.sizes['design']} of {front.sizes['design']} designs")
    table.add_column("design")
    kinds = [kind for kind in ("objective", "constraint") if kind in front.dims]
    for kind in kinds:
        for text in front[kind].values:
            table.add_column(str(text), justify="right")
    for place, name in enumerate(shown["design"].values):
        numbers = [value for kind in kinds for value in shown[f"{kind}_value"].values[place]]
        table.add_row(str(name), *(f"{value:.4g}" for value in numbers))
    print_whole(table)


def _write(found: Calibration, folder: Path) -> list[str]:
    tried, written = found.tried, ["tried.nc", "tried.csv"]
    write_netcdf(tried, folder / "tried.nc")
    columns = {
        str(text): tried[f"{kind}_value"].isel({kind: number}, drop=True)
        for kind in ("objective", "constraint")
        if kind in tried.dims
        for number, text in enumerate(tried[kind].values)
    }
    flags = tried[["meets_constraints", "on_front", "chosen"]]
    text = flags.assign(columns).to_dataframe().to_csv()
    write_atomically(folder / "tried.csv", lambda temporary: temporary.write_text(text, encoding="utf-8"))
    if len(found.objectives) in _OBJECTIVES_OF_A_FIGURE:
        save_png(plot_calibration(tried), folder / "front.png")
        written.append("front.png")
    if tried["chosen"].any():
        found.save_study(folder / "chosen.toml")
        written.append("chosen.toml")
    return written
