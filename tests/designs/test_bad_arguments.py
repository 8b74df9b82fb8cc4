"""What no design can be made of is refused at once, in words, by every function that makes one."""

import numpy as np
import pytest

import bayesdose as bd

GRID = bd.DoseGrid((1, 3, 10, 30), "mg")
INTERVAL = ["boin", "mtpi", "mtpi2", "keyboard", "tpi", "i3_plus_3"]
PRIOR = bd.priors.NormalPrior((-0.85, 0.0), (2.0, 1.0), reference_dose=30)
CURVE = bd.models.PowerCurve((0.05, 0.1, 0.25, 0.4))
NO_NUMBER = [None, "0.25", [0.25], b"0.25", 1j, True, np.array([0.2, 0.3]), bd.rules.EWOC]
THREE = bd.three_plus_three(GRID, "deescalation")


def refused(make, message="wanted"):
    with pytest.raises(bd.InputError, match=message):
        make()


@pytest.mark.parametrize("name", INTERVAL)
@pytest.mark.parametrize("target", [*NO_NUMBER, 0, 1, 25, -0.1, np.nan, np.inf, 10**400])
def test_a_target_that_is_no_probability(name, target):
    refused(lambda: getattr(bd, name)(GRID, target, max_patients=12), f"{name}, target: got")


@pytest.mark.parametrize("number", [*NO_NUMBER, 0, -3, 12.0, np.nan, np.inf, 10**9, 10**400])
@pytest.mark.parametrize("setting", ["max_patients", "cohort_size"])
@pytest.mark.parametrize("name", INTERVAL)
def test_a_number_of_patients_that_no_trial_has(name, setting, number):
    settings = {"max_patients": 12, setting: number}
    refused(lambda: getattr(bd, name)(GRID, 0.25, **settings), f"{name}, {setting}: got")


@pytest.mark.parametrize("number", [0, 12.0, "12", None, 10**9])
@pytest.mark.parametrize("setting", ["max_patients", "cohort_size"])
def test_a_number_of_patients_that_no_model_based_trial_has(setting, number):
    settings = {"max_patients": 12, setting: number}
    interval = {"target_interval": (0.16, 0.33), "ewoc_cap": 0.25}
    refused(lambda: bd.blrm(GRID, PRIOR, **interval, **settings), f"blrm, {setting}: got")
    refused(lambda: bd.crm_mle(GRID, CURVE, 0.25, **settings), f"crm_mle, {setting}: got")
    estimate = {"target": 0.25, "prior_sd": 1.16, "estimate": "mean"}
    refused(lambda: bd.crm(GRID, CURVE, **estimate, **settings), f"crm, {setting}: got")


