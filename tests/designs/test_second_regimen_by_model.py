"""A second regimen tested by a model of both: quadrature written apart, limiting models, Monte Carlo."""

from functools import cache

import numpy as np
import pytest
from scipy.special import log_expit
from scipy.stats import halfnorm, norm

import bayesdose as bd
from bayesdose.errors import InputError
from bayesdose.inference.refined_tables import refined_tables
from bayesdose.models.description import TwoParameterLogistic
from bayesdose.rules.level_test import LevelTest, Verdicts
from bayesdose.simulation.graph import trial_graph
from bayesdose.trial import NO_DOSE, TrialState
from tests.conformance import check_design, reachable_states

GRID = bd.DoseGrid((1, 3, 10), "mg")
BOTH = bd.TreatmentGrid((bd.Regimen("Q3W", GRID, 21), bd.Regimen("Q2W", GRID, 28)))
THREE = bd.three_plus_three(GRID, "deescalation")
RULE = bd.rules.HighestBelow(0.3)
PRIOR = bd.priors.NormalPrior((-1.2, 0.0), (1.3, 0.6), reference_dose=3)
OTHER = bd.priors.NormalPrior((-0.8, 0.1), (1.0, 0.5), reference_dose=3)
BETWEEN = bd.priors.Heterogeneity((0.5, 0.25))
BOUND, CAP = 0.33, 0.25
CURVES = [
    bd.scenarios.Scenario("low", BOTH, (0.25, 0.4, 0.55, 0.32, 0.45, 0.6)),
    bd.scenarios.Scenario("middle", BOTH, (0.1, 0.25, 0.45, 0.15, 0.35, 0.5)),
    bd.scenarios.Scenario("high", BOTH, (0.05, 0.1, 0.2, 0.1, 0.18, 0.28)),
]
MODELS = {
    "normal": bd.models.CovariateShift(PRIOR, 0.5, np.log(1.5)),
    "half-normal": bd.models.CovariateShift(PRIOR, 0.8, distribution="half-normal"),
    "EX": bd.models.ExchangeableRegimens(PRIOR, BETWEEN),
    "EXNEX": bd.models.ExchangeableRegimens(PRIOR, BETWEEN, (0.8, 0.7), (PRIOR, OTHER)),
    "order": bd.models.PartialOrder(
        bd.models.PowerCurve((0.05, 0.1, 0.2, 0.3, 0.4, 0.5)), 1.1, bd.models.possible_orders(BOTH.grids)
    ),
    "one curve by shift": bd.models.CovariateShift(PRIOR, 0.0),
    "one curve by EX": bd.models.ExchangeableRegimens(PRIOR, None),
    "two curves": bd.models.ExchangeableRegimens(PRIOR, BETWEEN, (0.0, 0.0), (PRIOR, OTHER)),
}
STATED = ("normal", "half-normal", "EX", "EXNEX", "order")


@cache
def ewoc(name):
    # One coarse table is enough for what is not held against other numbers.
    tolerances = (5e-2,) if name in ("EX", "EXNEX") else (5e-2, 1e-3)
    return bd.rules.EWOCAtLevel(BOTH, MODELS[name], BOUND, CAP, max_patients=30, tolerances=tolerances)


def plan(test, levels="two", otherwise="first regimen", *more):
    return bd.plan(THREE, (bd.SecondRegimen(BOTH, test, levels, otherwise), *more))


@cache
def states(name):
    """All states of a plan, as one batch."""
    parts = list(reachable_states(plan(ewoc(name))))
    return TrialState(
        *(np.concatenate([getattr(one, part) for one in parts]) for part in ("counts", "level", "phase"))
    )


def overdose_by_quadrature(distribution, patients, dlts):
    """P(P(DLT) >= 0.33) of each treatment in three dimensions: log alpha, log beta and the shift."""
    alpha, beta = np.linspace(-9, 6.6, 157), np.linspace(-3.6, 3.6, 73)
    if distribution == "normal":
        shift = np.linspace(np.log(1.5) - 3, np.log(1.5) + 3, 61)
        weight = norm.pdf(shift, np.log(1.5), 0.5)
    else:
        # The density jumps at 0, so the first node counts half.
        shift = np.linspace(0, 4.8, 97)
        weight = halfnorm.pdf(shift, scale=0.8) * np.where(shift == 0, 0.5, 1)
    prior = norm.pdf(alpha, -1.2, 1.3)[:, None, None] * norm.pdf(beta, 0, 0.6)[:, None] * weight
    ratio = np.log(np.array(GRID.values) / 3)
    logit = np.stack(
        [alpha[:, None, None] + np.exp(beta)[:, None] * ratio[k % 3] + (k >= 3) * shift for k in range(6)]
    ).reshape(6, -1)
    log_likelihood = dlts @ log_expit(logit) + (patients - dlts) @ log_expit(-logit)
    weights = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True)) * prior.ravel()
    # The logit of P(DLT) moves with log alpha: the share of each node's cell that lies above the bound.
    above = np.clip((logit - np.log(BOUND / (1 - BOUND))) / (alpha[1] - alpha[0]) + 0.5, 0, 1)
    return (weights @ above.T) / weights.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("name", ["normal", "half-normal"])
