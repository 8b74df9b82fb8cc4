"""What no computer could do is refused at once, with the number that is too large."""

import os
import re
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.errors import GraphTooLargeError, InputError
from bayesdose.simulation.edges import OutcomeCatalogue
from bayesdose.simulation.graph_size import GraphSize
from bayesdose.simulation.states import cohort_outcomes, number_of_outcomes

ONE = bd.DoseGrid((1.0,), "mg")
CURVE = bd.scenarios.Scenario("one", ONE, (0.2,), prob_moderate=(0.1,))
RULE = bd.rules.HighestBelow(0.3)


class ManyPatients:
    """A user's own design, which the package's limits on its designs do not reach."""

    grid = ONE
    outcome_categories = 2
    citation = ""

    def __init__(self, max_patients):
        self.max_patients = max_patients

    def first_cohort(self):
        raise AssertionError("nothing is asked of it")

    next_cohort = recommend = first_cohort


@pytest.mark.parametrize("method", [bd.Exact(), bd.MonteCarlo(trials=10, rng=1)])
@pytest.mark.parametrize("patients", [501, 10**9, 10**40])
def test_too_many_patients(method, patients):
    with pytest.raises(InputError, match=r"design, max_patients: got \d+; wanted .* at most 500"):
        bd.operating_characteristics({"d": ManyPatients(patients)}, [CURVE], mtd_rule=RULE, method=method)


def test_too_many_patients_for_graphs_and_traces():
    design = ManyPatients(10**9)
    for work in (
        lambda: bd.trial_graph(design),
        lambda: bd.simulation.trial_traces({"d": design}, [CURVE], trials=1),
        lambda: bd.simulation.paired_efficiency({"d": design}, [CURVE], 10, RULE, trials=2),
    ):
        with pytest.raises(InputError, match="design, max_patients: got 1000000000"):
            work()


def test_too_many_traces():
    design = bd.boin(ONE, 0.25, max_patients=6)
    with pytest.raises(InputError, match="trials: got .*; wanted at most 10,000,000 in all"):
        bd.simulation.trial_traces({"d": design}, [CURVE], trials=10**18)


def test_one_large_cohort():
    # All of one cohort: with n patients there are n + 1 results, and the average is n.
    design = bd.boin(ONE, 0.25, max_patients=500, cohort_size=500)
    found = bd.operating_characteristics({"d": design}, [CURVE], mtd_rule=RULE)
    assert float(found["expected_sample_size"][0, 0]) == pytest.approx(500, rel=1e-9)
    assert float(found["expected_dlts"][0, 0, 0]) == pytest.approx(100, rel=1e-9)


def test_a_cohort_with_too_many_results():
    # Three kinds of outcome in 299 patients, the first of 300 being alone: 301 * 300 / 2 results.
    larger = bd.a_plus_b(ONE, a=300, b=1, c=1, d=300, e=300, deescalation=True)
    design = bd.accelerated_titration(larger, 1, trigger_moderates=1)
    with pytest.raises(InputError, match="cohort: got '299 patients .*, 45,150 results'; wanted at most"):
        bd.operating_characteristics({"d": design}, [CURVE], mtd_rule=RULE)
    with pytest.raises(InputError, match="cohort: got '299 patients"):
        bd.pathways(design, "1N", cohorts=1)
    method = bd.MonteCarlo(trials=10, rng=1)
    found = bd.operating_characteristics({"d": design}, [CURVE], mtd_rule=RULE, method=method)
    assert float(found["expected_sample_size"][0, 0]) > 1


@pytest.mark.parametrize(("size", "categories"), [(0, 2), (1, 2), (6, 2), (6, 3), (40, 3)])
def test_number_of_outcomes(size, categories):
    assert number_of_outcomes(size, categories) == len(cohort_outcomes(size, categories))


def test_cohorts_of_too_many_sizes():
    catalogue = OutcomeCatalogue(3)
    catalogue.edges(np.array([200, 200]))
    with pytest.raises(InputError, match="cohorts: got '40,804 results of cohorts of 200, 201 patients'"):
        catalogue.edges(np.array([201]))
    # Each size's results are numbered without a gap.
    small = OutcomeCatalogue(2)
    assert small.edges(np.array([3, 1, 3]))[1].tolist() == [0, 1, 2, 3, 4, 5, 2, 3, 4, 5]


