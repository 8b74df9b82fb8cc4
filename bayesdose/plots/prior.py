"""What a prior implies at each dose before the first patient."""

import math
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_prior"]

# Below, in and above the target interval: told apart with any colour vision, and light to dark in grey.
_COLOURS = ("#D6E6F2", "#56B4E9", "#D55E00")


def plot_prior(
    explained: xr.Dataset, *, cap: float | None = None, note: str = "", columns: int = 3
) -> "Figure":
    """Prior of P(DLT), its interval probabilities and its effective sample size, by dose.

    Parameters
    ----------
    explained : xarray.Dataset
        Result of `explain_prior`.
    cap : float, optional
        Overdose probability that an admissible dose stays below, drawn in the second panel.
    note : str, optional
        Printed below the panels, for assumptions and warnings.
    columns : int, default 3
        Panels side by side, of three.

    Returns
    -------
    matplotlib.figure.Figure
        First: median and 95 % interval, with what was asked as crosses and the target interval shaded.
        Second: probability below, in and above the target interval, stacked from the top, so that
        the overdose probability stands at the bottom. Third: effective sample size.
    """
    from matplotlib.figure import Figure

    rows = math.ceil(3 / columns)
    height = 4.4 if rows == 1 else rows * 3.4 + 0.4
    figure = Figure(figsize=(columns * 11 / 3, height), layout="constrained", facecolor="white")
    ratios = (1.2, 1.2, 1)[:columns] if columns == 3 else None
    left, middle, right, *others = figure.subplots(rows, columns, width_ratios=ratios, squeeze=False).ravel()
    for panel in others:
        panel.set_axis_off()
    _quantile_panel(left, explained)
    _interval_panel(middle, explained, cap)
    positions = np.arange(explained.sizes["dose"])
    right.bar(positions, explained["effective_sample_size"].values, 0.7, color="#999999")
    right.set_ylabel("effective sample size (patients)")
    right.set_title("weight of the prior", fontsize=10, pad=22)
    labels = [f"{dose:.12g}" for dose in explained["dose"].values]
    crowded = len(labels) > 6
    for panel in (left, middle, right):
        panel.set_xticks(positions, labels, fontsize=8, rotation=90 if crowded else 0)
        panel.set_xlim(-0.6, len(labels) - 0.4)
        panel.set_xlabel(f"dose ({explained['dose'].attrs['units']})")
        panel.tick_params(axis="y", labelsize=8)
        panel.spines[["top", "right"]].set_visible(False)
    if note:
        figure.supxlabel(note, fontsize=8, color="#444444", wrap=True)
    return figure


def _quantile_panel(panel: "Axes", explained: xr.Dataset) -> None:
    positions = np.arange(explained.sizes["dose"])
    low, median, high = (explained["quantile"].sel(probability=q).values for q in (0.025, 0.5, 0.975))
    target = str(explained["interval"].values[1])
    lower, upper = (float(end) for end in target.strip("[)").split(","))
    panel.axhspan(lower, upper, color="#EEEEEE", zorder=0, label="target interval")
    panel.vlines(positions, low, high, color="#0072B2", lw=2, label="95 % interval")
    panel.plot(positions, median, "o", color="#0072B2", ms=5, label="median")
    if "asked_dose" in explained:
        doses = explained["dose"].values
        asked = explained["asked_dose"].values
        shown = (asked >= doses[0] * (1 - 1e-9)) & (asked <= doses[-1] * (1 + 1e-9))
        place = np.interp(np.log(asked[shown]), np.log(doses), positions)
        panel.plot(place, explained["asked_prob_dlt"].values[shown], "x", color="black", ms=6, label="asked")
    panel.set_ylim(0, 1)
    panel.set_ylabel("P(DLT)")
    panel.set_title("prior of P(DLT)", fontsize=10, pad=22)
    _legend(panel, 4)


def _interval_panel(panel: "Axes", explained: xr.Dataset, cap: float | None) -> None:
    positions = np.arange(explained.sizes["dose"])
    bottom = np.zeros(len(positions))
    # The overdose probability at the bottom, where its height can be read off.
    for number in (2, 1, 0):
        share = explained["interval_probability"].isel(interval=number).values
        label = str(explained["interval"].values[number])
        panel.bar(positions, share, 0.7, bottom=bottom, color=_COLOURS[number], label=label)
        bottom = bottom + share
    if cap is not None:
        panel.axhline(cap, color="black", lw=1, ls="--", label=f"cap {cap:g}")
    panel.set_ylim(0, 1)
    panel.set_ylabel("prior probability")
    panel.set_title("P(DLT) in each interval", fontsize=10, pad=22)
    _legend(panel, 4)


def _legend(panel: "Axes", columns: int) -> None:
    """Above the panel, under its title."""
    panel.legend(
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=columns,
        frameon=False,
        fontsize=7,
        columnspacing=0.9,
        handlelength=1.2,
        handletextpad=0.4,
        borderaxespad=0.2,
    )
