"""What ``bayesdose compare`` prints: the verdict and one screen of numbers; the rest is in files."""

from collections.abc import Sequence

import attrs
import pandas as pd
import xarray as xr
from rich.console import Console
from rich.table import Table

from bayesdose.protocols.protocol import Protocol
from bayesdose.trial import StopReason

__all__ = [
    "Column",
    "Comparison",
    "mean_cells",
    "means_table",
    "print_comparison",
    "scenarios_table",
    "with_ends",
]

# Variable, heading, factor, digits.
Column = tuple[str, str, float, int]
_COLUMNS: tuple[Column, ...] = (
    ("correct_selection", "right", 100, 1),
    ("overdose_selection", "high", 100, 1),
    ("lower_dose_selection", "low", 100, 1),
    ("no_dose_selection", "none", 100, 1),
    ("unfinished", "unf.", 100, 1),
    ("benchmark", "best", 100, 1),
    ("selection_loss", "loss", 1, 3),
    ("expected_sample_size", "pat.", 1, 1),
    ("expected_excess_dlts", "exc.", 1, 2),
    ("incoherent_probability", "inc.", 100, 1),
    ("expected_duration", "days", 1, 0),
)
_CAPTION = (
    "Means over the curves with an MTD. right, high, low, none{unf}: % of trials that recommend the MTD, a "
    "higher dose, a lower one, none{unf_words}. best: right with complete information on as many patients. "
    "loss: distance in P(DLT) from the MTD. exc.: DLTs beyond the limit. inc.: % of trials that go up right "
    "after a cohort with DLTs at the limit or more. toxic: % without a dose where all are too toxic."
)


@attrs.frozen
class Comparison:
    """A result with what goes beside it.

    Parameters
    ----------
    result : xarray.Dataset
        Of `operating_characteristics`, with ``benchmark`` and ``unfinished`` (design, scenario).
    sentences : tuple of str
        The verdict, empty where there is none.
    means : pandas.DataFrame or None
        What it rests on.
    footing : str
        How the designs were put on one footing.
    """

    result: xr.Dataset
    sentences: tuple[str, ...] = ()
    means: pd.DataFrame | None = None
    footing: str = ""


def with_ends(result: xr.Dataset) -> xr.Dataset:
    """The result with the share of unfinished trials as a column."""
    unfinished = result["stop_reason_probability"].sel(stop_reason=StopReason.UNFINISHED.value, drop=True)
    return result.assign(unfinished=unfinished)


def means_table(result: xr.Dataset) -> tuple[Table, str]:
    """One row a design: means over the scenarios with an MTD; and what the columns are."""
    there = (result["mtd"] != "none").values
    unfinished = bool(result["unfinished"].max() > 0)
    shown = [one for one in _COLUMNS if one[0] in result and (one[0] != "unfinished" or unfinished)]
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("design", no_wrap=True)
    for _, heading, _, _ in shown:
        table.add_column(heading, justify="right")
    toxic = [name for name in result["scenario"].values if name == "too toxic"]
    if toxic:
        table.add_column("toxic", justify="right")
    for design in result["design"].values:
        one = result.sel(design=design)
        cells = mean_cells(one.isel(scenario=there), shown)
        if toxic:
            cells.append(f"{100 * float(one['correct_selection'].sel(scenario='too toxic')):.1f}")
        table.add_row(str(design), *cells)
    words = (", unf.", ", or are unfinished") if unfinished else ("", "")
    return table, _CAPTION.format(unf=words[0], unf_words=words[1])


def mean_cells(one: xr.Dataset, columns: Sequence[Column]) -> list[str]:
    """Means of one design over its scenarios, a cell for each column."""
    return [f"{scale * float(one[name].mean()):.{digits}f}" for name, _, scale, digits in columns]


def scenarios_table(result: xr.Dataset) -> Table:
    """One row a scenario: % right and expected patients of each design."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("% right (patients)", no_wrap=True)
    for design in result["design"].values:
        table.add_column(str(design), justify="right")
    for scenario in result["scenario"].values:
        cells = []
        for design in result["design"].values:
            one = result.sel(scenario=scenario, design=design)
            right, patients = float(one["correct_selection"]), float(one["expected_sample_size"])
            cells.append(f"{100 * right:.1f} ({patients:.1f})")
        table.add_row(str(scenario), *cells)
    return table


def print_comparison(
    console: Console, title: str, comparison: Comparison, protocol: Protocol, notes: Sequence[str]
) -> None:
    """Print the verdict and the main table."""
    console.print(title, style="bold")
    for sentence in comparison.sentences:
        console.print(sentence)
    table, caption = means_table(comparison.result)
    console.print(table)
    console.print(caption)
    console.print(scenarios_table(comparison.result))
    for note in (comparison.footing, *notes, protocol.assumed_in_short):
        if note:
            console.print(note)
