"""Whole trials: an expansion after an escalation, against binomials appended by hand and Monte Carlo."""

import numpy as np
import pytest
from scipy.stats import beta, binom

from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.boin import boin
from bayesdose.designs.expansion import ExpansionCohort
from bayesdose.designs.patient_cap import capped
from bayesdose.designs.plan import Plan
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.report.next_dose import describe_decision
from bayesdose.rules.elimination import BetaElimination
from bayesdose.rules.monitoring import BetaMonitoring, MoreDLTsThan, RecommendationFalls
from bayesdose.rules.mtd import HighestBelow
from bayesdose.rules.stopping import PatientsAtDose
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.duration import Accrual, Duration
from bayesdose.simulation.exact import exact_characteristics
from bayesdose.simulation.graph import trial_graph
from bayesdose.simulation.graph_file import save_graph
from bayesdose.simulation.method import MonteCarlo
from bayesdose.simulation.operating_characteristics import operating_characteristics
from bayesdose.simulation.truth import Truth
from bayesdose.trial import StopReason
from tests.conformance import check_design, reachable_states

GRID = DoseGrid((1, 3, 10), "mg")
THREE = ThreePlusThree(GRID, "deescalation")
TITRATION = AcceleratedTitration(THREE, 2)
BOIN = boin(GRID, 0.3, cohort_size=3, max_patients=12, stopping=PatientsAtDose(6))
WATCHED = BetaMonitoring(BetaElimination(0.3, 0.9, min_patients=3))
RULE = HighestBelow(0.3)
CURVES = [
    Scenario("low", GRID, (0.25, 0.4, 0.55)),
    Scenario("middle", GRID, (0.1, 0.25, 0.45)),
    Scenario("high", GRID, (0.05, 0.1, 0.2)),
]


def characteristics(**designs):
    return operating_characteristics(designs, CURVES, mtd_rule=RULE)


# P(stop), expected patients and DLTs of an expansion from nobody, P(P(DLT) > 0.3 | Beta(1 + y, 1 + n - y))
# above a cutoff; 6 decimals. Made by a recursion over numbers of DLTs, written apart from the package.
EXACT = {
    (10, 0.90, 1): (
        (0.112068, 0.258447, 0.442014, 0.638472, 0.808594),
        (9.025969, 7.894162, 6.630571, 5.321759, 4.085938),
    ),
    (10, 0.90, (3, 6, 9)): (
        (0.028526, 0.112905, 0.254912, 0.444234, 0.648438),
        (9.802745, 9.253879, 8.413367, 7.360822, 6.210938),
    ),
    (10, 0.95, 1): (
        (0.012583, 0.065719, 0.183818, 0.369584, 0.589844),
        (9.9071, 9.572627, 8.925978, 7.957210, 6.746094),
    ),
    (100, 0.95, 10): (
        (0.000152, 0.009081, 0.171118, 0.799198, 0.996778),
        (99.986392, 99.232452, 89.301434, 52.602540, 24.705544),
    ),
}


def by_recursion(total, cutoff, looks, prob_dlt):
    """P(stop) and expected patients, one patient at a time, with scipy's distributions."""
    going, stopped, patients = np.array([1.0]), 0.0, 0.0
    for number in range(1, total + 1):
        patients += going.sum()
        going = np.convolve(going, [1 - prob_dlt, prob_dlt])
        if number % looks == 0 if isinstance(looks, int) else number in looks:
            dlts = np.arange(number + 1)
            toxic = beta.sf(0.3, 1 + dlts, 1 + number - dlts) > cutoff
            stopped, going = stopped + going[toxic].sum(), np.where(toxic, 0, going)
    return stopped, patients


