"""Tables for the terminal."""

from collections.abc import Sequence

import xarray as xr
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bayesdose.grid import DoseGrid
from bayesdose.protocols.protocol import Protocol
from bayesdose.protocols.sourced_table import table_in_words

__all__ = [
    "OBD_CAPTION",
    "TABLE_CAPTION",
    "characteristics_table",
    "obd_table",
    "posterior_table",
    "print_assumptions",
    "print_assumptions_in_short",
]

# Variable, heading, factor.
_COLUMNS = (
    ("correct_selection", "right", 100),
    ("overdose_selection", "high", 100),
    ("lower_dose_selection", "low", 100),
    ("no_dose_selection", "none", 100),
    ("expected_sample_size", "patients", 1),
    ("expected_dlts", "DLTs", 1),
    ("proportion_treated_at_mtd", "at MTD", 100),
    ("proportion_overdosed", "above", 100),
    ("expected_duration", "days", 1),
)
TABLE_CAPTION = (
    "right, high, low, none: % of trials whose recommended dose is the true MTD, above it, below it, or that "
    "recommend none though there is one. patients, DLTs, days: means. at MTD, above: % of patients treated "
    "at and above the true MTD."
)

_OBD_COLUMNS = (
    ("obd_selection", "OBD", 100),
    ("too_toxic_selection", "toxic", 100),
    ("ineffective_selection", "weak", 100),
    ("nothing_recommended", "none", 100),
    ("utility_loss", "loss", 1),
    ("expected_patients_at_obd", "at OBD", 1),
    ("expected_patients_above_obd", "above", 1),
    ("expected_total_responses", "resp.", 1),
    ("expected_patients_at_recommended", "n", 1),
)
OBD_CAPTION = (
    "OBD, toxic, weak, none: % of trials that recommend the optimal biological dose, a dose that is too "
    "toxic, one with too few responses (a dose may be both), none. loss: mean utility lost. at OBD, above: "
    "patients treated at the OBD and above it. resp.: responses. n: patients at the recommended dose. Means."
)


def characteristics_table(characteristics: xr.Dataset) -> Table:
    """Main operating characteristics, one row for each scenario and design.

    Parameters
    ----------
    characteristics : xarray.Dataset
        Result of `operating_characteristics`.
    """
    return _rows(characteristics, _COLUMNS)


def obd_table(characteristics: xr.Dataset) -> Table:
    """What follows from an OBD rule, one row for each scenario and design."""
    return _rows(characteristics, _OBD_COLUMNS)


def _rows(characteristics: xr.Dataset, columns: Sequence[tuple[str, str, float]]) -> Table:
    shown = [column for column in columns if column[0] in characteristics]
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("scenario, design", no_wrap=True)
    for _, heading, _ in shown:
        table.add_column(heading, justify="right")
    for scenario in characteristics["scenario"].values:
        table.add_row(Text(str(scenario), style="bold"))
        for design in characteristics["design"].values:
            one = characteristics.sel(scenario=scenario, design=design)
            cells = [_number(one, name, scale) for name, _, scale in shown]
            table.add_row(f"  {design}", *cells)
    return table


def _number(one: xr.Dataset, name: str, scale: float) -> str:
    """A value, with its Monte Carlo standard error where it has one."""
    value = one[name].sum() if name == "expected_dlts" else one[name]
    if value.isnull():
        return "-"
    error = f"{name}_mcse"
    # The error of a sum over doses is not that of its parts, so none is shown for it.
    suffix = f" ±{scale * float(one[error]):.1f}" if error in one and name != "expected_dlts" else ""
    return f"{scale * float(value):.1f}{suffix}"


def posterior_table(
    posterior: xr.Dataset,
    grid: DoseGrid,
    admissible: Sequence[bool] | None,
    pending: Sequence[int] | None = None,
) -> Table:
    """Posterior of P(DLT) per dose, with which doses the design's rule of admissible doses lets through.

    Parameters
    ----------
    posterior : xarray.Dataset
        Result of `exact_posterior`.
    grid : DoseGrid
        Its doses.
    admissible : sequence of bool, optional
        Whether the rule lets each dose through, where there is one.
    pending : sequence of int, optional
        Patients at each dose who are still followed, where some are.
    """
    table = Table(box=None, padding=(0, 2, 0, 0))
    counts = ("n", "DLT") if pending is None else ("n", "DLT", "pending")
    for heading in (grid.unit, *counts, "mean", "2.5 %", "97.5 %"):
        table.add_column(heading, justify="right")
    for interval in posterior["interval"].values:
        table.add_column(_interval_heading(str(interval)), justify="right")
    if admissible is not None:
        table.add_column("rule")
    for index, label in enumerate(grid.labels):
        one = posterior.isel(dose=index)
        summaries = [one["mean"], *(one["quantile"].sel(probability=q) for q in (0.025, 0.975))]
        cells = [f"{float(p):.3f}" for p in [*summaries, *one["interval_probability"]]]
        if admissible is not None:
            cells.append("passed" if admissible[index] else "-")
        waiting = [] if pending is None else [str(pending[index])]
        table.add_row(label, str(int(one["patients"])), str(int(one["dlts"])), *waiting, *cells)
    return table


def _interval_heading(interval: str) -> str:
    """Heading of the probability of an interval such as ``[0.16, 0.33)``, in two short lines."""
    lower, upper = interval.strip("[]()").split(", ")
    if lower == "0":
        return f"P below\n{upper}"
    return f"P from\n{lower}" if upper == "1" else f"P {lower}\nto {upper}"


def print_assumptions_in_short(console: Console, protocol: Protocol | None, bearing: Sequence[str]) -> None:
    """Name the assumptions of a protocol that bear on an answer, in a line.

    Parameters
    ----------
    console : rich.console.Console
        Where to print.
    protocol : Protocol or None
        The protocol, if there is one.
    bearing : sequence of str
        First keys of the assumptions that bear on the answer, such as "prior".
    """
    found = [] if protocol is None else [item.path for item in protocol.assumptions()]
    named = [path for path in found if path.partition(".")[0] in bearing]
    if named:
        console.print(f"Assumed, not in the public record: {', '.join(named)} (--verbose says what and why).")


def print_assumptions(console: Console, protocol: Protocol | None, *, stages: bool = False) -> None:
    """Print what a result rests on that a protocol's public record does not state; of its stages if asked."""
    found = () if protocol is None else protocol.assumptions(stages=stages, groups=False, criteria=False)
    if not found:
        return
    console.print("Assumed, not in the public record:")
    for item in found:
        line = Text.assemble((item.path, "bold"), f" = {table_in_words(item.value)}. {item.reason}")
        console.print(Padding(line, (0, 0, 0, 2)))
