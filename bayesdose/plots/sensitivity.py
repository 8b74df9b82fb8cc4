"""Operating characteristics under several priors, one panel a characteristic."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_sensitivity"]

# Okabe and Ito's colours, and a marker each, so that priors are told apart without colour too.
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
_PANELS = (
    ("correct_selection", "probability of\nselecting the MTD", True),
    ("proportion_overdosed", "share of patients\nabove the MTD", True),
    ("expected_sample_size", "expected number\nof patients", False),
)


def plot_sensitivity(sensitivity: xr.Dataset, note: str = "") -> "Figure":
    """Correct selection, overdosed share and sample size in each scenario, by prior.

    Parameters
    ----------
    sensitivity : xarray.Dataset
        Result of `prior_sensitivity`.
    note : str, optional
        Printed below the panels, for assumptions that the figure rests on.

    Returns
    -------
    matplotlib.figure.Figure
        One row a scenario, one panel a characteristic, one marker a prior. Where a scenario has no MTD,
        selecting no dose counts as selecting it, and every patient is above it.
    """
    from matplotlib.figure import Figure

    priors, scenarios = sensitivity["prior"].values, sensitivity["scenario"].values
    rows = np.arange(len(scenarios))
    # Room for each prior's marker in each row, and for the legend above.
    height = len(scenarios) * max(0.45, 0.13 * len(priors) + 0.1) + 1.4 + 0.2 * np.ceil(len(priors) / 3)
    figure = Figure(figsize=(9.0, float(height)), layout="constrained", facecolor="white")
    panels = figure.subplots(1, len(_PANELS), sharey=True)
    for panel, (name, label, is_share) in zip(panels, _PANELS, strict=True):
        for number, prior in enumerate(priors):
            offset = (number - (len(priors) - 1) / 2) * 0.7 / len(priors)
            panel.plot(
                sensitivity[name].sel(prior=prior).values,
                rows + offset,
                _MARKERS[number % len(_MARKERS)],
                color=_COLOURS[number % len(_COLOURS)],
                markeredgecolor="black",
                markeredgewidth=0.4,
                ms=5.5,
                label=str(prior),
                clip_on=False,
                zorder=3,
            )
        for row in rows[::2]:
            panel.axhspan(row - 0.5, row + 0.5, color="#F2F2F2", zorder=0, lw=0)
        panel.set_xlabel(label, fontsize=9)
        panel.set_xlim((0, 1) if is_share else (0, float(sensitivity["patients"].max())))
        if is_share:
            panel.set_xticks(np.linspace(0, 1, 6), ["0", "0.2", "0.4", "0.6", "0.8", "1"])
        panel.tick_params(axis="x", labelsize=8)
        panel.grid(axis="x", color="#DDDDDD", lw=0.6, zorder=1)
        panel.spines[["top", "right", "left"]].set_visible(False)
        panel.tick_params(axis="y", length=0)
    panels[0].set_yticks(rows, scenarios, fontsize=9)
    # The first scenario at the top.
    panels[0].set_ylim(len(scenarios) - 0.5, -0.5)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside upper center", ncols=min(3, len(labels)), frameon=False, fontsize=9
    )
    if note:
        figure.supxlabel(note, fontsize=8, color="#444444", wrap=True)
    return figure
