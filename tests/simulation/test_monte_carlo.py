"""The Monte Carlo engine: against the exact one, and what its random numbers depend on."""

import numpy as np
import pytest
import xarray as xr

from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.grid import DoseGrid
from bayesdose.protocols.designs import protocol_designs
from bayesdose.protocols.load import load_protocol
from bayesdose.rules.mtd import ClosestTo, HighestBelow
from bayesdose.scenarios.library import builtin_scenarios
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.method import MonteCarlo
from bayesdose.simulation.monte_carlo import latent_uniforms
from bayesdose.simulation.operating_characteristics import operating_characteristics

TRIALS = 20_000
GRID = DoseGrid((1.0, 2.0, 4.0), "mg")
DESIGNS = {
    "3+3": ThreePlusThree(GRID, "deescalation-six"),
    "titration": AcceleratedTitration(ThreePlusThree(GRID, "deescalation"), 2, trigger_moderates=1),
}
SCENARIOS = [
    Scenario("low", GRID, (0.05, 0.1, 0.2), prob_moderate=(0.1, 0.2, 0.3)),
    Scenario("high", GRID, (0.3, 0.5, 0.6), prob_moderate=(0.4, 0.5, 0.4)),
]
PROBABILITIES = (
    "selection_probability",
    "sample_size_probability",
    "stop_reason_probability",
    "correct_selection",
    "overdose_selection",
    "underdose_selection",
)


def simulate(designs=DESIGNS, scenarios=SCENARIOS, trials=500, **options):
    method = MonteCarlo(trials=trials, **options)
    return operating_characteristics(designs, scenarios, mtd_rule=HighestBelow(0.3), method=method)


def assert_agree(exact: xr.Dataset, simulated: xr.Dataset) -> int:
    """Every variable within five standard errors and the part that rare events need; count them.

    Bernstein's inequality: the mean of n values with variance v in a range R is off by more than
    sqrt(2 v L / n) + R L / (3 n) in less than 2 exp(-L) of cases. With L = 12.5 the first part is five
    standard errors and the second 4.2 R / n, which matters for events too rare to be normal.
    That is below 1e-5 for each of the variables. The seed is fixed: it passes always or never.
    """
    compared = 0
    trials = simulated.attrs["trials"]
    for name, value in exact.items():
        error_name = f"{name}_mcse"
        if error_name not in simulated:
            continue
        error, spread = simulated[error_name], float(_range(name, exact))
        if name in PROBABILITIES:  # the exact standard error, right also where nothing was counted
            error = np.maximum(error, np.sqrt(np.clip(value * (1 - value), 0, None) / trials))
        difference = np.abs(simulated[name] - value)
        assert np.array_equal(np.isnan(value), np.isnan(simulated[name])), name
        if value.isnull().all():
            continue  # the accuracy index, which needs a target
        excess = (difference - (5 * error + 4.2 * spread / trials)).max()
        assert excess < 0, f"{name} is {float(excess):.2g} beyond its tolerance"
        compared += value.size
    return compared


def _range(name, exact):
    patients = float(exact["patients"].max())
    if name in ("expected_patients", "expected_dlts", "expected_sample_size"):
        return patients
    if name == "expected_duration":
        return patients * exact.attrs["dlt_window_days"]
    # The accuracy index falls from 1 to at least 1 - K.
    return exact.sizes["dose"] if name == "accuracy_index" else 1


@pytest.fixture(scope="module", params=["MIL97", "IMM27M"])
def protocol_run(request):
    protocol = load_protocol(request.param)
    options = {"mtd_rule": protocol.mtd_rule.value, "dlt_window": protocol.regimens[0].dlt_window_days.value}
    designs = protocol_designs(protocol)
    return designs, builtin_scenarios(protocol.grid.value, protocol.mtd_rule.value), options


def test_engines_agree_on_a_protocol(protocol_run):
    designs, scenarios, options = protocol_run
    exact = operating_characteristics(designs, scenarios, **options)
    method = MonteCarlo(trials=TRIALS, rng=20261121)
    simulated = operating_characteristics(designs, scenarios, method=method, **options)
    assert assert_agree(exact, simulated) > 1000


