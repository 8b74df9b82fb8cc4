"""The first five protocols against what their registry records disclose; all against the rest."""

from importlib import resources

import attrs
import numpy as np
import pytest
from scipy.special import logit

from bayesdose.errors import InputError
from bayesdose.protocols.designs import protocol_designs, protocol_groups, protocol_plan, protocol_prior
from bayesdose.protocols.load import load_protocol, protocol_names
from bayesdose.protocols.whole_scenarios import scenarios_to_end
from bayesdose.record_place import numbers_by_part
from bayesdose.rules.mtd import HighestBelow
from bayesdose.scenarios.library import builtin_scenarios
from bayesdose.sourced import Source
from bayesdose.trial import StopReason, TrialState

NAMES = ("IBB0979", "IMM01", "IMM27M", "IMP7068", "MIL97")

RECORDED_GRIDS = {
    "IMM27M": (0.1, 0.3, 1.0, 2.0, 3.0),
    "MIL97": (0.01, 0.03, 0.1, 0.2, 0.3, 0.45),
}
RECORDED_STARTS = {"IMM27M": 0.1, "MIL97": 0.01, "IBB0979": 0.01}
RECORDED_WINDOWS = {
    ("IMM01", "QW"): 28,
    ("IMM27M", "Q3W"): 21,
    ("MIL97", "Q3W"): 21,
    ("MIL97", "Q2W"): 28,
    ("IBB0979", "21-day cycles"): 21,
}
# MIL97's record has two titration cohorts and does not say how many patients they take.
RECORDED_TITRATION = {"IMM27M": 1}

# Sentences, or entries of a list, in each part of the records, counted by hand in the registry.
IN_THE_RECORD = {
    "IBB0979": {"primary outcome": 3, "secondary outcome": 25, "detailed description": 8},
    "IMM01": {"primary outcome": 3, "secondary outcome": 7, "detailed description": 3},
    "IMM27M": {"condition": 2, "primary outcome": 3, "secondary outcome": 13, "detailed description": 3},
    "IMP7068": {"primary outcome": 4, "secondary outcome": 10, "detailed description": 7},
    "MIL97": {"brief summary": 8, "secondary outcome": 9, "detailed description": 8},
}


@pytest.fixture(params=NAMES)
def protocol(request):
    return load_protocol(request.param)


@pytest.fixture(params=protocol_names())
def any_protocol(request):
    return load_protocol(request.param)


def recorded(sourced):
    """The value if it is from the registry record, else None."""
    return sourced.value if sourced.source == Source.RECORD else None


def own_design(protocol):
    (design,) = protocol_designs(protocol, ["own"]).values()
    return design


def test_the_five_are_shipped_under_their_own_names():
    assert set(NAMES) <= set(protocol_names())
    assert [load_protocol(name.lower()).name for name in NAMES] == list(NAMES)


def test_recorded_grids_and_no_others(protocol):
    grid = recorded(protocol.grid)
    assert (grid and grid.values) == RECORDED_GRIDS.get(protocol.name)
    assert grid is None or grid.unit == "mg/kg"
    assert protocol.grid_is_assumed == (protocol.name not in RECORDED_GRIDS)


def test_recorded_start_doses_and_no_others(protocol):
    assert recorded(protocol.start_dose) == RECORDED_STARTS.get(protocol.name)
    assert protocol.start_level == 1


def test_recorded_dlt_windows_and_no_others():
    windows = {
        (name, regimen.name): regimen.dlt_window_days.value
        for name in NAMES
        for regimen in load_protocol(name).regimens
        if regimen.dlt_window_days.source == Source.RECORD
    }
    assert windows == RECORDED_WINDOWS


def test_every_recorded_value_names_its_place(protocol):
    for path, sourced in protocol.sourced():
        where = f"bayesdose/protocols/data/{protocol.name}.toml, key {path}"
        if sourced.source == Source.RECORD:
            assert sourced.place, f"{where}: a value from the record names its place there (place = ...)"
        for part, numbers in numbers_by_part(sourced.place) if sourced.place else ():
            there = IN_THE_RECORD[protocol.name].get(part, 1)
            assert numbers or there == 1, f"{where}: which of the {there} sentences or entries of the {part}?"
            assert max(numbers, default=1) <= there, f"{where}: the {part} has {there} sentences or entries"


def test_every_endpoint_of_the_record_stands_in_the_protocol(protocol):
    named = {"primary outcome": set(), "secondary outcome": set()}
    for endpoint in protocol.endpoints:
        for part, numbers in numbers_by_part(endpoint.place):
            named[part] |= set(numbers or (1,))
    counts = IN_THE_RECORD[protocol.name]
    assert named == {part: set(range(1, counts.get(part, 1) + 1)) for part in named}


