"""Expansion in groups: binomial sums written apart, published designs, Monte Carlo, limits and symmetry."""

from itertools import product

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom

from bayesdose.errors import InputError
from bayesdose.rules.elimination import BetaElimination
from bayesdose.rules.exchangeable_groups import ExchangeableGroups
from bayesdose.rules.group_monitoring import EachGroupAlone, GroupMonitoring, GroupsTogether
from bayesdose.rules.monitoring import BetaMonitoring, MoreDLTsThan
from bayesdose.rules.stated_boundary import StatedBoundary
from bayesdose.simulation import group_stops as module
from bayesdose.simulation.expansion_groups import GroupExpansion
from bayesdose.simulation.group_results import group_characteristics

BORROWING = ExchangeableGroups(0.3, 0.8, median=0.25, sd=1.5, spread=0.7)


def watched(cutoff, least=1):
    return BetaMonitoring(BetaElimination(0.3, cutoff, min_patients=least))


def characteristics(rates, monitoring, patients, looks=1):
    groups = tuple(f"group {number}" for number in range(len(rates)))
    return group_characteristics(GroupExpansion(groups, patients, monitoring, looks), {"s": rates}).isel(
        scenario=0
    )


@attrs.frozen
class AllCounts(GroupMonitoring):
    """Another rule, asked as if every count mattered."""

    rule: GroupMonitoring

    @property
    def sees(self):
        return "all"

    def stops(self, patients, events):
        return self.rule.stops(patients, events)


# P(stop) and expected patients at rates 0.1, ..., 0.5, worked out apart by scipy's beta and binomial
# distributions, limit 0.3 and the uniform prior.
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
        (9.907100, 9.572627, 8.925978, 7.957210, 6.746094),
    ),
    (100, 0.95, 10): (
        (0.000152, 0.009081, 0.171118, 0.799198, 0.996778),
        (99.986392, 99.232452, 89.301434, 52.602540, 24.705544),
    ),
}


@pytest.mark.parametrize(("patients", "cutoff", "looks"), EXACT)
def test_groups_alone_are_expansions_of_their_own(patients, cutoff, looks):
    rates = (0.1, 0.2, 0.3, 0.4, 0.5)
    found = characteristics(rates, EachGroupAlone(watched(cutoff)), patients, looks)
    stops, expected = EXACT[patients, cutoff, looks]
    assert found["stop_probability"].values == pytest.approx(stops, abs=1e-6)
    assert found["expected_patients"].values == pytest.approx(expected, abs=1e-6)
    # Stops are independent: nobody stops, and how many do on average.
    number = found["stopped_groups_probability"].values
    assert number[0] == pytest.approx(np.prod(1 - np.array(stops)), abs=5e-6)
    assert number @ np.arange(6) == pytest.approx(np.sum(stops), abs=5e-6)
    assert number.sum() == pytest.approx(1, abs=1e-12)


def test_simons_optimal_two_stage_design():
    """Simon (1989), table 1: p0 = 0.1, p1 = 0.3, errors 0.05 and 0.2; 1/10, 5/29, EN 15.0, PET 0.74."""
    rule = EachGroupAlone(StatedBoundary((10, 29), (9, 24)))
    # The event is no response.
    found = characteristics((0.9, 0.7), rule, 29, (10, 29))
    assert found["keep_probability"].values[0] <= 0.05
    assert found["keep_probability"].values[1] >= 0.8
    assert found["expected_patients"].values[0] == pytest.approx(15.0, abs=0.05)
    # PET 0.74 at the first look: EN = 29 - 19 PET.
    assert (29 - found["expected_patients"].values[0]) / 19 == pytest.approx(0.74, abs=0.005)


def test_groups_together_by_every_outcome():
    """Three groups of four, looked at after two and four: all 5 ** 3 outcomes of each stage written out."""
    rates, first = (0.1, 0.3, 0.6), np.array([*product(range(3), repeat=3)])
    weight = np.prod([binom.pmf(first[:, g], 2, rates[g]) for g in range(3)], axis=0)

    def stops(events, number):
        return beta.sf(0.3, 1 + events, 1 + number - events) > 0.9

    early = stops(first.sum(axis=1), 6)
    late = 0.0
    for one, one_weight in zip(first[~early], weight[~early], strict=True):
        late += one_weight * weight[stops(one.sum() + first.sum(axis=1), 12)].sum()
    found = characteristics(rates, GroupsTogether(watched(0.9)), 4, 2)
    early = weight[early].sum()
    assert 0 < early < late
    assert found["stop_probability"].values == pytest.approx([early + late] * 3, abs=1e-12)
    assert found["expected_patients"].values == pytest.approx([4 - 2 * early] * 3, abs=1e-12)
    assert found["stopped_groups_probability"].values == pytest.approx([1 - early - late, 0, 0, early + late])
    assert float(found["expected_sample_size"]) == pytest.approx(3 * (4 - 2 * early))


