"""A second regimen after the escalation: against a walk of its own written apart, and Monte Carlo."""

import numpy as np
import pytest
from scipy.stats import binom

import bayesdose as bd
from bayesdose.errors import InputError
from bayesdose.simulation.ends import end_probabilities
from bayesdose.simulation.graph import trial_graph
from tests.conformance import check_design

GRID = bd.DoseGrid((1, 3, 10), "mg")
BOTH = bd.TreatmentGrid((bd.Regimen("Q3W", GRID, 21), bd.Regimen("Q2W", GRID, 28)))
# Another set of doses under the second regimen, none of which is the lowest of the first.
FEWER = bd.TreatmentGrid((bd.Regimen("Q3W", GRID, 21), bd.Regimen("Q2W", bd.DoseGrid((3, 10), "mg"), 28)))
TEST = bd.rules.ThreePlusThreeAtLevel()
THREE = bd.three_plus_three(GRID, "deescalation")
RULE = bd.rules.HighestBelow(0.3)
CURVES = [
    bd.scenarios.Scenario("low", BOTH, (0.25, 0.4, 0.55, 0.32, 0.45, 0.6)),
    bd.scenarios.Scenario("middle", BOTH, (0.1, 0.25, 0.45, 0.15, 0.35, 0.5)),
    bd.scenarios.Scenario("high", BOTH, (0.05, 0.1, 0.2, 0.1, 0.18, 0.28)),
]
LEVELS = ("one", "two", "two after a DLT")


def plan(levels="one", otherwise="first regimen", *more, escalation=THREE, treatments=BOTH):
    return bd.plan(escalation, (bd.SecondRegimen(treatments, TEST, levels, otherwise), *more))


def characteristics(design, curves=CURVES, **how):
    return bd.operating_characteristics({"plan": design}, curves, mtd_rule=RULE, **how).squeeze("design")


def accepted(prob_dlt):
    """P(a level is accepted), expected patients there: three, and three more after one DLT of three."""
    none, one = binom.pmf([0, 1], 3, prob_dlt)
    return none + one * none, 3 + 3 * one


def by_hand(curve, levels, otherwise):
    """Selection of none and of each treatment, and patients under the second regimen."""
    graph = trial_graph(THREE)
    alone = bd.scenarios.Scenario("alone", GRID, curve.prob_dlt[:3])
    found = bd.operating_characteristics({"3+3": THREE}, [alone], mtd_rule=RULE)
    selected = found["selection_probability"].values[0, 0]
    # P(the dose found had a DLT): from the ends of the 3+3 alone, weighed by the exact engine's own flow.
    weights = end_probabilities(graph, alone.prob_outcome(2)[None])[0]
    selection, patients = np.zeros(7), 0.0
    selection[0] = selected[0]
    for level in range(3):
        ends = graph.final.recommendation == level
        toxic = graph.final.counts[ends, level, 1] > 0
        for with_dlt in (False, True):
            weight = weights[ends][toxic == with_dlt].sum()
            two = levels == "two" or (levels == "two after a DLT" and with_dlt)
            tested = [level - 1, level] if two and level > 0 else [level]
            going = weight
            kept = 1 + level if otherwise == "first regimen" else 0
            for one in tested:
                share, number = accepted(curve.prob_dlt[3 + one])
                patients += going * number
                selection[kept] += going * (1 - share)
                going, kept = going * share, 4 + one
            selection[kept] += going
    return selection, patients


@pytest.mark.parametrize("levels", LEVELS)
@pytest.mark.parametrize("otherwise", ["first regimen", "none"])
@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_exact_numbers_are_those_of_a_walk_written_apart(curve, levels, otherwise):
    found = characteristics(plan(levels, otherwise), [curve]).squeeze("scenario")
    selection, patients = by_hand(curve, levels, otherwise)
    assert np.abs(found["selection_probability"] - selection).max() < 1e-12
    assert abs(float(found["expected_stage_patients"].sel(stage="second regimen")) - patients) < 1e-12
    # Each dose is held against the MTD of its own regimen: the highest below 0.3, by hand.
    mtds = {"low": (0, None), "middle": (1, 0), "high": (2, 2)}[curve.name]
    right = selection[1 + mtds[0]] + (0 if mtds[1] is None else selection[4 + mtds[1]])
    high = selection[2 + mtds[0] : 4].sum() + selection[4 + (-1 if mtds[1] is None else mtds[1]) + 1 :].sum()
    assert abs(float(found["correct_selection"]) - right) < 1e-12
    assert abs(float(found["overdose_selection"]) - high) < 1e-12
    assert abs(float(found["underdose_selection"]) - (1 - right - high)) < 1e-12