def test_what_is_too_toxic_by_quadrature(name):
    """The sum over 3-dimensional nodes is good to about 0.002, as finer ones show; so is the table."""
    found = states(name)
    some = found.take(np.arange(0, len(found), 20))
    verdicts = ewoc(name).judge(some, np.ones((len(some), 6), dtype=bool))
    overdose = overdose_by_quadrature(name, some.patients, some.dlts)
    clear = np.abs(overdose - CAP) > 0.002
    assert clear.mean() > 0.98
    assert np.array_equal(verdicts.toxic[clear], (overdose >= CAP)[clear])
    assert 0.1 < verdicts.toxic.mean() < 0.9
    assert np.array_equal(verdicts.accepted, ~verdicts.toxic & (some.patients >= 6))


class ByAnotherTable(LevelTest):
    """EWOC by a table of one regimen's model, with the counts of both regimens or of the second alone."""

    most_patients, check = 6, lambda self, treatments: None

    def __init__(self, prior, pooled):
        (self.table,) = refined_tables(
            TwoParameterLogistic(prior).densities(GRID),
            bounds=(BOUND,),
            max_patients=30,
            tolerances=(1e-7,),
        )
        self.pooled = pooled

    def judge(self, state, tested):
        patients, dlts = state.patients[:, 3:].copy(), state.dlts[:, 3:].copy()
        if self.pooled:
            patients += state.patients[:, :3]
            dlts += state.dlts[:, :3]
        overdose = 1 - self.table.posterior(patients, dlts).below(BOUND)
        toxic = np.concatenate([np.zeros_like(overdose, dtype=bool), overdose >= CAP], axis=1)
        return Verdicts(~toxic & (state.patients >= 6), toxic)


@pytest.mark.parametrize(
    ("name", "prior", "pooled"),
    [
        ("one curve by shift", PRIOR, True),
        ("one curve by EX", PRIOR, True),
        ("two curves", OTHER, False),
    ],
)
def test_no_heterogeneity_is_one_model_and_none_exchangeable_two(name, prior, pooled):
    """Every decision of the stage is that of one model of pooled counts, or of the second regimen's own."""
    found = states(name)
    ours, theirs = plan(ewoc(name)), plan(ByAnotherTable(prior, pooled))
    one, other = ours.next_cohort(found), theirs.next_cohort(found)
    for part in ("level", "size", "phase", "stop"):
        assert np.array_equal(getattr(one, part), getattr(other, part)), part
    assert np.array_equal(ours.recommend(found), theirs.recommend(found))
    # They are not the decisions of the other of the two.
    opposite = plan(ByAnotherTable(prior, not pooled)).next_cohort(found)
    assert not np.array_equal(one.stop, opposite.stop)
    assert int(trial_graph(ours).unsettled) == 0


@pytest.mark.parametrize("name", STATED)
def test_exact_against_monte_carlo(name):
    expansion = bd.ExpansionCohort(8, bd.rules.MoreDLTsThan(2), on_stop="dose below")
    design = plan(ewoc(name), "two after a DLT", "first regimen", expansion)
    settings = {"mtd_rule": RULE}
    exact = bd.operating_characteristics({"plan": design}, CURVES, **settings)
    simulated = bd.operating_characteristics(
        {"plan": design}, CURVES, method=bd.MonteCarlo(trials=20_000, rng=3), **settings
    )
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
    # The second regimen is taken on, and not always.
    of_second = exact["selection_probability"].squeeze()[:, 4:].sum("recommendation")
    assert 0.02 < float(of_second.min()) < float(of_second.max()) < 0.98


@pytest.mark.parametrize("name", ["normal", "order"])
def test_it_obeys_the_contract(name):
    design = plan(ewoc(name))
    largest = int(trial_graph(design).final.totals[:, 0].max())
    assert check_design(design, most=largest) > 100


def state_of(patients, dlts):
    counts = np.stack([np.array(patients) - dlts, dlts], axis=-1)[None]
    return TrialState(counts, np.array([0]), np.array([0]))


