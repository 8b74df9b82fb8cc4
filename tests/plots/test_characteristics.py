"""Operating characteristics and differences in figures: marks and bars are the results, one a design."""

import itertools

import attrs
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import bayesdose as bd
from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.plots.characteristics import plot_characteristics
from bayesdose.plots.differences import plot_differences
from bayesdose.plots.style import SMALL, text_width
from bayesdose.protocols.load import load_protocol
from bayesdose.rules.mtd import HighestBelow
from bayesdose.scenarios.library import builtin_scenarios
from bayesdose.simulation.operating_characteristics import operating_characteristics
from tests.plots.legible import check_legible, check_nothing_cut, shown_texts

MIL97, IMM01 = (load_protocol(name) for name in ("MIL97", "IMM01"))
RULE = HighestBelow(0.3)
PANELS = {
    "recommends\nthe MTD": ("correct_selection", "probability"),
    "recommends\nless": ("underdose_selection", "probability"),
    "recommends\nmore": ("overdose_selection", "probability"),
    "treated\nat the MTD": ("proportion_treated_at_mtd", "share of patients"),
    "treated\nabove the MTD": ("proportion_overdosed", "share of patients"),
    "with\nDLT": ("dlt_rate", "share of patients"),
    "expected\nsample size": ("expected_sample_size", "patients"),
    "expected\nduration": ("expected_duration", "days"),
}
LONG = "accelerated titration up to level four and then 3+3 with de-escalation, as in the $fourth$ amendment"


def characteristics(grid=MIL97.grid.value, **options):
    following = ThreePlusThree(grid, "deescalation")
    designs = {
        "own": AcceleratedTitration(following, 2),
        "3+3": following,
        "six": ThreePlusThree(grid, "deescalation-six"),
    }
    return operating_characteristics(
        designs, builtin_scenarios(grid, RULE), mtd_rule=RULE, **{"dlt_window": 28, **options}
    )


@pytest.fixture(scope="module")
def exact():
    return characteristics()


@pytest.fixture(scope="module")
def simulated():
    return characteristics(method=bd.MonteCarlo(trials=40, rng=1))


@pytest.fixture(scope="module")
def extreme():
    """Six designs in eight scenarios on fifteen doses, with names of any length."""
    grid = DoseGrid(tuple(np.round(12.5 * 1.4 ** np.arange(15), 1)), unit="mg/m²/day")
    plain = ThreePlusThree(grid, "deescalation")
    designs = {
        "3+3": plain,
        LONG: AcceleratedTitration(plain, 4),
        LONG[::-1]: AcceleratedTitration(plain, 2),
        "rolling": ThreePlusThree(grid, "deescalation-six"),
        "c": ThreePlusThree(grid, "deescalation", 2),
        "a design with a rather long name": ThreePlusThree(grid, "deescalation", 3),
    }
    scenarios = [
        attrs.evolve(one, name=f"{one.name}, steep, of a published study" if number % 2 else one.name)
        for number, one in enumerate(builtin_scenarios(grid, RULE)[8:16])
    ]
    return operating_characteristics(
        designs, scenarios, mtd_rule=RULE, dlt_window=28, method=bd.MonteCarlo(trials=100, rng=1)
    )


def panels(figure):
    return [panel for panel in figure.axes if panel.axison]


def marks(panel):
    """Value of each design (D, S)."""
    return np.array([line.get_xdata() for line in panel.lines if line.get_marker() != "None"])


def bars(panel):
    """Ends of each design's bars (D, S, 2)."""
    return np.array([[segment[:, 0] for segment in part.get_segments()] for part in panel.collections])


def words(figure):
    return " ".join(text.get_text() for text in shown_texts(figure)).replace("\n", " ")


def test_marks_are_the_exact_results(exact):
    figure = plot_characteristics(exact)
    assert [panel.get_title() for panel in panels(figure)] == list(PANELS)
    for panel, (name, unit) in zip(panels(figure), PANELS.values(), strict=True):
        assert np.array_equal(marks(panel), exact[name])
        assert panel.get_xlabel() == unit
        assert not panel.collections, "exact results have no bars"
    assert "Exact, no Monte Carlo error." in words(figure)
    check_nothing_cut(figure)


def test_bars_are_monte_carlo_intervals(simulated):
    figure = plot_characteristics(simulated)
    cut = 0
    for panel, (name, _) in zip(panels(figure), PANELS.values(), strict=True):
        value, spread = simulated[name].values, 1.96 * simulated[f"{name}_mcse"].values
        most = np.inf if name.startswith("expected") else 1
        low, high = np.maximum(value - spread, 0), np.minimum(value + spread, most)
        cut += np.sum(high < value + spread) + np.sum(low > value - spread)
        assert np.array_equal(marks(panel), value)
        np.testing.assert_allclose(bars(panel), np.stack([low, high], axis=-1), atol=1e-12)
        ends = panel.get_xlim()
        assert ends[0] < low.min()
        assert ends[1] > high.max()
    assert cut > 0
    assert "40 simulated trials" in words(figure)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["own", "3+3", "six", "95 % Monte Carlo interval"]


def test_bars_of_a_truncated_graph_are_its_bounds(exact):
    truncated = characteristics(method=bd.Exact(max_unresolved=0.05))
    figure = plot_characteristics(truncated)
    for panel, (name, _) in zip(panels(figure), PANELS.values(), strict=True):
        assert np.array_equal(bars(panel)[..., 0], truncated[f"{name}_lower"])
        assert np.array_equal(bars(panel)[..., 1], truncated[f"{name}_upper"])
    assert "certain bounds" in words(figure)
    assert "Exact but for trials of probability 0.0" in words(figure)


