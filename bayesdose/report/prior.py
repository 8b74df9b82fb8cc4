"""``bayesdose prior``: what a protocol's prior says before the first patient, and how it was built."""

from pathlib import Path

import xarray as xr
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from bayesdose.errors import InputError
from bayesdose.files import check_folder, write_atomically
from bayesdose.grid import DoseGrid
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.plots.prior import plot_prior
from bayesdose.priors.explain import explain_prior
from bayesdose.progress import progress_bar
from bayesdose.protocols.designs import protocol_blrm
from bayesdose.protocols.load import load_protocol
from bayesdose.protocols.protocol import Protocol
from bayesdose.protocols.sourced import Source
from bayesdose.report.terminal import terminal
from bayesdose.report.terminal_tables import print_assumptions

__all__ = ["prior_table", "show_prior", "statement_table"]

_FORMATS = (".png", ".pdf", ".svg")
# A construction that asks at every dose is told by its worst difference, not by a page of rows.
_MOST_STATEMENTS = 12


def show_prior(name: str, out: Path | None = None) -> xr.Dataset:
    """Print what a protocol's prior implies, and draw it to a file if one is named.

    Parameters
    ----------
    name : str
        A shipped protocol or a path to a protocol file.
    out : Path, optional
        Figure to write, ending in .png, .pdf or .svg.

    Returns
    -------
    xarray.Dataset
        Result of `explain_prior`.

    Raises
    ------
    InputError
        If an input is wrong, or the prior cannot be built.
    """
    protocol = load_protocol(name)
    if out is not None:
        if out.suffix.lower() not in _FORMATS:
            raise InputError("out", got=str(out), wanted=f"a file name that ends in {', '.join(_FORMATS)}")
        check_folder("out", out.parent)
    grid, settings = protocol.grid.value, protocol.blrm.value
    prior = protocol.prior.value.build(grid)
    with progress_bar(f"Preparing {protocol.name}"):
        design = protocol_blrm(protocol)
        explained = explain_prior(prior, grid, target_interval=settings.target_interval, design=design)
    console = terminal()
    _show(console, protocol, prior, explained)
    if out is not None:
        figure = plot_prior(explained, cap=settings.ewoc_cap, note=_note(protocol, explained))
        write_atomically(out, lambda path: figure.savefig(path, dpi=150))
        console.print(f"Figure: {out}")
    print_assumptions(console, protocol)
    return explained


def prior_table(explained: xr.Dataset, grid: DoseGrid) -> Table:
    """Prior of P(DLT) per dose, with the weight of the prior.

    Parameters
    ----------
    explained : xarray.Dataset
        Result of `explain_prior`.
    grid : DoseGrid
        Its doses.
    """
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in (grid.unit, "median", "2.5 %", "97.5 %", "mean"):
        table.add_column(heading, justify="right")
    for interval in explained["interval"].values:
        table.add_column(f"P in\n{interval}".replace(", ", ",\n"), justify="right")
    table.add_column("ESS", justify="right")
    if "admissible" in explained:
        table.add_column("EWOC")
    for index, label in enumerate(grid.labels):
        one = explained.isel(dose=index)
        quantiles = [one["quantile"].sel(probability=q) for q in (0.5, 0.025, 0.975)]
        cells = [f"{float(p):.3f}" for p in (*quantiles, one["mean"], *one["interval_probability"])]
        cells.append(f"{float(one['effective_sample_size']):.1f}")
        if "admissible" in explained:
            cells.append("passed" if one["admissible"] else "-")
        table.add_row(label, *cells)
    return table


def statement_table(explained: xr.Dataset, unit: str) -> Table:
    """What was asked of P(DLT), beside what the prior achieves.

    Parameters
    ----------
    explained : xarray.Dataset
        Result of `explain_prior` for a prior that was built from statements.
    unit : str
        Unit of the doses.
    """
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in (unit, "probability\nasked", "\nachieved", "P(DLT) below\nasked", "\nachieved"):
        table.add_column(heading, justify="right")
    names = ("asked_probability", "achieved_probability", "asked_prob_dlt", "achieved_prob_dlt")
    for index in range(explained.sizes["statement"]):
        one = explained.isel(statement=index)
        table.add_row(f"{float(one['asked_dose']):g}", *[f"{float(one[name]):.4f}" for name in names])
    return table


def _show(console: Console, protocol: Protocol, prior: NormalPrior, explained: xr.Dataset) -> None:
    grid = protocol.grid.value
    title = f"{protocol.name}: prior of P(DLT) before any patient"
    console.print("; ".join([title, *_assumed(protocol)]), style="bold")
    console.print(prior_table(explained, grid))
    console.print(
        "ESS: effective sample size, the patients that a beta prior with this mean and variance at this one "
        "dose is worth; the sizes do not add up."
    )
    (m1, m2), (s1, s2) = prior.mean, prior.sd
    console.print(
        f"log alpha ~ N({m1:.4f}, {s1:.4f}^2), log beta ~ N({m2:.4f}, {s2:.4f}^2), correlation "
        f"{prior.correlation:.4f}, reference dose {prior.reference_dose:.6g} {grid.unit}. "
        f"P(slope > 1) = {float(explained['prob_slope_above_one']):.3f}."
    )
    console.print(f"Built from {prior.origin}.")
    if "asked_dose" in explained:
        if explained.sizes["statement"] <= _MOST_STATEMENTS:
            console.print(statement_table(explained, grid.unit))
        console.print(
            f"Worst difference from what was asked: {explained.attrs['worst_probability_difference']:.2g} in "
            f"probability, {explained.attrs['worst_prob_dlt_difference']:.2g} in P(DLT)."
        )
    for warning in explained["warning"].values:
        console.print(f"Warning: {warning}.", style="bold")
    console.print(_decision(protocol, explained))
    # The reason for an assumption stands in the list of assumptions.
    if protocol.prior.reason and protocol.prior.source != Source.ASSUMPTION:
        console.print("Why this prior:")
        console.print(Padding(protocol.prior.reason, (0, 0, 0, 2)))


def _decision(protocol: Protocol, explained: xr.Dataset) -> str:
    """What the BLRM with this prior would do before any data, in words."""
    grid, settings = protocol.grid.value, protocol.blrm.value
    start, chosen = explained.attrs["start_level"], explained.attrs["model_level"]
    first = f"level {start} ({grid.labels[start - 1]} {grid.unit})"
    passes = "passes" if explained.attrs["start_is_admissible"] else "does NOT pass"
    best = f"level {chosen} ({grid.labels[chosen - 1]} {grid.unit})" if chosen else "no dose"
    stops = (
        " Asked for a dose before any data it would STOP: none in reach is admissible."
        if explained.attrs["stops_before_data"]
        else ""
    )
    return (
        f"The BLRM starts at {first}, which {passes} the overdose rule (P(DLT) of "
        f"{settings.target_interval[1]:g} or more with probability below {settings.ewoc_cap:g}) before any "
        f"data. With every dose in reach it would choose {best}.{stops}"
    )


def _note(protocol: Protocol, explained: xr.Dataset) -> str:
    """Assumptions and warnings in a line below the figure."""
    warnings = [f"Warning: {text}" for text in explained["warning"].values]
    parts = [f"{protocol.name}, prior before any patient", *_assumed(protocol), *warnings]
    return " ".join(f"{part}." for part in parts)


def _assumed(protocol: Protocol) -> list[str]:
    """What the explanation rests on that no public source states."""
    grid = ["ASSUMED DOSE GRID"] if protocol.grid_is_assumed else []
    return grid + (["ASSUMED PRIOR"] if protocol.prior.source == Source.ASSUMPTION else [])
