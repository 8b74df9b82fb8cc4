"""The figure of sensitivity: what stands on it, and that its texts do not overlap."""

import itertools
from functools import partial

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.plots.sensitivity import plot_sensitivity
from bayesdose.protocols.load import load_protocol
from bayesdose.rules.mtd import HighestBelow
from bayesdose.scenarios.library import builtin_scenarios
from bayesdose.simulation.sensitivity import prior_sensitivity

GRID = load_protocol("IMM01").grid.value  # eight doses, so ten scenarios
RULE = HighestBelow(0.3)


@pytest.fixture(scope="module")
def result():
    # Eight rule-based designs stand in for priors: the figure asks for no more than their numbers.
    build = partial(AcceleratedTitration, ThreePlusThree(GRID, "deescalation"))
    levels = {f"robust weight {number / 8:g}, allocation {number}": number for number in range(1, 9)}
    return prior_sensitivity(levels, build, builtin_scenarios(GRID, RULE), mtd_rule=RULE)


@pytest.fixture(scope="module")
def figure(result):
    drawn = plot_sensitivity(result, note="IMM01. Assumed, not in the public record: " + "prior, " * 25)
    FigureCanvasAgg(drawn).draw()
    return drawn


NAMES = ("correct_selection", "proportion_overdosed", "expected_sample_size")


def test_markers_are_the_characteristics(figure, result):
    for panel, name in zip(figure.axes, NAMES, strict=True):
        assert len(panel.lines) == result.sizes["prior"]
        for number, line in enumerate(panel.lines):
            assert np.array_equal(line.get_xdata(), result[name].isel(prior=number))
            assert np.array_equal(np.round(line.get_ydata()), np.arange(10))


def test_priors_are_told_apart_without_colour(figure):
    for panel in figure.axes:
        assert len({line.get_marker() for line in panel.lines}) == 8
        positions = [line.get_ydata()[0] for line in panel.lines]
        assert np.all(np.diff(positions) > 0)


def test_axes_say_what_they_show(figure, result):
    labels = [(panel.get_title().replace("\n", " "), panel.get_xlabel()) for panel in figure.axes]
    assert labels == [
        ("recommends the MTD", "probability"),
        ("treated above the MTD", "share of patients"),
        ("expected sample size", "patients"),
    ]
    ticks = [label.get_text().replace("\n", " ") for label in figure.axes[0].get_yticklabels()]
    *named, toxic, safe = result["scenario"].values.tolist()
    assert ticks == [*named, f"{toxic} (no MTD)", f"{safe} (MTD 2 mg/kg)"]
    # The first scenario at the top.
    assert figure.axes[0].yaxis_inverted()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == result["prior"].values.tolist()
    # Shares on the whole of 0 to 1, patients from 0 up to the most, with room for the marks at the ends.
    most = float(result["expected_sample_size"].max())
    for panel, end in zip(figure.axes, (1, 1, most), strict=True):
        assert panel.get_xlim() == pytest.approx((-0.05 * end, 1.05 * end))


def test_no_texts_overlap(figure):
    renderer, page = figure.canvas.get_renderer(), figure.bbox
    texts = [*figure.legends[0].get_texts(), figure._supxlabel, *figure.axes[0].get_yticklabels()]
    for panel in figure.axes:
        low, high = panel.get_xlim()
        # Matplotlib keeps ticks beyond the limits but does not draw them.
        texts += [
            panel.xaxis.label,
            *(text for text in panel.get_xticklabels() if low <= text.get_position()[0] <= high),
        ]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts if text.get_text()]
    assert len(boxes) > 8 + 10 + 3
    for (one, first), (other, second) in itertools.combinations(boxes, 2):
        assert not first.overlaps(second), f"{one!r} and {other!r} overlap"
    for text, box in boxes:
        inside = box.x0 >= page.x0 and box.x1 <= page.x1 and box.y0 >= page.y0 and box.y1 <= page.y1
        assert inside, f"{text!r} leaves the page"
