"""A utility rule on a toxicity model: decisions from single posteriors, simulated trials, and NUTS."""

import numpy as np
import pytest
from scipy.stats import beta

import bayesdose as bd
from bayesdose.dose_optimization import boin12, utility_by_model
from bayesdose.errors import InputError
from bayesdose.inference.exact import exact_posterior
from bayesdose.inference.sampling import fit
from bayesdose.models.description import TwoParameterLogistic, built

GRID = bd.DoseGrid((1, 3, 10), "mg")
PRIOR = bd.priors.NormalPrior((-1.4, 0.0), (1.5, 0.7), reference_dose=10.0, correlation=-0.2)
MODEL = TwoParameterLogistic(PRIOR)
UTILITY = bd.rules.Utility(none=50, both=30)


@pytest.fixture(scope="module")
def toxicity():
    return bd.model_based(
        GRID,
        MODEL,
        next_dose=bd.rules.HighestAllowed(),
        admissible=bd.rules.EWOC(0.33, 0.3),
        max_patients=12,
    )


@pytest.mark.parametrize(
    "outcomes", ["1NNN", "1EEN 2NNE", "1NNN 2NNT 2NEE", "1NEE 2EEE 3ETB", "1NNN 1NNN 1NNN"]
)
def test_decisions_follow_from_single_posteriors(toxicity, outcomes):
    """Posterior means and tail probabilities by quadrature for one data set, the rest by hand."""
    design = utility_by_model(toxicity, UTILITY)
    state = bd.running_state(design, outcomes)
    two = outcomes.replace("E", "N").replace("B", "T")
    summary = exact_posterior(built(MODEL, GRID), two, bounds=(0.33,))
    toxic = np.asarray(summary["mean"].values)
    over = np.asarray(summary["interval_probability"].transpose("dose", "interval").values)[:, -1]
    n, e = state.patients[0], state.responses[0]
    active = (1 + e) / (2 + n)
    worth = 50 * (1 - toxic) * (1 - active) + 100 * (1 - toxic) * active + 30 * toxic * active
    # The table is good to 1e-9, and a utility is at most 100 times as far off.
    found = design.mean_utility(state, toxicity.tables[-1].posterior(state.patients, state.dlts))[0]
    np.testing.assert_allclose(found, worth, rtol=0, atol=1e-6)
    highest = np.flatnonzero(n)[-1]
    good = (over < 0.3) & (beta.cdf(0.25, 1 + e, 1 + n - e) < 0.9) & (np.arange(3) <= highest + 1)
    following = design.next_cohort(state)
    if not good.any():
        assert following.stop[0] != 0
        return
    assert following.level[0] == np.where(good, worth, -1).argmax()
    given = good & (n > 0)
    assert design.recommend(state)[0] == (np.where(given, worth, -1).argmax() if given.any() else -1)


CURVES = (
    bd.scenarios.Scenario("a", GRID, (0.05, 0.15, 0.35), prob_response=(0.1, 0.4, 0.45)),
    bd.scenarios.Scenario(
        "b", GRID, (0.1, 0.3, 0.5), prob_response=(0.5, 0.5, 0.5), dlt_response_odds_ratio=3.0
    ),
)


def test_exact_and_simulated(toxicity):
    designs = {"utility": utility_by_model(toxicity), "toxicity alone": toxicity}
    settings = {
        "mtd_rule": bd.rules.HighestBelow(0.33),
        "obd_rule": bd.rules.BestUtility(max_toxicity=0.33, min_efficacy=0.25),
    }
    exact = bd.operating_characteristics(designs, CURVES, **settings)
    drawn = bd.operating_characteristics(
        designs, CURVES, method=bd.MonteCarlo(trials=10_000, rng=8), **settings
    )
    for name in ("selection_probability", "expected_patients", "obd_selection", "expected_responses"):
        error = np.maximum(drawn[f"{name}_mcse"], 1e-4)
        assert np.all(np.abs(drawn[name] - exact[name]) <= 5 * error), name
    assert int(exact["unsettled_states"].sum()) == 0


def test_nuts_agrees_with_the_mean_utility(toxicity):
    """Four chains of NUTS for toxicity, the beta distribution for responses: five standard errors."""
    outcomes, design = "1NNE 2NEB 3ETT", utility_by_model(toxicity)
    state = bd.running_state(design, outcomes)
    draws = fit(built(MODEL, GRID), "1NNN 2NNT 3NTT", rng=12)
    sampled = draws["posterior"]["prob_dlt"]
    toxic = sampled.mean(("chain", "draw")).values
    # 4,000 draws are worth a thousand independent ones or more here.
    error = sampled.std(("chain", "draw")).values / np.sqrt(1000)
    active = (1 + state.responses[0]) / (2 + state.patients[0])
    # Every point of P(DLT) costs 40 by the default utility, whatever P(response) is.
    worth = 40 + 60 * active - 40 * toxic
    table = toxicity.tables[-1]
    found = design.mean_utility(state, table.posterior(state.patients, state.dlts))[0]
    assert np.all(np.abs(found - worth) < 5 * 40 * error)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: utility_by_model(boin12(GRID, max_patients=9)), "toxicity: got 'a design with no model'"),
        (
            lambda: utility_by_model(
                bd.model_based(GRID, MODEL, next_dose=bd.rules.ClosestMean(0.25), max_patients=6)
            ),
            "no rule of admissible doses",
        ),
        (
            lambda: utility_by_model(bd.three_plus_three(GRID, "deescalation"), min_efficacy=1),
            "utility_by_model, min_efficacy: got 1",
        ),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(InputError, match=message):
        make()
