"""Calibration: what is tried, what is chosen, and that sharing and workers change nothing."""

import attrs
import numpy as np
import pytest
import xarray as xr

import bayesdose as bd
from bayesdose.calibration import judge
from bayesdose.errors import InputError, SimulationError

GRID = bd.DoseGrid((1, 3, 10, 30), "mg")
RULE = bd.rules.HighestBelow(0.33)
SCENARIOS = bd.scenarios.builtin_scenarios(GRID, RULE)
PRIOR = bd.priors.NormalPrior((-1.0, 0.0), (2.0, 1.0), 10.0)
CAPS = {"ewoc_cap": (0.2, 0.25, 0.3, 0.35), "stop_cap": (0.35, 0.5), "enough": (6, 9)}


def blrm(ewoc_cap=0.25, stop_cap=0.35, enough=9, prior=PRIOR):
    return bd.blrm(
        GRID,
        prior,
        target_interval=(0.16, 0.33),
        ewoc_cap=ewoc_cap,
        stop_cap=stop_cap,
        max_patients=15,
        stopping=bd.rules.PatientsAtDose(enough),
    )


def sweep(**options):
    return bd.calibrate(blrm, CAPS, SCENARIOS, mtd_rule=RULE, **options)


@pytest.fixture(scope="module")
def found():
    return sweep()


def test_ten_designs_agree_with_each_run_alone(found):
    names = list(found.designs)
    assert len(names) == 16
    for name in names[::3] + names[1:6]:
        alone = bd.operating_characteristics({name: found.designs[name]}, SCENARIOS, mtd_rule=RULE)
        compared = 0
        for variable in alone.data_vars.values():
            if "design" in variable.dims and variable.dtype.kind == "f":
                other = found.tried[variable.name].sel(design=[name])
                np.testing.assert_allclose(other.values, variable.values, rtol=0, atol=1e-12)
                compared += 1
        assert compared >= 20
        # The design itself is the one that its parameters make.
        assert found.designs[name] == blrm(**found.settings[name].values)


def test_the_chosen_design_has_the_best_number(found):
    mean = found.tried["correct_selection"].mean("scenario")
    assert found.name == str(mean["design"].values[int(mean.values.argmax())])
    assert found.chosen == blrm(**found.parameters)
    assert float(found.tried["objective_value"].sel(design=found.name)[0]) == float(mean.max())
    assert found.tried["on_front"].values.tolist() == (mean == mean.max()).values.tolist()
    assert found.tried["enough"].values.tolist() == [6.0, 9.0] * 8
    assert str(found).startswith("16 designs tried, ")
    assert f"Chosen: {found.name}." in str(found)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_same_by_any_number_of_workers(found, workers):
    with bd.simulation.worker_processes(workers) as pool:
        assert sweep(executor=pool).tried.identical(found.tried)


def test_a_killed_run_is_resumed(found, tmp_path, monkeypatch):
    class Killed(Exception):
        pass

    def die(share):
        if share > 0.5:
            raise Killed

    with pytest.raises(Killed):
        sweep(checkpoint=tmp_path, progress=die)
    parts = list(tmp_path.glob("designs-*.npz"))
    assert len(parts) == 1
    shares = []
    assert sweep(checkpoint=tmp_path, progress=shares.append).tried.identical(found.tried)
    assert len(list(tmp_path.glob("designs-*.npz"))) == 2
    # The finished part is told at once, with how much it is.
    counts = [(one.done, one.unit) for one in shares if hasattr(one, "unit")]
    assert counts == [(8, "designs"), (16, "designs")]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    # All there: nothing is computed again.
    monkeypatch.setattr(bd.Exact, "of_design", None)
    assert sweep(checkpoint=tmp_path).tried.identical(found.tried)


def test_a_checkpoint_of_another_sweep_is_refused(tmp_path):
    few = {"ewoc_cap": (0.25,)}
    bd.calibrate(blrm, few, SCENARIOS, mtd_rule=RULE, checkpoint=tmp_path)
    with pytest.raises(InputError, match="of a study with another designs"):
        bd.calibrate(blrm, {"ewoc_cap": (0.3,)}, SCENARIOS, mtd_rule=RULE, checkpoint=tmp_path)
    with pytest.raises(InputError, match="of a study with another scenarios"):
        bd.calibrate(blrm, few, SCENARIOS[:2], mtd_rule=RULE, checkpoint=tmp_path)


def test_posteriors_are_computed_once(monkeypatch):
    from bayesdose.inference import posterior as module

    asked = []
    computed = module.feature_sums

    def counted(table, patients, dlts):
        asked.append(len(patients))
        return computed(table, patients, dlts)

    monkeypatch.setattr(module, "feature_sums", counted)
    bd.calibrate(blrm, {"ewoc_cap": (0.25,)}, SCENARIOS, mtd_rule=RULE)
    one, asked[:] = sum(asked), []
    bd.calibrate(blrm, {"ewoc_cap": (0.25, 0.2501), "enough": (9, 12)}, SCENARIOS, mtd_rule=RULE)
    # Four designs that hardly differ: without sharing four times as many.
    assert one < sum(asked) < 2 * one


