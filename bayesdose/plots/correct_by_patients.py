"""Correct selection against the expected number of patients, by design and scenario."""

from typing import TYPE_CHECKING

import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.plots.check_result import check_characteristics
from bayesdose.plots.dots import scenario_names
from bayesdose.plots.panel_rows import panel_width, panels_in_rows
from bayesdose.plots.style import (
    FONT,
    add_legend,
    add_note,
    look,
    note_of,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_correct_by_patients"]

_COLUMNS, _LEFT, _HEIGHT, _AXIS, _NO_AXIS = 3, 0.65, 1.2, 0.45, 0.1  # inches
_TICKS = (0, 0.25, 0.5, 0.75, 1)
_DRAWN = ("correct_selection", "expected_sample_size")
_WORDS = (
    "Up and to the left is better: more often right, with fewer patients. Where no dose is the MTD, "
    "recommending none is right."
)


@checked
def plot_correct_by_patients(characteristics: xr.Dataset, *, note: str = "") -> "Figure":
    """What each design pays in patients for finding the MTD.

    Parameters
    ----------
    characteristics : xarray.Dataset
        Result of `operating_characteristics`, of at most ten designs.
    note : str, optional
        Printed below the panels, for assumptions (see `Protocol.note`). Without it, the assumptions that
        the command line recorded with the result are printed.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a scenario, one mark a design: the expected number of patients and the probability of
        recommending the MTD. 16 cm wide.

    Raises
    ------
    InputError
        If this is no such result, or it has more than ten designs.
    """
    check_characteristics(characteristics, list(_DRAWN))
    designs = [str(design) for design in characteristics["design"].values]
    width = panel_width(_COLUMNS, _LEFT)
    scenarios = [wrapped(name, width) for name in scenario_names(characteristics)]
    paragraphs = [_WORDS, note_of(characteristics, note)]
    figure, panels = panels_in_rows(
        scenarios,
        _COLUMNS,
        left=_LEFT,
        height=_HEIGHT,
        axis=_AXIS,
        no_axis=_NO_AXIS,
        legend=designs,
        note=paragraphs,
    )
    panels[0].set_ylim(-0.03, 1.03)
    panels[0].set_yticks(_TICKS)
    most = 1.08 * float(characteristics["expected_sample_size"].max())
    handles = []
    for place, panel in enumerate(panels):
        one = characteristics.isel(scenario=place)
        handles = [
            panel.plot(patients, correct, ls="", ms=6, **look(number))[0]
            for number, (patients, correct) in enumerate(
                zip(one["expected_sample_size"].values, one["correct_selection"].values, strict=True)
            )
        ]
        panel.set_xlim(0, most)
        # The lowest panel of each column, so that no empty place hides the axis.
        if place + _COLUMNS >= len(scenarios):
            panel.set_xlabel("expected patients", fontsize=FONT)
        else:
            panel.tick_params(labelbottom=False)
        panel.grid(color="#dddddd", lw=0.6)
    figure.supylabel("P(recommends the MTD)", fontsize=FONT + 1)
    add_legend(figure, handles, designs)
    add_note(figure, paragraphs)
    return figure
