"""Steps that are incoherent: published examples, theorems, and designs that are made so."""

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bayesdose as bd
from bayesdose.findings.finding import Severity
from tests.findings.two_stage import UntilAfterTheFirstDLT

UP_LAST = "escalation after a cohort at the target"
UP_ALL = "escalation from a dose at the target"
UP_EVERY = "escalation that every definition forbids"
UP_ANY = "escalation after a cohort with a DLT"
DOWN_LAST = "de-escalation after a cohort without DLT"
DOWN_ALL = "de-escalation from a dose without DLT"

SIX = bd.DoseGrid.of_levels(6)
SKELETON = bd.models.PowerCurve((0.05, 0.1, 0.2, 0.35, 0.5, 0.7))
PLANNED = (1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, *[6] * 9)


def two_stage(target):
    crm = bd.crm(
        SIX,
        SKELETON,
        target=target,
        prior_sd=1.34**0.5,
        estimate="plug-in",
        max_patients=24,
        increments=bd.rules.AnyLevel(),
    )
    return UntilAfterTheFirstDLT(crm, PLANNED)


# The R package dfcrm, help page of cohere: its two examples.
def test_dfcrm_cohere_example_1():
    check = bd.check_design(two_stage(0.2))
    assert not check[UP_LAST].found
    assert not check[UP_ANY].found


def test_dfcrm_cohere_example_2():
    check = bd.check_design(two_stage(0.3))
    finding = check[UP_LAST]
    # A first DLT at patient 5, 6, 8, 9, 11 or 12; each is a state of its own.
    assert finding.states == check[UP_ANY].states == 6
    assert finding.witness == "1N 1N 1N 2N 2T"
    assert finding.then.startswith("next level 3")
    for scenario, found in zip(check.scenarios, finding.probability, strict=True):
        safe = np.cumprod([1 - scenario.prob_dlt[level - 1] for level in PLANNED])
        first_dlt_at = [safe[n - 2] * scenario.prob_dlt[PLANNED[n - 1] - 1] for n in (5, 6, 8, 9, 11, 12)]
        assert found == pytest.approx(sum(first_dlt_at), abs=1e-13)


def test_boin_is_incoherent_by_the_last_cohort_and_not_by_all_data():
    """Liu and Yuan (2015): BOIN is long-term memory coherent."""
    check = bd.check_design(bd.boin(bd.DoseGrid.of_levels(4), 0.3, max_patients=24))
    assert check[UP_LAST].witness == "1NNN 2NTT 1NNT"
    assert check[UP_LAST].then.startswith("next level 2")
    assert check[UP_LAST].severity is Severity.WARNING
    assert not check[UP_ALL].found
    assert not check[UP_EVERY].found


@pytest.mark.parametrize("variant", ["no-deescalation", "deescalation", "deescalation-six"])
def test_three_plus_three_is_coherent(variant):
    check = bd.check_design(bd.three_plus_three(bd.DoseGrid.of_levels(5), variant))
    assert not any(check[name].found for name in (UP_LAST, UP_ALL, UP_ANY, DOWN_LAST, DOWN_ALL))
    assert check.worst is Severity.NOTE


@pytest.fixture(scope="module")
def blrm_of_the_first_release():
    """IMM01's BLRM as release 0.1.0 made it: one cap, no rule of coherence."""
    protocol = bd.load_protocol("IMM01")
    return protocol, attrs.evolve(
        bd.protocol_designs(protocol, ["BLRM"])["BLRM"],
        admissible=bd.rules.EWOC(0.33, 0.25),
        increments=bd.rules.LevelsAboveHighestTried(1),
        stopping=bd.rules.PatientsAtDose(9),
    )


def test_the_blrm_of_the_first_release(blrm_of_the_first_release):
    protocol, design = blrm_of_the_first_release
    check = bd.check_design(design, mtd_rule=protocol.mtd_rule.value)
    finding = check[UP_LAST]
    assert finding.witness == "1NNT"
    # After its first cohort that is all the data at the dose, too.
    assert check[UP_EVERY].witness == "1NNT"
    assert check.worst is check[UP_EVERY].severity is Severity.ERROR
    assert 0 < max(check[UP_EVERY].probability) <= max(finding.probability)
    most, where = check.most_probable(finding)
    assert f"{most:.2f}" == "0.73"
    assert f"73 % ({where})" in " ".join(str(check).split())
    scenarios = {scenario.name: scenario for scenario in check.scenarios}
    result = bd.operating_characteristics(
        {"BLRM": design}, list(scenarios.values()), mtd_rule=protocol.mtd_rule.value
    )
    assert finding.probability == pytest.approx(result["incoherent_probability"].values[0], abs=1e-14)