@pytest.mark.parametrize(
    "rates", [(0.2, 0.2, 0.5, 0.2), (0.3, 0.3, 0.3, 0.3), (0.1, 0.6, 0.4, 0.2), (0, 1, 0, 1)]
)
@pytest.mark.parametrize("kind", [EachGroupAlone, GroupsTogether])
@pytest.mark.parametrize("looks", [1, (2, 5)])
def test_going_through_all_counts_gives_what_sums_give(kind, rates, looks):
    rule = kind(watched(0.85))
    short, long = (characteristics(rates, one, 5, looks) for one in (rule, AllCounts(rule)))
    for name in short.data_vars:
        assert long[name].values == pytest.approx(short[name].values, abs=1e-12), name


@pytest.mark.parametrize("rates", [(0.3, 0.3, 0.3), (0.2, 0.5, 0.2), (0.1, 0.3, 0.6)])
def test_exchangeable_groups_by_every_outcome(rates):
    """Three groups of four, looked at after two and four; a group that stopped keeps its two patients."""
    rule = ExchangeableGroups(0.3, 0.75, median=0.25, sd=1.5, spread=0.7)
    counts = np.array([*product(range(3), repeat=3)])
    weight = np.prod([binom.pmf(counts[:, g], 2, rates[g]) for g in range(3)], axis=0)
    stop, early, number = np.zeros(3), np.zeros(3), np.zeros(4)
    for first, first_weight in zip(counts, weight, strict=True):
        out = rule.stops(np.full((1, 3), 2), first[None])[0]
        early += first_weight * out
        for second, second_weight in zip(counts, weight, strict=True):
            patients, events = np.where(out, 2, 4), first + np.where(out, 0, second)
            late = out | rule.stops(patients[None], events[None])[0]
            stop += first_weight * second_weight * late
            number[late.sum()] += first_weight * second_weight
    found = characteristics(rates, rule, 4, 2)
    assert np.all((early > 0.01) & (early < stop - 0.01))
    assert found["stop_probability"].values == pytest.approx(stop, abs=1e-12)
    assert found["expected_patients"].values == pytest.approx(4 - 2 * early, abs=1e-12)
    assert found["stopped_groups_probability"].values == pytest.approx(number, abs=1e-12)


def simulated(plan, rates, number, rng):
    """Trials patient by patient: at which number of patients each group stops (0: never), and its events."""
    outcomes = rng.random((number, len(rates), plan.patients)) < np.array(rates)[:, None]
    stopped = np.zeros((number, len(rates)), dtype=int)
    so_far = np.concatenate([np.zeros((number, len(rates), 1), dtype=int), outcomes.cumsum(axis=2)], axis=2)
    looks = [n for n in range(1, plan.patients + 1) if n % plan.looks == 0 or n == plan.patients]
    for look in looks:
        patients = np.where(stopped > 0, stopped, look)
        events = np.take_along_axis(so_far, patients[..., None], axis=2)[..., 0]
        stopped = np.where((stopped == 0) & plan.monitoring.stops(patients, events), look, stopped)
    patients = np.where(stopped > 0, stopped, plan.patients)
    return stopped > 0, patients, np.take_along_axis(so_far, patients[..., None], axis=2)[..., 0]


@pytest.mark.parametrize(
    "rule",
    [EachGroupAlone(watched(0.9, 3)), GroupsTogether(watched(0.9, 3)), BORROWING],
    ids=lambda r: type(r).__name__,
)
def test_simulated_trials_agree(rule):
    rates = (0.2, 0.2, 0.2, 0.45)
    plan = GroupExpansion(("a", "b", "c", "d"), 8, rule, 3)
    found = group_characteristics(plan, {"one is worse": rates}).isel(scenario=0)
    number = 20_000
    stops, patients, events = simulated(plan, rates, number, np.random.default_rng(8))
    how_many = stops.sum(axis=1)[:, None] == np.arange(5)
    for name, values in {
        "stop_probability": stops,
        "keep_probability": ~stops,
        "expected_patients": patients,
        "expected_events": events,
        "stopped_groups_probability": how_many,
        "any_stop_probability": stops.any(axis=1),
        "expected_sample_size": patients.sum(axis=1),
        "expected_total_events": events.sum(axis=1),
    }.items():
        error = np.std(values.astype(float), axis=0) / np.sqrt(number)
        # A stop that hardly ever happens may not happen in 20,000 trials.
        assert np.all(np.abs(values.mean(axis=0) - found[name].values) <= 5 * error + 5 / number), name