COMPARED = ("selection_probability", "expected_stage_patients", "expected_stage_dlts", "expected_dlts")


@pytest.mark.parametrize("name", ["titrated", "moves below", "two"])
def test_exact_against_monte_carlo(name):
    design = SHIPPED[name]
    exact = characteristics(design)
    simulated = characteristics(design, method=bd.MonteCarlo(trials=20_000, rng=3))
    for variable in (
        "selection_probability",
        "expected_stage_patients",
        "expected_stage_dlts",
        "expected_dlts",
    ):
        error = simulated[f"{variable}_mcse"].values
        distance = np.abs(exact[variable] - simulated[variable]).values
        # Five standard errors; a frequency of zero has none.
        assert np.all(distance <= np.where(error > 0, 5 * error, 1e-3)), variable
    for measure in ("patients", "dlts"):
        stages = exact[f"expected_stage_{measure}"].sum("stage")
        assert np.abs(stages - exact[f"expected_{measure}"].sum("dose")).max() < 1e-12


TITRATION = bd.accelerated_titration(THREE, 2)
EXPANSION = bd.ExpansionCohort(8, bd.rules.MoreDLTsThan(2), on_stop="dose below")
MOVING = bd.ExpansionCohort(6, bd.rules.MoreDLTsThan(1), on_stop="expand dose below")
SHIPPED = {
    "one": plan(),
    "two": plan("two", "none"),
    "after a DLT": plan("two after a DLT"),
    "titrated": plan(
        "two after a DLT", "first regimen", EXPANSION, escalation=bd.accelerated_titration(THREE, 2)
    ),
    "moves below": plan("two", "first regimen", MOVING),
    "other doses": plan("two", "none", treatments=FEWER),
}


@pytest.mark.parametrize("name", SHIPPED)
def test_it_obeys_the_contract(name):
    design = SHIPPED[name]
    largest = int(trial_graph(design).final.totals[:, 0].max())
    assert check_design(design, most=largest) > 100


@pytest.mark.parametrize("name", ["titrated", "moves below"])
def test_what_a_plan_closes_changes_nothing(name):
    design = SHIPPED[name]
    whole, closed = trial_graph(design), trial_graph(design, closes=True)
    assert (closed.num_states < whole.num_states) == (name == "titrated")
    found = characteristics(design)
    weights = [
        end_probabilities(graph, curve.prob_outcome(2)[None])[0] for graph in (whole,) for curve in CURVES
    ]
    for curve, weight in zip(CURVES, weights, strict=True):
        one = found.sel(scenario=curve.name)
        counted = whole.final.totals.T @ weight
        assert np.allclose(one["expected_sample_size"], counted[0], rtol=1e-12)
        stages = whole.final.record[:, 1:-2].reshape(len(weight), 2, 2)
        expected = np.einsum("t,tsn->sn", weight, stages)
        assert np.allclose(one["expected_stage_patients"].values[1:], expected[:, 0], atol=1e-12)
        assert np.allclose(one["expected_stage_dlts"].values[1:], expected[:, 1], atol=1e-12)


TWO_FOUND = "1NNN 2NNN 3NTT 2NNN "
TESTED = "Stop: the second regimen is tested. Recommended:"
STEPS = [
    ("one", TWO_FOUND, "Next: 3 patients at level 2 of Q2W (3 mg), in the second regimen."),
    (
        "one",
        TWO_FOUND + "Q2W:2NNN",
        f"{TESTED} level 2 of Q2W (3 mg).",
    ),
    (
        "one",
        TWO_FOUND + "Q2W:2NTT",
        f"{TESTED} level 2 of Q3W (3 mg).",
    ),
    ("two", TWO_FOUND, "Next: 3 patients at level 1 of Q2W (1 mg), in the second regimen."),
    (
        "two",
        TWO_FOUND + "Q2W:1NNT",
        "Next: 3 patients at level 1 of Q2W (1 mg), in the second regimen.",
    ),
    (
        "two",
        TWO_FOUND + "Q2W:1NNN",
        "Next: 3 patients at level 2 of Q2W (3 mg), in the second regimen.",
    ),
    (
        "two",
        TWO_FOUND + "Q2W:1NTT",
        "Stop: no level of the second regimen is accepted. Recommended: no dose.",
    ),
    (
        "two",
        TWO_FOUND + "Q2W:1NNN Q2W:2TTN",
        f"{TESTED} level 1 of Q2W (1 mg).",
    ),
    (
        "after a DLT",
        "1NNN 2NNN 3NTT 2NNT",
        "Next: 3 patients at level 1 of Q2W (1 mg), in the second regimen.",
    ),
    # The lowest dose of the second regimen is above the dose found: it is not tested.
    (
        "other doses",
        "1NNN 2NTT 1NNN",
        f"{TESTED} level 1 of Q3W (1 mg).",
    ),
    (
        "other doses",
        TWO_FOUND,
        "Next: 3 patients at level 1 of Q2W (3 mg), in the second regimen.",
    ),
    (
        "titrated",
        "1N 2N 3TTN 2NNNNN Q2W:2NNN",
        "Next: 1 patient at level 2 of Q2W (3 mg), in the expansion.",
    ),
]