def test_rows_are_the_scenarios_with_their_mtd(exact):
    panel = panels(plot_characteristics(exact))[0]
    labels = [label.get_text().replace("\n", " ") for label in panel.get_yticklabels()]
    expected = [f"MTD {dose} mg/kg" for dose in MIL97.grid.value.labels]
    assert labels == [*expected, "too toxic (no MTD)", "safe (MTD 0.45 mg/kg)"]
    assert panel.get_ylim() == (7.5, -0.5), "the first scenario stands at the top"
    # A mark lies in its scenario's row.
    for line in panel.lines[:3]:
        assert np.array_equal(np.round(line.get_ydata()), np.arange(8))


def test_a_name_that_begins_like_the_mtd_does_not_hide_it(exact):
    renamed = exact.isel(scenario=[2]).assign_coords(scenario=["MTD 0.15 mg/kg or so"])
    panel = panels(plot_characteristics(renamed))[0]
    label = panel.get_yticklabels()[0].get_text().replace("\n", " ")
    assert label == "MTD 0.15 mg/kg or so (MTD 0.1 mg/kg)"


def test_differences_are_the_results(simulated):
    figure = plot_differences(simulated, "3+3")
    names = ["correct_selection", "overdose_selection", "expected_sample_size"]
    names += ["proportion_treated_at_mtd", "proportion_overdosed", "dlt_rate"]
    for panel, name in zip(panels(figure), names, strict=True):
        own = simulated.sel(design=["own", "six"])[name].values
        difference = own - simulated.sel(design="3+3")[name].values
        np.testing.assert_allclose(marks(panel), difference, atol=1e-12)
        error = simulated[f"{name}_difference_mcse"].sel(design=["own", "six"], other_design="3+3").values
        expected = difference[..., None] + 1.96 * error[..., None] * np.array([-1, 1])
        np.testing.assert_allclose(bars(panel), expected, atol=1e-12)
        (zero,) = [line for line in panel.lines if line.get_marker() == "None"]
        assert list(zero.get_xdata()) == [0, 0]
        assert "difference" in panel.get_xlabel()
    assert "Each design less 3+3" in words(figure)


def test_a_design_looks_the_same_in_both_figures(simulated):
    whole, against = (panels(plot(simulated))[0] for plot in (plot_characteristics, plot_differences))
    looks = [(line.get_marker(), line.get_color()) for line in whole.lines]
    found = [(line.get_marker(), line.get_color()) for line in against.lines if line.get_marker() != "None"]
    assert found == looks[1:]
    assert len({marker for marker, _ in looks}) == len({colour for _, colour in looks}) == 3


@pytest.mark.parametrize("note", ["", IMM01.note * 3])
def test_legible(exact, simulated, extreme, note):
    imm01 = characteristics(IMM01.grid.value)
    alone = extreme.isel(design=[1], scenario=[0])
    no_duration = exact.drop_vars("expected_duration").isel(scenario=[0, 1])
    middling = extreme.assign_coords(design=[f"design number {number}, amended" for number in range(6)])
    for result in (exact, simulated, imm01, extreme, middling, alone, no_duration):
        figure = plot_characteristics(result, note=note)
        check_legible(figure)
        assert ("ASSUMED DOSE GRID" in words(figure)) == bool(note)
    for result, reference in ((simulated, None), (extreme, LONG), (extreme.isel(design=[0, 1]), "3+3")):
        figure = plot_differences(result, reference, note=note)
        check_legible(figure)
        assert ("ASSUMED DOSE GRID" in words(figure)) == bool(note)


@pytest.mark.parametrize("factor", [1, 0.4, 0.15, 0.06, 0.025, 0.01, 0.004])
def test_ticks_of_narrow_panels_are_apart_and_give_a_scale(simulated, factor):
    """By two digits in a panel, whatever the numbers, and by one from the next panel."""
    smaller = {name: part * factor for name, part in simulated.data_vars.items() if "difference" in name}
    figure = plot_differences(simulated.assign(smaller), "3+3")
    FigureCanvasAgg(figure).draw()
    digits = text_width("00", SMALL) * figure.dpi
    for row in np.array(panels(figure)).reshape(2, 3):
        right_of_the_last = -np.inf
        for panel in row:
            boxes = [label.get_window_extent() for label in panel.get_xticklabels()]
            assert len(boxes) >= 2, "one number gives no scale"
            assert boxes[0].x0 - right_of_the_last >= digits / 2
            assert all(right.x0 - left.x1 >= 0.9 * digits for left, right in itertools.pairwise(boxes))
            right_of_the_last = boxes[-1].x1


def test_assumptions_recorded_with_a_result_are_shown(simulated):
    kept = simulated.assign_attrs(protocol="IMM01", assumptions="ASSUMED DOSE GRID. Assumed: grid.")
    for figure in (plot_characteristics(kept), plot_differences(kept)):
        assert "IMM01. ASSUMED DOSE GRID. Assumed: grid." in words(figure)


def test_bad_input_is_refused(exact, simulated, extreme):
    with pytest.raises(InputError, match="operating_characteristics"):
        plot_characteristics(exact.drop_vars("dlt_rate"))
    plot_characteristics(extreme.isel(design=[0, 1, 2, 3, 4, 5, 0, 1, 2, 3]))
    with pytest.raises(InputError, match="at most 10"):
        plot_characteristics(extreme.isel(design=[0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4]))
    with pytest.raises(InputError, match=r"method=bd.MonteCarlo\("):
        plot_differences(exact)
    with pytest.raises(InputError, match="Did you mean '3\\+3'"):
        plot_differences(simulated, "3+4")
    with pytest.raises(InputError, match="two designs"):
        plot_differences(simulated.isel(design=[0]))
    with pytest.raises(InputError, match="other_design"):
        plot_differences(simulated.isel(other_design=[1, 2]), "own")