@pytest.mark.parametrize(("total", "cutoff", "looks"), EXACT)
def test_an_expansion_apart_from_the_escalation(total, cutoff, looks):
    one = DoseGrid((1.0,), "mg")
    stage = ExpansionCohort(
        total, BetaMonitoring(BetaElimination(0.3, cutoff)), looks=looks, escalation_patients=False
    )
    curves = [Scenario(str(p), one, (p,)) for p in (0.1, 0.2, 0.3, 0.4, 0.5)]
    plan = Plan(ThreePlusThree(one, "deescalation"), (stage,))
    found = operating_characteristics({"plan": plan}, curves, mtd_rule=RULE).isel(design=0)
    begins = found["stage_probability"].sel(stage="expansion").values
    reason = StopReason.EXPANSION_TOO_TOXIC.value
    stops = found["stop_reason_probability"].sel(stop_reason=reason).values / begins
    patients = found["expected_stage_patients"].sel(stage="expansion").values / begins
    dlts = found["expected_stage_dlts"].sel(stage="expansion").values / begins
    assert np.abs(stops - EXACT[total, cutoff, looks][0]).max() < 1e-6
    assert np.abs(patients - EXACT[total, cutoff, looks][1]).max() < 1e-6
    # Wald's identity: the patients before a stop do not know the outcomes after it.
    assert np.abs(dlts - patients * [0.1, 0.2, 0.3, 0.4, 0.5]).max() < 1e-10
    recursion = [by_recursion(total, cutoff, looks, p) for p in (0.1, 0.2, 0.3, 0.4, 0.5)]
    assert np.abs(stops - [one[0] for one in recursion]).max() < 1e-11
    assert np.abs(patients - [one[1] for one in recursion]).max() < 1e-9


@pytest.mark.parametrize("escalation", [THREE, TITRATION, BOIN], ids=["3+3", "titration", "BOIN"])
@pytest.mark.parametrize("kept", [1, 2])
def test_filling_the_dose_is_a_binomial_after_the_escalation(exact, escalation, kept):
    """To a total of 10, keep the dose with so many DLTs, else the next lower one that was given."""
    plan = Plan(escalation, (ExpansionCohort(10, MoreDLTsThan(kept), looks=(10,), on_stop="dose below"),))
    for curve in CURVES:
        before = exact(escalation, curve.prob_dlt)
        selection = np.zeros(4)
        final = before.graph.final
        for counts, dose, weight in zip(final.counts, final.recommendation, before.weights, strict=True):
            if dose < 0:
                selection[0] += weight
                continue
            patients, dlts = counts.sum(axis=-1), counts[..., -1]
            new = max(10 - patients[dose], 0)
            stays = binom.cdf(kept - dlts[dose], new, curve.prob_dlt[dose])
            lower = [low for low in range(dose) if patients[low] > 0 and dlts[low] <= kept]
            selection[dose + 1] += weight * stays
            selection[max(lower, default=-1) + 1] += weight * (1 - stays)
        assert np.abs(exact(plan, curve.prob_dlt).selection - selection).max() < 1e-12


def test_the_escalation_is_as_it_would_be_alone():
    found = characteristics(plan=Plan(TITRATION, (ExpansionCohort(8, WATCHED),)), alone=TITRATION)
    plan, alone = found.sel(design="plan"), found.sel(design="alone")
    one = alone["selection_probability"].values
    assert np.abs(plan["escalation_selection_probability"].values - one).max() < 1e-12
    assert np.abs(alone["escalation_selection_probability"].values - one).max() == 0
    assert np.abs(plan["escalation_correct_selection"] - alone["correct_selection"]).max() < 1e-12
    escalation = plan["expected_stage_patients"].sel(stage="escalation")
    assert np.abs(escalation - alone["expected_sample_size"]).max() < 1e-12
    assert float(alone["expected_stage_patients"].sel(stage="expansion").max()) == 0
    assert float(alone["dose_revised_probability"].max()) == 0


PLANS = {
    "close": Plan(THREE, (ExpansionCohort(8, WATCHED),)),
    "below": Plan(TITRATION, (ExpansionCohort(8, WATCHED, on_stop="dose below"),)),
    "expand below": Plan(
        BOIN, (ExpansionCohort(9, WATCHED, looks=3, on_stop="expand dose below"),), estimate_again=True
    ),
    "pause": Plan(THREE, (ExpansionCohort(4, MoreDLTsThan(1), on_stop="pause", escalation_patients=False),)),
    "asked again": Plan(BOIN, (ExpansionCohort(9, RecommendationFalls(), on_stop="dose below"),)),
    "two": Plan(
        THREE,
        (
            ExpansionCohort(3, WATCHED, escalation_patients=False, name="first indication"),
            ExpansionCohort(4, looks=(2,), escalation_patients=False, name="second indication"),
        ),
    ),
    "capped": Plan(capped(THREE, 9), (ExpansionCohort(8, WATCHED),)),
}


@pytest.mark.parametrize("name", PLANS)
def test_contract(name):
    plan = PLANS[name]
    # `max_patients` of a plan is a bound that its trials may not reach.
    layers = [state.patients.sum(axis=1).max() for state in reachable_states(plan)]
    assert check_design(plan, most=int(max(layers))) > 50
    assert max(layers) <= plan.max_patients


