"""Dose transition pathways against R packages' tables, the exact engine and each decision asked alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.running import running_state
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.outcomes import Outcomes, parse_outcomes
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.ends import end_probabilities
from bayesdose.simulation.graph import trial_graph
from bayesdose.simulation.pathway_labels import cohort_labels, stop_marks
from bayesdose.simulation.pathways import STOP, pathways
from bayesdose.trial import NO_DOSE, StopReason
from tests.simulation.published_pathways import check_published

VARIANTS = ["no-deescalation", "deescalation", "deescalation-six"]
GRID = DoseGrid((1.0, 2.5, 5.0, 10.0), "mg")


def titration(**settings):
    return AcceleratedTitration(ThreePlusThree(GRID, "deescalation"), single_patient_levels=2, **settings)


def history(one, before=()):
    """A pathway as outcomes: the cohorts before it, then its own."""
    rank = {label: number for number, label in enumerate(one["dose_label"].values.tolist(), start=1)}
    letters = "NT" if one.sizes["outcome"] == 2 else "NMT"
    cohorts = [
        (
            rank[str(one["dose_given"].values[cohort])],
            "".join(letter * number for letter, number in zip(letters, counts, strict=True)),
        )
        for cohort, counts in enumerate(one["patients_with"].values.tolist())
        if sum(counts)
    ]
    return Outcomes((*before, *cohorts))


def check_alone(design, result, before=()):
    """Every decision on every pathway, asked for by itself from the outcomes that led to it."""
    labels = design.grid.labels
    for number in range(result.sizes["pathway"]):
        one = result.isel(pathway=number)
        cohorts = history(one, before).cohorts
        for treated in range(len(before), len(cohorts) + 1):
            if treated:
                state = running_state(design, Outcomes(cohorts[:treated]))
                answer = design.next_cohort(state)
            else:
                answer = design.first_cohort()
            if treated < len(cohorts):
                level, patients = cohorts[treated]
                assert (answer.level[0] + 1, answer.size[0], answer.stop[0]) == (level, len(patients), 0)
        goes_on = answer.reason(0) is StopReason.GOES_ON
        assert one["next_dose"].item() == (labels[answer.level[0]] if goes_on else STOP)
        assert one["next_patients"].item() == answer.size[0]
        assert one["stop_reason"].item() == answer.reason(0).value
        advised = design.recommend(state)[0]
        assert one["recommendation"].item() == ("none" if advised == NO_DOSE else labels[advised])
        if goes_on:
            assert len(cohorts) == len(before) + result.sizes["cohort"]


@pytest.mark.parametrize("deescalates", [False, True])
@pytest.mark.parametrize("num_doses", [3, 4])
def test_every_path_of_the_escalation_package(golden, num_doses, deescalates):
    # escalation 0.2.3, tests/golden/README.md: every full trial and its recommendation.
    rows = golden(f"threeplusthree_paths_D{num_doses}_deesc_{str(deescalates).upper()}.csv")
    variant = "deescalation" if deescalates else "no-deescalation"
    result = pathways(ThreePlusThree(DoseGrid.of_levels(num_doses), variant), cohorts=2 * num_doses)
    assert result.sizes["pathway"] == len(rows)
    ours = {}
    for number in range(len(rows)):
        one = result.isel(pathway=number)
        ours[str(history(one))] = (one["recommendation"].item(), one["next_dose"].item())
    theirs = {}
    for row in rows:
        cohorts = parse_outcomes(row["path"]).cohorts
        path = Outcomes(tuple((level, "".join(sorted(letters))) for level, letters in cohorts))
        theirs[str(path)] = ("none" if row["rec"] == "NA" else row["rec"], STOP)
    assert ours == theirs


def test_first_two_cohorts_of_three_plus_three_by_hand():
    # 0 of 3 goes up, 1 of 3 stays, 2 of 3 ends the trial at the lowest dose and goes down at the second.
    design = ThreePlusThree(DoseGrid((10, 20, 40), "mg"), "deescalation")
    p1, p2 = 0.1, 0.3
    result = pathways(design, cohorts=2, scenarios=[Scenario("s", design.grid, (p1, p2, 0.5))])
    toxic, goes_on = StopReason.LOWEST_TOO_TOXIC.value, StopReason.GOES_ON.value
    by_hand = [
        # first dose, DLTs, second dose, DLTs, next, why, recommended if stopped
        ("10", 0, "20", 0, "40", goes_on, "20"),
        ("10", 0, "20", 1, "20", goes_on, "20"),
        ("10", 0, "20", 2, "10", goes_on, "10"),
        ("10", 0, "20", 3, "10", goes_on, "10"),
        ("10", 1, "10", 0, "20", goes_on, "10"),
        ("10", 1, "10", 1, STOP, toxic, "none"),
        ("10", 1, "10", 2, STOP, toxic, "none"),
        ("10", 1, "10", 3, STOP, toxic, "none"),
        ("10", 2, STOP, 0, STOP, toxic, "none"),
        ("10", 3, STOP, 0, STOP, toxic, "none"),
    ]
    dose, dlts = result["dose_given"].values, result["patients_with"].sel(outcome="DLT").values
    found = zip(
        dose[:, 0], dlts[:, 0], dose[:, 1], dlts[:, 1], result["next_dose"].values,
        result["stop_reason"].values, result["recommendation"].values, strict=True,
    )  # fmt: skip
    assert list(found) == by_hand
    assert result["patients"].values[:, 1].tolist() == [3] * 8 + [0] * 2
    at = {"10": p1, "20": p2}

    def prob(dose, dlts):
        p = at[dose]
        return {0: (1 - p) ** 3, 1: 3 * p * (1 - p) ** 2, 2: 3 * p**2 * (1 - p), 3: p**3}[dlts]

    expected = [prob(r[0], r[1]) * (1 if r[2] == STOP else prob(r[2], r[3])) for r in by_hand]
    # Products of two probabilities: rounding.
    assert np.abs(result["probability"].sel(scenario="s").values - expected).max() < 1e-15
    assert result["dose_given"].attrs["units"] == "mg"
    assert stop_marks(result) == {toxic: "a"}
    assert cohort_labels(result)[-1].tolist() == ["3/3", ""]


probability = st.floats(0, 1, allow_subnormal=False)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.lists(st.tuples(probability, probability), min_size=4, max_size=4), st.integers(1, 3))
def test_probabilities_sum_to_one(pairs, cohorts):
    dlt = sorted(pair[0] for pair in pairs)
    moderate = [share * (1 - p) for p, (_, share) in zip(dlt, pairs, strict=True)]
    scenario = Scenario("any", GRID, tuple(dlt), prob_moderate=tuple(moderate))
    for design, before in [
        (ThreePlusThree(GRID, "deescalation"), "1NNN 2NNT"),
        (titration(), "1N"),
        (titration(trigger_moderates=2), ""),
    ]:
        result = pathways(design, before, cohorts=cohorts, scenarios=[scenario])
        # Sums of at most some hundred products: 1e-13 is rounding.
        assert abs(result["probability"].sum().item() - 1) < 1e-13
        assert result["probability"].min() >= 0


@pytest.mark.parametrize("variant", VARIANTS)
def test_whole_trials_agree_with_the_trial_graph(variant):
    # Another way to the same numbers: the graph merges histories, the pathways keep them apart.
    grid = DoseGrid.of_levels(2)
    design = ThreePlusThree(grid, variant)
    scenarios = [Scenario("low", grid, (0.05, 0.2)), Scenario("high", grid, (0.3, 0.65))]
    graph = trial_graph(design)
    result = pathways(design, cohorts=len(graph.layers), scenarios=scenarios)
    assert set(result["next_dose"].values.tolist()) == {STOP}
    assert result.sizes["pathway"] == graph.num_histories()
    weights = end_probabilities(graph, np.stack([scenario.prob_outcome(2) for scenario in scenarios]))
    for number, scenario in enumerate(scenarios):
        ours = result["probability"].sel(scenario=scenario.name)
        for index, label in [(NO_DOSE, "none"), (0, "1"), (1, "2")]:
            expected = weights[number, graph.final.recommendation == index].sum()
            # Sums of some hundred products in another order: rounding.
            assert abs(ours.where(result["recommendation"] == label).sum().item() - expected) < 1e-14
        for reason in StopReason:
            expected = weights[number, graph.final.stop == reason.code].sum()
            assert abs(ours.where(result["stop_reason"] == reason.value).sum().item() - expected) < 1e-14
        patients = result["patients"].sum("cohort")
        mean = weights[number] @ graph.final.counts.sum(axis=(1, 2))
        assert abs((ours * patients).sum().item() - mean) < 1e-12


@pytest.mark.parametrize(
    ("design", "before"),
    [
        (ThreePlusThree(GRID, "deescalation-six"), "1NNN 2NNT"),
        (ThreePlusThree(GRID, "no-deescalation", start_level=2), ""),
        (titration(), ""),
        (titration(), "1N 2N 3NNT"),
        (titration(trigger_moderates=2), "1M"),
    ],
)
def test_each_decision_is_that_of_the_design_asked_alone(design, before):
    result = pathways(design, before, cohorts=3)
    assert result["cohort"].values[0] == len(before.split()) + 1
    check_alone(design, result, parse_outcomes(before).cohorts)


@pytest.mark.parametrize("before", ["", "1NNN 2NNN 3NNT"])
def test_each_decision_of_a_blrm_is_its_own(small_blrm, before):
    result = pathways(small_blrm, before, cohorts=2)
    check_alone(small_blrm, result, parse_outcomes(before).cohorts)


def test_a_blrm_stops_at_its_last_patient(make_blrm):
    # 8 patients: a cohort of three, one of three, the last of two, whatever is seen.
    design = make_blrm(max_patients=8, ewoc_cap=1.0)
    result = pathways(design, cohorts=4)
    assert result["patients"].values.tolist() == [[3, 3, 2]] * (4 * 4 * 3)
    assert set(result["stop_reason"].values.tolist()) == {StopReason.MAX_PATIENTS.value}


def test_three_outcomes():
    design = titration(trigger_moderates=2)
    scenario = Scenario("s", GRID, (0.1, 0.2, 0.3, 0.4), prob_moderate=(0.2, 0.2, 0.2, 0.2))
    result = pathways(design, "1N", cohorts=1, scenarios=[scenario])
    assert result["outcome"].values.tolist() == ["none", "moderate", "DLT"]
    assert cohort_labels(result)[:, 0].tolist() == ["N", "M", "T"]
    assert result["next_dose"].values.tolist() == ["5", "5", "2.5"]
    assert np.allclose(result["probability"].values, [[0.6, 0.2, 0.2]], rtol=0, atol=1e-15)


def test_published_tables_of_viola_are_whole(golden):
    # Each table holds every number of DLTs in three cohorts of three, in order.
    rows = golden("viola_pathways.csv")
    for trial, start in [("start", "0"), ("running", "2")]:
        table = [row for row in rows if row["trial"] == trial]
        assert [int(row["pathway"]) for row in table] == list(range(1, 65))
        assert {row["dose_1"] for row in table} == {start}
        for number, row in enumerate(table):
            seen = [number // 16, number // 4 % 4, number % 4]
            for cohort, dlts in enumerate(seen, start=1):
                assert row[f"dlts_{cohort}"] == ("NA" if row[f"dose_{cohort}"] == STOP else str(dlts))


def test_comparison_with_a_published_table_sees_one_wrong_dose():
    design = ThreePlusThree(DoseGrid.of_levels(2), "no-deescalation")
    result = pathways(design, cohorts=2)
    rows = [
        {"dose_1": "1", "dlts_1": str(first), "dose_2": dose, "dlts_2": second, "dose_3": after}
        for first, dose, nexts in [(0, "2", [STOP, "2", STOP, STOP]), (1, "1", ["2", STOP, STOP, STOP])]
        for second, after in zip("0123", nexts, strict=True)
    ]
    # A pathway that stops is repeated, as dtpcrm does.
    stopped = {"dose_1": "1", "dose_2": STOP, "dlts_2": "NA", "dose_3": STOP}
    rows += [stopped | {"dlts_1": dlts} for dlts in "22223333"]
    assert check_published(result, rows) == 10
    rows[4] = rows[4] | {"dose_3": "1"}
    wrong = "only here: .*'1', '1', '1', '0', '2'.*only there: .*'1', '1', '1', '0', '1'"
    with pytest.raises(AssertionError, match=wrong):
        check_published(result, rows)


def test_a_first_cohort_without_an_evaluable_patient_is_given_again():
    again, first = (pathways(DESIGN, text, cohorts=2, scenarios=[SCENARIO]) for text in ("1XXX", ""))
    assert again["cohort"].values.tolist() == [2, 3]
    assert again.attrs["outcomes"] == "1XXX"
    for name in first.data_vars:
        assert again[name].values.tolist() == first[name].values.tolist()
    # Not evaluable beside others: two patients are one short of a cohort of three.
    assert pathways(DESIGN, "1NNX", cohorts=1)["patients"].values.tolist() == [[1], [1]]
    with pytest.raises(InputError, match="wanted dose levels from 1 to 4"):
        pathways(DESIGN, "7XXX", cohorts=1)


DESIGN = ThreePlusThree(GRID, "deescalation")
SCENARIO = Scenario("s", GRID, (0.1, 0.2, 0.3, 0.4))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cohorts": 0}, "cohorts: got 0; wanted a whole number of at least 1"),
        ({"cohorts": 1.0}, "cohorts: got 1.0; wanted a whole number"),
        (
            {"cohorts": 1, "outcomes": "1NTT"},
            "outcomes: got '1NTT'; wanted a trial that goes on. This one stops: the lowest dose",
        ),
        ({"cohorts": 1, "outcomes": "5N"}, "wanted dose levels from 1 to 4"),
        (
            {"cohorts": 1, "scenarios": [SCENARIO, SCENARIO]},
            "scenarios: got .two named 's'.*; wanted different names",
        ),
        (
            {"cohorts": 1, "scenarios": [Scenario("t", DoseGrid((1, 2), "mg"), (0.1, 0.2))]},
            "dose grid of 't': got .*; wanted the same grid for all, 1, 2.5, 5, 10 mg",
        ),
    ],
)
def test_input_errors(arguments, message):
    with pytest.raises(InputError, match=message):
        pathways(DESIGN, **arguments)


def test_too_many_pathways_are_refused():
    # Ten doses have 82,954 full trials (precautionary 0.2-1), eleven about twice as many.
    design = ThreePlusThree(DoseGrid.of_levels(11), "deescalation-six")
    with pytest.raises(InputError, match="wanted at most 100000. Look fewer cohorts ahead."):
        pathways(design, cohorts=22)


def test_a_scenario_without_moderate_toxicity_is_refused_where_it_matters():
    with pytest.raises(InputError, match="P.moderate. at each dose"):
        pathways(titration(trigger_moderates=1), cohorts=1, scenarios=[SCENARIO])
