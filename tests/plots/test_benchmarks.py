"""The benchmarks' figures and the figures page, from the files in docs."""

import csv
import re
from pathlib import Path

import pytest

from benchmarks.accuracy.figure import plot_accuracy
from benchmarks.generators.run import generated, plot_generated
from benchmarks.speed.growth_figure import plot_growth, read_growth
from tests.plots.legible import check_legible, check_nothing_cut, shown_texts

DOCS = Path(__file__).parents[2] / "docs"


def read(name):
    with (DOCS / name).open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def growth():
    with (DOCS / "growth.csv").open(newline="") as file:
        return read_growth(file)


def words(figure):
    return " ".join(text.get_text() for text in shown_texts(figure)).replace("\n", " ")


@pytest.mark.parametrize(
    ("panels", "axis", "other", "fixed"),
    [(slice(0, 3), "patients", "doses", 6), (slice(3, 6), "doses", "patients", 36)],
)
def test_growth_points_are_the_measurements(growth, panels, axis, other, fixed):
    figure = plot_growth(growth)
    at = [row for row in growth if row[other] == fixed]
    designs = dict.fromkeys(row["design"] for row in at)
    shown = [name for name in designs if sum(row["design"] == name for row in at) > 1]
    assert len(shown) == (3 if axis == "patients" else 1)
    for panel, name in zip(figure.axes[panels], ("states", "seconds_graph", "peak_mib"), strict=True):
        lines = [line for line in panel.lines if line.get_linestyle() == "-"]
        found = [line.get_xydata().tolist() for line in lines]
        assert found == [[[row[axis], row[name]] for row in at if row["design"] == one] for one in shown]
        assert panel.get_yscale() == "log"
    check_nothing_cut(figure)
    check_legible(figure)


def test_growth_says_which_points_are_truncated(growth):
    figure = plot_growth(growth)
    for panel in figure.axes:
        white = [line for line in panel.lines if line.get_markerfacecolor() == "white"]
        found = [x for line in white for x in line.get_xdata()]
        assert found == ([48, 60] if "patients (" in panel.get_xlabel() else [])
    assert "BLRM, 48 patients on 6 doses, 1e-06; BLRM, 60 patients on 6 doses, 0.001" in words(figure)
    full = [row for row in growth if row["unresolved_probability"] == 0]
    assert "No graph is truncated" in words(plot_growth(full))


def test_growth_ticks_are_plain_numbers(growth):
    figure = plot_growth(growth)
    check_legible(figure)
    for panel in figure.axes:
        low, high = panel.get_ylim()
        shown = [
            label.get_text()
            for tick, label in zip(panel.get_yticks(), panel.get_yticklabels(), strict=True)
            if low * 0.999 <= tick <= high * 1.001
        ]
        assert len(shown) >= 3
        assert all(re.fullmatch(r"[0-9][0-9,]*(\.[0-9]+)?", text) for text in shown), shown


def test_accuracy_points_are_the_study():
    rows = read("accuracy.csv")
    figure = plot_accuracy(rows)
    (panel,) = figure.axes
    names = ("median_error", "worst_error", "claimed_error", "reference_two_orders")
    for line, name in zip(panel.lines, names, strict=False):
        assert list(line.get_xdata()) == [float(row[name]) for row in rows]
    labels = [label.get_text() for label in panel.get_yticklabels()]
    assert labels == [f"{row['prior']}, {row['grid']}" for row in rows]
    assert panel.lines[4].get_xdata()[0] == 1e-6
    assert "1,000 random data sets" in words(figure)
    check_nothing_cut(figure)
    check_legible(figure)


def test_generated_curves_are_drawn_with_a_dot_at_the_dose_closest_to_the_target():
    scenarios = generated()
    figure = plot_generated(scenarios)
    for panel, (title, curves) in zip(figure.axes, scenarios.items(), strict=True):
        assert panel.get_title() == title
        lines, dots = panel.lines[:-1:2], panel.lines[1:-1:2]
        for line, dot, curve in zip(lines, dots, curves, strict=True):
            assert tuple(line.get_ydata()) == curve.prob_dlt
            assert dot.get_ydata()[0] == min(curve.prob_dlt, key=lambda prob_dlt: abs(prob_dlt - 0.3))
    check_nothing_cut(figure)
    check_legible(figure)


def test_figures_of_the_page_are_told_in_words_too():
    page = (DOCS / "figures.md").read_text(encoding="utf-8")
    figures = re.findall(r"^bd\.plots\.plot_", page, re.MULTILINE)
    told = re.findall(r"^    alt: \".+\"$", page, re.MULTILINE)
    assert len(figures) == len(told) > 0, "give each cell of docs/figures.md an alt text"
