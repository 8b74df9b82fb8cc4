"""Designs as files: the whole round trip is in the conformance suite; here is what it leaves out."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import attrs
import pytest
import tomli_w

import bayesdose as bd
from bayesdose.grammar.structuring import Context, structured
from bayesdose.grammar.writing import plain_design, plain_value
from bayesdose.models.description import ModelDescription
from bayesdose.rules.stopping import CombinedStopping

GRID = bd.DoseGrid((1, 2.5, 5, 10), "mg", ("one", "2 1/2", 'a "five"', "ten\n"))
PRIOR = bd.priors.NormalPrior((-1.4, 0.0), (1.5, 0.7), reference_dose=10.0)
CURVE = bd.models.PowerCurve((0.05, 0.15, 0.3, 0.5))


def write(folder, text):
    path = folder / "design.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def again(tmp_path):
    """A design, saved and loaded."""

    def trip(design):
        path = tmp_path / "saved.toml"
        bd.save_design(design, path)
        return bd.load_design(path)

    return trip


def mle(**settings):
    return bd.crm_mle(GRID, CURVE, 0.25, 12, **settings)


@pytest.mark.parametrize(
    "increments",
    [
        bd.rules.AnyLevel(),
        bd.rules.LevelsAboveHighestTried(2),
        bd.rules.RelativeIncrements((0.0, 3.0), (2.0, 1.0)),
        bd.rules.RelativeIncrementsByDLTs((0, 1), (2.0, 0.5)),
        bd.rules.RelativeIncrementsByLastCohort((0, 1), (2.0, 0.5)),
        bd.rules.RelativeIncrementsFromHighest((0.0, 3.0), (2.0, 1.0)),
        bd.rules.NoEscalationAboveRate(0.3) & bd.rules.LevelsAboveCurrent(1) & bd.rules.Coherent(0.25),
    ],
)
@pytest.mark.parametrize("recommendation", [bd.rules.DoseOfNextCohort(), bd.rules.BestOnGrid()])
def test_increments_and_recommendation(again, increments, recommendation):
    design = mle(increments=increments, recommendation=recommendation)
    assert again(design) == design


def test_none_where_it_is_not_the_default(again):
    design = bd.accelerated_titration(
        bd.three_plus_three(GRID, "deescalation"), 2, None, confirm_at_level=True
    )
    assert again(design) == design
    assert again(design).trigger_dlts is None


def test_every_rule_of_a_model_based_design(again):
    design = bd.model_based(
        GRID,
        bd.models.TwoParameterLogistic(PRIOR),
        next_dose=bd.rules.HighestAllowed(),
        admissible=(bd.rules.QuantileBelow(0.4, 0.9) & bd.rules.NotTooToxic(0.5, 0.5))
        | bd.rules.EWOC(0.33, 0.1),
        stopping=bd.rules.SDBelow(0.1)
        | (bd.rules.CVBelow(0.2) & bd.rules.TargetProbabilityReached(0.16, 0.33, 0.6)),
        cohort_size=bd.rules.CohortSizeByLevel((1, 3), (1, 3)),
        max_patients=6,
        tolerances=(1e-2,),
    )
    loaded = again(design)
    assert loaded == design
    assert bd.design_hash(loaded) == bd.design_hash(design)
    assert loaded.tables[0].source == design.tables[0].source


@pytest.mark.parametrize(
    "model",
    [
        # Without tabulating them: a mixture takes long.
        bd.models.TwoParameterLogistic(bd.priors.robustify(PRIOR, 0.2, attrs.evolve(PRIOR, sd=(2.0, 1.0)))),
        bd.models.TwoParameterLogistic(
            attrs.evolve(PRIOR, asked=(bd.priors.Quantile(1.0, 0.05, 0.5),), notes=("a note",))
        ),
        bd.models.CRMModel(bd.models.LogisticCurve(CURVE.skeleton), 1.34**0.5),
        bd.models.ExponentialCRMModel(CURVE.skeleton),
    ],
)
def test_models(model):
    content = tomllib.loads(tomli_w.dumps({"model": plain_value(model)}))["model"]
    assert structured(content, ModelDescription, Context(Path()), "file") == model


def test_the_plain_form_is_json_too():
    design = bd.boin(
        GRID, 0.25, max_patients=12, stopping=bd.rules.StaysAtDose(6) | bd.rules.PatientsAtDose(9)
    )
    content = plain_design(design)
    assert json.loads(json.dumps(content)) == content
    assert content["stopping"] == {
        "any_of": [{"rule": "StaysAtDose", "number": 6}, {"rule": "PatientsAtDose", "number": 9}]
    }


HEAD = 'design = "boin"\ntarget = 0.25\nmax_patients = 12\n'
DOSES = '[grid]\nvalues = [1, 3, 10]\nunit = "mg"\n'


def test_a_function_with_its_parameters(tmp_path):
    text = (
        HEAD + 'extra_safe = 0.05\nstopping = { all_of = [{ rule = "StaysAtDose", number = 6 }] }\n' + DOSES
    )
    design = bd.load_design(write(tmp_path, text))
    grid = bd.DoseGrid((1, 3, 10), "mg")
    assert attrs.evolve(design, stopping=None) == bd.boin(grid, 0.25, max_patients=12, extra_safe=0.05)
    assert design.stopping == bd.rules.StaysAtDose(6)


def test_a_prior_by_its_rule(tmp_path):
    text = (
        'design = "blrm"\ntarget_interval = [0.16, 0.33]\newoc_cap = 0.25\nmax_patients = 6\n'
        "tolerances = [0.01]\n"
        'prior = { prior = "NormalPrior", mean = [-1.4, 0], sd = [1.5, 0.7], reference_dose = 10 }\n' + DOSES
    )
    design = bd.load_design(write(tmp_path, text))
    wanted = {"target_interval": (0.16, 0.33), "ewoc_cap": 0.25, "max_patients": 6, "tolerances": (0.01,)}
    assert design == bd.blrm(bd.DoseGrid((1, 3, 10), "mg"), PRIOR, **wanted)


def test_a_printed_table_beside_the_file(tmp_path):
    table = bd.rules.DecisionTable(("", "", "ESDU", "", "", "EESDUUU"))
    bd.save_decision_table(table, tmp_path / "protocol.csv")
    text = (
        'design = "interval_design"\nmax_patients = 6\n'
        'rule = { rule = "load_decision_table", path = "protocol.csv" }\n'
        'mtd_selection = { rule = "IsotonicClosest", target = 0.25 }\n' + DOSES
    )
    assert bd.load_design(write(tmp_path, text)).rule.rows == table.rows


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (HEAD.replace("target", "taget") + DOSES, ["key taget", "Did you mean 'target'?"]),
        (HEAD.replace("boin", "bion") + DOSES, ["key design: got 'bion'", "Did you mean 'boin'?"]),
        (HEAD.replace("design", "desing") + DOSES, ["a table with the key design"]),
        (HEAD.replace("12", "12.5") + DOSES, ["key max_patients", "a whole number"]),
        (HEAD.replace("0.25", "true") + DOSES, ["key target", "a number"]),
        (HEAD.replace("0.25", "2.5") + DOSES, ["key target: got 2.5"]),
        (HEAD, ["key grid", "missing"]),
        (HEAD + DOSES.replace("unit", "units"), ["key grid.units", "Did you mean 'unit'?"]),
        (
            HEAD + 'stopping = { rule = "PatientsAtDoes", number = 9 }\n' + DOSES,
            ["key stopping.rule: got", "Did you mean 'PatientsAtDose'?"],
        ),
        (
            HEAD + 'stopping = { any_of = [{ rule = "StaysAtDose", numbre = 9 }] }\n' + DOSES,
            ["key stopping.any_of[0].numbre", "Did you mean 'number'?"],
        ),
        (HEAD + "cohort_sise = 3\n" + DOSES, ["key cohort_sise", "Did you mean 'cohort_size'?"]),
    ],
)
def test_mistakes_are_named_by_key(tmp_path, text, parts):
    with pytest.raises(bd.InputError) as caught:
        bd.load_design(write(tmp_path, text))
    for part in ["design.toml", *parts]:
        assert part in str(caught.value)


@attrs.frozen
class Mine(CombinedStopping):
    """A stopping rule that is not the package's."""

    def stop(self, state, next_level, posterior=None):
        raise NotImplementedError("a rule that is only saved is never asked")


