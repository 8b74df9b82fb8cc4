"""Backfill with a fixed number per cohort: exact probabilities, held against other computations."""

from collections import defaultdict
from math import comb, factorial, prod

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.dose_optimization import (
    CloseFromRate,
    OpenAfterCohorts,
    OpenAfterPatients,
    OpenAfterResponses,
    OpenFromLevel,
    backfilled,
)
from bayesdose.rules.increments import Coherent, LevelsAboveHighestTried
from bayesdose.rules.mtd import ClosestTo
from bayesdose.simulation.ends import end_probabilities
from tests.simulation.test_monte_carlo import assert_agree

GRID = bd.DoseGrid((1.0, 2.5, 5.0), "mg")
PRIOR = bd.priors.NormalPrior((-1.4, 0.0), (1.5, 0.7), reference_dose=5.0, correlation=-0.2)
SCENARIOS = [
    bd.scenarios.Scenario("middle", GRID, (0.1, 0.25, 0.45), prob_response=(0.15, 0.3, 0.4)),
    bd.scenarios.Scenario(
        "steep", GRID, (0.02, 0.4, 0.6), prob_response=(0.3, 0.5, 0.4), dlt_response_odds_ratio=3.0
    ),
]
READINGS = {"at the dose": OpenAfterResponses(), "at it or below": OpenAfterResponses(lower_doses=True)}


def blrm(max_patients, **settings):
    return bd.blrm(
        GRID, PRIOR, target_interval=(0.16, 0.33), ewoc_cap=0.25, max_patients=max_patients, **settings
    )


def coherent_blrm(max_patients):
    return blrm(max_patients, increments=LevelsAboveHighestTried(1) & Coherent(0.25))


def characteristics(designs, scenarios=SCENARIOS, method=None):
    return bd.operating_characteristics(
        designs, scenarios, mtd_rule=ClosestTo(0.25), method=bd.Exact() if method is None else method
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"patients_per_cohort": 0},
        {"patients_per_cohort": 3, "opening": OpenAfterCohorts(100), "cap_in_all": 9},
    ],
)
@pytest.mark.parametrize("make", [lambda: bd.boin(GRID, 0.25, max_patients=15), lambda: coherent_blrm(12)])
def test_where_no_dose_ever_opens_it_is_the_escalation_itself(make, settings):
    alone = make()
    found = characteristics({"it": backfilled(alone, **settings)})
    for name, value in characteristics({"it": alone}).drop_vars("design_hash").items():
        assert value.equals(found[name]), name  # bit for bit


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize(
    "make",
    [
        lambda opening: backfilled(
            bd.boin(GRID, 0.25, max_patients=24),
            3,
            opening,
            CloseFromRate(),
            "pooled",
            cap_per_dose=12,
            cap_in_all=9,
            escalation_patients=15,
        ),
        lambda opening: backfilled(
            coherent_blrm(15),
            2,
            opening | OpenAfterPatients(6),
            CloseFromRate(0.3),
            priority="lowest",
            cap_in_all=6,
            escalation_patients=12,
            ratio=0.5,
        ),
    ],
    ids=["BOIN", "BLRM"],
)
def test_exact_and_simulated_trials_agree(make, reading):
    designs = {"it": make(READINGS[reading])}
    exact = characteristics(designs)
    simulated = characteristics(designs, method=bd.MonteCarlo(trials=20_000, rng=20))
    # Patients and DLTs of the escalation and of backfill are among the variables.
    assert assert_agree(exact, simulated) > 60
    backfill = exact["expected_stage_patients"].sel(stage="backfill")
    assert np.all(backfill > 0.5)
    assert np.all(exact["expected_stage_dlts"].sel(stage="backfill") > 0.05)


# BOIN for a target of 0.25 with the authors' defaults: lambda_e and lambda_d of Liu and Yuan (2015).
LAMBDA_E, LAMBDA_D = 0.1968, 0.2984


def _tail(dlts, patients):
    """P(P(DLT) > 0.25) after a uniform prior: a sum of binomial probabilities."""
    return sum(comb(patients + 1, k) * 0.25**k * 0.75 ** (patients + 1 - k) for k in range(dlts + 1))


def _says(dlts, patients):
    """E, S or D by the DLT rate; E without patients."""
    if patients == 0 or dlts / patients <= LAMBDA_E:
        return "E"
    return "D" if dlts / patients >= LAMBDA_D else "S"


def _decide(n, y, c):
    """The published rules in plain Python: next level index, or None where the lowest dose is eliminated."""
    out = [k for k in range(len(n)) if n[k] >= 3 and _tail(y[k], n[k]) > 0.95]
    if 0 in out:
        return None
    highest = min(out) - 1 if out else len(n) - 1
    speaks = "SD" if _says(y[c], n[c]) == "E" else "D"
    conflicts = [b for b in range(c) if _says(y[b], n[b]) in speaks]
    if conflicts:
        b = max(conflicts)
        pooled = [_says(sum(y[b : k + 1]), sum(n[b : k + 1])) for k in range(b, c + 1)]
        if pooled[-1] == "D":
            safe = [k for k in range(b, c + 1) if pooled[k - b] != "D"]
            level = max(safe) if safe else b - 1
        else:
            level = c + 1 if pooled[-1] == "E" else c
    else:
        level = c + {"E": 1, "S": 0, "D": -1}[_says(y[c], n[c])]
    return max(min(level, highest), 0)