@pytest.mark.parametrize(
    "make",
    [
        lambda grid: bd.three_plus_three(grid, "deescalation"),
        lambda grid: bd.a_plus_b(grid, 3, 3, 1, 1, 1, deescalation=True),
        lambda grid: bd.rolling_six(grid, 4, complete_highest=True),
        lambda grid: bd.boin(grid, 0.25, max_patients=12),
        lambda grid: bd.crm_mle(grid, CURVE, 0.25, 12),
    ],
)
@pytest.mark.parametrize("grid", [(1, 2, 3), None, "GRID", bd.DoseGrid, [1.0]])
def test_what_is_no_grid(make, grid):
    refused(lambda: make(grid), "grid: got .*; wanted a DoseGrid")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: bd.three_plus_three(GRID), "missing a required argument: 'variant'"),
        (
            lambda: bd.three_plus_three(GRID, ["deescalation"]),
            "so the variant is always stated",
        ),
        (lambda: bd.three_plus_three(GRID, "deescalation", 1, 2), "too many positional arguments"),
        (lambda: bd.a_plus_b(GRID, 3, 3, 1, 1, 1, "no"), "deescalation: got 'no'; wanted True or False"),
        (lambda: bd.a_plus_b(GRID, 3, 3, 1, 1, 1, 1), "deescalation: got 1; wanted True or False"),
        (lambda: bd.a_plus_b(GRID, 10**6, 3, 1, 1, 1, True), "a: got 1000000; wanted .* at most 500"),
        (lambda: bd.rolling_six(GRID, 4, "yes"), "complete_highest: got 'yes'; wanted True or False"),
        (lambda: bd.boin(GRID, 0.25, max_patients=12, bound_mtd="no"), "bound_mtd: got 'no'; wanted True or"),
        (lambda: bd.boin(GRID, 0.25, max_patient=12), "Did you mean 'max_patients'"),
        (lambda: bd.boin(GRID, 0.25, max_patients=12, stopping=9), "stopping: got 9; wanted a StoppingRule"),
        (
            lambda: bd.boin(GRID, 0.25, max_patients=12, stopping=bd.rules.SDBelow(0.1)),
            "wanted rules that count patients: there is no posterior here",
        ),
        (lambda: bd.mtpi(GRID, 0.25, max_patients=12, margins=0.05), "margins: got 0.05; wanted 2 values"),
        (
            lambda: bd.mtpi(GRID, 0.25, max_patients=12, margins=(0, 0)),
            "upper: got 0.25; wanted a",
        ),
        (lambda: bd.keyboard(GRID, 0.25, max_patients=12, margins=(1e-9, 1e-9)), "at least 0.01 wide"),
        (
            lambda: bd.accelerated_titration(THREE, 1.0),
            "single_patient_levels: got 1.0; wanted",
        ),
        (lambda: bd.accelerated_titration(THREE, largest_step=np.inf), "largest_step: got inf; wanted"),
        (lambda: bd.accelerated_titration(THREE, confirm_at_level="x"), "confirm_at_level: got 'x'"),
        (lambda: bd.accelerated_titration("3+3"), "following: got '3.3'; wanted a Design"),
        (
            lambda: bd.accelerated_titration(bd.three_plus_three),
            "following: got <function",
        ),
        (lambda: bd.simon_titration(THREE, number="2"), "number: got '2'; wanted a whole number 2 or 3"),
        (lambda: bd.nct07623850_titration(None), "following: got None; wanted a Design"),
        (
            lambda: bd.crm_mle(GRID, CURVE, 0.25, 12, initial_levels=1),
            "initial_levels: got 1; wanted a list",
        ),
        (lambda: bd.crm_mle(GRID, (0.1, 0.2), 0.25, 12), "curve: got .*; wanted a CRMCurve"),
        (
            lambda: bd.interval_design(GRID, bd.boin(GRID, 0.25, max_patients=9), None, 9),
            "rule: got IntervalDesign.*; wanted a DecisionRule",
        ),
        (lambda: bd.decision_table(THREE), "decision_table, design: got .*; wanted an IntervalDesign"),
        (lambda: bd.running_state(THREE, b"1N"), "outcomes: got b'1N'; wanted an Outcomes or a text"),
        (lambda: bd.running_state(None, "1N"), "design: got None; wanted a Design"),
        (lambda: bd.design_hash("3+3"), "design: got '3.3'; wanted a Design"),
        (lambda: bd.citation(3), "source: got 3; wanted a DesignOrStudy"),
        (lambda: bd.rolling_six_decision("3", 3, 0), "enrolled: got '3'; wanted a whole number or an array"),
        (
            lambda: bd.rolling_six_decision([3, 3], [3, 3, 3], 0),
            "shapes .*; wanted numbers, or arrays",
        ),
        (lambda: bd.rolling_six_decision(3.5, 3, 0), "wanted"),
        (lambda: bd.decision_certainty(THREE, "1N", None), "design: got .*; wanted a ModelBased"),
    ],
)
def test_what_means_nothing(make, message):
    refused(make, message)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"recommendation": "x"}, "recommendation: got 'x'; wanted a RecommendationRule"),
        (
            {"recommendation": bd.rules.BestOnGrid},
            "recommendation: got <class",
        ),
        ({"increments": 1}, "increments: got 1; wanted an IncrementsRule"),
        ({"stopping": bd.rules.EWOC(0.33, 0.25)}, "stopping: got EWOC.*; wanted a StoppingRule or None"),
        (
            {"cohort_size": np.float64(3)},
            "cohort size: got np.float64.3.0.; wanted a whole number",
        ),
        ({"target_interval": (0.1, 0.2, 0.3)}, "target_interval: got .*; wanted 2 values"),
        ({"target_interval": "ab"}, "target_interval: got 'ab'; wanted 2 values"),
        ({"tolerances": ()}, "tolerances: got .*; wanted .* with at least 1 of them"),
        ({"tolerances": (1e-9, 1e-2)}, "tolerances: got .*; wanted .* in decreasing order"),
        ({"tolerances": (1e-18,)}, r"tolerances\[0\]: got 1e-18; wanted a number of at least 1e-12"),
        ({"prior": None}, "prior: got None; wanted a Prior"),
    ],
)
def test_what_means_nothing_to_a_blrm(settings, message):
    usual = {"prior": PRIOR, "target_interval": (0.16, 0.33), "ewoc_cap": 0.25, "max_patients": 12}
    refused(lambda: bd.blrm(GRID, **{**usual, **settings}), message)


def test_a_model_that_is_none():
    rules = {"next_dose": bd.rules.MaxTargetProbability(0.16, 0.33), "max_patients": 12}
    for model in (None, "logistic", {"model": "x"}, bd.models.TwoParameterLogistic):
        refused(lambda model=model: bd.model_based(GRID, model, **rules), "model_based, model: got")
