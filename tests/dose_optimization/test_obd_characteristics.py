"""Measures of the recommended dose where response counts, against sums over the ends of trials."""

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.dose_optimization import boin12
from bayesdose.errors import InputError
from bayesdose.simulation.ends import end_probabilities
from bayesdose.simulation.graph import trial_graph

GRID = bd.DoseGrid((1, 2, 4), "mg")
RULE = bd.rules.BestUtility(max_toxicity=0.35, min_efficacy=0.2)
CURVES = (
    bd.scenarios.Scenario(
        "plateau", GRID, (0.05, 0.15, 0.45), prob_response=(0.1, 0.4, 0.45), dlt_response_odds_ratio=2.0
    ),
    bd.scenarios.Scenario("toxic", GRID, (0.4, 0.5, 0.6), prob_response=(0.3, 0.4, 0.5)),
)
DESIGNS = {
    "utility": boin12(GRID, max_patients=9),
    "3+3": bd.three_plus_three(GRID, "deescalation"),
}
MTD = bd.rules.ClosestTo(0.3)


@pytest.fixture(scope="module")
def exact():
    return bd.operating_characteristics(DESIGNS, CURVES, mtd_rule=MTD, obd_rule=RULE)


def test_the_truth_by_hand(exact):
    assert exact["obd"].values.tolist() == ["2", "none"]
    assert exact["true_prob_response"].values.tolist() == [[0.1, 0.4, 0.45], [0.3, 0.4, 0.5]]
    # Dose 1 has too few responses, dose 3 too many DLTs; in the other scenario all have too many DLTs.
    selected = exact["selection_probability"].values
    none, doses = selected[..., 0], selected[..., 1:]
    for scenario, (right, toxic, idle) in enumerate(
        [
            (doses[:, 0, 1], doses[:, 0, 2], doses[:, 0, 0]),
            (none[:, 1], doses[:, 1].sum(axis=1), 0 * none[:, 1]),
        ]
    ):
        for name, expected in (
            ("obd_selection", right),
            ("too_toxic_selection", toxic),
            ("ineffective_selection", idle),
            ("nothing_recommended", none[:, scenario]),
        ):
            np.testing.assert_allclose(exact[name].values[:, scenario], expected, rtol=0, atol=1e-12)
    # Expected utility of each dose: 100, 60, 40, 0 by the four cells; neither response nor DLT is worth 40.
    cells = CURVES[0].prob_outcome(4)
    worth = np.array([40, *(40 * cells[:, 0] + 100 * cells[:, 1] + 60 * cells[:, 2])])
    loss = selected[:, 0] @ (worth[2] - worth)
    np.testing.assert_allclose(exact["utility_loss"].values[:, 0], loss, rtol=0, atol=1e-10)
    patients = exact["expected_patients"].values[:, 0]
    for name, dose in (("below", 0), ("at", 1), ("above", 2)):
        found = exact[f"expected_patients_{name}_obd"].values
        np.testing.assert_allclose(found[:, 0], patients[:, dose], rtol=0, atol=1e-12)
        assert np.isnan(found[:, 1]).all()


def test_responses_and_information_by_the_ends_of_trials(exact):
    """Responses are counted at the ends of BOIN12's trials; Wald's identity gives them without."""
    for number, (name, design) in enumerate(DESIGNS.items()):
        graph = trial_graph(design)
        prob = np.stack([curve.prob_outcome(design.outcome_categories) for curve in CURVES])
        weights, final = end_probabilities(graph, prob), graph.final
        patients = final.counts.sum(axis=2)
        dose = final.recommendation
        at_dose = np.where(dose >= 0, patients[np.arange(len(dose)), np.maximum(dose, 0)], 0)
        found = exact["expected_patients_at_recommended"].values[number]
        np.testing.assert_allclose(found, weights @ at_dose, rtol=0, atol=1e-10)
        if name == "utility":
            responses = final.counts[..., 1] + final.counts[..., 2]
            found = exact["expected_responses"].values[number]
            np.testing.assert_allclose(found, np.einsum("st,tk->sk", weights, responses), rtol=0, atol=1e-10)
        total = exact["expected_responses"].values[number].sum(axis=1)
        np.testing.assert_allclose(
            exact["expected_total_responses"].values[number], total, rtol=0, atol=1e-10
        )


NAMES = [
    "obd_selection",
    "too_toxic_selection",
    "ineffective_selection",
    "nothing_recommended",
    "utility_loss",
    "expected_patients_below_obd",
    "expected_patients_at_obd",
    "expected_patients_above_obd",
    "expected_patients_at_recommended",
    "expected_responses",
    "expected_total_responses",
]


def test_simulated_as_exact_on_the_same_patients(exact):
    drawn = bd.operating_characteristics(
        DESIGNS, CURVES, mtd_rule=MTD, obd_rule=RULE, method=bd.MonteCarlo(trials=20_000, rng=3)
    )
    for name in NAMES:
        apart, error = np.abs(drawn[name] - exact[name]), drawn[f"{name}_mcse"]
        assert np.all((apart <= 5 * error + 1e-9) | np.isnan(exact[name])), name


def test_bounds_of_a_truncated_graph_hold(exact):
    rough = bd.operating_characteristics(
        DESIGNS, CURVES, mtd_rule=MTD, obd_rule=RULE, method=bd.Exact(max_unresolved=0.05)
    )
    assert rough.attrs["unresolved_probability"] > 0.01
    for name in NAMES:
        inside = (rough[f"{name}_lower"] <= exact[name] + 1e-12) & (
            exact[name] <= rough[f"{name}_upper"] + 1e-12
        )
        assert np.all(inside | np.isnan(exact[name])), name


def test_without_the_rule_nothing_is_added():
    plain = bd.operating_characteristics(DESIGNS, CURVES, mtd_rule=MTD)
    assert not [name for name in plain if "obd" in name or "response" in name]


def test_a_study_file_names_the_rule(tmp_path):
    bd.scenarios.save_scenarios(tmp_path / "curves.csv", CURVES)
    path = tmp_path / "study.toml"
    path.write_text(
        'scenarios = [{ scenarios = "load_scenarios", path = "curves.csv" }]\n'
        'mtd_rule = { rule = "ClosestTo", target = 0.3 }\n'
        'obd_rule = { rule = "BestUtility", max_toxicity = 0.35, utility = { none = 50, both = 50 } }\n'
        'grid = { values = [1, 2, 4], unit = "mg" }\n'
        "[designs]\n"
        'BOIN12 = { design = "boin12", max_patients = 6, utility = { none = 50, both = 50 } }\n',
        encoding="utf-8",
    )
    study = bd.load_study(path)
    assert study.obd_rule == bd.rules.BestUtility(bd.rules.Utility(none=50, both=50), max_toxicity=0.35)
    assert bd.run_study(study)["obd_selection"].shape == (1, 2)


def test_scenarios_without_responses_are_refused():
    bare = [CURVES[0], bd.scenarios.Scenario("bare", GRID, (0.1, 0.2, 0.3))]
    with pytest.raises(InputError, match=r"obd_rule: got .*'bare' without P\(response\)"):
        bd.operating_characteristics(DESIGNS, bare, mtd_rule=MTD, obd_rule=RULE)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"max_toxicity": 0}, "BestUtility, max_toxicity: got 0"),
        ({"min_efficacy": 1.2}, "BestUtility, min_efficacy: got 1.2"),
        ({"utility": 3}, "BestUtility, utility: got 3"),
    ],
)
def test_bad_rules_are_refused(limits, message):
    with pytest.raises(InputError, match=message):
        bd.rules.BestUtility(**limits)