def test_without_heterogeneity_it_is_one_boundary_on_the_sum():
    rule = ExchangeableGroups(0.3, 0.8, median=0.25, sd=1.5, spread=0)
    # By what the rule says of one group of all patients.
    boundary = [
        int(np.argmax(rule.stops(np.full((n + 1, 1), n), np.arange(n + 1)[:, None])[:, 0])) for n in (9, 18)
    ]
    together = GroupsTogether(StatedBoundary((9, 18), tuple(boundary)))
    rates = (0.2, 0.4, 0.3)
    borrowed, pooled = (characteristics(rates, one, 6, 3) for one in (rule, together))
    assert 0.05 < float(pooled["any_stop_probability"]) < 0.95
    for name in pooled.data_vars:
        assert borrowed[name].values == pytest.approx(pooled[name].values, abs=1e-12), name


def test_with_a_known_mean_and_a_large_spread_groups_are_alone():
    rule = ExchangeableGroups(0.3, 0.8, median=0.25, sd=0.05, spread=3, spread_is="stated")
    boundary = [
        int(np.argmax(rule.stops(np.full((n + 1, 1), n), np.arange(n + 1)[:, None])[:, 0])) for n in (3, 6)
    ]
    alone = EachGroupAlone(StatedBoundary((3, 6), tuple(boundary)))
    borrowed, apart = (characteristics((0.2, 0.4, 0.3), one, 6, 3) for one in (rule, alone))
    for name in apart.data_vars:
        assert borrowed[name].values == pytest.approx(apart[name].values, abs=1e-12), name


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from((0.05, 0.2, 0.5)), min_size=3, max_size=4), st.randoms())
def test_changing_groups_changes_the_answers_places(rates, random):
    order = [*range(len(rates))]
    random.shuffle(order)
    for rule in (BORROWING, EachGroupAlone(watched(0.9)), GroupsTogether(watched(0.9))):
        there = characteristics(rates, rule, 4, 2)
        moved = characteristics([rates[place] for place in order], rule, 4, 2)
        for name in ("stop_probability", "expected_patients", "expected_events"):
            assert moved[name].values == pytest.approx(there[name].values[order], abs=1e-12)
        for name in ("stopped_groups_probability", "expected_sample_size"):
            assert moved[name].values == pytest.approx(there[name].values, abs=1e-12)


def test_groups_borrow():
    """A toxic group stops more often beside toxic ones, and a safe one beside safe ones less often."""
    beside_safe = characteristics((0.5, 0.05, 0.05), BORROWING, 6, 3)["stop_probability"].values
    beside_toxic = characteristics((0.5, 0.5, 0.5), BORROWING, 6, 3)["stop_probability"].values
    alike = characteristics((0.05, 0.05, 0.05), BORROWING, 6, 3)["stop_probability"].values
    assert beside_toxic[0] > beside_safe[0] + 0.05
    assert alike[1] < beside_safe[1]


def test_scenarios_and_names_are_kept():
    plan = GroupExpansion(("AML", "MDS"), 4, EachGroupAlone(MoreDLTsThan(0)), (4,))
    result = group_characteristics(plan, {"safe": (0, 0), "MDS toxic": (0.0, 1.0)})
    assert result["stop_probability"].sel(scenario="MDS toxic").values.tolist() == [0, 1]
    assert result["expected_events"].sel(scenario="MDS toxic", group="MDS") == 4
    assert result["any_stop_probability"].values.tolist() == [0, 1]
    assert result.attrs["monitoring"] == "each group alone: more than 0 DLTs"


def test_too_many_combinations_are_refused_with_their_number(monkeypatch):
    monkeypatch.setattr(module, "_MOST", 1000)
    with pytest.raises(InputError, match=r"4 groups of 8 patients, 4 different true rates: \d{4} or more"):
        characteristics((0.1, 0.2, 0.3, 0.4), BORROWING, 8, 4)


ALONE = EachGroupAlone(watched(0.9))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GroupExpansion(("a", "a"), 5, ALONE), "groups: got .*their own name"),
        (lambda: GroupExpansion((), 5, ALONE), "groups: got"),
        (lambda: GroupExpansion(("a",), 0, ALONE), "patients: got 0"),
        (lambda: GroupExpansion(("a",), 5, watched(0.9)), "monitoring: got BetaMonitoring"),
        (
            lambda: GroupExpansion(("a",), 5, ALONE, (3, 6)),
            r"looks: got \(3, 6\); wanted increasing .* 5 of a group",
        ),
        (lambda: GroupExpansion(("a",), 5, ALONE, ()), "looks: got"),
        (lambda: characteristics((0.2, 1.2), ALONE, 5), "rates.*1.2"),
        (
            lambda: group_characteristics(GroupExpansion(("a",), 5, ALONE), {}),
            "rates: got .*at least one scenario",
        ),
        (
            lambda: group_characteristics(GroupExpansion(("a", "b"), 5, ALONE), {"one": (0.2,)}),
            r"rates, one: got \(0.2,\); wanted 2 rates",
        ),
    ],
)
def test_what_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()
