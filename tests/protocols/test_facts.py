"""A protocol's values in words, with units and where they come from."""

import pytest

import bayesdose as bd
from bayesdose.errors import InputError
from bayesdose.protocols.facts import protocol_facts
from bayesdose.sourced import Source


def facts(name, *sources):
    return {fact.path: fact for fact in protocol_facts(bd.load_protocol(name), sources or tuple(Source))}


def test_numbers_have_their_units_and_regimens_their_names():
    found = facts("MIL97")
    # As the registry record has them.
    assert [str(found[path]) for path in ("grid", "start_dose", "regimens[1].dlt_window_days")] == [
        "doses: 0.01, 0.03, 0.1, 0.2, 0.3, 0.45 mg/kg (record: brief summary, sentence 4)",
        "start dose: 0.01 mg/kg (record: brief summary, sentence 4)",
        "Q2W, DLT window: 28 days (record: brief summary, sentence 7)",
    ]
    assert facts("IMP7068")["start_dose"].words == "25 mg"
    # The record's own number, a total of 10 in each expanded cohort, and what the protocol's file assumes.
    stages = {
        path: found[f"stages.expansion.{path}"].words for path in ("total", "escalation_patients", "looks")
    }
    assert stages == {"total": "10 patients", "escalation_patients": "yes", "looks": "after each patient"}
    assert found["design.single_patient_levels"].words == "2 levels"
    assert found["design.trigger_dlts"].words == "1 DLT"
    assert "anticipated MTD 0.2 mg/kg)" in found["other_priors"].words
    assert facts("IMM01")["stages.expansion.looks"].words == "after every 20 patients"


@pytest.mark.parametrize("name", bd.protocols.protocol_names())
def test_every_value_once_in_words(name):
    found = facts(name)
    sourced = dict(bd.load_protocol(name).sourced())
    assert list(found) == list(sourced)
    for path, fact in found.items():
        assert fact.source == sourced[path].source
        assert fact.words
        assert fact.origin
        assert not {"[", "_", "."} & set(fact.name)
    assert {fact.words for fact in found.values() if fact.source == "not-disclosed"} <= {"not disclosed"}


def test_only_what_is_asked_for():
    assert list(facts("IMM01", "not-disclosed")) == ["planned_patients"]
    assert set(facts("IMM27M", "record", "publication")) == set(facts("IMM27M", "record")) | {"compound"}
    assert facts("MIL97", "publication") == {}
    with pytest.raises(InputError, match="hearsay"):
        facts("MIL97", "hearsay")