def test_engines_agree_where_moderate_toxicity_counts():
    rule = ClosestTo(0.25)
    exact = operating_characteristics(DESIGNS, SCENARIOS, mtd_rule=rule)
    method = MonteCarlo(trials=TRIALS, rng=1)
    simulated = operating_characteristics(DESIGNS, SCENARIOS, mtd_rule=rule, method=method)
    assert exact["accuracy_index"].notnull().all()
    assert assert_agree(exact, simulated) > 50


def test_the_comparison_notices_a_small_bias():
    exact = operating_characteristics(DESIGNS, SCENARIOS, mtd_rule=HighestBelow(0.3))
    # P(DLT) off by 0.02 at each dose of one scenario.
    off = Scenario("low", GRID, (0.07, 0.12, 0.22), prob_moderate=(0.1, 0.2, 0.3))
    with pytest.raises(AssertionError, match="beyond its tolerance"):
        assert_agree(exact, simulate(scenarios=[off, SCENARIOS[1]], trials=TRIALS, rng=1))


def philox(counter: tuple[int, ...], key: tuple[int, int]) -> list[int]:
    """Philox4x64-10 of Salmon et al. (2011) in Python's whole numbers."""
    word = 2**64
    x, (k0, k1) = list(counter), key
    for _ in range(10):
        first, third = x[0] * 0xD2E7470EE14C6C93, x[2] * 0xCA5A826395121157
        x = [third // word ^ x[1] ^ k0, third % word, first // word ^ x[3] ^ k1, first % word]
        k0, k1 = (k0 + 0x9E3779B97F4A7C15) % word, (k1 + 0xBB67AE8584CAA73B) % word
    return x


# Known answers that the authors' library Random123 ships (kat_vectors).
@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ("0 0 0 0", "0 0", "16554d9eca36314c db20fe9d672d0fdc d7e772cee186176b 7e68b68aec7ba23b"),
        (
            "243f6a8885a308d3 13198a2e03707344 a4093822299f31d0 082efa98ec4e6c89",
            "452821e638d01377 be5466cf34e90c6c",
            "a528f45403e61d95 38c72dbd566e9788 a5a1610e72fd18b5 57bd43b5e52b7fe6",
        ),
    ],
)
def test_the_generator_here_gives_the_known_answers(counter, key, expected):
    counter, key, expected = ([int(word, 16) for word in text.split()] for text in (counter, key, expected))
    assert philox(counter, key) == expected


@pytest.mark.parametrize("seed", [0, 7, 2**63 - 1])
def test_uniforms_are_philox_at_the_trial_and_the_block_of_four_patients(seed):
    first = 999_999_998
    uniforms = latent_uniforms(seed, first, first + 2, 10)
    key = tuple(np.random.SeedSequence(seed).generate_state(2, np.uint64).tolist())
    for trial in range(2):
        # numpy counts up before it makes numbers, of which the 53 first bits are the uniform's.
        blocks = [philox((first + trial + 1, block, 0, 0), key) for block in range(3)]
        expected = [(word >> 11) / 2**53 for block in blocks for word in block]
        assert uniforms[trial].tolist() == expected[:10]


def test_a_trials_patients_depend_on_nothing_but_the_seed_and_its_number():
    many = latent_uniforms(7, 0, 1000, 40)
    assert np.array_equal(latent_uniforms(7, 777, 778, 40), many[777:778])
    assert np.array_equal(latent_uniforms(7, 0, 3, 40), many[:3])
    assert np.array_equal(latent_uniforms(7, 0, 1000, 11), many[:, :11])
    assert not np.array_equal(latent_uniforms(8, 0, 1000, 40), many)
    assert len(np.unique(many)) == many.size
    assert 0 <= many.min() <= many.max() < 1