def test_a_level_that_is_too_toxic_already_is_not_begun():
    escalation = "1NNN 2NNT 2NTT 1NNN"
    state = state_of((6, 6, 0, 0, 0, 0), (0, 3, 0, 0, 0, 0))
    overdose = overdose_by_quadrature("half-normal", state.patients, state.dlts)[0]
    # So by the quadrature: level 1 may be given every two weeks, level 2 not.
    assert overdose[3] < CAP - 0.05 < CAP + 0.1 < overdose[4]
    test = ewoc("half-normal")
    verdicts = test.judge(state, np.array([[False, False, False, True, True, False]]))
    assert verdicts.toxic[0, 3:5].tolist() == [False, True]
    decided = bd.describe_decision(plan(test, "one"), escalation)
    assert decided.startswith("Next: 3 patients at level 1 of Q2W (1 mg), in the second regimen.")
    # With a cap below level 1's overdose probability nothing is begun.
    strict = bd.rules.EWOCAtLevel(
        BOTH, MODELS["half-normal"], BOUND, float(overdose[3]) * 0.7, max_patients=30
    )
    for otherwise, stop in (
        ("first regimen", "Stop: the second regimen is tested. Recommended: level 1 of Q3W (1 mg)."),
        ("none", "Stop: no level of the second regimen is accepted. Recommended: no dose."),
    ):
        assert bd.describe_decision(plan(strict, "one", otherwise), escalation).startswith(stop)


def test_a_second_level_that_is_too_toxic_already_is_not_begun():
    """The lower level is accepted, and DLTs there refuse the higher one before its first patient."""
    found = states("normal")
    after = plan(ewoc("normal")).next_cohort(found)
    lower = (found.patients[:, 3] >= 6) & (found.patients[:, 4:].sum(axis=1) == 0) & (found.level == 3)
    tested = np.zeros((len(found), 6), dtype=bool)
    tested[:, 3:5] = True
    verdicts = ewoc("normal").judge(found, tested)
    refused = lower & verdicts.accepted[:, 3] & verdicts.toxic[:, 4]
    dose = plan(ewoc("normal")).recommend(found)
    # Dose 2 was found under the first regimen, so both levels are tested.
    two = refused & (after.stop != 0)
    assert two.any()
    assert set(after.stop[two]) == {bd.StopReason.SECOND_REGIMEN_TESTED.code}
    assert set(dose[two]) == {3}
    assert NO_DOSE not in dose[two]


@pytest.mark.parametrize("name", ["normal", "order"])
def test_a_file_holds_it(name, tmp_path):
    design = plan(ewoc(name))
    bd.save_design(design, tmp_path / "plan.toml")
    text = (tmp_path / "plan.toml").read_text()
    assert "tables" not in text
    read = bd.load_design(tmp_path / "plan.toml")
    assert read == design
    assert [table.error for table in read.stages[0].test.tables] == [
        table.error for table in ewoc(name).tables
    ]


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

[[designs.whole.stages]]
stage = "SecondRegimen"
levels = "two"

[designs.whole.stages.test]
rule = "EWOCAtLevel"
bound = 0.33
cap = 0.25
max_patients = 30
tolerances = [0.05, 0.001]

[designs.whole.stages.test.model]
model = "CovariateShift"
shift_sd = 0.8
distribution = "half-normal"
prior = { prior = "NormalPrior", mean = [-1.2, 0.0], sd = [1.3, 0.6], reference_dose = 3 }
"""
    )
    assert bd.load_study(path).designs == {"whole": plan(ewoc("half-normal"))}


BAD = [
    (lambda: bd.rules.EWOCAtLevel(BOTH, MODELS["normal"], BOUND, 0), "EWOCAtLevel, cap: got 0"),
    (lambda: bd.rules.EWOCAtLevel(GRID, MODELS["normal"], BOUND, CAP), "EWOCAtLevel, treatments"),
    (lambda: bd.rules.EWOCAtLevel(BOTH, PRIOR, BOUND, CAP), "EWOCAtLevel, model"),
    (
        lambda: bd.rules.EWOCAtLevel(BOTH, MODELS["normal"], BOUND, CAP, tolerances=(1e-3, 1e-2)),
        "wanted .*in decreasing order",
    ),
    (
        lambda: bd.rules.EWOCAtLevel(
            BOTH, bd.models.PartialOrder(bd.models.PowerCurve((0.1, 0.2)), 1.0, ((1, 2),)), BOUND, CAP
        ),
        "got '6 doses in all'; wanted the skeleton's 2",
    ),
    (
        lambda: bd.SecondRegimen(
            bd.TreatmentGrid((bd.Regimen("Q3W", GRID), bd.Regimen("QW", GRID))), ewoc("order")
        ),
        "EWOCAtLevel, treatments: got .*; wanted the stage's",
    ),
    (
        lambda: plan(bd.rules.EWOCAtLevel(BOTH, MODELS["order"], BOUND, CAP, max_patients=29)),
        "got .*up to 29 patients.; wanted 30, the most that",
    ),
]


@pytest.mark.parametrize(("make", "message"), BAD)
def test_bad_input_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()