def _beside(n, y, r, c, lower_doses, per_dose):
    """The dose that takes patients beside a cohort at c, or None."""
    for b in range(c - 1, -1, -1):
        closed = any(
            _says(y[a], n[a]) == "D" and _says(y[a] + y[a + 1], n[a] + n[a + 1]) == "D" for a in range(b + 1)
        )
        out = any(n[k] >= 3 and _tail(y[k], n[k]) > 0.95 for k in range(b + 1))
        seen = sum(r[: b + 1]) if lower_doses else r[b]
        if n[b] and seen and not closed and not out and n[b] < per_dose:
            return b
    return None


def _outcomes(size, cells):
    """Chance of each number of DLTs and of responses among so many patients."""
    found = defaultdict(float)
    for none in range(size + 1):
        for response in range(size + 1 - none):
            for both in range(size + 1 - none - response):
                counts = (none, response, both, size - none - response - both)
                ways = factorial(size) / prod(map(factorial, counts))
                chance = ways * prod(p**k for p, k in zip(cells, counts, strict=True))
                found[counts[2] + counts[3], counts[1] + counts[2]] += chance
    return found


def _trials_in_plain_python(cells, own, cap, per_dose, lower_doses):
    """Chance of each (n, y, patients backfilled) at the end: no response is forgotten."""
    zero = (0,) * len(cells)
    waiting, ends = {(zero, zero, zero, 0, 0, "escalation"): 1.0}, defaultdict(float)

    def plus(values, place, more):
        return tuple(value + more * (k == place) for k, value in enumerate(values))

    while waiting:
        then = defaultdict(float)
        for (n, y, r, c, backfill, part), chance in waiting.items():
            if part == "decide":
                level = None if sum(n) - backfill >= own else _decide(n, y, c)
                if level is None:
                    ends[n, y, backfill] += chance
                else:
                    then[n, y, r, level, backfill, "escalation"] += chance
                continue
            dose, size = c, min(3, own - (sum(n) - backfill))
            if part == "beside":
                dose = _beside(n, y, r, c, lower_doses, per_dose) if backfill < cap else None
                if dose is None:
                    then[n, y, r, c, backfill, "decide"] += chance
                    continue
                size = min(3, cap - backfill, per_dose - n[dose])
            more, after = (size, "decide") if part == "beside" else (0, "beside")
            for (dlts, responses), way in _outcomes(size, cells[dose]).items():
                there = plus(n, dose, size), plus(y, dose, dlts), plus(r, dose, responses)
                then[(*there, c, backfill + more, after)] += chance * way
        waiting = then
    return ends


@pytest.mark.parametrize("lower_doses", [False, True])
def test_probabilities_are_those_of_the_published_rules_in_plain_python(lower_doses):
    own, cap, per_dose = 12, 5, 7
    design = backfilled(
        bd.boin(GRID, 0.25, max_patients=own + cap),
        3,
        OpenAfterResponses(lower_doses=lower_doses),
        CloseFromRate(),
        "pooled",
        cap_per_dose=per_dose,
        cap_in_all=cap,
        escalation_patients=own,
    )
    graph = bd.trial_graph(design)
    for scenario in SCENARIOS:
        cells = scenario.prob_outcome(4)
        expected = _trials_in_plain_python(cells.tolist(), own, cap, per_dose, lower_doses)
        weights, found = end_probabilities(graph, cells[None])[0], defaultdict(float)
        counts = graph.final.counts.astype(int)
        dlts = counts[..., 2] + counts[..., 3]
        backfill = graph.final.record[:, 1].tolist()
        for n, y, beside, weight in zip(
            counts.sum(axis=-1).tolist(), dlts.tolist(), backfill, weights, strict=True
        ):
            found[tuple(n), tuple(y), beside] += weight
        assert set(found) == set(expected)
        # Sums of some ten thousand products, in another order.
        np.testing.assert_allclose([found[end] for end in expected], list(expected.values()), rtol=1e-9)
        assert sum(chance for (*_, beside), chance in expected.items() if beside) > 0.3


def test_a_level_a_cap_and_a_ratio_hold_back_patients():
    def numbers(**settings):
        design = backfilled(bd.boin(GRID, 0.25, max_patients=18), 3, cap_in_all=6, **settings)
        found = characteristics({"it": design})
        return found["expected_stage_patients"].sel(stage="backfill").values.ravel()

    every = numbers()
    assert np.all(numbers(opening=OpenFromLevel(3)) == 0)  # the highest dose is never below another one
    assert np.all(numbers(opening=OpenFromLevel(2)) < every)
    # ceil(0.3 * 3) = 1 patient beside a cohort of three.
    graph = bd.trial_graph(backfilled(bd.boin(GRID, 0.25, max_patients=18), 3, cap_in_all=6, ratio=0.3))
    beside = {
        int(graph.outcomes[edge].sum())
        for layer in graph.layers
        if layer.stage is not None
        for edge in layer.outcome[layer.stage[layer.parent] == 1]
    }
    assert beside == {1}


def test_what_is_left_out_of_a_truncated_graph_bounds_the_exact_numbers():
    design = backfilled(
        bd.boin(GRID, 0.25, max_patients=18), 3, OpenAfterResponses(), CloseFromRate(), cap_in_all=6
    )
    exact = characteristics({"it": design})
    rough = characteristics({"it": design}, method=bd.Exact(max_unresolved=0.02))
    assert 0 < float(rough["unresolved_probability"].max()) <= 0.02
    for name in ("correct_selection", "expected_sample_size", "expected_stage_patients"):
        assert np.all(rough[f"{name}_lower"] <= exact[name] + 1e-12)
        assert np.all(exact[name] <= rough[f"{name}_upper"] + 1e-12)