def test_a_rule_of_ones_own_has_no_saved_form(tmp_path):
    with pytest.raises(bd.InputError, match="one of the package's own.*Python code"):
        bd.save_design(mle(stopping=Mine()), tmp_path / "mine.toml")
    assert not list(tmp_path.iterdir())


def test_a_model_of_ones_own_has_no_saved_form(tmp_path):
    model = bd.models.two_parameter_logistic(GRID, PRIOR)
    design = bd.model_based(
        GRID, model, next_dose=bd.rules.ClosestMean(0.25), max_patients=6, tolerances=(1e-2,)
    )
    with pytest.raises(bd.InputError, match="whose model has a description.*TwoParameterLogistic"):
        bd.save_design(design, tmp_path / "mine.toml")
    described = bd.model_based(
        GRID,
        bd.models.TwoParameterLogistic(PRIOR),
        next_dose=bd.rules.ClosestMean(0.25),
        max_patients=6,
        tolerances=(1e-2,),
    )
    # The description makes no other design of the same tables.
    bare = attrs.evolve(described, tables=tuple(replace(table, source=None) for table in described.tables))
    assert bare == described
    assert hash(bare) == hash(described)
    assert bd.design_hash(bare) == bd.design_hash(described)
    for changed in ({"max_patients": 3}, {"grid": bd.DoseGrid((1, 2, 3, 4), "mg")}):
        with pytest.raises(bd.InputError, match="Make the design anew"):
            bd.save_design(attrs.evolve(described, **changed), tmp_path / "mine.toml")
