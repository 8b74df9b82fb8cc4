"""How long trials take: by hand, by the gamma distribution, and by drawn arrivals."""

import numpy as np
import pytest
from scipy.stats import gamma

from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import HighestBelow
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.duration import Accrual, Duration
from bayesdose.simulation.ends import end_probabilities
from bayesdose.simulation.graph import trial_graph
from bayesdose.simulation.method import MonteCarlo
from bayesdose.simulation.operating_characteristics import operating_characteristics

ONE = DoseGrid((1.0,), "mg")
GRID = DoseGrid((1.0, 2.0, 4.0), "mg")
CURVE = (0.1, 0.3, 0.5)


def run(grid=GRID, curve=CURVE, variant="deescalation", **options):
    return operating_characteristics(
        {"3+3": ThreePlusThree(grid, variant)},
        [Scenario("only", grid, curve)],
        mtd_rule=HighestBelow(0.3),
        dlt_window=28,
        **options,
    ).isel(design=0, scenario=0)


def test_one_cohort_with_poisson_arrivals_is_a_gamma_variate():
    found = run(ONE, (0.0,), accrual=Accrual(10))
    assert float(found["expected_duration"]) == pytest.approx(28 + 3 * 10, abs=1e-12)
    expected = 28 + gamma.ppf([0.1, 0.5, 0.9], 3, scale=10)
    np.testing.assert_allclose(found["duration_quantile"], expected, rtol=1e-9)
    assert found["duration_quantile"].attrs["units"] == "days"


def test_two_cohorts_with_a_fixed_gap_by_hand():
    # Every patient has a DLT: the first cohort ends the trial after two gaps and a window.
    assert float(run(ONE, (1.0,), accrual=Accrual(7, "fixed"))["expected_duration"]) == 2 * 7 + 28
    # None has one, on three doses: three cohorts of three.
    found = run(curve=(0.0, 0.0, 0.0), accrual=Accrual(7, "fixed"))
    assert float(found["expected_duration"]) == pytest.approx(3 * (2 * 7 + 28), abs=1e-9)
    np.testing.assert_allclose(found["duration_quantile"], 3 * (2 * 7 + 28), rtol=1e-9)


def test_without_accrual_a_cohort_is_enrolled_at_once():
    found = run()
    assert "each cohort is enrolled at once" in found.attrs["duration_assumption"]
    assert set(np.round(found["duration_quantile"].values % 28, 6)) <= {0.0, 28.0}


@pytest.mark.parametrize("process", ["poisson", "fixed"])
def test_quantiles_against_drawn_trials(process):
    accrual = Accrual(10, process)
    found = run(accrual=accrual)
    graph = trial_graph(ThreePlusThree(GRID, "deescalation"))
    weights = end_probabilities(graph, np.array([[[1 - p, p] for p in CURVE]]))[0]
    rng = np.random.default_rng(3)
    draws = 40_000
    end = rng.choice(len(weights), size=draws, p=weights / weights.sum())
    patients, cohorts = graph.final.counts.sum(axis=(1, 2))[end], graph.final.cohorts[end]
    wait = rng.gamma(patients, 10) if process == "poisson" else 10.0 * (patients - cohorts)
    days = 28 * cohorts + wait
    # Dvoretzky-Kiefer-Wolfowitz: the drawn distribution is off by more than 0.0115 once in 50,000 times.
    for probability, quantile in zip((0.1, 0.5, 0.9), found["duration_quantile"].values, strict=True):
        assert (
            np.mean(days < quantile - 1e-6) - 0.0115
            <= probability
            <= np.mean(days <= quantile + 1e-6) + 0.0115
        )
    assert float(found["expected_duration"]) == pytest.approx(days.mean(), abs=5 * days.std() / draws**0.5)


def test_quantiles_beyond_what_the_weights_reach_are_infinite():
    graph = trial_graph(ThreePlusThree(ONE, "deescalation"))
    half = np.full((1, len(graph.final.stop)), 0.5 / len(graph.final.stop))
    found = Duration(28, Accrual(10)).quantiles(graph.final, half, np.array([[0.4, 0.6]]))
    assert np.isfinite(found[0, 0])
    assert np.isinf(found[0, 1])


def test_both_engines_agree_on_it():
    exact = run(accrual=Accrual(10))
    simulated = run(accrual=Accrual(10), method=MonteCarlo(trials=4000, rng=2))
    away = abs(float(simulated["expected_duration"] - exact["expected_duration"]))
    assert away < 4 * float(simulated["expected_duration_mcse"])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Accrual(-1), "mean_gap: got -1"),
        (lambda: Accrual(np.inf), "mean_gap: got inf"),
        (lambda: Accrual(1, "weekly"), "process: got 'weekly'; wanted one of 'poisson', 'fixed'"),
        (lambda: Duration(0), "dlt_window: got 0"),
    ],
)
def test_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_accrual_without_a_window_is_refused():
    with pytest.raises(InputError, match="wanted a dlt_window beside it"):
        operating_characteristics(
            {"3+3": ThreePlusThree(GRID, "deescalation")},
            [Scenario("only", GRID, CURVE)],
            mtd_rule=HighestBelow(0.3),
            accrual=Accrual(10),
        )