def test_every_sentence_on_the_trial_stands_in_the_protocol(protocol):
    named = {"brief summary": set(), "detailed description": set()}
    for _, sourced in protocol.sourced():
        for part, numbers in numbers_by_part(sourced.place) if sourced.place else ():
            if part in named:
                named[part] |= set(numbers or (1,))
    counts = IN_THE_RECORD[protocol.name]
    wanted = {part: set(range(1, counts.get(part, 1) + 1)) for part in named}
    if protocol.name == "MIL97":  # its detailed description is its brief summary again
        wanted["detailed description"] = set()
    assert named == wanted


def test_who_calls_itself_first_in_human(protocol):
    words = " ".join(one.value for one in protocol.conduct)
    assert ("first-in-human" in words) == (protocol.name in ("IMM27M", "MIL97"))


def test_mtd_rule_is_registered_for_imm01_alone(protocol):
    assert protocol.mtd_rule.value == HighestBelow(0.30)
    assert (protocol.mtd_rule.source == Source.RECORD) == (protocol.name == "IMM01")


def test_one_patient_in_a_titration_cohort_is_recorded_for_imm27m_alone(protocol):
    levels = dict(protocol.design.values).get("single_patient_levels")
    assert (levels and recorded(levels)) == RECORDED_TITRATION.get(protocol.name)


def test_trigger_variant_prior_and_comparators_are_always_assumed(protocol):
    paths = {assumption.path for assumption in protocol.assumptions()}
    own = {"design.trigger_dlts", "design.following.variant"}
    # IMP7068's record names no scheme at all.
    assert {"prior", "comparators"} | ({"design"} if protocol.name == "IMP7068" else own) <= paths


def test_population_schedule_and_design_words_are_recorded(protocol):
    assert protocol.population.source == protocol.escalation.source == Source.RECORD
    assert all(regimen.schedule.source == Source.RECORD for regimen in protocol.regimens)


def test_numbers_and_expansions_that_are_not_disclosed(protocol):
    assert (protocol.planned_patients.value is None) == (protocol.name == "IMM01")
    assert (protocol.expansion.value is None) == (protocol.name == "IMM27M")


def test_published_imm01_doses_are_on_its_assumed_grid():
    values = load_protocol("IMM01").grid.value.values
    assert (len(values), values[0], values[-1]) == (8, 0.003, 2.0)
    assert 1.5 in values


def test_imp7068_assumes_everything_about_its_escalation():
    paths = {assumption.path for assumption in load_protocol("IMP7068").assumptions()}
    assert {"grid", "start_dose", "regimens[0].dlt_window_days", "design"} <= paths


def test_assumptions_have_reasons_in_one_line(any_protocol):
    for assumption in any_protocol.assumptions():
        assert len(assumption.reason) > 30
        assert "\n" not in assumption.reason


def test_prior_meets_its_statements_on_the_grid(protocol):
    grid = protocol.grid.value
    prior = protocol_prior(protocol)
    assert prior.reference_dose == grid.values[-1]
    log_ratio = np.log(np.repeat([grid.values[0], grid.values[-1]], 2) / prior.reference_dose)
    achieved = prior.cdf(log_ratio, logit([0.02, 0.33, 0.30, 0.80]))
    np.testing.assert_allclose(achieved, [0.5, 0.95, 0.5, 0.95], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "patients", "at_each_dose"),
    [
        # Cohorts of six up the grid, three of them at the highest dose: the stop with 18 at the next dose.
        ("IMP7068", 48, [6, 6, 6, 6, 6, 18]),
        ("IMM27M", 13, [1, 3, 3, 3, 3]),
        ("MIL97", 14, [1, 1, 3, 3, 3, 3]),
        ("IMM01", 20, [1, 1, 3, 3, 3, 3, 3, 3]),
        ("IBB0979", 14, [1, 1, 3, 3, 3, 3]),
    ],
)
def test_patients_of_the_protocols_own_design_without_a_dlt(name, patients, at_each_dose):
    design = own_design(load_protocol(name))
    counts = np.zeros((1, len(design.grid), design.outcome_categories), dtype=int)
    cohort = design.first_cohort()
    state = TrialState(counts, cohort.level, cohort.phase)
    while cohort.reason(0) == StopReason.GOES_ON:
        counts[0, cohort.level[0], 0] += cohort.size[0]
        state = TrialState(counts, cohort.level, cohort.phase)
        cohort = design.next_cohort(state)
    ends = StopReason.ENOUGH_AT_DOSE if name == "IMP7068" else StopReason.HIGHEST_ACCEPTED
    assert cohort.reason(0) == ends
    assert state.patients[0].tolist() == at_each_dose
    assert counts.sum() == patients
    assert design.recommend(state) == len(design.grid) - 1


def test_the_note_names_every_assumption(any_protocol):
    protocol = any_protocol
    assumed = [path for path, sourced in protocol.sourced() if sourced.source == Source.ASSUMPTION]
    assert protocol.note.startswith(f"{protocol.name}. ")
    later = ("stages", "second_regimen", "group_", "dose_criteria")
    to_the_mtd = [path for path in assumed if not path.startswith(later)]
    assert protocol.note.endswith(f"Assumed, not in the public record: {', '.join(to_the_mtd)}.")
    # What groups do once the dose is set, and a committee's record, are asked for by themselves.
    to_the_end = [path for path in assumed if not path.startswith(("group_", "dose_criteria"))]
    assert protocol.assumed(stages=True).endswith(
        f"Assumed, not in the public record: {', '.join(to_the_end)}."
    )
    assert ("ASSUMED DOSE GRID. " in protocol.note) == protocol.grid_is_assumed


