"""Figures inside the page: no file beside it, no script, sharp at any size."""

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from bayesdose.plots.characteristics import plot_characteristics
from bayesdose.plots.differences import plot_differences
from bayesdose.plots.scenarios import plot_scenarios
from bayesdose.plots.selection import plot_selection

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Picture", "curve_pictures", "picture", "result_pictures"]

# More cannot be told apart, or read on a page. The tables hold them all.
_MOST_SCENARIOS = 12
_MOST_DESIGNS = 6


@dataclass(frozen=True)
class Picture:
    """A figure as a page shows it.

    Parameters
    ----------
    uri : str
        Its SVG as a data URI.
    alt : str
        What it shows, for those who do not see it.
    caption : str
        Its caption.
    """

    uri: str
    alt: str
    caption: str


def picture(figure: "Figure", alt: str, caption: str) -> Picture:
    """A figure as SVG with its letters as paths, the same bytes each time."""
    import matplotlib as mpl

    out = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "bayesdose", "svg.fonttype": "path"}):
        figure.savefig(out, format="svg", metadata={"Date": None})
    return Picture(f"data:image/svg+xml;base64,{base64.b64encode(out.getvalue()).decode()}", alt, caption)


def curve_pictures(result: xr.Dataset) -> list[Picture]:
    """The true curves."""
    shown, cut = _shown(result)
    figure = plot_scenarios(shown)
    alt = f"True probability of DLT at each dose in {shown.sizes['scenario']} scenarios."
    return [picture(figure, alt, f"True P(DLT) by dose; the MTD of each scenario is ringed.{cut}")]


def result_pictures(result: xr.Dataset, note: str) -> list[Picture]:
    """The results; fewer figures where there are more designs than can be told apart."""
    shown, cut = _shown(result)
    number = f"{shown.sizes['design']} designs in {shown.sizes['scenario']} scenarios"
    pictures = [
        picture(
            plot_selection(shown, note=note),
            f"Probability of recommending each dose, for {number}; the selection table has the numbers.",
            f"Probability that each dose is recommended, beside its true P(DLT).{cut}",
        )
    ]
    if shown.sizes["design"] > _MOST_DESIGNS:
        return pictures
    pictures.append(
        picture(
            plot_characteristics(shown, note=note),
            f"Operating characteristics of {number}; the characteristics table holds the numbers.",
            f"Operating characteristics side by side.{cut}",
        )
    )
    if "correct_selection_difference" in shown and shown.sizes["design"] > 1:
        pictures.append(
            picture(
                plot_differences(shown, note=note),
                f"Differences from the first design, for {number}; the differences table holds the numbers.",
                f"Differences from the first design on the same simulated patients.{cut}",
            )
        )
    return pictures


def _shown(result: xr.Dataset) -> tuple[xr.Dataset, str]:
    """The scenarios that a figure shows, and what a caption says if they are not all."""
    total = result.sizes["scenario"]
    if total <= _MOST_SCENARIOS:
        return result, ""
    return (
        result.isel(scenario=slice(_MOST_SCENARIOS)),
        f" The first {_MOST_SCENARIOS} of {total} scenarios; the tables hold all.",
    )
