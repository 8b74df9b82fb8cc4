"""What a prior implies at each dose before the first patient."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Probability
from bayesdose.errors import InputError
from bayesdose.plots.check_result import check_result
from bayesdose.plots.interval_bars import draw_intervals, interval_names
from bayesdose.plots.posterior_data import Intervals, interval_starts
from bayesdose.plots.rows import slot_width
from bayesdose.plots.style import (
    COLOURS,
    FONT,
    add_legend,
    add_note,
    dose_axis,
    dose_axis_height,
    dose_unit,
    legend_height,
    new_figure,
    note_height,
    note_of,
)

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_prior"]

_MAKER = "the result of explain_prior"
_QUANTILES = (0.025, 0.5, 0.975)
_HEIGHTS = (1.9, 1.9, 0.9)  # inches of the panels


@checked
def plot_prior(explained: xr.Dataset, *, cap: Probability | None = None, note: str = "") -> "Figure":
    """Prior of P(DLT), its interval probabilities and its effective sample size, by dose.

    Parameters
    ----------
    explained : xarray.Dataset
        Result of `explain_prior`.
    cap : float, optional
        Overdose probability that an admissible dose stays below, drawn in the second panel.
    note : str, optional
        Printed below the panels, for assumptions and warnings. Without it, the assumptions that the
        command line recorded with the result are printed.

    Returns
    -------
    matplotlib.figure.Figure
        Top: median and 95 % interval, with what was asked as crosses and the target interval shaded.
        Middle: probability below, in and above the target interval, stacked from the top, so that the
        overdose probability stands at the bottom. Bottom: effective sample size. 16 cm wide.

    Raises
    ------
    InputError
        If this is no such result.
    """
    target = _target(explained)
    intervals = Intervals(
        (0.0, *target, 1.0), explained["interval_probability"].transpose("dose", "interval").values
    )
    doses = [f"{dose:.12g}" for dose in explained["dose"].values]
    slot, paragraphs = slot_width(len(doses)), [note_of(explained, note)]
    labels = ["median", "95 % interval", *(["asked"] if "asked_dose" in explained else []), "target interval"]
    labels += interval_names(intervals, *target) + ([] if cap is None else [f"cap {cap:g}"])
    figure = new_figure(
        sum(_HEIGHTS) + 0.3 + dose_axis_height(doses, slot) + legend_height(labels) + note_height(paragraphs)
    )
    top, middle, bottom = figure.subplots(3, 1, sharex=True, height_ratios=_HEIGHTS)
    handles = _draw_quantiles(top, explained, target)
    handles += draw_intervals(middle, intervals, *target)
    if cap is not None:
        handles.append(middle.axhline(cap, color="black", lw=1.6, ls="--", zorder=3))
    bottom.bar(range(len(doses)), explained["effective_sample_size"].values, 0.72, color="#888888")
    names = ("P(DLT)", "prior probability", "effective\nsample size\n(patients)")
    for panel, name in zip((top, middle, bottom), names, strict=True):
        panel.set_ylabel(name, fontsize=FONT + 1 if panel is not bottom else FONT)
        panel.tick_params(labelsize=FONT)
        panel.spines[["top", "right"]].set_visible(False)
    figure.align_ylabels()
    dose_axis(bottom, doses, dose_unit(explained), slot)
    add_legend(figure, handles, labels)
    add_note(figure, paragraphs)
    return figure


def _target(explained: xr.Dataset) -> tuple[float, float]:
    """The target interval of an explanation, whose content is checked.

    Raises
    ------
    InputError
        If it is no result of `explain_prior`.
    """
    asked = {name: ("statement",) for name in ("asked_dose", "asked_prob_dlt") if "asked_dose" in explained}
    check_result(
        explained,
        "explained",
        _MAKER,
        numbers={
            "dose": ("dose",),
            "probability": ("probability",),
            "quantile": ("dose", "probability"),
            "interval_probability": ("dose", "interval"),
            "effective_sample_size": ("dose",),
            **asked,
        },
        texts={"interval": ("interval",)},
    )
    known = explained["probability"].values
    if not all(np.isclose(known, wanted).any() for wanted in _QUANTILES):
        raise InputError(
            "explained", got=f"quantiles at {known.tolist()}", wanted=f"those at {_QUANTILES}, as in {_MAKER}"
        )
    starts = interval_starts(explained)
    if len(starts) != 3 or not 0 < starts[1] < starts[2] < 1:
        names = ", ".join(map(str, explained["interval"].values))
        raise InputError(
            "explained", got=f"the intervals {names}", wanted="those below, in and above the target"
        )
    return starts[1], starts[2]


def _draw_quantiles(panel: "Axes", explained: xr.Dataset, target: tuple[float, float]) -> list["Artist"]:
    """Median and 95 % interval, what was asked, and the target interval: the legend's handles."""
    positions = np.arange(explained.sizes["dose"])
    known = explained["probability"].values
    quantile = explained["quantile"].transpose("probability", "dose").values
    low, median, high = (quantile[np.isclose(known, wanted).argmax()] for wanted in _QUANTILES)
    thin = panel.vlines(positions, low, high, color=COLOURS[0], lw=2, zorder=2)
    (middle,) = panel.plot(
        positions, median, "o", color="white", markeredgecolor="black", ms=5, zorder=3, clip_on=False
    )
    handles = [middle, thin]
    if "asked_dose" in explained:
        doses, asked = explained["dose"].values, explained["asked_dose"].values
        shown = (asked >= doses[0] * (1 - 1e-9)) & (asked <= doses[-1] * (1 + 1e-9))
        place = np.interp(np.log(asked[shown]), np.log(doses), positions)
        stated = explained["asked_prob_dlt"].values[shown]
        handles += panel.plot(place, stated, "x", color="black", ms=6, zorder=4, clip_on=False)
    handles.append(panel.axhspan(*target, color="#DDDDDD", zorder=0, lw=0))
    panel.set_ylim(0, 1)
    return handles
