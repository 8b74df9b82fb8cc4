"""The figure of selection probabilities: what stands on it, and that its texts do not overlap."""

import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection

import bayesdose as bd
from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.plots.correct_by_patients import plot_correct_by_patients
from bayesdose.plots.selection import plot_selection
from bayesdose.protocols.load import load_protocol
from bayesdose.rules.mtd import HighestBelow
from bayesdose.scenarios.library import builtin_scenarios
from bayesdose.simulation.operating_characteristics import operating_characteristics
from tests.plots.legible import check_legible

GRID = load_protocol("IMM01").grid.value  # eight doses, of up to five characters
RULE = HighestBelow(0.3)


def characteristics(**options):
    following = ThreePlusThree(GRID, "deescalation")
    designs = {
        "own": AcceleratedTitration(following, 2),
        "3+3": following,
        "six": ThreePlusThree(GRID, "deescalation-six"),
    }
    return operating_characteristics(designs, builtin_scenarios(GRID, RULE), mtd_rule=RULE, **options)


@pytest.fixture(scope="module")
def result():
    return characteristics()


@pytest.fixture(scope="module")
def figure(result):
    note = "IMM01. ASSUMED DOSE GRID. Assumed, not in the public record: " + "design.trigger, " * 15
    drawn = plot_selection(result, note=note)
    FigureCanvasAgg(drawn).draw()
    return drawn


def panels(figure):
    return [panel for panel in figure.axes if panel.axison]


def test_one_panel_a_scenario(figure, result):
    assert len(GRID) == 8
    assert [panel.get_title() for panel in panels(figure)] == result["scenario"].values.tolist()


def test_axes_say_what_they_show(figure):
    labels = [(panel.get_xlabel(), panel.get_ylabel()) for panel in panels(figure)]
    # Ten panels in rows of three: y labels on the left, x labels on the lowest panel of each column.
    assert [bool(y) for _, y in labels] == [True, False, False] * 3 + [True]
    assert [bool(x) for x, _ in labels] == [False] * 7 + [True] * 3
    assert {x for x, _ in labels if x} == {"recommended dose (mg/kg)"}
    assert {y for _, y in labels if y} == {"probability"}
    texts = {text.get_text() for text in figure.legends[0].get_texts()}
    assert texts == {"true MTD", "true P(DLT)", "own", "3+3", "six"}


def test_bars_are_the_selection_probabilities(figure, result):
    for number, panel in enumerate(panels(figure)):
        bars = [of_design for of_design in panel.collections if isinstance(of_design, PolyCollection)]
        corners = np.array([[bar.vertices for bar in of_design.get_paths()] for of_design in bars])
        heights = corners[..., 1].max(axis=2)
        assert np.array_equal(heights, result["selection_probability"].isel(scenario=number).values)
        assert np.all(corners[..., 1].min(axis=2) == 0)
        # Beside each other around the dose's tick, one wide as the next, and apart from the next dose's.
        middle = (corners[..., 0].max(axis=2) + corners[..., 0].min(axis=2)) / 2
        np.testing.assert_allclose(middle.T, np.arange(9)[:, None] + 0.28 * np.array([-1, 0, 1]), atol=1e-12)
        np.testing.assert_allclose(np.ptp(corners[..., 0], axis=2), 0.28, atol=1e-12)
        chance, true = result["selection_probability"], result["true_prob_dlt"].isel(scenario=number)
        *marks, curve = panel.lines
        assert np.array_equal(curve.get_ydata(), true)
        for design, mark in enumerate(marks):
            value = chance.isel(scenario=number, design=design).values
            # Bars below half a percent are too flat to be seen and have no marker.
            assert np.array_equal(mark.get_ydata(), value[value >= 0.005])


def test_no_texts_overlap(figure):
    renderer = figure.canvas.get_renderer()
    page = figure.bbox
    for panel in panels(figure):
        boxes = [label.get_window_extent(renderer) for label in panel.get_xticklabels()]
        assert len(boxes) == 9
        for left, right in itertools.pairwise(boxes):
            assert left.x1 < right.x0, f"tick labels of {panel.get_title()!r} overlap"
        heights = [label.get_window_extent(renderer) for label in panel.get_yticklabels() if label.get_text()]
        for lower, upper in itertools.pairwise(heights):
            assert lower.y1 < upper.y0
    texts = [*figure.legends[0].get_texts(), figure._supxlabel]
    for panel in panels(figure):
        texts += [panel.title, panel.xaxis.label, panel.yaxis.label, *panel.get_xticklabels()]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts if text.get_text()]
    for (one, first), (other, second) in itertools.combinations(boxes, 2):
        assert not first.overlaps(second), f"{one!r} and {other!r} overlap"
    for text, box in boxes:
        inside = box.x0 >= page.x0 and box.x1 <= page.x1 and box.y0 >= page.y0 and box.y1 <= page.y1
        assert inside, f"{text!r} leaves the page"


def test_a_tall_figure_and_long_names_are_legible(result):
    # Ten rows on a page of 50 cm: what is placed is placed in inches, not in shares of the page.
    tall = plot_selection(result, columns=1, note="Assumed: " + "something, " * 20)
    assert tall.get_figheight() > 15
    check_legible(tall)
    assert tall._supxlabel.get_window_extent().y0 < 0.1 * tall.dpi
    named = result.isel(scenario=slice(4)).assign_coords(
        scenario=[f"curve {number} of a family whose name is rather long" for number in range(4)]
    )
    check_legible(plot_selection(named))
    check_legible(plot_correct_by_patients(named, note="Assumed: " + "something, " * 20))


def test_simulated_results_have_error_bars():
    simulated = characteristics(method=bd.MonteCarlo(trials=200, rng=1))
    figure = plot_selection(simulated)
    value, error = simulated["selection_probability"], 1.96 * simulated["selection_probability_mcse"]
    low, high = np.maximum(value - error, 0), np.minimum(value + error, 1)
    for number, panel in enumerate(panels(figure)):
        bars = [lines for lines in panel.collections if isinstance(lines, LineCollection)]
        assert len(bars) == simulated.sizes["design"]
        for design, lines in enumerate(bars):
            ends = [segment[:, 1] for segment in lines.get_segments()]
            one = {"scenario": number, "design": design}
            np.testing.assert_allclose(ends, np.stack([low.isel(one), high.isel(one)], axis=1), atol=1e-4)
    assert "95 % Monte Carlo interval" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_a_last_panel_without_error_bars_keeps_the_legend():
    # No DLT ever in the last scenario: every trial recommends the highest dose, without any error.
    curves = [
        bd.scenarios.Scenario("some", GRID, tuple(np.linspace(0.05, 0.6, len(GRID)))),
        bd.scenarios.Scenario("never", GRID, (0.0,) * len(GRID)),
    ]
    design = {"3+3": ThreePlusThree(GRID, "deescalation")}
    method = bd.MonteCarlo(trials=20, rng=1)
    figure = plot_selection(operating_characteristics(design, curves, mtd_rule=RULE, method=method))
    assert "95 % Monte Carlo interval" in [text.get_text() for text in figure.legends[0].get_texts()]
