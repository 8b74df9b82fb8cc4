"""``bayesdose compare --to-end``: the same designs with what the protocol does after the escalation."""

from collections.abc import Mapping
from pathlib import Path

import attrs
import xarray as xr
from rich.console import Console
from rich.table import Table

from bayesdose.described import Described
from bayesdose.designs.optional import ESCALATION
from bayesdose.designs.plan import Plan
from bayesdose.files import check_folder
from bayesdose.progress import progress_bar
from bayesdose.report.comparison import Column, mean_cells, with_ends
from bayesdose.report.method import with_workers
from bayesdose.scenarios.scenario import Scenario
from bayesdose.studies.results import write_results
from bayesdose.studies.run import run_study
from bayesdose.studies.study import Study

__all__ = ["compare_to_end", "stages_table", "to_end_table", "with_one_part"]

_COLUMNS: tuple[Column, ...] = (
    ("escalation_correct_selection", "MTD", 100, 1),
    ("correct_selection", "right", 100, 1),
    ("overdose_selection", "high", 100, 1),
    ("lower_dose_selection", "low", 100, 1),
    ("no_dose_selection", "none", 100, 1),
    ("unfinished", "unf.", 100, 1),
    ("dose_revised_probability", "rev.", 100, 1),
    ("selection_loss", "loss", 1, 3),
    ("expected_sample_size", "pat.", 1, 1),
    ("expected_duration", "days", 1, 0),
)
_CAPTION = (
    "Means over the curves with an MTD. MTD: % of trials whose escalation finds it. right, high, low, "
    "none{unf}: % of trials that take on the MTD at their end, a higher dose, a lower one, none{unf_words}. "
    "rev.: % that leave the dose which the escalation found. loss: distance in P(DLT) from the MTD. pat.: "
    "patients in all. toxic: % without a dose where all are too toxic. Each part of the trial: its patients, "
    "DLTs and days."
)