# Patients of the expansion, and whether its place in the record or an assumption is behind the number.
EXPANSIONS = {
    "IMM01": (60, Source.ASSUMPTION),
    "MIL97": (10, Source.RECORD),
    "IBB0979": (6, Source.RECORD),
    "IMP7068": (100, Source.RECORD),
}


def test_each_trial_goes_to_the_end_that_its_record_gives(protocol):
    own = protocol_designs(protocol, ["own"])
    (escalation,) = own.values()
    whole = protocol_plan(protocol, escalation)
    if protocol.name == "IMM27M":  # its record says nothing of an expansion
        assert protocol.stages is None
        assert whole == escalation
        return
    total, source = EXPANSIONS[protocol.name]
    *before, stage = whole.stages
    # MIL97's record has a second regimen too, with a DLT window of its own.
    assert [one.name for one in before] == ["second regimen"] * (protocol.name == "MIL97")
    assert (stage.name, stage.total) == ("expansion", total)
    assert dict(protocol.stages.values)["expansion.total"].source == source
    # MIL97's record counts the patients of the escalation among its ten.
    assert stage.escalation_patients == (protocol.name == "MIL97")


def test_imm01_alone_names_groups_and_all_else_of_them_is_assumed(protocol):
    if protocol.name != "IMM01":
        with pytest.raises(InputError, match=f"groups of {protocol.name}: got None; wanted a protocol with"):
            protocol_groups(protocol)
        return
    # "Classic Hodgkin's lymphoma, B-cell lymphoma,NK/T-cell lymphoma, AML, MDS and MM cohorts" in the record.
    assert protocol_groups(protocol).groups == (
        "classical Hodgkin lymphoma",
        "B-cell lymphoma",
        "NK/T-cell lymphoma",
        "AML",
        "MDS",
        "multiple myeloma",
    )
    sources = {place: one.source for place, one in protocol.group_expansion.values}
    assert sources.pop("groups") == Source.RECORD
    assert {*sources} == {"patients", "looks", "monitoring"}
    assert {*sources.values()} == {Source.ASSUMPTION}


def test_groups_that_cannot_be_made_are_refused_with_their_key(tmp_path):
    text = (resources.files("bayesdose.protocols") / "data" / "IMM01.toml").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(text.replace("value.spread = 1.0", "value.spread = 0.01"))
    with pytest.raises(InputError, match=r"mine.toml, key group_expansion.monitoring.spread: got 0.01"):
        load_protocol(tmp_path / "mine.toml")


def test_mil97_is_computed_to_its_end_with_two_assumptions_on_its_second_regimen():
    protocol = load_protocol("MIL97")
    assert protocol.second_regimen_odds.source == Source.ASSUMPTION
    (escalation,) = protocol_designs(protocol, ["own"]).values()
    whole = protocol_plan(protocol, escalation)
    # What the record says of both: names, doses and windows (brief summary, sentences 4 to 7).
    said = [(one.name, one.grid, one.dlt_window_days) for one in whole.grid.regimens]
    assert said == [("Q3W", protocol.grid.value, 21), ("Q2W", protocol.grid.value, 28)]
    known = builtin_scenarios(protocol.grid.value, protocol.mtd_rule.value)
    found = scenarios_to_end(protocol, whole, known)
    assert [*found] == ["Q2W odds x1 (assumed)", "Q2W odds x1.5 (assumed)"]
    for ratio, (words, scenarios) in zip((1, 1.5), found.items(), strict=True):
        for one, of_first in zip(scenarios, known, strict=True):
            assert one.name == f"{of_first.name}; {words}"
            first, second = np.array(one.prob_dlt).reshape(2, -1)
            assert np.array_equal(first, of_first.prob_dlt)
            odds = second / (1 - second) / (first / (1 - first))
            assert np.allclose(odds, ratio, rtol=1e-12)


def test_a_second_regimen_without_its_odds_is_refused():
    protocol = attrs.evolve(load_protocol("MIL97"), second_regimen_odds=None)
    (escalation,) = protocol_designs(protocol, ["own"]).values()
    known = builtin_scenarios(protocol.grid.value, protocol.mtd_rule.value)
    with pytest.raises(InputError, match="key second_regimen_odds: got None; wanted a value"):
        scenarios_to_end(protocol, protocol_plan(protocol, escalation), known)


def test_each_prior_is_the_one_that_is_stated(protocol):
    # Four statements on P(DLT) at the ends of the grid, and none that the prior could not meet.
    prior = protocol_prior(protocol)
    assert len(prior.asked) == 4
    assert prior.notes == ()
    assert protocol.prior.whole.reason
