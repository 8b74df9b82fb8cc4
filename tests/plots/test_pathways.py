"""The tree of pathways: what stands on it, and that nothing on it overlaps or leaves the page."""

import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.plots.pathways import plot_pathways
from bayesdose.protocols.load import load_protocol
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.pathways import pathways

GRID = load_protocol("IMM01").grid.value  # eight doses, of up to five characters
DESIGN = ThreePlusThree(GRID, "deescalation")
MODERATES = AcceleratedTitration(DESIGN, single_patient_levels=2, trigger_moderates=2)
SCENARIO = Scenario("MTD 1 mg/kg", GRID, (0.02, 0.04, 0.08, 0.15, 0.2, 0.28, 0.4, 0.5), (0.1,) * 8)
NOTE = "IMM01. ASSUMED DOSE GRID. Assumed, not in the public record: " + "design.trigger, " * 15


@pytest.fixture(scope="module")
def full(discrete_blrm):
    """All 64 pathways of three cohorts of three."""
    design = discrete_blrm([[0.02, 0.1, 0.25], [0.1, 0.25, 0.5]], [0.5, 0.5], max_patients=99, cap=1.0)
    scenario = Scenario("s", design.grid, (0.1, 0.25, 0.4))
    result = pathways(design, "1NNN 2NNN", cohorts=3, scenarios=[scenario])
    assert result.sizes["pathway"] == 64
    return result


def drawn(figure):
    FigureCanvasAgg(figure).draw()
    return figure


def texts(figure):
    return [text for text in figure.axes[0].texts if text.get_text()]


def boxes(figure):
    return [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]


def check_legible(figure):
    """No text overlaps another, a box that is not its own or the page's edge, and none is too small."""
    renderer = figure.canvas.get_renderer()
    page = figure.bbox
    placed = [(text, text.get_window_extent(renderer)) for text in texts(figure)]
    for (one, first), (other, second) in itertools.combinations(placed, 2):
        assert not first.overlaps(second), f"{one.get_text()!r} and {other.get_text()!r} overlap"
    frames = [box.get_window_extent(renderer) for box in boxes(figure)]
    inside = 0
    for text, extent in placed:
        assert extent.x0 >= page.x0, text
        assert extent.x1 <= page.x1, text
        assert extent.y0 >= page.y0, text
        assert extent.y1 <= page.y1, text
        assert text.get_fontsize() >= 7
        touched = [frame for frame in frames if frame.overlaps(extent)]
        assert len(touched) <= 1, f"{text.get_text()!r} lies on {len(touched)} boxes"
        for frame in touched:
            assert frame.x0 < extent.x0 < extent.x1 < frame.x1, f"{text.get_text()!r} is wider than its box"
            inside += 1
    assert inside == len(frames), "each box holds one text"


@pytest.mark.parametrize("cohorts", [1, 2, 3])
@pytest.mark.parametrize("with_probability", [False, True])
@pytest.mark.parametrize(
    ("design", "before"), [(DESIGN, ""), (DESIGN, "1NNN 2NNT"), (MODERATES, ""), (MODERATES, "1N")]
)
def test_legible(design, before, cohorts, with_probability):
    scenarios = [SCENARIO] if with_probability else []
    result = pathways(design, before, cohorts=cohorts, scenarios=scenarios)
    if result.sizes["pathway"] > 128:
        with pytest.raises(InputError, match="pathways in a figure: got .* wanted at most 128"):
            plot_pathways(result)
    else:
        check_legible(drawn(plot_pathways(result, note=NOTE)))


def test_sixty_four_pathways_fit_a_page(full):
    figure = drawn(plot_pathways(full, note=NOTE))
    check_legible(figure)
    width, height = figure.get_size_inches()
    # A4: 8.27 x 11.69 inches.
    assert width < 8.27
    assert height < 11.69
    assert len(boxes(figure)) == 1 + 4 + 16 + 64


def test_long_labels_and_units():
    grid = DoseGrid((1, 2), "mg/m2 every three weeks", labels=("first dose (1)", "second dose (2)"))
    figure = drawn(plot_pathways(pathways(ThreePlusThree(grid, "deescalation"), cohorts=2)))
    check_legible(figure)


def test_what_stands_on_it():
    grid = DoseGrid((10, 20, 40), "mg")
    design = ThreePlusThree(grid, "deescalation")
    result = pathways(design, "1NNN", cohorts=1, scenarios=[Scenario("s", grid, (0.1, 0.5, 0.6))])
    found = [text.get_text() for text in texts(drawn(plot_pathways(result, note="A note.")))]
    heading = ["cohort 2", "mg", "next", "mg", "recommended", "mg", "probability"]
    assert found[: len(heading)] == heading
    # Half a chance of a DLT: 1, 3, 3, 1 eighths. 0 of 3 goes up, 1 of 3 stays, 2 of 3 goes down.
    edges = ["0/3, 12 %", "1/3, 38 %", "2/3, 38 %", "3/3, 12 %"]
    decisions = ["20", "↑ 40", "20", "↓ 10", "↓ 10"]
    assert found[len(heading) : len(heading) + 9] == edges + decisions
    ends = ["20", "12 %", "20", "38 %", "10", "38 %", "10", "12 %"]
    assert found[len(heading) + 9 : len(heading) + 17] == ends
    assert found[-1] == "A note."
    assert "if the true curve is that of s." in " ".join(found)


def test_stops_name_their_reason():
    design = ThreePlusThree(DoseGrid((10, 20), "mg"), "deescalation")
    found = [text.get_text() for text in texts(plot_pathways(pathways(design, "1NNN", cohorts=1)))]
    # 0 of 3 at the top: accepted; 1 of 3: three more; from 2 of 3: three more at the dose below.
    assert [text for text in found if text.startswith("STOP")] == [
        "STOP a",
        "STOP a: the highest dose is accepted.",
    ]


def test_moves_are_told_apart_without_colour(full):
    # Weights of Rec. 709 for the lightness of a colour in grey; arrows tell ups and downs as well.
    fills = {patch.get_facecolor()[:3] for patch in boxes(plot_pathways(full))} | {to_rgb("#333333")}
    grey = sorted(float(np.dot(fill, (0.2126, 0.7152, 0.0722))) for fill in fills)
    assert len(grey) == 4
    assert all(high - low > 0.08 for low, high in itertools.pairwise(grey))


def test_probability_of_an_outcome_that_cannot_be():
    grid = DoseGrid((10, 20), "mg")
    design = ThreePlusThree(grid, "deescalation")
    never = Scenario("never", grid, (0.0, 0.0))
    figure = plot_pathways(pathways(design, cohorts=2, scenarios=[never]))
    found = [text.get_text() for text in texts(figure)]
    assert "0/3, 100 %" in found
    assert "1/3, 0.0 %" in found
    assert "0/3, -" in found


def test_scenario_is_named_where_there_are_several():
    grid = DoseGrid((10, 20), "mg")
    scenarios = [Scenario("low", grid, (0.1, 0.2)), Scenario("high", grid, (0.4, 0.5))]
    result = pathways(ThreePlusThree(grid, "deescalation"), cohorts=1, scenarios=scenarios)
    with pytest.raises(InputError, match="scenario: got None; wanted one of low, high"):
        plot_pathways(result)
    with pytest.raises(InputError, match="scenario: got 'hihg'; .* Did you mean 'high'?"):
        plot_pathways(result, "hihg")
    # P(0 of 3) at P(DLT) 0.4.
    assert "0/3, 22 %" in [text.get_text() for text in texts(plot_pathways(result, "high"))]