def test_as_many_results_as_are_allowed():
    # n patients of two kinds show n + 1 results; results are numbered in 16 bits, 2 ** 15 - 1 at most.
    assert number_of_outcomes(32_766, 2) == 32_767
    with pytest.raises(InputError, match="cohort: got '32,767 patients .*, 32,768 results'"):
        number_of_outcomes(32_767, 2)
    catalogue = OutcomeCatalogue(2)
    catalogue.edges(np.array([999, 31_766]))  # 1,000 results and 31,767
    assert len(catalogue.all_rows()) == 32_767
    with pytest.raises(InputError, match="cohorts: got '32,768 results"):
        catalogue.edges(np.array([0]))


def test_an_estimate_beyond_counting():
    design = bd.boin(bd.DoseGrid.of_levels(5), 0.25, max_patients=500)
    with pytest.raises(GraphTooLargeError, match="all of it would need more than a million GiB"):
        bd.trial_graph(design, memory_budget=1e4)


def test_the_estimate_is_what_large_layers_take(monkeypatch):
    # Layers of some 16,000 and 37,000 edges that are large because few rows are compared at once. The last
    # layer has posteriors or isotonic fits of a block of ends, which do not grow with the graph.
    monkeypatch.setattr("bayesdose.alike.AT_ONCE", 5_000)
    monkeypatch.setattr("bayesdose.simulation.graph_size.AT_ONCE", 5_000)
    told, check = [], GraphSize.check

    def watched(size, edges, share, budget):
        told.append((edges, size._working(edges), *tracemalloc.get_traced_memory()))
        tracemalloc.reset_peak()
        return check(size, edges, share, budget)

    monkeypatch.setattr(GraphSize, "check", watched)
    tracemalloc.start()
    try:
        bd.trial_graph(bd.boin(bd.DoseGrid.of_levels(8), 0.3, max_patients=36))
    finally:
        tracemalloc.stop()
    for (edges, estimate, current, _), (*_, peak) in pairwise(told):
        if edges > 10_000:
            assert 0.75 < (peak - current) / estimate < 1.1


def test_the_estimate_of_a_graph_that_grows_evenly():
    # Half of the patients after layers of 1 and 4 million edges, the next of 16: two layers are to come, of
    # 16 and 64. With a state for each edge, 17 bytes an edge are kept, and while the last layer is worked on
    # 100, and 220 more for the quarter of them that are compared at once: 85e6 * 17 + 64e6 * (100 + 55) bytes
    # are 10.6 GiB. The estimate takes the layers as an endless series.
    size = GraphSize(cells=10, scenarios=0)
    for edges in (1_000_000, 4_000_000):
        size.add(edges, states=edges, ended=0)
    with pytest.raises(GraphTooLargeError, match="50% of the patients it has 5,000,000 states") as error:
        size.check(edges=16_000_000, share=0.5, budget=1e9)
    found = int(re.search(r"would need some (\d+) GiB", str(error.value))[1])
    assert abs(found - 10.6) <= 1
    # With 60% of the patients after three layers, two of 64 and 256 million follow.
    assert size.share_done(16_000_000, share=0.6) == pytest.approx(21 / (21 + 64 + 256), rel=1e-12)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="scenario file .*pipe: got 'no regular file'"):
        bd.scenarios.load_scenarios(tmp_path / "pipe")
    with pytest.raises(InputError, match="trial graph .*pipe: got 'no regular file'"):
        bd.load_graph(tmp_path / "pipe", bd.boin(ONE, 0.25, max_patients=6))


@pytest.mark.parametrize("path", ["", "a\0b", "x" * 300, "x" * 5000])
def test_paths_that_cannot_be(path):
    with pytest.raises(InputError):
        bd.scenarios.load_scenarios(path)
    with pytest.raises(InputError):
        bd.scenarios.save_scenarios(path, [CURVE])
    with pytest.raises(InputError):
        bd.load_graph(path, bd.boin(ONE, 0.25, max_patients=6))
    with pytest.raises(InputError):
        bd.operating_characteristics(
            {"d": bd.boin(ONE, 0.25, max_patients=6)},
            [CURVE],
            mtd_rule=RULE,
            method=bd.MonteCarlo(trials=2, checkpoint=path),
        )
