"""Interval probabilities of P(DLT) at each dose, and which doses overdose control lets pass."""

from typing import TYPE_CHECKING

import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import InnerProbability, ProbabilityInterval
from bayesdose.grid import DoseGrid
from bayesdose.plots.interval_bars import draw_intervals, interval_names
from bayesdose.plots.posterior_data import (
    Intervals,
    dose_counts,
    interval_probabilities,
    origin,
    overdose_error,
)
from bayesdose.plots.rows import add_rows, rows_height, slot_width
from bayesdose.plots.style import (
    FONT,
    add_legend,
    add_note,
    dose_axis,
    dose_axis_height,
    legend_height,
    new_figure,
    note_height,
    note_of,
)
from bayesdose.rules.admissible import EWOC

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_intervals"]

_PANEL_HEIGHT = 2.4


@checked
def plot_intervals(
    posterior: xr.Dataset | xr.DataTree,
    grid: DoseGrid,
    *,
    target_interval: ProbabilityInterval,
    overdose_control: EWOC | None = None,
    bounds: tuple[InnerProbability, ...] = (),
    note: str = "",
) -> "Figure":
    """Posterior probability that P(DLT) is below, in and above the target interval, by dose.

    Parameters
    ----------
    posterior : xarray.Dataset or xarray.DataTree
        Result of `exact_posterior`, or draws from `fit`.
    grid : DoseGrid
        The posterior's doses (K of them), for their labels and unit.
    target_interval : (float, float)
        Interval of P(DLT) that is wanted.
    overdose_control : EWOC, optional
        Its cap is drawn as a line, and each dose is marked as passing it or not: strictly below the cap
        passes. Whether a dose that passes may be given depends on the design too, which may forbid
        skipping doses.
    bounds : tuple of float, optional
        Further bounds on P(DLT) that split the intervals of draws. An exact posterior has its own.
    note : str, optional
        Printed below the panel, for assumptions (see `Protocol.note`). Without it, the assumptions that
        the command line recorded with the posterior are printed.

    Returns
    -------
    matplotlib.figure.Figure
        Stacked bars, the highest interval at the bottom, so that the probability of an overdose can be
        read against the cap. Draws decide with Monte Carlo error; see `decision_certainty`. 16 cm wide.

    Raises
    ------
    InputError
        If the posterior is not one, has other doses than the grid, or lacks a bound that is needed.

    References
    ----------
    Neuenschwander B, Branson M, Gsponer T (2008). Critical aspects of the Bayesian approach to phase I
    cancer trials. Statistics in Medicine 27:2420-2439.
    """
    dose_counts(posterior, grid)
    needed = {*target_interval, *bounds, *(overdose_control.bounds if overdose_control else ())}
    intervals = interval_probabilities(posterior, sorted(needed))
    names = interval_names(intervals, *target_interval)
    rows = {} if overdose_control is None else {"EWOC": _verdicts(intervals, overdose_control)}
    note_lines = [origin(posterior), *_words(posterior, overdose_control), note_of(posterior, note)]
    labels = names + ([f"EWOC cap {overdose_control.cap:g}"] if overdose_control else [])
    slot = slot_width(len(grid))
    figure = new_figure(
        _PANEL_HEIGHT
        + rows_height(rows)
        + dose_axis_height(grid.labels, slot)
        + legend_height(labels)
        + note_height(note_lines)
    )
    panel = figure.subplots()
    handles = draw_intervals(panel, intervals, *target_interval)
    if overdose_control is not None:
        handles.append(panel.axhline(overdose_control.cap, color="black", lw=1.6, ls="--", zorder=3))
    panel.set_ylabel("posterior probability", fontsize=FONT + 1)
    panel.tick_params(axis="y", labelsize=FONT)
    panel.spines[["top", "right"]].set_visible(False)
    dose_axis(panel, grid.labels, grid.unit, slot)
    add_rows(panel, rows)
    add_legend(figure, handles, labels)
    add_note(figure, note_lines)
    return figure


def _verdicts(intervals: Intervals, rule: EWOC) -> list[str]:
    return ["pass" if overdose < rule.cap else "no" for overdose in intervals.from_edge(rule.bound)]


def _words(posterior: xr.Dataset | xr.DataTree, rule: EWOC | None) -> list[str]:
    """What passing means, and how far draws can be trusted with it."""
    if rule is None:
        return []
    return [
        f"EWOC: a dose passes if P(DLT) is {rule.bound:g} or more with probability below {rule.cap:g}; "
        "those bars stand at the bottom.",
        overdose_error(posterior, rule.bound),
    ]