def test_equal_designs_are_computed_once(monkeypatch):
    calls = []
    of_design = bd.Exact.of_design

    def counted(self, *arguments):
        calls.append(1)
        return of_design(self, *arguments)

    monkeypatch.setattr(bd.Exact, "of_design", counted)
    # A target and its twin make one design.
    found = bd.calibrate(
        lambda target, twin: bd.boin(GRID, target=target, max_patients=9),
        {"target": (0.25, 0.3), "twin": ("a", "b")},
        SCENARIOS,
        mtd_rule=RULE,
    )
    assert len(calls) == 2
    values = found.tried["correct_selection"].values
    np.testing.assert_array_equal(values[::2], values[1::2])
    assert not np.array_equal(values[0], values[2])
    assert found.tried["twin"].values.tolist() == ["a", "b", "a", "b"]


def test_designs_of_different_kinds_and_sizes():
    found = bd.calibrate(
        lambda size, kind: {
            "boin": lambda: bd.boin(GRID, target=0.3, max_patients=size),
            "blrm": lambda: blrm() if size == 15 else attrs.evolve(blrm(), max_patients=size),
        }[kind](),
        {"size": (9, 15), "kind": ("boin", "blrm")},
        SCENARIOS,
        mtd_rule=RULE,
        dlt_window=28,
        objective="minimise mean expected_duration",
    )
    assert found.tried.sizes["patients"] == 16
    alone = bd.operating_characteristics(found.designs, SCENARIOS, mtd_rule=RULE, dlt_window=28)
    for name in ("sample_size_probability", "expected_duration", "stop_reason_probability"):
        np.testing.assert_allclose(found.tried[name].values, alone[name].values, rtol=0, atol=1e-12)
    assert found.parameters["size"] == 9


def test_settings_that_make_no_design_are_named():
    found = bd.calibrate(blrm, {"stop_cap": (0.2, 0.35), "ewoc_cap": (0.25,)}, SCENARIOS, mtd_rule=RULE)
    assert list(found.refused) == ["stop_cap=0.2, ewoc_cap=0.25"]
    assert list(found.designs) == ["stop_cap=0.35, ewoc_cap=0.25"]
    assert "1 settings make no design, such as stop_cap=0.2, ewoc_cap=0.25: blrm, stop_cap" in str(found)
    with pytest.raises(InputError, match="blrm, stop_cap: got 0.2"):
        bd.calibrate(blrm, {"stop_cap": (0.2,)}, SCENARIOS, mtd_rule=RULE)


def test_constraints_that_no_design_meets(found):
    none = sweep(constraints=("mean expected_sample_size <= 20", "worst overdose_selection <= 0.01"))
    lowest = found.tried["overdose_selection"].max("scenario")
    nearest = str(lowest["design"].values[int(lowest.values.argmin())])
    message = (
        rf"16 meet mean expected_sample_size <= 20; none meets worst overdose_selection <= 0.01: "
        rf"the nearest, {nearest}, has {float(lowest.min()):.4g}, "
        rf"{float(lowest.min()) - 0.01:.2g} beyond the limit"
    )
    with pytest.raises(InputError, match=message):
        none.chosen  # noqa: B018 - the question is the test
    assert message in str(none)
    assert not none.tried["chosen"].any()
    assert none.front.sizes["design"] == 0


