"""Selection probabilities of several designs, one panel a scenario."""

import math
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from bayesdose.plots.style import literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_selection"]

# Okabe and Ito's colours: told apart with any colour vision, and in grey by lightness.
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
_PANEL_WIDTH, _PANEL_HEIGHT = 3.4, 2.5


def plot_selection(characteristics: xr.Dataset, note: str = "", columns: int = 3) -> "Figure":
    """Probability that each dose is recommended, beside its true P(DLT).

    Parameters
    ----------
    characteristics : xarray.Dataset
        Result of `operating_characteristics`.
    note : str, optional
        Printed below the panels, for assumptions that the figure rests on.
    columns : int, default 3
        Panels side by side.

    Returns
    -------
    matplotlib.figure.Figure
        Bars: selection probability by design. Line: true P(DLT). The true MTD is shaded. Monte
        Carlo results carry error bars of two standard errors.
    """
    from matplotlib.figure import Figure

    scenarios = characteristics["scenario"].values
    rows = math.ceil(len(scenarios) / columns)
    figure = Figure(
        figsize=(columns * _PANEL_WIDTH, rows * _PANEL_HEIGHT + 1.1), layout="constrained", facecolor="white"
    )
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for number, panel in enumerate(panels.ravel()):
        if number >= len(scenarios):
            panel.set_axis_off()
            continue
        _panel(panel, characteristics.isel(scenario=number))
        if number + columns >= len(scenarios):
            panel.set_xlabel(f"recommended dose ({literal(characteristics['dose'].attrs['units'])})")
        if number % columns == 0:
            panel.set_ylabel("probability")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False, fontsize=9)
    if note:
        figure.supxlabel(literal(note), fontsize=8, color="#444444", wrap=True)
    return figure


def _panel(panel, scenario: xr.Dataset) -> None:
    """One scenario."""
    designs, doses = scenario["design"].values, scenario["recommendation"].values
    positions, width = np.arange(len(doses)), 0.8 / len(designs)
    mtd = list(doses).index(str(scenario["mtd"].item()))
    panel.axvspan(mtd - 0.5, mtd + 0.5, color="#EEEEEE", zorder=0, label="true MTD")
    for number, design in enumerate(designs):
        one = scenario.sel(design=design)
        error = 2 * one["selection_probability_mcse"].values if "selection_probability_mcse" in one else None
        panel.bar(
            positions + (number - (len(designs) - 1) / 2) * width,
            one["selection_probability"].values,
            width,
            yerr=error,
            color=_COLOURS[number % len(_COLOURS)],
            label=literal(design),
            zorder=2,
        )
    true = scenario["true_prob_dlt"].values
    panel.plot(positions[1:], true, "o-", color="black", ms=3, lw=1, label="true P(DLT)", zorder=3)
    panel.set_title(literal(scenario["scenario"].item()), fontsize=10)
    panel.set_xticks(positions, [literal(dose) for dose in doses], fontsize=8 if len(doses) < 9 else 7)
    panel.set_ylim(0, 1)
    panel.set_xlim(-0.5, len(doses) - 0.5)
    panel.tick_params(axis="y", labelsize=8)
    panel.spines[["top", "right"]].set_visible(False)
