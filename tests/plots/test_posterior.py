"""The figures of a posterior: what is drawn is the data, from quadrature and from draws alike."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.inference.exact import exact_posterior
from bayesdose.models.logistic import two_parameter_logistic
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.plots.intervals import plot_intervals
from bayesdose.plots.posterior import plot_posterior
from bayesdose.protocols.load import load_protocol
from bayesdose.rules.admissible import EWOC
from tests.plots.legible import check_legible, check_nothing_cut, shown_texts

GRID = DoseGrid((1, 3, 10), unit="mg/kg")
TARGET = (0.16, 0.33)
RULE = EWOC(0.33, 0.25)
QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)
NOTE = load_protocol("IMM01").note
GRIDS = {
    "MIL97": load_protocol("MIL97").grid.value,
    "IMM01": load_protocol("IMM01").grid.value,
    "15": DoseGrid(tuple(np.round(12.5 * 1.4 ** np.arange(15), 1)), unit="mg/m²/day"),
    "words": DoseGrid((1, 2, 3), "mg", labels=("low, every three weeks with $ramp-up$", "middle", "high $")),
    "15 words": DoseGrid(
        tuple(range(1, 16)), "mg", labels=[f"{n} mg every three weeks after ramp-up" for n in range(15)]
    ),
    "one": DoseGrid((5,), "mg"),
}


@pytest.fixture(scope="module")
def exact():
    model = two_parameter_logistic(GRID, NormalPrior((-1.1, 0), (2, 0.7), reference_dose=3))
    return exact_posterior(model, "1NNN 2NNT", bounds=(0.16, 0.33, 0.6))


def made_up(grid, probabilities=None, patients=None):
    """A posterior as exact_posterior gives it, of any shape."""
    number = len(grid)
    centre = np.linspace(0.05, 0.6, number)
    low = np.array([0.3, 0.7, 1, 1.2, 1.6])
    if probabilities is None:
        probabilities = np.stack([1 - centre, 0.5 * centre, 0.5 * centre], axis=1)
    patients = np.arange(number) * 30 if patients is None else np.full(number, patients)
    labels = ["[0, 0.16)", "[0.16, 0.33)", "[0.33, 1]", "[0.6, 1]"]
    if probabilities.shape[1] == 4:
        labels[2] = "[0.33, 0.6)"
    return xr.Dataset(
        {
            "quantile": (("dose", "probability"), centre[:, None] * low),
            "interval_probability": (("dose", "interval"), probabilities),
            "patients": ("dose", patients),
            "dlts": ("dose", patients // 2),
        },
        coords={
            "dose": list(grid.values),
            "probability": list(QUANTILES),
            "interval": labels[: probabilities.shape[1]],
        },
        attrs={"outcomes": "1NNN"},
    )


def draws(values, grid=GRID):
    """Draws as fit gives them: the same values at every dose."""
    values = np.asarray(values, dtype=float).reshape(1, -1, 1) * np.ones((1, 1, len(grid)))
    doses = {"dose": list(grid.values)}
    counts = {name: ("dose", np.zeros(len(grid), dtype=int)) for name in ("patients", "dlts")}
    return xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset({"prob_dlt": (("chain", "draw", "dose"), values)}, coords=doses),
            "constant_data": xr.Dataset(counts, coords=doses),
        }
    )


def bars(panel):
    """Ends of the 95 % and the 50 % bars, each (K, 2)."""
    return [np.array([part[:, 1] for part in lines.get_segments()]) for lines in panel.collections]


def texts(figure):
    return [text.get_text() for text in shown_texts(figure)]


def rows(panel):
    return [text.get_text() for text in panel.texts]


def test_bars_and_marks_are_the_posterior(exact):
    figure = plot_posterior(exact, GRID, target_interval=TARGET)
    (panel,) = figure.axes
    outer, inner = bars(panel)
    quantile = exact["quantile"]
    assert np.array_equal(outer, quantile.sel(probability=[0.025, 0.975]))
    assert np.array_equal(inner, quantile.sel(probability=[0.25, 0.75]))
    median, rate = panel.lines
    assert np.array_equal(median.get_ydata(), quantile.sel(probability=0.5))
    assert rate.get_ydata().tolist() == [0, 1 / 3]
    band = panel.patches[0].get_bbox()
    assert (band.y0, band.y1) == TARGET
    check_nothing_cut(figure)


def test_patients_and_dlts_stand_at_each_dose(exact):
    (panel,) = plot_posterior(exact, GRID).axes
    assert rows(panel) == ["DLTs", "0", "1", "0", "patients", "3", "3", "0"]
    assert [text.xy[0] for text in panel.texts] == [0, 0, 1, 2, 0, 0, 1, 2]


def test_draws_give_their_quantiles():
    # Evenly spaced draws from 0 to 1 have the quantile p at p.
    figure = plot_posterior(draws(np.linspace(0, 1, 1001)), GRID)
    (panel,) = figure.axes
    outer, inner = bars(panel)
    np.testing.assert_allclose(outer, [[0.025, 0.975]] * 3, atol=1e-12)
    np.testing.assert_allclose(inner, [[0.25, 0.75]] * 3, atol=1e-12)
    assert len(panel.lines) == 1, "no rate is drawn where nobody was treated"
    assert any("1,001 NUTS draws" in text for text in texts(figure))


def test_interval_bars_are_the_posterior(exact):
    figure = plot_intervals(exact, GRID, target_interval=TARGET, overdose_control=RULE)
    (panel,) = figure.axes
    heights = [[bar.get_height() for bar in part] for part in panel.containers]
    np.testing.assert_allclose(heights[::-1], exact["interval_probability"].T, rtol=1e-12)
    bottoms = [[bar.get_y() for bar in part] for part in panel.containers]
    np.testing.assert_allclose(bottoms, np.cumsum([[0, 0, 0], *heights[:-1]], axis=0), rtol=1e-12)
    assert panel.lines[0].get_ydata()[0] == RULE.cap
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    names = ["under [0, 0.16)", "target [0.16, 0.33)", "excessive [0.33, 0.6)", "unacceptable [0.6, 1]"]
    assert labels == [*names, "EWOC cap 0.25"]
    overdose = exact["interval_probability"].values[:, 2:].sum(axis=1)
    assert rows(panel) == ["EWOC", *("pass" if one < 0.25 else "no" for one in overdose)]
    assert set(rows(panel)) == {"EWOC", "pass", "no"}


def test_a_dose_at_the_cap_does_not_pass():
    shares = np.array([[0.5, 0.25, 0.125, 0.125], [0.5, 0.375, 0.0625, 0.0625], [0.25, 0.25, 0.25, 0.25]])
    (panel,) = plot_intervals(made_up(GRID, shares), GRID, target_interval=TARGET, overdose_control=RULE).axes
    assert rows(panel) == ["EWOC", "no", "pass", "no"]


def test_a_draw_on_a_bound_belongs_to_the_interval_above():
    figure = plot_intervals(
        draws([0.1, 0.16, 0.2, 0.33, 0.6]), GRID, target_interval=TARGET, bounds=(0.6,), overdose_control=RULE
    )
    heights = [part[0].get_height() for part in figure.axes[0].containers]
    np.testing.assert_allclose(heights, [0.2, 0.2, 0.4, 0.2], atol=1e-12)
    assert any("Monte Carlo standard error" in text for text in texts(figure))


def test_parts_differ_without_colour():
    shares = np.full((3, 4), 0.25)
    (panel,) = plot_intervals(made_up(GRID, shares), GRID, target_interval=TARGET).axes
    looks = {(part[0].get_hatch(), to_hex(part[0].get_facecolor())) for part in panel.containers}
    assert len(looks) == 4
    assert len({part[0].get_hatch() for part in panel.containers}) == 3
    assert rows(panel) == []


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("note", ["", NOTE, NOTE * 4])
def test_legible(name, note):
    grid = GRIDS[name]
    for figure in (
        plot_posterior(made_up(grid), grid, target_interval=TARGET, note=note),
        plot_intervals(made_up(grid), grid, target_interval=TARGET, overdose_control=RULE, note=note),
    ):
        check_legible(figure)
        (panel,) = figure.axes
        assert panel.get_xlabel() == f"dose ({grid.unit})"
        assert panel.get_ylabel() in ("P(DLT)", "posterior probability")
        labels = [label.get_text().replace("\\$", "$") for label in panel.get_xticklabels()]
        assert [label.replace("\n", " ") for label in labels] == list(grid.labels)
        assert any("ASSUMED DOSE GRID" in text for text in texts(figure)) == bool(note)


def test_four_digits_of_patients_fit():
    check_legible(plot_posterior(made_up(GRIDS["15"], patients=1234), GRIDS["15"]))


def test_assumptions_recorded_with_draws_are_shown():
    tree = draws([0.1, 0.2, 0.4, 0.5])
    tree.attrs |= {"protocol": "IMM01", "assumed": "grid, prior"}
    shown = " ".join(texts(plot_posterior(tree, GRID)))
    assert "IMM01. ASSUMED DOSE GRID. Assumed, not in the public record: grid, prior." in shown
    tree.attrs["assumed"] = "prior"
    assert "ASSUMED DOSE GRID" not in " ".join(texts(plot_posterior(tree, GRID)))


@pytest.mark.parametrize("plot", [plot_posterior, plot_intervals])
def test_what_is_no_posterior_is_refused(plot):
    for wrong in (xr.DataTree(), xr.Dataset()):
        with pytest.raises(InputError, match="exact_posterior"):
            plot(wrong, GRID, target_interval=TARGET)
    for wrong in (3, np.zeros(3)):
        with pytest.raises(InputError, match="posterior: got .*; wanted a Dataset or a DataTree"):
            plot(wrong, GRID, target_interval=TARGET)
    with pytest.raises(InputError, match="the posterior's doses"):
        plot(made_up(GRID), GRIDS["MIL97"], target_interval=TARGET)
    with pytest.raises(InputError, match="lower one first"):
        plot(made_up(GRID), GRID, target_interval=(0.33, 0.16))


def test_what_the_posterior_lacks_is_named():
    with pytest.raises(InputError, match="no quantile at 0.025, 0.975"):
        plot_posterior(made_up(GRID).isel(probability=[1, 2, 3]), GRID)
    with pytest.raises(InputError, match="0.16, 0.33"):
        plot_intervals(made_up(GRID), GRID, target_interval=(0.2, 0.33))
    with pytest.raises(InputError, match="0.16, 0.33"):
        plot_intervals(made_up(GRID), GRID, target_interval=TARGET, overdose_control=EWOC(0.5, 0.25))
    for bound in (0, 1, 1.5):
        with pytest.raises(InputError, match=r"bounds\[0\]: got .*; wanted a number above 0 and below 1"):
            plot_intervals(draws([0.1] * 8), GRID, target_interval=TARGET, bounds=(bound,))