def test_a_clean_cohort_at_a_dose_at_the_target():
    """IMM01's BLRM goes up from 2 of 6 after a cohort without DLT, which Cheung (2005) calls coherent."""
    protocol = bd.load_protocol("IMM01")
    (design,) = bd.protocol_designs(protocol, ["BLRM"]).values()
    check = bd.check_design(design, mtd_rule=protocol.mtd_rule.value)
    assert check[UP_ALL].witness == "1NNN 2NNN 3NTT 3NNN"
    assert check[UP_ALL].severity is check.worst is Severity.WARNING
    assert not any(check[name].found for name in (UP_EVERY, UP_LAST))


GRID = bd.DoseGrid.of_levels(4)


@st.composite
def curves(draw):
    """A skeleton that rises by 0.03 at least from one dose to the next."""
    steps = draw(st.lists(st.floats(0.03, 0.2), min_size=4, max_size=4))
    return bd.models.PowerCurve(tuple(np.cumsum(steps).tolist()))


def begun_where_the_rules_say(design):
    """The same design with its first cohort at the dose that its rules choose before any patient."""
    nobody = bd.TrialState(np.zeros((1, len(design.grid), 2), dtype=int), np.zeros(1, int), np.zeros(1, int))
    level = int(design.next_level(nobody)[0][0])
    return attrs.evolve(design, start_level=max(level, 0) + 1)


@settings(max_examples=20, deadline=None)
@given(curves(), st.floats(0.15, 0.4), st.floats(0.5, 1.6), st.sampled_from([1, 2, 3]))
def test_one_stage_crm_is_coherent(curve, target, prior_sd, cohort_size):
    """Cheung (2005), theorem: a one-stage CRM never steps up right after a DLT, nor down without one."""
    design = bd.crm(
        GRID,
        curve,
        target=target,
        prior_sd=prior_sd,
        estimate="plug-in",
        max_patients=6,
        cohort_size=cohort_size,
        increments=bd.rules.AnyLevel(),
    )
    check = bd.check_design(begun_where_the_rules_say(design))
    assert not any(check[name].found for name in (UP_LAST, UP_ALL, DOWN_LAST, DOWN_ALL))
    assert cohort_size > 1 or not check[UP_ANY].found


def ewoc(curve, rule, prior_sd=1.0, max_patients=6):
    return begun_where_the_rules_say(
        bd.model_based(
            bd.DoseGrid.of_levels(len(curve.skeleton)),
            bd.models.CRMModel(curve, prior_sd),
            admissible=rule,
            next_dose=bd.rules.HighestAllowed(),
            increments=bd.rules.AnyLevel(),
            cohort_size=1,
            max_patients=max_patients,
        )
    )


@settings(max_examples=20, deadline=None)
@given(curves(), st.floats(0.2, 0.4), st.floats(0.5, 1.6), st.floats(0.15, 0.5))
def test_ewoc_with_a_fixed_cap_and_one_parameter_is_coherent(curve, target, prior_sd, cap):
    """Wheeler (2018), theorem: with a fixed feasibility bound EWOC does not step up after a DLT."""
    check = bd.check_design(ewoc(curve, bd.rules.MTDEWOC(target, cap), prior_sd))
    assert not check[UP_ANY].found


def test_ewoc_with_a_rising_cap_is_not():
    """Wheeler (2018): with a bound that rises, a step up after a DLT is possible."""
    curve = bd.models.PowerCurve((0.1, 0.13, 0.16, 0.19, 0.22))
    rising = bd.rules.MTDEWOCByPatients(0.3, (0, 4), (0.25, 0.5))
    design = ewoc(curve, rising, 0.5, 7)
    finding = bd.check_design(design)[UP_ANY]
    assert finding.witness.split()[-1].endswith("T")
    state = bd.running_state(design, finding.witness)
    assert design.next_cohort(state).level[0] > state.level[0]
    assert not bd.check_design(ewoc(curve, bd.rules.MTDEWOC(0.3, 0.25), 0.5, 7))[UP_ANY].found
