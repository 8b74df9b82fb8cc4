"""What holds for every figure alike. A new figure adds one line to FIGURES."""

import inspect
import pkgutil
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.text import Text

import bayesdose as bd
from bayesdose.errors import InputError
from bayesdose.plots.style import PAGE_WIDTH
from tests.plots.legible import PAGE, check_legible

GRID = bd.DoseGrid((0.01, 0.03, 0.1, 0.2, 0.3, 0.45), unit="mg/kg")
LONG = bd.DoseGrid(
    tuple(range(1, 9)), "mg", labels=[f"{12.5 * 1.4**n:.1f} every three weeks" for n in range(8)]
)
GRIDS = {"six doses": GRID, "eight long labels": LONG}
RULE = bd.rules.HighestBelow(0.33)
TARGET = (0.16, 0.33)
NOTE = "MIL97. Assumed, not in the public record: " + ", ".join(["mtd_rule", "design.trigger", "$prior$"] * 8)


def designs(grid):
    following = bd.three_plus_three(grid, "deescalation")
    return {
        "accelerated titration": bd.accelerated_titration(following, 2),
        "3+3": following,
        "3+3, six at the top": bd.three_plus_three(grid, "deescalation-six"),
        "BOIN": bd.boin(grid, 0.25, max_patients=12),
    }


@cache
def characteristics(grid, simulated=False):
    how = {"method": bd.MonteCarlo(trials=50, rng=1)} if simulated else {}
    scenarios = bd.scenarios.builtin_scenarios(grid, RULE)[-4:]
    return bd.operating_characteristics(designs(grid), scenarios, mtd_rule=RULE, dlt_window=28, **how)


@cache
def sensitivity(grid):
    scenarios = bd.scenarios.builtin_scenarios(grid, RULE)[-4:]
    return bd.prior_sensitivity(designs(grid), lambda design: design, scenarios, mtd_rule=RULE)


@cache
def tried(grid):
    return bd.calibrate(
        lambda target, most: bd.boin(grid, target, max_patients=most),
        {"target": (0.2, 0.25, 0.3), "most": (6, 9, 12)},
        bd.scenarios.builtin_scenarios(grid, RULE)[-4:],
        mtd_rule=RULE,
        objective=("maximise mean correct_selection", "minimise mean expected_sample_size"),
        constraints="mean overdose_selection <= 0.3",
    ).tried


@cache
def prior(grid):
    return bd.priors.NormalPrior((-0.85, 0.0), (2.0, 1.0), reference_dose=grid.values[-1])


@cache
def posterior(grid):
    model = bd.models.two_parameter_logistic(grid, prior(grid))
    return bd.exact_posterior(model, "1N 2N 3NNT", bounds=(*TARGET, 0.6))


@cache
def explained(grid):
    return bd.priors.explain_prior(prior(grid), grid, target_interval=TARGET)


@cache
def paths(grid):
    scenario = bd.scenarios.builtin_scenarios(grid, RULE)[2]
    return bd.pathways(designs(grid)["3+3"], "1NNN", cohorts=2, scenarios=[scenario])


# An example of each figure on a grid: what it shows, and its settings.
FIGURES = {
    "plot_calibration": lambda grid: ([tried(grid)], {}),
    "plot_characteristics": lambda grid: ([characteristics(grid)], {}),
    "plot_correct_by_patients": lambda grid: ([characteristics(grid)], {}),
    "plot_differences": lambda grid: ([characteristics(grid, simulated=True)], {"reference": "3+3"}),
    "plot_intervals": lambda grid: (
        [posterior(grid), grid],
        {"target_interval": TARGET, "overdose_control": bd.rules.EWOC(0.33, 0.25)},
    ),
    "plot_pathways": lambda grid: ([paths(grid)], {}),
    "plot_posterior": lambda grid: ([posterior(grid), grid], {"target_interval": TARGET}),
    "plot_prior": lambda grid: ([explained(grid)], {"cap": 0.25}),
    "plot_scenarios": lambda grid: ([characteristics(grid)], {}),
    "plot_selection": lambda grid: ([characteristics(grid)], {}),
    "plot_sensitivity": lambda grid: ([sensitivity(grid)], {}),
    "plot_trial": lambda grid: (["1N 2N 3NNT 3NMN", grid], {}),
}


def reads_a_result(name):
    """Whether a figure shows a dataset, and not the patients of a trial."""
    first = next(iter(inspect.signature(getattr(bd.plots, name)).parameters.values()))
    return "Dataset" in str(first.annotation)


OF_RESULTS = [name for name in FIGURES if reads_a_result(name)]


def draw(name, grid, **settings):
    data, usual = FIGURES[name](grid)
    return getattr(bd.plots, name)(*data, **{**usual, **settings})


def words(figure):
    return " ".join(text.get_text() for text in figure.findobj(Text)).replace("\n", " ")


def test_every_public_figure_stands_in_the_table():
    public = {name for name in bd.plots.__all__ if name.startswith("plot_")}
    assert public - set(FIGURES) == set(), "add a line for it to FIGURES in tests/plots/test_every_figure.py"
    assert set(FIGURES) - public == set(), "export it in bayesdose/plots/__init__.pyi"


def test_every_figure_of_the_folder_is_public():
    folder = Path(inspect.getfile(bd.plots)).parent
    written = {
        line.split("(")[0].removeprefix("def ")
        for file in folder.glob("*.py")
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.startswith("def plot_") and file.name != "dots.py"
    }
    assert written - set(bd.plots.__all__) == set(), "export it in bayesdose/plots/__init__.pyi"


