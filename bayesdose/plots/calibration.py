"""Designs that a calibration tried, by two objectives or more: the Pareto front and the chosen one."""

from typing import TYPE_CHECKING

import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.errors import InputError
from bayesdose.plots.check_result import check_result
from bayesdose.plots.panel_rows import panel_width, panels_in_rows
from bayesdose.plots.style import COLOURS, FONT, add_legend, add_note, note_of, wrapped

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_calibration"]

_LEFT, _HEIGHT, _AXIS = 0.65, 2.4, 0.62  # inches
_MAKER = "the `tried` of a calibration with two objectives or more"
# From the back to the front: light to dark in grey too, and of other marks.
_OUT = {"marker": "x", "ms": 4, "mew": 0.8, "color": "#777777"}
_WITHIN = {"marker": "o", "ms": 4, "mfc": "white", "mew": 0.8, "color": COLOURS[4]}
_FRONT = {"marker": "o", "ms": 4.5, "color": COLOURS[0]}
_CHOSEN = {"marker": "D", "ms": 8, "mfc": "none", "mew": 1.6, "color": "black"}


@checked
def plot_calibration(tried: xr.Dataset, *, note: str = "") -> "Figure":
    """Every design of a calibration: its first objective against each of the others.

    Parameters
    ----------
    tried : xarray.Dataset
        `Calibration.tried`, with two objectives or more; or what `Calibration.held_out` gives.
    note : str, optional
        Printed below the panels, for assumptions (see `Protocol.note`).

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each further objective: designs outside the constraints, within, on the Pareto front, and
        the chosen one. 16 cm wide.

    Raises
    ------
    InputError
        If this is no such result, or it has one objective or more than four.
    """
    flags = ("meets_constraints", "on_front", "chosen")
    check_result(
        tried,
        "tried",
        _MAKER,
        numbers={"objective_value": ("design", "objective")} | dict.fromkeys(flags, ("design",)),
        texts=dict.fromkeys(("objective", "objective_axis", "better"), ("objective",))
        | {"design": ("design",)},
    )
    values = tried["objective_value"].transpose("design", "objective").values
    number = values.shape[1]
    if not 2 <= number <= 4:
        raise InputError("tried", got=f"{number} objectives", wanted="two to four, one an axis")
    meets, front, chosen = (tried[name].values.astype(bool) for name in flags)
    groups = [
        ("outside the constraints", ~meets, _OUT),
        ("within", meets & ~front, _WITHIN),
        ("on the front", front, _FRONT),
    ]
    if chosen.any():
        groups.append((f"chosen: {tried['design'].values[chosen][0]}", chosen, _CHOSEN))
    groups = [one for one in groups if one[1].any()]
    labels = [name for name, *_ in groups]
    axes = [str(one) for one in tried["objective_axis"].values]
    better = ", ".join(
        f"{axis.partition(' (')[0]} {way}" for axis, way in zip(axes, tried["better"].values, strict=True)
    )
    paragraphs = [f"Better is: {better}.", note_of(tried, note)]
    width = panel_width(number - 1, _LEFT)
    figure, panels = panels_in_rows(
        [""] * (number - 1),
        number - 1,
        left=_LEFT,
        height=_HEIGHT,
        axis=_AXIS,
        no_axis=_AXIS,
        legend=labels,
        note=paragraphs,
    )
    handles = []
    for place, panel in enumerate(panels, start=1):
        handles = [
            panel.plot(values[which, place], values[which, 0], ls="", **look)[0] for _, which, look in groups
        ]
        panel.set_xlabel(wrapped(axes[place], width), fontsize=FONT)
        panel.locator_params(axis="x", nbins=5)
        panel.grid(color="#dddddd", lw=0.6)
        panel.margins(0.06)
    panels[0].set_ylabel(wrapped(axes[0], _HEIGHT), fontsize=FONT)
    add_legend(figure, handles, labels)
    add_note(figure, paragraphs)
    return figure