def test_exact_against_simulated_trials():
    exact = characteristics(**PLANS)
    simulated = operating_characteristics(
        PLANS, CURVES, mtd_rule=RULE, method=MonteCarlo(trials=20_000, rng=7)
    )
    for name in (
        "correct_selection",
        "escalation_correct_selection",
        "dose_revised_probability",
        "expected_stage_patients",
        "expected_stage_dlts",
        "stage_probability",
        "selection_probability",
        "stop_reason_probability",
    ):
        error = simulated[f"{name}_mcse"].values
        if not name.startswith("expected"):
            # What no simulated trial did has no error of its own, though it may happen.
            error = np.maximum(error, np.sqrt(exact[name].values / 20_000))
        distance = np.abs(simulated[name].values - exact[name].values)
        assert np.all(distance <= 5 * error + 1e-9), name


def test_patients_and_dlts_of_the_stages_add_up():
    found = characteristics(**PLANS)
    stages = found["expected_stage_patients"].sum("stage")
    assert np.abs(stages - found["expected_sample_size"]).max() < 1e-10
    dlts = found["expected_stage_dlts"].sum("stage")
    assert np.abs(dlts - found["expected_dlts"].sum("dose")).max() < 1e-10
    assert found["stage"].values.tolist() == [
        "escalation",
        "expansion",
        "first indication",
        "second indication",
    ]


STEPS = {
    "the dose found is filled up, a patient at a time": (
        "close",
        [
            ("1NNN 2NNN", "Next: 3 patients at level 3 (10 mg)."),
            ("1NNN 2NNN 3NNN", "Next: 1 patient at level 3 (10 mg), in the expansion."),
            ("1NNN 2NNN 3NNN 3T", "Next: 1 patient at level 3 (10 mg), in the expansion."),
            # P(p > 0.3 | Beta(4, 4)) = 0.874 after 3 of 6 stays below 0.9, 0.942 after 4 of 7 does not.
            ("1NNN 2NNN 3NNN 3T 3T", "Next: 1 patient at level 3 (10 mg), in the expansion."),
            ("1NNN 2NNN 3NNN 3T 3T 3T", "Next: 1 patient at level 3 (10 mg), in the expansion."),
            (
                "1NNN 2NNN 3NNN 3T 3T 3T 3T",
                "Stop: the expansion showed too many DLTs. Recommended: no dose.",
            ),
            (
                "1NNN 2NNN 3NNN 3N 3N 3N 3N 3N",
                "Stop: the expansion is complete. Recommended: level 3 (10 mg).",
            ),
            ("1TTT", "Stop: the lowest dose that may be given is too toxic. Recommended: no dose."),
        ],
    ),
    "the next lower dose": (
        "below",
        [
            (
                "1N 2N 3NNN 3T 3T 3T 3T",
                "Stop: the expansion showed too many DLTs. Recommended: level 2 (3 mg).",
            )
        ],
    ),
    "it is expanded in its place, by three": (
        "expand below",
        [
            ("1NNN 2NNN 3NNN 3NNN", "Next: 3 patients at level 3 (10 mg), in the expansion."),
            ("1NNN 2NNN 3NNT 3NTT 3TTT", "Next: 3 patients at level 2 (3 mg), in the expansion."),
            (
                "1NNN 2NNN 3NNT 3NTT 3TTT 2NNN 2NNN",
                "Stop: the expansion is complete. Recommended: level 2 (3 mg).",
            ),
        ],
    ),
    "one stage after the other, each with its own patients": (
        "two",
        [
            ("1NNN 2NNN 3NNN", "Next: 1 patient at level 3 (10 mg), in the first indication."),
            ("1NNN 2NNN 3NNN 3T 3N 3N", "Next: 2 patients at level 3 (10 mg), in the second indication."),
            (
                "1NNN 2NNN 3NNN 3N 3N 3N 3NN 3NN",
                "Stop: the expansion is complete. Recommended: level 3 (10 mg).",
            ),
        ],
    ),
    "patients of the escalation can be enough": (
        "capped",
        [("1NNN 2NTT 1NNN", "Next: 1 patient at level 1 (1 mg), in the expansion.")],
    ),
}


