"""``bayesdose compare --to-end``: the same designs with what the protocol does after the escalation."""

from pathlib import Path

import attrs
import xarray as xr
from rich.console import Console
from rich.table import Table

from bayesdose.described import Described
from bayesdose.designs.plan import Plan
from bayesdose.progress import progress_bar
from bayesdose.report.comparison import Column, mean_cells
from bayesdose.report.method import with_workers
from bayesdose.studies.run import run_study
from bayesdose.studies.study import Study

__all__ = ["compare_to_end", "to_end_table"]

_COLUMNS: tuple[Column, ...] = (
    ("escalation_correct_selection", "MTD", 100, 1),
    ("correct_selection", "right", 100, 1),
    ("overdose_selection", "high", 100, 1),
    ("lower_dose_selection", "low", 100, 1),
    ("no_dose_selection", "none", 100, 1),
    ("dose_revised_probability", "rev.", 100, 1),
    ("selection_loss", "loss", 1, 3),
    ("expected_sample_size", "pat.", 1, 1),
    ("expected_duration", "days", 1, 0),
)
_CAPTION = (
    "Means over the curves with an MTD. MTD: % of trials whose escalation finds it. right, high, low, none: "
    "% of trials that take on the MTD at their end, a higher dose, a lower one, none. rev.: % that leave the "
    "dose which the escalation found. loss: distance in P(DLT) from the MTD. pat.: patients in all. A stage: "
    "its patients and DLTs. toxic: % without a dose where all are too toxic."
)


def compare_to_end(study: Study, workers: int, folder: Path, console: Console) -> xr.Dataset:
    """Run a comparison's designs to the end of the protocol, print it and write it beside the comparison.

    Parameters
    ----------
    study : Study
        The comparison, of plans.
    workers : int
        Worker processes (Monte Carlo only).
    folder : Path
        The comparison's folder.
    console : rich.console.Console
        Where to print.

    Returns
    -------
    xarray.Dataset
        The operating characteristics that were written.
    """
    below = folder / "to-end"
    with (
        with_workers(study.method, workers) as how,
        progress_bar(f"To the end of {study.name}") as progress,
    ):
        result = run_study(attrs.evolve(study, method=how), below, progress=progress)
    console.print()
    plan = next(iter(study.designs.values()))
    assert isinstance(plan, Plan)
    console.print(f"{study.name} to its end", style="bold")
    for stage in plan.stages:
        parts = stage.words.values() if isinstance(stage, Described) else [str(stage)]
        console.print(f"{stage.name}: {'; '.join(parts)}.")
    console.print(to_end_table(result))
    console.print(_CAPTION)
    console.print(f"Results and provenance of the whole trials: {below}.")
    return result


def to_end_table(result: xr.Dataset) -> Table:
    """One row a design: means over the scenarios with an MTD."""
    there = (result["mtd"] != "none").values
    stages = [str(stage) for stage in result["stage"].values]
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("design", no_wrap=True)
    shown = [one for one in _COLUMNS if one[0] in result]
    for _, heading, _, _ in shown:
        table.add_column(heading, justify="right")
    for stage in stages[1:]:
        table.add_column(stage, justify="right")
    if toxic := "too toxic" in result["scenario"].values:
        table.add_column("toxic", justify="right")
    for design in result["design"].values:
        one = result.sel(design=design)
        means = one.isel(scenario=there)
        cells = mean_cells(means, shown)
        for stage in stages[1:]:
            patients, dlts = (
                float(means[f"expected_stage_{what}"].sel(stage=stage).mean())
                for what in ("patients", "dlts")
            )
            cells.append(f"{patients:.1f}, {dlts:.2f}")
        if toxic:
            cells.append(f"{100 * float(one['correct_selection'].sel(scenario='too toxic')):.1f}")
        table.add_row(str(design), *cells)
    return table
