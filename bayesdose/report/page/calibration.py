"""The calibration of a study's design, as a section of the report."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from bayesdose.calibration.judge import best_first
from bayesdose.calibration.wishes import Objective
from bayesdose.errors import InputError
from bayesdose.plots.calibration import plot_calibration
from bayesdose.plots.check_result import check_result
from bayesdose.report.page.figures import Picture, picture
from bayesdose.report.page.report_table import Column, Table
from bayesdose.studies.study import Study

__all__ = ["CalibrationText", "calibration_text", "is_of", "read_calibration"]

# A page holds no more; the calibration's own table holds all.
_MOST_DESIGNS = 50
# What there are axes for.
_OBJECTIVES_OF_A_FIGURE = range(2, 5)


@dataclass(frozen=True)
class CalibrationText:
    """A calibration as a report shows it.

    Parameters
    ----------
    sentences : tuple of str
        How many designs were tried, and which was chosen.
    tables : tuple of Table
        The values tried, what was wished for, and the designs on the front.
    pictures : tuple of Picture
        The front, where there are two to four objectives.
    """

    sentences: tuple[str, ...]
    tables: tuple[Table, ...]
    pictures: tuple[Picture, ...]


def read_calibration(folder: Path) -> xr.Dataset:
    """All designs tried, from the folder that ``bayesdose calibrate`` wrote.

    Raises
    ------
    InputError
        If it holds no calibration.
    """
    wanted = "the folder that `bayesdose calibrate` wrote, with tried.nc"
    try:
        with xr.open_dataset(folder / "tried.nc", engine="h5netcdf") as stored:
            tried = stored.load()
    except (OSError, ValueError, KeyError):
        raise InputError("calibration", got=str(folder), wanted=wanted) from None
    _check(tried)
    return tried


def _check(tried: xr.Dataset) -> None:
    check_result(
        tried,
        "calibration",
        "the `tried` of a calibration",
        numbers={"objective_value": ("design", "objective"), "true_prob_dlt": ("scenario", "dose")}
        | dict.fromkeys(("meets_constraints", "on_front", "chosen"), ("design",)),
        texts={"design": ("design",), "design_hash": ("design",), "objective": ("objective",)},
    )


def is_of(tried: xr.Dataset, study: Study) -> bool:
    """Whether a calibration is in the study's scenarios, by the study's rule for the MTD."""
    names = [one.name for one in study.scenarios]
    curves = np.array([one.prob_dlt for one in study.scenarios])
    return (
        [str(name) for name in tried["scenario"].values] == names
        and tried["true_prob_dlt"].shape == curves.shape
        and bool(np.array_equal(tried["true_prob_dlt"].transpose("scenario", "dose").values, curves))
        and tried["dose"].values.tolist() == list(study.scenarios[0].grid.values)
        and tried.attrs.get("mtd_rule") == str(study.mtd_rule)
    )


def calibration_text(tried: xr.Dataset, study: Study, result: xr.Dataset) -> CalibrationText:
    """The section of a calibration.

    Parameters
    ----------
    tried : xarray.Dataset
        `Calibration.tried`.
    study : Study
        The study that is reported.
    result : xarray.Dataset
        Its result, which says whether the chosen design is among those reported.

    Raises
    ------
    InputError
        If this is no calibration, or one in other scenarios than the study's.
    """
    _check(tried)
    if not is_of(tried, study):
        wanted = "one in the scenarios of this study, by its rule for the MTD"
        raise InputError("calibration", got="one in other scenarios", wanted=wanted, fix="Calibrate again.")
    tables = (_values(tried), _wishes(tried), *_front(tried))
    drawn = ()
    if tried.sizes["objective"] in _OBJECTIVES_OF_A_FIGURE:
        alt = (
            "Every design tried, by its objectives: outside the constraints, within, on the front, and the "
            "chosen one; the table of the front holds the numbers."
        )
        figure = plot_calibration(tried, note=study.note)
        drawn = (picture(figure, alt, "Every design tried, by the objectives of the calibration."),)
    return CalibrationText(_sentences(tried, result), tables, drawn)


def _sentences(tried: xr.Dataset, result: xr.Dataset) -> tuple[str, ...]:
    number, within, front = (
        tried.sizes["design"],
        int(tried["meets_constraints"].sum()),
        int(tried["on_front"].sum()),
    )
    constrained = f", {within:,} of them within all constraints" if "constraint" in tried.dims else ""
    counted = f"{number:,} designs tried{constrained}, {front:,} on the front: no other is better by one "
    counted += (
        "objective and no worse by the rest. Each was computed exactly in the scenarios of this report."
    )
    chosen = np.flatnonzero(tried["chosen"].values)
    if not len(chosen):
        return counted, "No design meets all constraints: none was chosen."
    sha256 = str(tried["design_hash"].values[chosen[0]])
    same = [
        str(name)
        for name, one in zip(result["design"].values, result["design_hash"].values, strict=True)
        if str(one) == sha256
    ]
    here = f"It is {same[0]} in this report" if same else "No design of this report is the chosen one"
    return counted, f"Chosen: {tried['design'].values[chosen[0]]}. {here} (SHA-256 {sha256})."


def _values(tried: xr.Dataset) -> Table:
    """The values that each parameter had."""
    names = [str(name) for name, one in tried.coords.items() if one.dims == ("design",) and name != "design"]
    rows = []
    for name in names:
        values = dict.fromkeys(tried[name].values.tolist())
        words = [f"{one:.12g}" if isinstance(one, float) else str(one) for one in values]
        chosen = tried[name].values[tried["chosen"].values].tolist()
        picked = [f"{one:.12g}" if isinstance(one, float) else str(one) for one in chosen]
        rows.append({"parameter": name, "values": ", ".join(words), "chosen": ", ".join(picked)})
    return Table(
        "calibration-values",
        "Parameters of the calibration: the values tried, and that of the chosen design.",
        (Column("parameter", "parameter"), Column("values", "values tried"), Column("chosen", "chosen")),
        rows,
    )


def _wishes(tried: xr.Dataset) -> Table:
    """Objectives and constraints, and what the chosen design has."""
    chosen = np.flatnonzero(tried["chosen"].values)[:1]
    rows = []
    for kind in ("objective", "constraint"):
        for number, text in enumerate(tried[kind].values if kind in tried.dims else ()):
            values = tried[f"{kind}_value"].transpose("design", kind).values[:, number]
            has = {"value": float(values[chosen[0]])} if len(chosen) else {}
            low, high = _range(values)
            rows.append({"kind": kind, "wish": str(text), "lowest": low, "highest": high} | has)
    return Table(
        "calibration-wishes",
        "What was wished for, in the words of the study file: the first objective chooses, the next decide "
        "between equal ones; the chosen design's value, and the lowest and highest of all designs tried.",
        (
            Column("kind", "kind"),
            Column("wish", "wish"),
            Column("value", "chosen design", 4),
            Column("lowest", "lowest", 4),
            Column("highest", "highest", 4),
        ),
        rows,
    )


def _range(values: np.ndarray) -> tuple[float, float]:
    """The lowest and the highest defined value; NaN if none is."""
    defined = values[~np.isnan(values)]
    return (float(defined.min()), float(defined.max())) if len(defined) else (np.nan, np.nan)


def _front(tried: xr.Dataset) -> list[Table]:
    """The designs on the front, the best by the first objective first; none where the front is empty."""
    front = tried.isel(design=np.flatnonzero(tried["on_front"].values))
    if not front.sizes["design"]:
        return []
    names = [str(name) for name in tried["scenario"].values]
    objectives = [Objective.parse(str(text), names) for text in tried["objective"].values]
    front = front.isel(design=best_first(front, objectives)[:_MOST_DESIGNS])
    kinds = [kind for kind in ("objective", "constraint") if kind in front.dims]
    columns = [Column("design", "design"), Column("chosen", "chosen")]
    columns += [
        Column(f"{kind}_{number}", str(text), 4)
        for kind in kinds
        for number, text in enumerate(front[kind].values, start=1)
    ]
    rows = []
    for place, name in enumerate(front["design"].values):
        numbers = {
            f"{kind}_{number}": float(value)
            for kind in kinds
            for number, value in enumerate(
                front[f"{kind}_value"].transpose("design", kind).values[place], start=1
            )
        }
        chosen = "chosen" if front["chosen"].values[place] else ""
        rows.append({"design": str(name), "chosen": chosen} | numbers)
    total = int(tried["on_front"].sum())
    cut = f" The first {_MOST_DESIGNS} of {total}." if total > _MOST_DESIGNS else ""
    caption = (
        "Designs on the front, the best by the first objective first, the chosen one in bold; units as in "
        f"the results.{cut}"
    )
    marked = frozenset((place, "design") for place, row in enumerate(rows) if row["chosen"])
    return [Table("calibration-front", caption, tuple(columns), rows, marked=marked)]