@pytest.mark.parametrize(("name", "outcomes", "decision"), STEPS)
def test_steps(name, outcomes, decision):
    assert bd.describe_decision(SHIPPED[name], outcomes).startswith(decision)


def test_a_trial_that_departs_is_not_sent_above_a_level_that_is_too_toxic():
    # Two late DLTs at the lower of both levels, while the upper one is being tested.
    decided = bd.describe_decision(SHIPPED["two"], TWO_FOUND + "Q2W:1NNN Q2W:2NNN (Q2W:1TT)")
    assert decided.startswith("Stop: no level of the second regimen is accepted. Recommended: no dose.")
    # Patients of the first regimen do not move the second one's test.
    decided = bd.describe_decision(SHIPPED["two"], TWO_FOUND + "Q2W:1NNN 2NNN")
    assert decided.startswith("Next: 3 patients at level 2 of Q2W (3 mg), in the second regimen.")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_file_holds_it(name, tmp_path):
    bd.save_design(SHIPPED[name], tmp_path / "plan.toml")
    assert bd.load_design(tmp_path / "plan.toml") == SHIPPED[name]


def test_a_study_file_states_treatments_once(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(
        """
mtd_rule = { rule = "HighestBelow", limit = 0.3 }

[treatments]
regimens = [
  { name = "Q3W", grid = { values = [1, 3, 10], unit = "mg" }, dlt_window_days = 21 },
  { name = "Q2W", grid = { values = [1, 3, 10], unit = "mg" }, dlt_window_days = 28 },
]

[[scenarios]]
scenarios = "Scenario"
name = "middle"
prob_dlt = [0.1, 0.25, 0.45, 0.15, 0.35, 0.5]

[designs.whole]
design = "plan"
escalation = { design = "three_plus_three", variant = "deescalation" }
stages = [{ stage = "SecondRegimen", test = { rule = "ThreePlusThreeAtLevel" }, levels = "two" }]
"""
    )
    study = bd.load_study(path)
    assert study.designs == {"whole": plan("two")}
    found = bd.run_study(study, tmp_path / "out")
    middle = characteristics(plan("two"), CURVES[1:2])
    assert np.array_equal(found["selection_probability"].squeeze(), middle["selection_probability"].squeeze())
    assert found["regimen"].values.tolist() == ["Q3W"] * 3 + ["Q2W"] * 3
    assert str(found["mtd"].item()) == "3 Q3W, 1 Q2W"


def test_pathways_name_the_regimen():
    found = bd.pathways(SHIPPED["two"], TWO_FOUND + "Q2W:1NNN", cohorts=1, scenarios=CURVES[:1])
    assert set(found["dose_given"].values.ravel().tolist()) == {"3 Q2W"}
    assert found["recommendation"].values.tolist() == ["3 Q2W", "1 Q2W", "1 Q2W", "1 Q2W"]
    assert float(found["probability"].sum()) == pytest.approx(1, abs=1e-12)


def test_figures_of_treatments(tmp_path):
    found = bd.operating_characteristics({"plan": SHIPPED["two"]}, CURVES, mtd_rule=RULE)
    for number, figure in enumerate((bd.plots.plot_selection(found), bd.plots.plot_scenarios(found))):
        figure.savefig(tmp_path / f"{number}.png")
        assert (tmp_path / f"{number}.png").stat().st_size > 10_000


BAD = [
    (lambda: bd.Regimen("Q 2W", GRID), "name: got 'Q 2W'; wanted .*letters and digits"),
    (lambda: bd.Regimen("Q2W", GRID, 0), "dlt_window_days: got 0"),
    (lambda: bd.TreatmentGrid((bd.Regimen("Q3W", GRID),)), "regimens"),
    (
        lambda: bd.TreatmentGrid((bd.Regimen("Q3W", GRID), bd.Regimen("q3w", GRID))),
        "got \"two named 'Q3W'\"; wanted different names",
    ),
    (
        lambda: bd.TreatmentGrid((bd.Regimen("A", GRID), bd.Regimen("B", bd.DoseGrid((1, 3), "g")))),
        "wanted one unit for all",
    ),
    (lambda: bd.describe_decision(plan(), "1NNN Q4W:1NNN"), "regimen: got 'Q4W'; wanted one of Q3W, Q2W"),
    (lambda: bd.describe_decision(plan(), "1NNN Q2W:4NNN"), "level of regimen Q2W: got 4; wanted 1 to 3"),
    (lambda: bd.describe_decision(plan(), "4NNN"), "level of regimen Q3W: got 4; wanted 1 to 3"),
    (lambda: bd.describe_decision(THREE, "1NNN Q2W:1NNN"), "wanted doses of one regimen"),
    (lambda: bd.scenarios.Scenario("s", BOTH, (0.1, 0.2, 0.3)), "got .3 probabilities"),
    (lambda: bd.scenarios.Scenario("s", BOTH, (0.1, 0.2, 0.3, 0.2, 0.1, 0.3)), "do not fall with dose"),
    (lambda: CURVES[0].mtd(RULE), "wanted doses of one regimen: each has an MTD of its own"),
    (
        lambda: bd.plan(bd.three_plus_three(bd.DoseGrid((1, 3), "mg"), "deescalation"), plan().stages),
        "wanted the escalation's doses for the first regimen",
    ),
    (
        lambda: bd.plan(THREE, (EXPANSION, *plan().stages)),
        "wanted a second regimen, if any, as the first stage",
    ),
    (lambda: bd.plan(THREE, plan().stages, estimate_again=True), "wanted rules that look at the dose's own"),
    (
        lambda: plan("one", "none", bd.ExpansionCohort(6, bd.rules.RecommendationFalls())),
        "the escalation asked again .expansion. after a second regimen",
    ),
    (
        lambda: characteristics(THREE, [CURVES[0]]),
        "wanted the same grid for all",
    ),
    (
        lambda: bd.scenarios.on_treatments(CURVES[0], BOTH, log_odds=(0.4,)),
        "on_treatments, scenario",
    ),
    (
        lambda: bd.scenarios.on_treatments(
            bd.scenarios.Scenario("s", GRID, (0.1, 0.2, 0.3)), BOTH, log_odds=(0.4, 0.1)
        ),
        "got .2 numbers.; wanted 1, one for each regimen after the first",
    ),
]


@pytest.mark.parametrize(("make", "message"), BAD)
def test_bad_input_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_scenarios_of_treatments_by_hand():
    one = bd.scenarios.Scenario("s", GRID, (0.0, 0.2, 1.0), (0.3, 0.4, 0.0))
    found = bd.scenarios.on_treatments(one, FEWER, log_odds=(np.log(2),))
    # Odds 1/4 doubled are 1/2. Half of those without DLT have moderate toxicity: of 0.8, and of 2/3.
    assert np.allclose(found.prob_dlt, (0.0, 0.2, 1.0, 1 / 3, 1.0), atol=1e-15)
    assert np.allclose(found.prob_moderate, (0.3, 0.4, 0.0, 1 / 3, 0.0), atol=1e-15)


def test_a_check_takes_scenarios_of_the_same_treatments():
    check = bd.check_design(plan(), CURVES, mtd_rule=RULE)
    assert check.scenarios == tuple(CURVES)
    other = bd.scenarios.Scenario("other", FEWER, (0.1, 0.25, 0.45, 0.35, 0.5))
    with pytest.raises(InputError, match="dose grid of 'other'"):
        bd.check_design(plan(), [other], mtd_rule=RULE)


def test_a_step_to_another_regimen_is_neither_up_nor_down():
    # A 3+3 is coherent, and so is each test under the second regimen, whose treatments have higher numbers.
    found = characteristics(plan("two after a DLT"))
    assert float(found["incoherent_probability"].max()) == 0