def compare_to_end(
    study: Study,
    scenarios: Mapping[str, tuple[Scenario, ...]],
    workers: int,
    folder: Path,
    console: Console,
) -> xr.Dataset:
    """Run a comparison's designs to the end of the protocol, print it and write it beside the comparison.

    Parameters
    ----------
    study : Study
        The comparison, of plans, or of designs that are the whole trial by the protocol.
    scenarios : mapping of str to tuple of Scenario
        What `scenarios_to_end` makes of its scenarios: a table is printed for each entry.
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
    check_folder("out", below)
    study = attrs.evolve(study, scenarios=tuple(one for part in scenarios.values() for one in part))
    with (
        with_workers(study.method, workers) as how,
        progress_bar(f"To the end of {study.name}") as progress,
    ):
        result = run_study(attrs.evolve(study, method=how), progress=progress)
    if "stage" not in result.coords:
        result = with_one_part(result)
    write_results(study, result, below)
    console.print()
    console.print(f"{study.name} to its end", style="bold")
    assert study.protocol is not None
    if study.protocol.end:
        console.print(study.protocol.end)
    plan = next(iter(study.designs.values()))
    for stage in plan.stages if isinstance(plan, Plan) else ():
        parts = stage.words.values() if isinstance(stage, Described) else [str(stage)]
        console.print(f"{stage.name}: {'; '.join(parts)}.")
    for words, part in scenarios.items():
        if words:
            console.print(f"{words}:", style="bold")
        of_part = result.sel(scenario=[one.name for one in part])
        console.print(to_end_table(of_part))
        console.print(stages_table(of_part))
    unfinished = bool(with_ends(result)["unfinished"].max() > 0)
    unf, unf_words = (", unf.", ", or are unfinished") if unfinished else ("", "")
    console.print(_CAPTION.format(unf=unf, unf_words=unf_words))
    if "regimen" in result.coords:
        later = result["regimen"].values[-1]
        console.print(
            "Each regimen has an MTD of its own, and a dose is held against that of its regimen. "
            f"{later}: % of trials that take on a dose of {later}."
        )
    console.print(f"Results and provenance of the whole trials: {below}.")
    return result


def with_one_part(result: xr.Dataset) -> xr.Dataset:
    """What results of plans have of their stages, for trials that are their escalation from first to last.

    Parameters
    ----------
    result : xarray.Dataset
        Of `operating_characteristics`, of designs without stages.
    """
    same = {
        "correct_selection": "escalation_correct_selection",
        "selection_probability": "escalation_selection_probability",
        "expected_sample_size": "expected_stage_patients",
        "expected_duration": "expected_stage_duration",
    }
    stage = {"stage": [ESCALATION]}
    found = {"expected_stage_dlts": result["expected_dlts"].sum("dose").expand_dims(stage, axis=-1)}
    for name, of_stage in same.items():
        for part in ("", "_lower", "_upper", "_mcse"):
            if f"{name}{part}" not in result:
                continue
            values = result[f"{name}{part}"].copy()
            staged = of_stage.startswith("expected_stage")
            found[f"{of_stage}{part}"] = values.expand_dims(stage, axis=-1) if staged else values
    found["stage_probability"] = xr.ones_like(found["expected_stage_patients"])
    found["dose_revised_probability"] = xr.zeros_like(result["correct_selection"])
    return result.assign(found)


def to_end_table(result: xr.Dataset) -> Table:
    """One row a design: means over the scenarios with an MTD."""
    result = with_ends(result)
    there = (result["mtd"] != "none").values
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("design", no_wrap=True)
    unfinished = bool(result["unfinished"].max() > 0)
    shown = [one for one in _COLUMNS if one[0] in result and (one[0] != "unfinished" or unfinished)]
    for _, heading, _, _ in shown:
        table.add_column(heading, justify="right")
    second = _of_second_regimen(result)
    for name in second:
        table.add_column(name, justify="right")
    # Of treatments its name says how their regimens hang together, too.
    toxic = next(
        (name for name in result["scenario"].values if str(name).partition(";")[0] == "too toxic"), None
    )
    if toxic is not None:
        table.add_column("toxic", justify="right")
    for design in result["design"].values:
        one = result.sel(design=design)
        means = one.isel(scenario=there)
        cells = mean_cells(means, shown)
        for of_regimen in second.values():
            cells.append(f"{100 * float(of_regimen.sel(design=design).isel(scenario=there).mean()):.1f}")
        if toxic is not None:
            cells.append(f"{100 * float(one['correct_selection'].sel(scenario=toxic)):.1f}")
        table.add_row(str(design), *cells)
    return table


def stages_table(result: xr.Dataset) -> Table:
    """One row a design: patients, DLTs and days of each part of the trial, means over the same scenarios."""
    means = result.isel(scenario=(result["mtd"] != "none").values).mean("scenario")
    # Simulated trials have no days of their parts.
    shown = [
        (f"expected_stage_{what}", digits) for what, digits in (("patients", 1), ("dlts", 2), ("duration", 0))
    ]
    shown = [(name, digits) for name, digits in shown if name in result]
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("design", no_wrap=True)
    for stage in result["stage"].values:
        table.add_column(str(stage), justify="right")
    for design in result["design"].values:
        cells = []
        for stage in result["stage"].values:
            one = means.sel(design=design, stage=stage)
            cells.append(", ".join(f"{float(one[name]):.{digits}f}" for name, digits in shown))
        table.add_row(str(design), *cells)
    return table


def _of_second_regimen(result: xr.Dataset) -> dict[str, xr.DataArray]:
    """The second regimen's name, with the share of trials that take on one of its doses, if there is one."""
    if "regimen" not in result.coords:
        return {}
    names = result["regimen"].values
    selected = result["selection_probability"].isel(recommendation=slice(1, None))
    return {str(names[-1]): selected.isel(recommendation=names == names[-1]).sum("recommendation")}