@pytest.mark.parametrize("walk", STEPS)
def test_steps(walk):
    name, steps = STEPS[walk]
    for outcomes, decision in steps:
        assert describe_decision(PLANS[name], outcomes) == decision, outcomes


def test_a_dose_with_enough_patients_is_complete_at_once():
    plan = Plan(ThreePlusThree(GRID, "deescalation-six"), (ExpansionCohort(6, WATCHED),))
    alone = ThreePlusThree(GRID, "deescalation-six")
    found = characteristics(plan=plan, alone=alone)
    assert float(found["expected_stage_patients"].sel(design="plan", stage="expansion").max()) == 0
    right = found["correct_selection"]
    assert np.abs(right.sel(design="plan") - right.sel(design="alone")).max() < 1e-12
    reason = StopReason.EXPANSION_COMPLETE.value
    complete = found["stop_reason_probability"].sel(design="plan", stop_reason=reason)
    none = found["selection_probability"].sel(design="alone", recommendation="none")
    assert np.abs(complete - (1 - none)).max() < 1e-12


@pytest.mark.parametrize("name", PLANS)
def test_what_a_plan_closes_changes_no_characteristic(name):
    plan = PLANS[name]
    truth = Truth(np.array([curve.prob_dlt for curve in CURVES]), RULE)
    prob_outcome = np.stack([curve.prob_outcome(plan.outcome_categories) for curve in CURVES])
    whole, closed = (
        exact_characteristics(
            graph,
            prob_outcome,
            truth,
            max_patients=plan.max_patients,
            duration=Duration(21, Accrual(7)),
            stages=tuple(range(len(plan.stages))),
        )
        for graph in (trial_graph(plan), trial_graph(plan, closes=True))
    )
    assert whole.keys() == closed.keys()
    for variable, (_, values) in whole.items():
        # Days go to hundreds; the rest are sums of products of probabilities with whole numbers.
        assert np.allclose(values, closed[variable][1], rtol=1e-12, atol=1e-12, equal_nan=True), variable


def test_closing_makes_graphs_smaller_unless_a_rule_looks_elsewhere():
    sizes = {
        name: (trial_graph(plan).num_states, trial_graph(plan, closes=True).num_states)
        for name, plan in PLANS.items()
    }
    for name, (whole, closed) in sizes.items():
        if name in ("expand below", "asked again", "capped"):
            assert closed == whole, name
        else:
            assert closed < whole, name


def test_a_graph_that_closes_doses_is_not_written(tmp_path):
    graph = trial_graph(PLANS["close"], closes=True)
    with pytest.raises(InputError, match="got 'a graph that closes doses'"):
        save_graph(graph, tmp_path / "graph.nc")
    assert not (tmp_path / "graph.nc").exists()


def test_without_stages_results_have_none():
    found = characteristics(alone=THREE)
    assert "stage" not in found.dims
    assert trial_graph(THREE).final.record.shape[1] == 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Plan(THREE, ()), r"Plan, stages: got \(\)"),
        (lambda: Plan(THREE, (THREE,)), r"Plan, stages\[0\]"),
        (lambda: Plan(PLANS["two"], (ExpansionCohort(6),)), "Plan, escalation: got 'a plan'"),
        (lambda: Plan(THREE, (ExpansionCohort(6), ExpansionCohort(9))), "two named 'expansion'"),
        (lambda: Plan(THREE, (ExpansionCohort(6, name="escalation"),)), "two named 'escalation'"),
        (lambda: Plan(THREE, (ExpansionCohort(490),)), "Plan, stages: got 'up to 508 patients'"),
        (
            lambda: Plan(THREE, tuple(ExpansionCohort(60, name=str(number)) for number in range(6))),
            "Plan, stages: got '6 stages of a trial with up to 378 patients'; wanted at most 2",
        ),
        (lambda: ExpansionCohort(0), "ExpansionCohort, total: got 0"),
        (lambda: ExpansionCohort(10, looks=(3, 12)), "ExpansionCohort, looks: got"),
        (lambda: ExpansionCohort(10, looks=(6, 3)), "ExpansionCohort, looks: got"),
        (lambda: ExpansionCohort(10, looks=()), "ExpansionCohort, looks: got"),
        (lambda: ExpansionCohort(10, WATCHED, on_stop="stop"), "ExpansionCohort, on_stop: got 'stop'"),
        (lambda: ExpansionCohort(10, BetaElimination(0.3)), "ExpansionCohort, monitoring: got"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(InputError, match=message):
        make()
