"""Interval rules, entry by entry, against R packages, published tables and independent quadrature."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq

from bayesdose.designs.boin import boin
from bayesdose.designs.i3_plus_3 import i3_plus_3
from bayesdose.designs.keyboard import keyboard
from bayesdose.designs.mtpi import mtpi, mtpi2
from bayesdose.designs.tpi import tpi
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.boin_boundaries import BOINBoundaries
from bayesdose.rules.decision_table import DECISIONS
from bayesdose.rules.elimination import BetaElimination
from bayesdose.rules.i3_plus_3_decisions import IThreePlusThree
from bayesdose.rules.interval_posterior import StrongestKey, ToxicityProbabilityIntervals, UnitProbabilityMass

GRID = DoseGrid.of_levels(3)
NEVER = BetaElimination(0.3, cutoff=1.0)


def table(make, target, max_patients=36, **settings):
    return make(GRID, target, max_patients=max_patients, **settings).table


def test_boin_boundaries_of_the_r_package(golden):
    # BOIN 2.7.2, get.boundary: counts exactly, boundaries as doubles of 15 decimals (1e-14).
    cases = golden("boin_boundaries.json")["cases"]
    assert len(cases) == 22
    for case in cases:
        design = boin(
            GRID,
            case["target"],
            max_patients=case["ncohort"] * case["cohortsize"],
            cohort_size=case["cohortsize"],
            safe=case["p.saf"],
            toxic=case["p.tox"],
            cutoff=case["cutoff.eli"],
            extra_safe=case.get("offset"),
        )
        assert abs(design.rule.lambda_e - case["lambda_e"]) < 1e-14
        assert abs(design.rule.lambda_d - case["lambda_d"]) < 1e-14
        assert list(design.table.patients) == case["n"]
        assert design.table.boundaries("E") == case["escalate_if_le"]
        assert design.table.boundaries("D") == case["deescalate_if_ge"]
        assert design.table.boundaries("U") == case["eliminate_if_ge"]


def test_boins_stricter_rule_at_the_lowest_dose(golden):
    (case,) = [case for case in golden("boin_boundaries.json")["cases"] if case.get("extrasafe")]
    design = boin(GRID, case["target"], max_patients=36, extra_safe=case["offset"])
    for patients, fewest in zip(case["stop_n"], case["stop_if_ge_lowest_dose"], strict=True):
        dlts = np.arange(patients + 1)
        stops = design.lowest_dose_elimination.too_toxic(np.full(len(dlts), patients), dlts)
        assert stops.tolist() == (dlts >= (fewest or 99)).tolist()


@pytest.mark.parametrize(
    ("target", "lambda_e", "lambda_d"),
    [
        # Computed from the formula of Liu and Yuan (2015), printed with six decimals.
        (0.10, 0.078449, 0.119032),
        (0.15, 0.117797, 0.178686),
        (0.20, 0.157242, 0.238462),
        (0.25, 0.196801, 0.298392),
        (0.30, 0.236491, 0.358519),
        (1 / 3, 0.263034, 0.398744),
        (0.33, 0.260377, 0.394716),
        (0.35, 0.276334, 0.418908),
        (0.40, 0.316360, 0.479650),
    ],
)
def test_boin_boundaries_with_the_default_intervals(target, lambda_e, lambda_d):
    rule = BOINBoundaries(target, 0.6 * target, 1.4 * target, NEVER)
    assert abs(rule.lambda_e - lambda_e) < 1e-6
    assert abs(rule.lambda_d - lambda_d) < 1e-6


def test_boin_tables_and_boundaries_of_an_independent_computation(golden):
    # Eight decimals: 5e-9 of rounding and a little more. The key 0.3333 stands for a third.
    reference = golden("interval_decision_strings.json")
    for name, (lambda_e, lambda_d) in reference["boin_lambda"].items():
        target = 1 / 3 if name == "0.3333" else float(name)
        rule = BOINBoundaries(target, 0.6 * target, 1.4 * target, NEVER)
        assert abs(rule.lambda_e - lambda_e) < 6e-9, name
        assert abs(rule.lambda_d - lambda_d) < 6e-9, name
    for target, rows in reference["boin_table"].items():
        made = table(boin, float(target), max_patients=30)
        found = zip(made.patients, *(made.boundaries(decision) for decision in "EDU"), strict=True)
        assert [list(row) for row in found] == rows


@pytest.mark.parametrize(
    ("target", "escalate", "deescalate", "eliminate"),
    [
        (0.20, [0, 0, 1, 1, 2, 2], [1, 2, 3, 3, 4, 5], [2, 3, 4, 5, 6, 7]),
        (0.25, [0, 1, 1, 2, 2, 3], [1, 2, 3, 4, 5, 6], [3, 4, 5, 6, 7, 8]),
        (0.30, [0, 1, 2, 2, 3, 4], [2, 3, 4, 5, 6, 7], [3, 4, 5, 7, 8, 9]),
        (0.33, [0, 1, 2, 3, 3, 4], [2, 3, 4, 5, 6, 8], [3, 4, 6, 7, 8, 10]),
    ],
)
def test_boin_tables_of_another_computation(target, escalate, deescalate, eliminate):
    # By the formulas of Liu and Yuan (2015), computed independently, for 3, 6 ... 18 patients.
    made = table(boin, target, max_patients=18)
    found = [made.boundaries(decision)[2::3] for decision in "EDU"]
    assert found == [escalate, deescalate, eliminate]


def test_keyboard_boundaries_of_the_r_package(golden):
    # Keyboard 0.1.3, get.boundary.kb; it escalates never for -1.
    cases = golden("keyboard_boundaries.json")["cases"]
    assert len(cases) == 3
    for case in cases:
        made = table(keyboard, case["target"])
        reference = list(case["full_boundary_tab"].values())
        assert list(made.patients) == reference[0]
        assert [made.boundaries(decision) for decision in "EDU"] == reference[1:]


PACKAGE = {"mTPI": mtpi, "mTPI2": mtpi2, "BOIN": boin, "TPI_k1=1_k2=1.5": tpi}
# The package stays at a dose that it calls inadmissible, because it looks at the dose's own exclusion only
# at the lowest dose. Ji et al. (2010) exclude such a dose, so here it is U.
STAYS_AT_INADMISSIBLE = {("mTPI", "0.2", n, y) for n, y in [(20, 7), (24, 8), (28, 9), (30, 10)]}


def test_every_entry_of_the_escalation_package(golden):
    # escalation 0.2.3 at dose 2 of 3; BOIN's boundaries there are those of the package BOIN.
    rows = golden("interval_decision_tables.csv")
    assert len(rows) == 3108
    made = {}
    stays = set()
    for row in rows:
        key = row["design"], row["target"]
        if key not in made:
            made[key] = table(PACKAGE[row["design"]], float(row["target"]))
        patients, dlts = int(row["n"]), int(row["tox"])
        expected = row["decision"] if row["this_dose_admissible"] == "TRUE" else "U"
        if row["decision"] == "S" and expected == "U":
            stays.add((*key, patients, dlts))
        assert made[key].decision(patients, dlts) == expected, row
    assert stays == STAYS_AT_INADMISSIBLE


def test_every_entry_of_the_i3_plus_3_table_by_hand(golden):
    # Not from a package. This table excludes from three patients on.
    rows = golden("i3plus3_by_hand.csv")
    assert len(rows) == 777
    for row in rows:
        expected = "U" if row["excluded_beta11_095"] == "TRUE" else row["decision"]
        made = table(i3_plus_3, float(row["target"]), min_patients=3)
        assert made.decision(int(row["n"]), int(row["tox"])) == expected, row


STRINGS = {
    "mTPI .3 eps.05": (mtpi, 0.30),
    "mTPI .25 eps.05": (mtpi, 0.25),
    "mTPI2/keyboard .3 eps.05": (mtpi2, 0.30),
    "mTPI2/keyboard .25 eps.05": (keyboard, 0.25),
    "i3+3 .3 EI[.25,.35]": (i3_plus_3, 0.30),
    "i3+3 .25 EI[.2,.3]": (i3_plus_3, 0.25),
    "TPI .3 K1=1,K2=1.5,prior .005": (tpi, 0.30),
}


@pytest.mark.parametrize("name", STRINGS)
def test_published_decision_strings(golden, name):
    # Ji 2010 Fig. 2, Guo 2017 Fig. 3, Ji 2007 Table 1, Liu 2020; see tests/golden/README.md.
    make, target = STRINGS[name]
    made = table(make, target, max_patients=18)
    for patients, letters in golden("interval_decision_strings.json")["decision_strings"][name].items():
        assert made.rows[int(patients) - 1] == letters


# Worked example at target 0.3, margins 0.05: the letters up to the first exclusion (mTPI, mTPI-2), and
# without any exclusion (Keyboard, i3+3).
WORKED = {
    (mtpi, 0.95): {3: "ESD", 6: "EESS", 9: "EESSS", 12: "EEESSSD", 15: "EEESSSSS"},
    (mtpi2, 0.95): {3: "ESD", 6: "EESD", 9: "EEESD", 12: "EEESSDD", 15: "EEEESSDD"},
    (keyboard, 1.0): {3: "ESDD", 6: "EESDDDD", 9: "EEESDDDDDD", 12: "EEESSD", 15: "EEEESSD"},
    (i3_plus_3, 1.0): {3: "ESDD", 6: "EESDDDD", 9: "EEESDDDDDD", 12: "EEESSD", 15: "EEEESSD"},
}


@pytest.mark.parametrize(("make", "cutoff"), WORKED)
def test_worked_examples(make, cutoff):
    made = table(make, 0.3, max_patients=15, cutoff=cutoff)
    for patients, letters in WORKED[make, cutoff].items():
        row = made.rows[patients - 1]
        assert row.startswith(letters)
        rest = set(row[len(letters) :])
        assert rest <= ({"U"} if cutoff < 1 else {"D"})


def test_equally_strong_keys_deescalate():
    # Half of the patients with DLT: the posterior is symmetric about 1/2, so the keys beside 1/2 tie.
    rows = StrongestKey(0.4, 0.5, NEVER).table(40).rows
    assert [row[len(row) // 2] for row in rows[1::2]] == ["D"] * 20
    # Before the first patient the flat prior has the same mass in three intervals of one width.
    assert UnitProbabilityMass(1 / 3, 2 / 3, NEVER).decide(np.array([0]), np.array([0])).tolist() == [2]


def test_boins_rate_at_a_boundary_escalates_and_deescalates():
    # The other end is moved until the boundary is 1/4 or 1/3, so that 3 of 12 and 4 of 12 lie on it.
    safe = brentq(lambda p: BOINBoundaries(0.3, p, 0.42, NEVER).lambda_e - 0.25, 0.1, 0.29, xtol=1e-15)
    toxic = brentq(lambda p: BOINBoundaries(0.3, 0.18, p, NEVER).lambda_d - 1 / 3, 0.31, 0.6, xtol=1e-15)
    row = BOINBoundaries(0.3, safe, toxic, NEVER).table(12).rows[11]
    assert row == "EEEEDDDDDDDDD"
    above = BOINBoundaries(0.3, safe - 1e-6, toxic + 1e-6, NEVER).table(12).rows[11]
    assert above == "EEESSDDDDDDDD"


def test_i3_plus_3_rates_at_the_ends_of_the_interval_stay():
    row = IThreePlusThree(0.25, 0.35, NEVER).table(20).rows[19]
    # 5 of 20 is 0.25 and 7 of 20 is 0.35; 8 of 20 less one is 0.35, which is not below the interval.
    assert row[4:9] == "ESSSD"
    # 3 of 10 lies on the upper end 0.3; 4 of 10 is above it and 3 of 10 is not below 0.2: D.
    assert IThreePlusThree(0.2, 0.3, NEVER).table(10).rows[9][1:5] == "ESSD"
    # 1 of 4 lies on the lower end 0.25; 2 of 4 less one lies there too, so it is not below it: D.
    assert IThreePlusThree(0.25, 0.35, NEVER).table(4).rows[3] == "ESDDD"
    # 2 of 5 is above the interval, but 1 of 5 is below it: S.
    assert IThreePlusThree(0.25, 0.35, NEVER).table(5).rows[4][1:4] == "ESD"


def _mass(prior, patients, dlts, low, high):
    """Posterior mass by adaptive quadrature of the density, not by the incomplete beta function."""
    above, below = prior[0] + dlts, prior[1] + patients - dlts

    def density(p):
        return p ** (above - 1) * (1 - p) ** (below - 1)

    whole = quad(density, 0, 1, epsabs=0, epsrel=1e-10)[0]
    return quad(density, low, high, epsabs=0, epsrel=1e-10)[0] / whole


@pytest.mark.parametrize("patients", [1, 2, 5, 9, 17])
def test_unit_probability_masses_by_quadrature(patients):
    lower, upper = 0.22, 0.41
    row = UnitProbabilityMass(lower, upper, NEVER, prior=(2.0, 3.0)).table(patients).rows[-1]
    for dlts in range(patients + 1):
        edges = [(0, lower), (lower, upper), (upper, 1)]
        masses = [_mass((2.0, 3.0), patients, dlts, *edge) / (edge[1] - edge[0]) for edge in edges]
        assert row[dlts] == "ESD"[int(np.argmax(masses))]


@pytest.mark.parametrize(
    ("target_key", "edges"),
    [
        # Equal keys of 0.19; the end keys are 0.03 and 0.02 wide.
        (2, [0, 0.03, 0.22, 0.41, 0.60, 0.79, 0.98, 1]),
        # The target key is next to a narrow end key: by mass alone, none of 9 with DLT would stay.
        (1, [0, 0.03, 0.13, 0.23, 0.33, 0.43, 0.53, 0.63, 0.73, 0.83, 0.93, 1]),
    ],
)
@pytest.mark.parametrize("patients", [1, 2, 5, 9, 17])
def test_strongest_key_by_quadrature(patients, target_key, edges):
    row = StrongestKey(edges[target_key], edges[target_key + 1], NEVER).table(patients).rows[-1]
    for dlts in range(patients + 1):
        masses = [
            _mass((1.0, 1.0), patients, dlts, low, high) / (high - low) for low, high in pairwise(edges)
        ]
        strongest = int(np.argmax(masses))
        assert row[dlts] == "ESD"[1 + np.sign(strongest - target_key)]


@pytest.mark.parametrize("patients", [2, 5, 9, 17])
def test_tpi_intervals_by_quadrature(patients):
    prior = (1.5, 2.5)
    row = ToxicityProbabilityIntervals(0.3, NEVER, k1=0.8, k2=1.2, prior=prior).table(patients).rows[-1]
    for dlts in range(patients + 1):
        above, below = prior[0] + dlts - 1, prior[1] + patients - dlts - 1
        moments = [
            quad(lambda p, a, b: p**a * (1 - p) ** b, 0, 1, (above + power, below)) for power in range(3)
        ]
        mean, square = moments[1][0] / moments[0][0], moments[2][0] / moments[0][0]
        sd = np.sqrt(square - mean**2)
        low, high = max(0.3 - 1.2 * sd, 0), min(0.3 + 0.8 * sd, 1)
        masses = [_mass(prior, patients, dlts, *edge) for edge in [(0, low), (low, high), (high, 1)]]
        assert row[dlts] == "ESD"[int(np.argmax(masses))]


@pytest.mark.parametrize(
    ("lower", "upper", "edges"),
    [
        (0.2, 0.3, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]),  # no narrower key, up to rounding
        (0.15, 0.25, [0, 0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1]),
        (0.1, 0.6, [0, 0.1, 0.6, 1]),
    ],
)
def test_keys_cover_everything_once(lower, upper, edges):
    found = StrongestKey(lower, upper, NEVER).edges
    assert len(found) == len(edges)
    assert np.abs(found - edges).max() < 1e-12


@settings(max_examples=60)
@given(
    target=st.floats(0.1, 0.45),
    margins=st.tuples(st.floats(0.02, 0.09), st.floats(0.02, 0.09)),
    make=st.sampled_from([mtpi, mtpi2, keyboard, i3_plus_3]),
)
def test_tables_are_stricter_with_more_dlts_and_milder_with_more_patients(target, margins, make):
    # DecisionTable itself refuses rows that turn milder with more DLTs, so building one is the first test.
    made = table(make, target, max_patients=24, margins=margins)
    codes = made.codes.astype(int)
    for patients in range(1, 24):
        assert np.all(codes[patients + 1, : patients + 1] <= codes[patients, : patients + 1])
    assert {letter for row in made.rows for letter in row} <= set(DECISIONS)


def test_after_mtpis_e_the_trial_stays_when_the_next_dose_is_excluded():
    # Ji 2010 sets the mass of E to zero then, and takes the larger of the other two. That is always S, as
    # the posterior has one peak; so that it stays is not a rule of its own. Seen here for every E.
    for target in (0.2, 0.25, 0.3):
        rule = UnitProbabilityMass(target - 0.05, target + 0.05, NEVER)
        for patients, row in enumerate(rule.table(36).rows, start=1):
            for dlts in range(row.rfind("E") + 1):
                middle = _mass((1, 1), patients, dlts, rule.lower, rule.upper) / (rule.upper - rule.lower)
                assert middle > _mass((1, 1), patients, dlts, rule.upper, 1) / (1 - rule.upper)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: boin(GRID, 0.3, max_patients=9, safe=0.3),
            "BOINBoundaries, safe: got 0.3; wanted a number below target",
        ),
        (
            lambda: boin(GRID, 0.3, max_patients=9, toxic=0.2),
            "BOINBoundaries, toxic: got 0.2; wanted a number above target",
        ),
        (lambda: boin(GRID, 0.8, max_patients=9), "BOINBoundaries, toxic: got 1.1"),
        (
            lambda: boin(GRID, 0.3, max_patients=9, extra_safe=0.05, lowest_dose_elimination=NEVER),
            "boin, extra_safe: got 'lowest_dose_elimination too'; wanted one of them",
        ),
        (
            lambda: boin(GRID, 0.3, max_patients=9, extra_safe=0.5),
            "boin, extra_safe: got 0.5; wanted a number above 0 and below 0.5",
        ),
        (
            lambda: mtpi(GRID, 0.3, max_patients=9, margins=(0.3, 0.1)),
            "lower: got 0.0; wanted a number above 0 and below 1",
        ),
        (lambda: keyboard(GRID, 0.3, max_patients=9, margins=(0.1, 0.7)), "StrongestKey, upper: got 1.0"),
        (lambda: i3_plus_3(GRID, 0.3, max_patients=9, margins=(-0.1, 0.05)), "margins[0]: got -0.1; wanted"),
        (lambda: tpi(GRID, 0.3, max_patients=9, prior=(0, 1)), "prior[0]: got 0; wanted a number above 0"),
        (lambda: UnitProbabilityMass(0.2, 0.3, NEVER, prior=[1]), "prior: got [1]; wanted 2 values"),
        (lambda: StrongestKey(0.2, 0.3, NEVER, prior=(1, np.inf)), "prior[1]: got inf"),
        (lambda: tpi(GRID, 0.3, max_patients=9, k1=0), "k1: got 0; wanted a number above 0"),
        (lambda: StrongestKey(0.2, 0.2 + 1e-9, NEVER), "wanted a target key at least 0.01 wide"),
        (lambda: boin(GRID, 0.3, max_patients=10**9), "boin, max_patients: got 1000000000; wanted"),
        (
            lambda: BOINBoundaries(0.3, 0.2, 0.4, NEVER).table(10**9),
            "decision table, max_patients: got 1000000000; wanted a whole number",
        ),
        (lambda: tpi(GRID, 1.0, max_patients=9), "target: got 1.0; wanted a number above 0 and below 1"),
    ],
)
def test_bad_numbers(make, message):
    with pytest.raises(InputError) as caught:
        make()
    assert message in str(caught.value)


def test_the_rule_alone_has_the_designs_published_numbers():
    # The design's own are held against published tables above.
    design = tpi(GRID, 0.3, max_patients=9)
    rule = design.rule
    assert ToxicityProbabilityIntervals(0.3, rule.elimination) == rule


@pytest.mark.parametrize("make", [mtpi, mtpi2, keyboard, i3_plus_3])
def test_margins_are_below_and_above_the_target(make):
    rule = make(GRID, 0.3, max_patients=9, margins=(0.05, 0.1)).rule
    assert (rule.lower, rule.upper) == pytest.approx((0.25, 0.4), rel=1e-12)


def test_rules_say_their_numbers():
    # Liu and Yuan (2015), table 1: lambda_e 0.236 and lambda_d 0.358 (0.3585) for a target of 0.3.
    words = str(BOINBoundaries(0.3, 0.18, 0.42, BetaElimination(0.3, min_patients=3)))
    assert "at most 0.236, de-escalate if it is at least 0.359" in words
    assert "P(P(DLT) > 0.3) > 0.95 after 3 or more patients there (Beta(1, 1) prior" in words
    assert "equivalence interval 0.25 to 0.35" in str(UnitProbabilityMass(0.25, 0.35, NEVER))
    assert "P(P(DLT) > 0.3) > 1 (Beta(1, 1) prior" in str(IThreePlusThree(0.25, 0.35, NEVER))
    assert "1.5 posterior standard deviations below the target to 1 above" in str(
        ToxicityProbabilityIntervals(0.3, NEVER)
    )
