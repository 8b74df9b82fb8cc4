"""``bayesdose prior``: what a design's prior says before the first patient, and how it was built."""

from pathlib import Path

import xarray as xr
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from bayesdose.designs.model_based import ModelBased
from bayesdose.errors import InputError
from bayesdose.files import check_folder, write_atomically
from bayesdose.grid import DoseGrid
from bayesdose.models.description import (
    CRMModel,
    ExponentialCRMModel,
    ModelDescription,
    TwoParameterLogistic,
)
from bayesdose.models.prior import Prior
from bayesdose.plots.prior import plot_prior
from bayesdose.priors.explain import explain_prior
from bayesdose.progress import progress_bar
from bayesdose.report.model import description_of, target_interval_of
from bayesdose.report.prior_words import (
    ASKED_AND_ACHIEVED,
    before_data_in_words,
    escalation_cap,
    origin_in_words,
    prior_in_words,
    skeleton_in_words,
    warnings_in_words,
    worst_in_words,
)
from bayesdose.report.subject import Subject, load_subject
from bayesdose.report.terminal import terminal
from bayesdose.report.terminal_tables import print_assumptions
from bayesdose.sourced import Source, Sourced

__all__ = ["prior_table", "show_prior", "statement_table"]

_FORMATS = (".png", ".pdf", ".svg")
# A construction that asks at every dose is told by its worst difference, not by a page of rows.
_MOST_STATEMENTS = 12


def show_prior(where: str, design_name: str | None = None, out: Path | None = None) -> xr.Dataset:
    """Print what the prior of a model-based design implies, and draw it to a file if one is named.

    Parameters
    ----------
    where : str
        What `load_subject` takes.
    design_name : str or None
        Design whose prior is explained.
    out : Path, optional
        Figure to write, ending in .png, .pdf or .svg.

    Returns
    -------
    xarray.Dataset
        Result of `explain_prior`; for a CRM its skeleton.

    Raises
    ------
    InputError
        If an input is wrong, the design has no prior of a model, or a figure is wanted of a skeleton.
    """
    subject = load_subject(where)
    choice = subject.choice(design_name)
    if out is not None:
        if out.suffix.lower() not in _FORMATS:
            raise InputError("out", got=str(out), wanted=f"a file name that ends in {', '.join(_FORMATS)}")
        check_folder("out", out.parent)
    with progress_bar(f"Preparing {subject.name}"):
        label, design = subject.design(choice)
    model = description_of(design, label)
    assert isinstance(design, ModelBased), "only these have a description"
    console = terminal()
    if not isinstance(model, TwoParameterLogistic):
        if out is not None:
            raise InputError("out", got=str(out), wanted="no figure: a CRM's prior is its skeleton")
        return _show_skeleton(console, subject, label, design, model)
    explained = explain_prior(
        model.prior, subject.grid, target_interval=target_interval_of(design), design=design
    )
    _show(console, subject, label, design, model.prior, explained)
    if out is not None:
        figure = plot_prior(explained, cap=escalation_cap(design), note=_note(subject, explained))
        write_atomically(out, lambda path: figure.savefig(path, dpi=150))
        console.print(f"Figure: {out}")
    print_assumptions(console, subject.protocol)
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
    for heading in (
        unit,
        "probability\nasked",
        "\nachieved",
        "P(DLT) below\nasked",
        "\nachieved",
        "logit\nasked",
        "\nachieved",
    ):
        table.add_column(heading, justify="right")
    for index in range(explained.sizes["statement"]):
        one = explained.isel(statement=index)
        table.add_row(
            f"{float(one['asked_dose']):g}", *[f"{float(one[name]):.4f}" for name in ASKED_AND_ACHIEVED]
        )
    return table


def _show(
    console: Console, subject: Subject, label: str, design: ModelBased, prior: Prior, explained: xr.Dataset
) -> None:
    grid = subject.grid
    title = f"{subject.name}, {label}: prior of P(DLT) before any patient"
    console.print("; ".join([title, *_assumed(subject)]), style="bold")
    console.print(prior_table(explained, grid))
    console.print(
        "ESS: effective sample size, the patients that a beta prior with this mean and variance at this one "
        "dose is worth; the sizes do not add up."
    )
    console.print(prior_in_words(prior, grid.unit))
    console.print(f"P(slope > 1) = {float(explained['prob_slope_above_one']):.3f}.")
    console.print(origin_in_words(prior, grid.unit))
    if "asked_dose" in explained:
        if explained.sizes["statement"] <= _MOST_STATEMENTS:
            console.print(statement_table(explained, grid.unit))
        console.print(worst_in_words(explained))
    for warning in warnings_in_words(prior, explained, grid.unit):
        console.print(f"Warning: {warning}.", style="bold")
    console.print(before_data_in_words(explained, design))
    # The reason for an assumption stands in the list of assumptions.
    stated = _stated_prior(subject)
    if stated is not None and stated.reason and stated.source != Source.ASSUMPTION:
        console.print("Why this prior:")
        console.print(Padding(stated.reason, (0, 0, 0, 2)))


def _show_skeleton(
    console: Console, subject: Subject, label: str, design: ModelBased, model: ModelDescription
) -> xr.Dataset:
    """A CRM's prior: its skeleton, and what bends it."""
    console.print(f"{subject.name}, {label}: skeleton of P(DLT) before any patient", style="bold")
    assert isinstance(model, CRMModel | ExponentialCRMModel), "the package has no other model with a skeleton"
    skeleton, sentence = skeleton_in_words(model)
    for dose, prob_dlt in zip(subject.grid.labels, skeleton, strict=True):
        console.print(f"  {dose:>8} {subject.grid.unit}  {prob_dlt:.3f}")
    console.print(sentence)
    print_assumptions(console, subject.protocol)
    return xr.Dataset({"skeleton": ("dose", list(skeleton))}, {"dose": list(design.grid.values)})


def _note(subject: Subject, explained: xr.Dataset) -> str:
    """Assumptions and warnings in a line below the figure."""
    warnings = [f"Warning: {text}" for text in explained["warning"].values]
    parts = [f"{subject.name}, prior before any patient", *_assumed(subject), *warnings]
    return " ".join(f"{part}." for part in parts)


def _assumed(subject: Subject) -> list[str]:
    """What the explanation rests on that no public source states."""
    protocol = subject.protocol
    if protocol is None:
        return []
    grid = ["ASSUMED DOSE GRID"] if protocol.grid_is_assumed else []
    stated = _stated_prior(subject)
    return grid + (["ASSUMED PRIOR"] if stated is not None and stated.source == Source.ASSUMPTION else [])


def _stated_prior(subject: Subject) -> Sourced | None:
    """The protocol's prior with its source, where there is one."""
    table = None if subject.protocol is None else subject.protocol.prior
    return None if table is None else table.whole