def test_neighbouring_trials_patients_and_seeds_are_not_related():
    # A correlation of n pairs of independent uniforms is beyond 5 / sqrt(n) once in 1.7 million times.
    one, other = latent_uniforms(1, 0, 2000, 30) - 0.5, latent_uniforms(2, 0, 2000, 30) - 0.5
    assert abs(one.mean()) < 5 / np.sqrt(12 * one.size)
    pairs = [(one[1:], one[:-1]), (one[:, 1:], one[:, :-1]), (one[:, 4:], one[:, :-4]), (one, other)]
    for left, right in pairs:
        assert abs(12 * (left * right).mean()) < 5 / np.sqrt(left.size)


def test_same_seed_same_bits():
    assert simulate(rng=3).identical(simulate(rng=3))
    drawn = simulate(rng=np.random.default_rng(3))
    assert drawn.identical(simulate(rng=np.random.default_rng(3)))
    assert drawn.identical(simulate(rng=int(drawn.attrs["seed"])))
    assert not simulate(rng=4).equals(simulate(rng=3))


def test_without_a_seed_the_one_used_is_recorded():
    first, second = simulate(trials=50), simulate(trials=50)
    assert first.attrs["seed"] != second.attrs["seed"]


def test_designs_see_the_same_patients_whatever_stands_beside_them():
    # The titration design has other sample sizes and needs other patients, yet nothing changes.
    together = simulate(rng=3)
    alone = simulate({"titration": DESIGNS["titration"]}, rng=3)
    twin = simulate({"titration": DESIGNS["titration"], "again": DESIGNS["titration"]}, rng=3)
    for name in ("selection_probability", "expected_patients", "dlt_rate", "selection_probability_mcse"):
        assert together[name].sel(design=["titration"]).equals(alone[name])
        first, second = (twin[name].sel(design=design, drop=True) for design in ("titration", "again"))
        assert first.equals(second)


def test_scenarios_see_the_same_patients_whatever_stands_beside_them():
    together = simulate(rng=3)
    alone = simulate(scenarios=SCENARIOS[1:], rng=3)
    for name in ("selection_probability", "expected_dlts", "expected_sample_size"):
        # The same trials; the average over their ends is summed in another order: last bits only.
        difference = together[name].sel(scenario="high") - alone[name].sel(scenario="high")
        assert np.abs(difference).max() < 1e-12


def test_a_patient_with_a_dlt_has_one_on_every_higher_curve():
    # One uniform a patient. With a single dose, more DLTs never make the 3+3 accept it, so on the same
    # patients the share of trials without a recommendation rises with the curve, without any noise.
    grid = DoseGrid((1.0,), "mg")
    designs = {"3+3": ThreePlusThree(grid, "deescalation")}
    curves = [Scenario(f"{p:.2f}", grid, (p,)) for p in np.linspace(0, 1, 21)]
    none = simulate(designs, curves, trials=300, rng=5)["selection_probability"].sel(recommendation="none")
    assert (none.diff("scenario") >= 0).all()
    assert none.values[0, [0, -1]].tolist() == [0, 1]


def test_error_of_a_frequency_is_the_binomial_one():
    result = simulate(rng=3)
    share = result["selection_probability"]
    # The same formula in two orders of operation.
    assert np.abs(result["selection_probability_mcse"] - np.sqrt(share * (1 - share) / 500)).max() < 1e-12


def test_error_of_a_ratio_is_that_of_repeated_runs():
    # The standard deviation of 200 runs has a relative error of 1 / sqrt(2 * 200) = 5 %, so the mean of
    # the stated errors lies within 20 % of it, which is four of those.
    designs = {"3+3": DESIGNS["3+3"]}
    middle = [Scenario("middle", GRID, (0.1, 0.25, 0.45))]
    runs = [simulate(designs, middle, trials=100, rng=seed) for seed in range(200)]
    for name in ("dlt_rate", "proportion_overdosed", "expected_sample_size", "mean_trial_dlt_rate"):
        values, errors = (np.array([run[label].item() for run in runs]) for label in (name, f"{name}_mcse"))
        assert abs(errors.mean() / values.std() - 1) < 0.2, name
