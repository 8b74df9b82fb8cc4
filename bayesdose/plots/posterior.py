"""The posterior of the dose-toxicity curve beside the patients that it rests on."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import ProbabilityInterval
from bayesdose.grid import DoseGrid
from bayesdose.plots.posterior_data import dose_counts, dose_quantiles, origin
from bayesdose.plots.rows import add_rows, rows_height, slot_width
from bayesdose.plots.style import (
    COLOURS,
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

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_posterior"]

_QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)
_PANEL_HEIGHT = 2.4


@checked
def plot_posterior(
    posterior: xr.Dataset | xr.DataTree,
    grid: DoseGrid,
    *,
    target_interval: ProbabilityInterval | None = None,
    note: str = "",
) -> "Figure":
    """Posterior of P(DLT) at each dose, with the patients seen there.

    Parameters
    ----------
    posterior : xarray.Dataset or xarray.DataTree
        Result of `exact_posterior`, or draws from `fit`.
    grid : DoseGrid
        The posterior's doses (K of them), for their labels and unit.
    target_interval : (float, float), optional
        Interval of P(DLT) that is wanted, shaded.
    note : str, optional
        Printed below the panel, for assumptions (see `Protocol.note`). Without it, the assumptions that
        the command line recorded with the posterior are printed.

    Returns
    -------
    matplotlib.figure.Figure
        Thick bars: central 50 % interval; thin bars: central 95 % interval; circles: median. Crosses to
        the right: observed rate of DLTs. Rows above: DLTs and patients at each dose. 16 cm wide.

    Raises
    ------
    InputError
        If the posterior is not one, has other doses than the grid or lacks a quantile.
    """
    patients, dlts = dose_counts(posterior, grid)
    low, lower, median, upper, high = dose_quantiles(posterior, _QUANTILES)
    rows = {"DLTs": dlts.tolist(), "patients": patients.tolist()}
    note_lines = [origin(posterior), note_of(posterior, note)]
    treated = np.flatnonzero(patients)
    labels = ["median", "50 % interval", "95 % interval"]
    labels += ["observed rate"] if treated.size else []
    labels += [] if target_interval is None else ["target [{:g}, {:g})".format(*target_interval)]
    slot = slot_width(len(grid))
    figure = new_figure(
        _PANEL_HEIGHT
        + rows_height(rows)
        + dose_axis_height(grid.labels, slot)
        + legend_height(labels)
        + note_height(note_lines)
    )
    panel = figure.subplots()
    positions = np.arange(len(grid))
    thin = panel.vlines(positions, low, high, color=COLOURS[0], lw=1.3, zorder=2)
    thick = panel.vlines(positions, lower, upper, color=COLOURS[0], lw=5, zorder=3)
    (middle,) = panel.plot(
        positions, median, "o", color="white", markeredgecolor="black", ms=5, zorder=4, clip_on=False
    )
    handles = [middle, thick, thin]
    if treated.size:
        rate = dlts[treated] / patients[treated]
        handles += panel.plot(treated + 0.2, rate, "x", color="black", ms=5, clip_on=False)
    if target_interval is not None:
        handles.append(panel.axhspan(*target_interval, color="#DDDDDD", zorder=0, lw=0))
    panel.set_ylim(0, 1)
    panel.set_ylabel("P(DLT)", fontsize=FONT + 1)
    panel.tick_params(axis="y", labelsize=FONT)
    panel.spines[["top", "right"]].set_visible(False)
    dose_axis(panel, grid.labels, grid.unit, slot)
    add_rows(panel, rows)
    add_legend(figure, handles, labels)
    add_note(figure, note_lines)
    return figure
