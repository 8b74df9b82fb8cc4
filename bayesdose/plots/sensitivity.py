"""Operating characteristics under several priors, one panel a characteristic."""

from typing import TYPE_CHECKING

import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.plots.check_result import check_characteristics
from bayesdose.plots.dots import DotPanel, plot_dots, scenario_names
from bayesdose.plots.style import note_of
from bayesdose.plots.uncertainty import method_of, value_and_ends

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_sensitivity"]

# Name, title, unit, and the ends that the axis reaches.
_PANELS = (
    ("correct_selection", "recommends\nthe MTD", "probability", (0.0, 1.0)),
    ("proportion_overdosed", "treated\nabove the MTD", "share of patients", (0.0, 1.0)),
    ("expected_sample_size", "expected\nsample size", "patients", (0.0, None)),
)
_CONVENTIONS = "With no MTD, recommending no dose is correct, and every dose is above."


@checked
def plot_sensitivity(sensitivity: xr.Dataset, *, note: str = "") -> "Figure":
    """Correct selection, overdosed share and sample size in each scenario, by prior.

    Parameters
    ----------
    sensitivity : xarray.Dataset
        Result of `prior_sensitivity`, of at most ten priors.
    note : str, optional
        Printed below the panels, for assumptions (see `Protocol.note`). Without it, the assumptions that
        the command line recorded with the result are printed.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a characteristic, one row a scenario with its true MTD, one mark a prior. Where no dose
        is the MTD, recommending none is correct, and every patient is treated above it. 16 cm wide.

    Raises
    ------
    InputError
        If this is no such result, or it has more than ten priors.
    """
    check_characteristics(
        sensitivity,
        [name for name, *_ in _PANELS],
        by="prior",
        subject="sensitivity",
        maker="the result of prior_sensitivity",
    )
    priors = [str(prior) for prior in sensitivity["prior"].values]
    bars, words = method_of(sensitivity, "correct_selection")
    return plot_dots(
        [
            DotPanel(title, unit, *value_and_ends(sensitivity, name, ("prior", "scenario"), ends), ends)
            for name, title, unit, ends in _PANELS
        ],
        priors,
        scenario_names(sensitivity),
        columns=3,
        styles=range(len(priors)),
        bars=bars,
        note=[words, _CONVENTIONS, note_of(sensitivity, note)],
        series="priors",
    )