def test_constraints_choose(found):
    patients = found.tried["expected_sample_size"].mean("scenario")
    limit = float(np.sort(patients.values)[5])
    less = sweep(constraints=f"mean expected_sample_size <= {limit:.17g}")
    within = found.tried["correct_selection"].mean("scenario").where(patients <= limit)
    assert less.name == str(within["design"].values[int(np.nanargmax(within.values))])
    assert less.tried["meets_constraints"].values.tolist() == (patients <= limit).values.tolist()
    assert int(less.tried["meets_constraints"].sum()) == 6
    assert (less.tried["constraint_value"].values[:, 0] == patients.values).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"over": {"nonsense": (1, 2)}}, r"calibrate, design.*unexpected keyword argument 'nonsense'"),
        ({"over": {"ewoc_cap": ()}}, "over, ewoc_cap: got .*wanted at least one value"),
        ({"over": {"ewoc_cap": 0.2}}, "over, ewoc_cap: got 0.2; wanted a list of values, or a range"),
        ({"over": {"ewoc_cap": "0.2"}}, "over, ewoc_cap: got '0.2'; wanted a list of values"),
        ({"over": {"ewoc_cap": (0.2, 0.2)}}, "each value once"),
        ({"over": {"ewoc_cap": {"from": 0.3, "to": 0.2, "number": 3}}}, "from below to"),
        ({"over": {}}, "calibrate, over"),
        ({"over": {f"p{n}": tuple(range(10)) for n in range(6)}}, "1,000,000 designs.*at most 100,000"),
        ({"objective": "correct_selection"}, 'objective: .*wanted "maximise", "minimise" or "bring'),
        ({"objective": "maximise mean corect_selection"}, "Did you mean 'correct_selection'"),
        ({"objective": "maximise correct_selection"}, "mean, worst or geometric mean before it"),
        ({"objective": "maximise correct_selection in to toxic"}, "Did you mean 'too toxic'"),
        ({"objective": "bring worst correct_selection to 0.5"}, "a mean or one scenario"),
        ({"objective": "bring mean correct_selection to ..1"}, "objective"),
        ({"objective": ()}, "calibrate, objective"),
        ({"objective": "maximise mean expected_patients"}, r"expected_patients\[a dose\]"),
        ({"objective": "maximise mean expected_patients[2]"}, "dose: got '2'; wanted one of 1, 3, 10, 30"),
        ({"objective": "maximise mean correct_selection[none]"}, "correct_selection without brackets"),
        ({"objective": "minimise mean expected_duration"}, "Pass dlt_window"),
        ({"constraints": "mean overdose_selection < 0.3"}, "constraint: .*<= or >=, and a number"),
        ({"constraints": "mean overdose_selection <= ."}, "constraint"),
        ({"constraints": "mean overdosing <= 0.3"}, "Did you mean 'overdose_selection'"),
        ({"design": 3}, "calibrate, design: got 3; wanted a function"),
        ({"design": lambda ewoc_cap: ewoc_cap}, "design made from ewoc_cap=0.25: got 0.25; wanted"),
        ({"scenarios": ()}, "calibrate, scenarios"),
        ({"sample": 0}, "calibrate, sample"),
        ({"design": lambda dose: blrm(), "over": {"dose": (1,)}}, "another name"),
    ],
)
def test_bad_input(change, message):
    given = {"design": blrm, "over": {"ewoc_cap": (0.25,)}, "scenarios": SCENARIOS, "mtd_rule": RULE}
    with pytest.raises(InputError, match=message):
        bd.calibrate(**(given | change))


def test_what_takes_no_work_is_refused_before_any(monkeypatch):
    monkeypatch.setattr(judge, "sweep", None)
    for wrong in ({"objective": "maximise mean x"}, {"constraints": "mean x <= 1"}):
        with pytest.raises(InputError):
            sweep(**wrong)


def test_a_design_that_fails_is_named():
    class Broken(type(bd.three_plus_three(GRID, "deescalation"))):
        def next_cohort(self, state):
            raise ZeroDivisionError("broken")

    with pytest.raises(SimulationError, match="Part 1 of the sweep failed twice: ZeroDivisionError: broken"):
        bd.calibrate(
            lambda variant: Broken(GRID, variant), {"variant": ("deescalation",)}, SCENARIOS, mtd_rule=RULE
        )


def test_a_sample_is_reproducible():
    options = {"sample": 3, "rng": 5}
    assert sweep(**options).tried.identical(sweep(**options).tried)
    assert set(sweep(**options).designs) != set(sweep(sample=3, rng=6).designs)
    assert len(sweep(**options).designs) == 3
    assert len(sweep(sample=99).designs) == 16


def test_tried_is_a_file(found, tmp_path):
    found.tried.to_netcdf(tmp_path / "tried.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "tried.nc", engine="h5netcdf") as again:
        assert again["chosen"].values.tolist() == found.tried["chosen"].values.tolist()
        xr.testing.assert_equal(again["correct_selection"].load(), found.tried["correct_selection"])


def test_the_chosen_design_as_files(found, tmp_path):
    bd.save_design(found.chosen, tmp_path / "design.toml")
    assert bd.load_design(tmp_path / "design.toml") == found.chosen
    found.save_study(tmp_path / "chosen.toml")
    study = bd.load_study(tmp_path / "chosen.toml")
    assert dict(study.designs) == {found.name: found.chosen}
    again = bd.run_study(study)
    np.testing.assert_allclose(
        again["correct_selection"].values[0],
        found.tried["correct_selection"].sel(design=found.name).values,
        rtol=0,
        atol=1e-12,
    )
    two = list(found.designs)[:2]
    found.save_study(tmp_path / "two.toml", two)
    assert list(bd.load_study(tmp_path / "two.toml").designs) == two
    with pytest.raises(InputError, match="design"):
        found.save_study(tmp_path / "none.toml", ["nobody"])
