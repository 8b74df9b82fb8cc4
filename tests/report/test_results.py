"""What is printed below a table of results."""

import io

import numpy as np
import xarray as xr
from rich.console import Console

from bayesdose.report.results import _show_refinement


def test_states_decided_again_are_counted():
    # Of 14 states 3 were decided on the second table and 1 on the third; 2 others on none.
    result = xr.Dataset(
        {
            "refined_states": (("refinement", "design"), np.array([[10, 5], [3, 0], [1, 0]])),
            "unsettled_states": ("design", [2, 0]),
        },
        coords={"design": ["BLRM", "BOIN"], "refinement": [0, 1, 2]},
    )
    printed = io.StringIO()
    _show_refinement(Console(file=printed, width=200), result)
    assert printed.getvalue().splitlines() == [
        "BLRM: 14 states decided, 4 of them at higher accuracy.",
        "BLRM: 2 further states are too close to call at any accuracy it has.",
    ]