def test_no_public_name_is_a_module_of_the_folder():
    modules = {module.name for module in pkgutil.iter_modules(bd.plots.__path__)}
    assert modules & set(bd.plots.__all__) == set()


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("grid", GRIDS)
def test_it_is_as_wide_as_the_page_and_legible(name, grid):
    figure = draw(name, GRIDS[grid], note=NOTE)
    assert figure.get_figwidth() == PAGE_WIDTH == PAGE
    check_legible(figure)
    assert "Assumed, not in the public record" in words(figure)


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_saved_without_a_warning(name, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = draw(name, GRID, note=NOTE)
        for ending in ("png", "pdf", "svg"):
            figure.savefig(tmp_path / f"figure.{ending}")
            figure.set_layout_engine("none")  # which the first time has arranged
    assert all(file.stat().st_size > 1000 for file in tmp_path.iterdir())


@pytest.mark.parametrize("name", FIGURES)
def test_note_is_named(name):
    note = inspect.signature(getattr(bd.plots, name)).parameters["note"]
    assert note.kind is inspect.Parameter.KEYWORD_ONLY
    assert note.default == ""


@pytest.mark.parametrize("name", OF_RESULTS)
def test_assumptions_kept_with_a_result_are_shown(name):
    data, settings = FIGURES[name](GRID)
    kept = data[0].assign_attrs(protocol="IMM01", assumptions="ASSUMED DOSE GRID.")
    figure = getattr(bd.plots, name)(kept, *data[1:], **settings)
    assert "IMM01. ASSUMED DOSE GRID." in words(figure)


def nothing_in(data):
    return data.isel({name: slice(0) for name in data.dims})


NO_RESULTS = {
    "nothing": lambda data: None,
    "a text": lambda data: "1Q",
    "a number": lambda data: 3,
    "an array": lambda data: np.zeros(3),
    "a class": lambda data: xr.Dataset,
    "an empty dataset": lambda data: xr.Dataset(),
    "an empty tree": lambda data: xr.DataTree(),
    "a tree of it": lambda data: xr.DataTree(data),
    "no variables": lambda data: data.drop_vars(list(data.data_vars)),
    "no coordinates": lambda data: data.drop_vars(list(data.coords)),
    "no values": nothing_in,
    "only the first of everything": lambda data: data.isel(
        {name: 0 for name, size in data.sizes.items() if size}
    ),
    "a variable as a dataset": lambda data: data[next(iter(data.data_vars))],
}


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("kind", NO_RESULTS)
def test_what_is_no_result_is_refused(name, kind):
    data, settings = FIGURES[name](GRID)
    given = data[0] if name in OF_RESULTS else posterior(GRID)
    with pytest.raises(InputError):
        getattr(bd.plots, name)(NO_RESULTS[kind](given), *data[1:], **settings)


@pytest.mark.parametrize("name", FIGURES)
def test_the_result_of_something_else_is_refused(name):
    data, settings = FIGURES[name](GRID)
    others = [characteristics(GRID), sensitivity(GRID), posterior(GRID), explained(GRID), paths(GRID)]
    for other in others:
        if name not in OF_RESULTS or not set(data[0].data_vars) <= set(other.data_vars):
            if name == "plot_scenarios" and other is others[1]:
                continue
            with pytest.raises(InputError):
                getattr(bd.plots, name)(other, *data[1:], **settings)


@pytest.mark.parametrize("name", OF_RESULTS)
def test_a_result_without_one_of_its_variables_is_drawn_or_refused(name):
    data, settings = FIGURES[name](GRID)
    whole = data[0]
    refused = {}
    for variable in whole.variables:
        try:
            getattr(bd.plots, name)(whole.drop_vars(variable), *data[1:], **settings)
        except InputError as error:
            refused[variable] = str(error)
    assert len(refused) > 1
    assert all(variable in message for variable, message in refused.items())
    # Without attributes it is drawn, only without its unit.
    getattr(bd.plots, name)(whole.drop_attrs(), *data[1:], **settings)


@pytest.mark.parametrize("name", ["plot_trial", "plot_posterior", "plot_intervals"])
@pytest.mark.parametrize("grid", [None, "0.01, 0.03", GRID.values, bd.DoseGrid, bd.DoseGrid((1, 2), "mg")])
def test_a_wrong_grid_is_refused(name, grid):
    data, settings = FIGURES[name](GRID)
    with pytest.raises(InputError):
        getattr(bd.plots, name)(data[0], grid, **settings)


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("note", [None, 3, b"note", ["note"]])
def test_a_note_that_is_no_text_is_refused(name, note):
    with pytest.raises(InputError, match=f"{name}, note: got .*; wanted a text"):
        draw(name, GRID, note=note)


@pytest.mark.parametrize("columns", [0, -1, 5, 1.5, "2", True, float("nan")])
def test_columns_that_do_not_fit_are_refused(columns):
    with pytest.raises(InputError, match="plot_selection, columns: got .*; wanted a whole number"):
        draw("plot_selection", GRID, columns=columns)


@pytest.mark.parametrize("cap", [0, 1.5, "0.25", True, float("nan")])
def test_a_cap_that_is_no_probability_is_refused(cap):
    with pytest.raises(InputError, match="plot_prior, cap: got .*; wanted a number above 0 and at most 1"):
        draw("plot_prior", GRID, cap=cap)
