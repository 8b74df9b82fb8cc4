"""The figure of a prior: what stands on it, and that its texts do not overlap."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from bayesdose.grid import DoseGrid
from bayesdose.models.statement import Quantile
from bayesdose.plots.prior import plot_prior
from bayesdose.priors.explain import explain_prior
from bayesdose.priors.quantiles import prior_from_quantiles
from tests.plots.legible import check_legible, shown_texts

# Fifteen doses, more than a protocol is likely to have.
GRID = DoseGrid((1, 2.5, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 250), unit="mg")
STATED = [Quantile(1, 0.5, 0.02), Quantile(1, 0.95, 0.33), Quantile(250, 0.5, 0.3), Quantile(250, 0.95, 0.8)]


@pytest.fixture(scope="module")
def explained():
    return explain_prior(prior_from_quantiles(STATED), GRID, target_interval=(0.16, 0.33))


@pytest.fixture(scope="module")
def figure(explained):
    note = "A trial. ASSUMED DOSE GRID. Warning: " + "the correlation is on its bound, " * 8
    drawn = plot_prior(explained, cap=0.25, note=note)
    FigureCanvasAgg(drawn).draw()
    return drawn


def test_panels_show_the_explanation(figure, explained):
    left, middle, right = figure.axes
    median = explained["quantile"].sel(probability=0.5).values
    assert np.array_equal(left.lines[0].get_ydata(), median)
    heights = [[bar.get_height() for bar in bars] for bars in middle.containers]
    assert np.array_equal(heights, explained["interval_probability"].values.T[::-1])
    assert middle.lines[0].get_ydata()[0] == 0.25
    bars = [bar.get_height() for bar in right.containers[0]]
    assert np.array_equal(bars, explained["effective_sample_size"].values)


def test_what_was_asked_stands_at_its_dose(figure):
    asked = figure.axes[0].lines[1]
    assert asked.get_xdata().tolist() == pytest.approx([0, 0, 14, 14])
    assert asked.get_ydata().tolist() == [0.02, 0.33, 0.3, 0.8]


def test_axes_say_what_they_show(figure):
    # The panels stand above one another and share the dose axis below the lowest.
    assert [panel.get_xlabel() for panel in figure.axes] == ["", "", "dose (mg)"]
    labels = [panel.get_ylabel().replace("\n", " ") for panel in figure.axes]
    assert labels == ["P(DLT)", "prior probability", "effective sample size (patients)"]


def test_no_texts_overlap(figure):
    # The note, eight entries of the legend and fifteen doses, besides the axes' names and numbers.
    assert len(figure.legends[0].get_texts()) == 8
    assert len(shown_texts(figure)) > 1 + 8 + 15 + 4 + 3 * 3
    check_legible(figure)
