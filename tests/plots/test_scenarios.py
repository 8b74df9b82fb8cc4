"""The figure of the true curves."""

import numpy as np

import bayesdose as bd
from tests.plots.legible import check_legible, check_nothing_cut

GRID = bd.DoseGrid((1, 2, 4), "$mg")


def result(number):
    curves = [(0.01 * k, 0.02 * k, 0.05 * k) for k in range(1, number + 1)]
    scenarios = bd.scenarios.scenarios_from_curves(GRID, curves, [f"scenario ${k}" for k in range(number)])
    designs = {"3+3": bd.three_plus_three(GRID, "deescalation")}
    return bd.operating_characteristics(designs, scenarios, mtd_rule=bd.rules.HighestBelow(0.30)), curves


def test_curves_and_their_mtd():
    characteristics, curves = result(12)
    figure = bd.plots.plot_scenarios(characteristics, note="A note.")
    check_legible(figure)
    check_nothing_cut(figure)
    (panel,) = figure.axes
    lines = [line for line in panel.get_lines() if len(line.get_xdata()) == 3]
    assert np.array_equal([line.get_ydata() for line in lines], curves)
    looks = {(line.get_color(), line.get_marker(), line.get_linestyle()) for line in lines}
    assert len(looks) == 12
    rings = [line for line in panel.get_lines() if len(line.get_xdata()) == 1]
    # P(DLT) below 0.30 at the highest dose for 0.05 k with k up to 5; from there at the dose below.
    assert [int(ring.get_xdata()[0]) for ring in rings] == [2] * 5 + [1] * 7
