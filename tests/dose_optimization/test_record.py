"""A committee's record says what each dose meets, and recommends nothing."""

import attrs
import pytest

import bayesdose as bd
from bayesdose.dose_optimization import (
    CommitteeChoice,
    Counted,
    DoseCriterion,
    EvidenceAtDose,
    Exposure,
    ExposureAgainst,
    RateAtMost,
    TrialRecord,
    Verdict,
)
from bayesdose.errors import InputError
from bayesdose.sourced import Sourced

SOURCE = {"source": "assumption", "reason": "to have one in this test"}
GRID = Sourced(bd.DoseGrid((10, 20, 40), "mg"), "publication", citation="a protocol")


def criterion(ground, judged):
    return DoseCriterion(Sourced(ground, "record", place="title"), "the committee", Sourced(judged, **SOURCE))


CRITERIA = {
    "safety": criterion("safety", RateAtMost("DLT", 0.3, 0.25)),
    "exposure": criterion("PK", ExposureAgainst("trough", "at least", 300, "ng/mL", 0.8)),
}


@pytest.fixture
def record():
    exposed = Exposure(6, 900, "ng/mL", cv=0.3)
    return TrialRecord(
        "a trial",
        GRID,
        CRITERIA,
        (
            EvidenceAtDose(10, 6, {"safety": Counted(6, 0)}),
            EvidenceAtDose(20, 6, {"safety": Counted(6, 0), "exposure": exposed}),
        ),
    )


def test_a_dose_meets_all_only_if_all_was_measured(record):
    assert record.patients == (6, 6, 0)
    assert record.num_patients == 12
    assert record.meeting_all() == (1,)
    assert {name: one.verdict for name, one in record.missed(0).items()} == {"exposure": "not measured"}
    assert set(record.missed(2)) == {"safety", "exposure"}
    assert record.words == {
        "Record": "a trial",
        "ASSUMED": "threshold of safety, threshold of exposure",
        "10 mg": "6 patients: exposure not measured",
        "20 mg": "6 patients: meets every criterion",
        "40 mg": "not given",
    }


def test_every_dose_has_an_answer_of_every_criterion(record):
    verdicts = {name: [one.verdict for one in row] for name, row in record.judgements().items()}
    assert verdicts == {
        "safety": ["met", "met", "not measured"],
        "exposure": ["not measured", "met", "not measured"],
    }
    assert {*Verdict} == {"met", "not met", "not enough data", "not measured"}


def test_the_choice_is_the_committees_and_changes_no_answer(record):
    chosen = attrs.evolve(record, choice=CommitteeChoice((40,), "the committee", "It says so"))
    assert chosen.choice_in_words == "40 mg, by the committee. It says so"
    assert record.choice_in_words == "no choice is recorded"
    assert chosen.meeting_all() == record.meeting_all()
    assert not [name for name in dir(record) if "recommend" in name]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"doses": (EvidenceAtDose(15, 3),)}, "dose: got 15.0; wanted one of the grid's doses"),
        ({"doses": (EvidenceAtDose(20, 3), EvidenceAtDose(10, 3))}, "each dose once, the lowest first"),
        ({"doses": (EvidenceAtDose(20, 3), EvidenceAtDose(20, 3))}, "each dose once, the lowest first"),
        (
            {"doses": (EvidenceAtDose(10, 3, {"saftey": Counted(3, 0)}),)},
            "doses[0].measured.saftey: got 'saftey'; wanted one of safety, exposure. Did you mean 'safety'?",
        ),
        (
            {"doses": (EvidenceAtDose(10, 3, {"exposure": Counted(3, 0)}),)},
            "doses[0].measured.exposure: got 'Counted'; wanted what this criterion judges, Exposure",
        ),
        (
            {"doses": (EvidenceAtDose(10, 3, {"exposure": Exposure(3, 9, "ug/mL", cv=0.3)}),)},
            "doses[0].measured.exposure: got 'ug/mL'; wanted the criterion's unit, 'ng/mL'",
        ),
        ({"choice": CommitteeChoice((15,), "the committee")}, "got 15.0; wanted one of the grid's doses"),
        ({"date": "28.11.2026"}, "date: got '28.11.2026'; wanted a day such as 2026-11-28"),
        ({"criteria": {}}, "at least one criterion"),
        ({"grid": Sourced(None, "not-disclosed")}, "grid: got 'not-disclosed'; wanted the doses"),
    ],
)
def test_what_does_not_fit_together_is_refused(record, changed, said):
    with pytest.raises(InputError) as caught:
        attrs.evolve(record, **changed)
    assert said in str(caught.value)


def test_more_measured_than_treated_is_refused():
    with pytest.raises(InputError, match=r"measured, safety: got '6 patients'; wanted at most .* at 10, 3"):
        EvidenceAtDose(10, 3, {"safety": Counted(6, 0)})


def test_a_criterion_has_a_value_and_a_source():
    ground = Sourced("safety", "record", place="title")
    with pytest.raises(InputError, match="judged: got 'not-disclosed'; wanted a value"):
        DoseCriterion(ground, "the committee", Sourced(None, "not-disclosed"))
    with pytest.raises(InputError, match="reason for an assumption"):
        Sourced(RateAtMost("DLT", 0.3, 0.25), "assumption")
    with pytest.raises(InputError, match="DoseCriterion, judged: got RateAtMost"):
        DoseCriterion(ground, "the committee", RateAtMost("DLT", 0.3, 0.25))


@pytest.mark.parametrize("doses", [(), (10, 10)])
def test_a_choice_names_doses_once(doses):
    with pytest.raises(InputError, match="at least one, each named once"):
        CommitteeChoice(doses, "the committee")
