"""A committee's record as a file: read, written, and what is wrong with it named by key."""

import re
from pathlib import Path

import attrs
import numpy as np
import pytest
import tomli_w

import bayesdose as bd
from bayesdose.checks.arguments import hints_of
from bayesdose.dose_optimization import Counted, EvidenceAtDose, ModelRateAtMost
from bayesdose.dose_optimization.criteria import Criterion
from bayesdose.dose_optimization.record import TrialRecord
from bayesdose.errors import InputError
from bayesdose.grammar.reading import read_toml
from bayesdose.grammar.registry import members
from bayesdose.protocols import load_record, save_record
from bayesdose.record_place import numbers_by_part
from bayesdose.sourced import Source, Sourced
from bayesdose.trial import StopReason, TrialState

EXAMPLE = Path(__file__).parents[2] / "docs" / "case-studies" / "IMP7068-record.toml"
OWN = """
name = "mine"

[grid]
value = { values = [10, 20], unit = "mg" }
source = "publication"
citation = "protocol 2.0, section 5"

[criteria.safety]
decided_by = "the committee"
ground = { value = "safety", source = "publication", citation = "protocol 2.0, section 9" }

[criteria.safety.judged]
value = { criterion = "RateAtMost", endpoint = "DLT", limit = 0.3, most_risk = 0.25 }
source = "assumption"
reason = "to have one"

[criteria.exposure]
decided_by = "the committee"
ground = { value = "PK", source = "publication", citation = "protocol 2.0, section 9" }

[criteria.exposure.judged.value]
criterion = "ExposureAgainst"
endpoint = "trough"
side = "at least"
threshold = 300
unit = "ng/mL"
certainty = 0.8

[criteria.exposure.judged]
source = "publication"
citation = "protocol 2.0, section 9"

[[doses]]
dose = 10
patients = 6
measured.safety = { evaluable = 6, events = 1 }
measured.exposure = { patients = 6, geometric_mean = 200, unit = "ng/mL", cv = 0.4 }

[[doses]]
dose = 20
patients = 3
"""


@pytest.fixture
def edited(tmp_path):
    """Load a record with one text replaced."""

    def load(old="", new=""):
        assert old in OWN
        path = tmp_path / "mine.toml"
        path.write_text(OWN.replace(old, new, 1), encoding="utf-8")
        return load_record(path)

    return load


def test_a_file_of_ones_own(edited):
    record = edited()
    assert record.patients == (6, 3)
    assert [one.verdict for one in record.judgements()["safety"]] == ["not met", "not measured"]
    assert record.criteria["exposure"].is_assumed is False
    assert record.grid.origin == "publication: protocol 2.0, section 5"


def test_what_the_file_leaves_out_is_the_protocols():
    record, protocol = load_record(EXAMPLE), bd.load_protocol("IMP7068")
    assert record.criteria == protocol.dose_criteria
    assert (record.grid, record.planned_patients) == (protocol.grid, protocol.planned_patients)
    assert record.date == "2026-11-28"


@pytest.mark.parametrize("which", ["example", "own"])
def test_saved_and_read_again_it_is_the_same(which, edited, tmp_path):
    record = load_record(EXAMPLE) if which == "example" else edited()
    save_record(record, tmp_path / "again.toml")
    assert load_record(tmp_path / "again.toml") == record
    # The criteria stand in it: a changed protocol does not change a record.
    assert set(read_toml(tmp_path / "again.toml", "")["criteria"]) == set(record.criteria)


def test_a_criterion_by_a_design_with_a_model_is_saved_too(edited, tmp_path):
    record = edited()
    grid = record.grid.value
    design = bd.blrm(
        grid,
        bd.priors.weakly_informative(grid, prob_dlt=0.25, sd_logit=2, sd_log_slope=1, anticipated_mtd=20),
        target_interval=(0.16, 0.3),
        ewoc_cap=0.25,
        stop_cap=0.35,
        max_patients=12,
        tolerances=(1e-3,),
    )
    judged = Sourced(ModelRateAtMost("DLT", design, limit=0.3, most_risk=0.25), "assumption", reason="a test")
    criteria = {**record.criteria, "safety": attrs.evolve(record.criteria["safety"], judged=judged)}
    by_model = attrs.evolve(record, criteria=criteria)
    save_record(by_model, tmp_path / "again.toml")
    assert load_record(tmp_path / "again.toml") == by_model
    other = attrs.evolve(record.grid, value=bd.DoseGrid((10, 30), "mg"))
    with pytest.raises(InputError, match="safety: got '10, 20 mg'; wanted a design on the record's doses"):
        attrs.evolve(by_model, grid=other, doses=())


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("dose = 20", "dose = 30", ["got 30.0; wanted one of the grid's doses, 10, 20 mg"]),
        ("events = 1", "events = 7", ["doses[0].measured.safety", "events: got 7; wanted at most", "is 6"]),
        ("geometric_mean = 200", "geometric_mean = -2", ["measured.exposure.geometric_mean: got -2; wanted"]),
        (
            '200, unit = "ng/mL"',
            "200",
            ["doses[0].measured.exposure.unit: got None; wanted a value"],
        ),
        ('200, unit = "ng/mL"', '200, unit = "mg/L"', ["got 'mg/L'; wanted the criterion's unit, 'ng/mL'"]),
        ("measured.safety", "measured.saftey", ["doses[0].measured.saftey", "Did you mean 'safety'?"]),
        ("evaluable = 6", "evalable = 6", ["key doses[0].measured.safety.evalable", "'evaluable'?"]),
        ("patients = 6\n", "patients = 5\n", ["doses[0]", "got '6 patients'; wanted at most those"]),
        ("patients = 3\n", "", ["key doses[1].patients: got None; wanted a value"]),
        ('source = "assumption"\n', "", ["key criteria.safety.judged.source: got None; wanted a value"]),
        ('reason = "to have one"', "", ["key criteria.safety.judged", "the reason for an assumption"]),
        (
            'source = "assumption"',
            'source = "hearsay"',
            ["judged.source: got 'hearsay'; wanted one of"],
        ),
        ('"RateAtMost"', '"RateAtMots"', ["criteria.safety.judged.value.criterion", "'RateAtMost'?"]),
        ("limit = 0.3", "limt = 0.3", ["key criteria.safety.judged.value.limt", "'limit'?"]),
        ("limit = 0.3", "limit = 30", ["key criteria.safety.judged.value", "limit", "got 30"]),
        ('name = "mine"', 'nmae = "mine"', ["key nmae", "'name'?"]),
        ("dose = 20", 'dose = "20"', ["key doses[1].dose: got '20'; wanted a number"]),
        ("measured.safety = {", "safety = {", ["key doses[0].safety"]),
        ("measured.safety = { evaluable = 6, events = 1 }", "measured.safety = 1", ["got 1; wanted a table"]),
        ('name = "mine"', 'name = "mine"\nchoice = { doses = [15], by = "me" }', ["got 15.0; wanted one of"]),
        ('name = "mine"', 'name = "mine"\ndate = 12', ["key date: got 12; wanted a text"]),
        ('name = "mine"', 'name = "mine"\ndoses = 12', ["TOML"]),
    ],
)
def test_mistakes_are_named_by_file_and_key(edited, old, new, parts):
    with pytest.raises(InputError) as caught:
        edited(old, new)
    for part in ["mine.toml", *parts]:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ({"name": "mine"}, "key grid: got None"),
        ({"name": "mine", "protocol": "MIL97", "doses": []}, "at least one criterion"),
        ({"name": "mine", "protocol": "MIL79"}, "Did you mean 'MIL97'?"),
        ({"name": "mine", "protocol": "none.toml"}, "none.toml"),
        ({"name": "mine", "protocol": "IMP7068"}, "key doses: got None"),
        ({"name": "mine", "protocol": "IMP7068", "doses": 3}, "key doses: got 3; wanted a list"),
        ({"name": "mine", "protocol": "IMP7068", "doses": ["x"]}, "key doses[0]: got 'x'; wanted a table"),
        ({"name": "mine", "protocol": 7, "doses": []}, "key protocol: got 7; wanted a text"),
    ],
)
def test_records_that_lack_something(tmp_path, content, part):
    path = tmp_path / "mine.toml"
    path.write_text(tomli_w.dumps(content), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_record(path)
    assert part in str(caught.value)


def test_the_page_shows_a_file_that_can_be_read_and_describes_every_key(tmp_path):
    page = (EXAMPLE.parents[1] / "recommended-dose.md").read_text(encoding="utf-8")
    path = tmp_path / "record.toml"
    path.write_text(re.search(r"```toml\n(name = .*?)```", page, re.DOTALL)[1], encoding="utf-8")
    record = load_record(path)
    assert {name: [one.verdict for one in row] for name, row in record.judgements().items()} == {
        "safety": ["met", "met", "not measured"],
        "exposure": ["not met", "not measured", "not measured"],
    }
    first_cells = " ".join(re.findall(r"^\| (`[^|]*`) \|", page, re.MULTILINE))
    named = set(re.findall(r"`(\w+)`", first_cells))
    assert named >= set(hints_of(TrialRecord)) | set(members(Criterion))


def test_a_day_may_be_a_day_or_a_text(edited):
    for day in ("2026-11-28", '"2026-11-28"'):
        assert edited('name = "mine"', f'name = "mine"\ndate = {day}').date == "2026-11-28"


def test_the_six_grounds_of_imp7068_are_its_records_and_no_threshold_is():
    criteria = bd.load_protocol("IMP7068").dose_criteria
    # The registry record, primary outcome, entry 3: "selected by the safety monitoring committee (SMC) based
    # on pharmacokinetics, target saturation at steady state, pharmacodynamics, safety, tolerability and
    # preliminary anti-tumor effects of the dose range studied".
    assert {one.ground.value for one in criteria.values()} == {
        "pharmacokinetics",
        "target saturation at steady state",
        "pharmacodynamics",
        "safety",
        "tolerability",
        "preliminary anti-tumour effects of the dose range studied",
    }
    for one in criteria.values():
        assert one.ground.source == Source.RECORD
        assert numbers_by_part(one.ground.place) == (("primary outcome", (3,)),)
        assert one.decided_by == "safety monitoring committee"
        assert one.is_assumed


def test_the_example_has_the_dlts_of_a_simulated_trial_and_says_what_was_invented():
    protocol, record = bd.load_protocol("IMP7068"), load_record(EXAMPLE)
    (design,) = bd.protocol_designs(protocol, ["own"]).values()
    prob_dlt, rng = np.array([0.02, 0.04, 0.08, 0.15, 0.24, 0.40]), np.random.default_rng(7079)
    counts, cohort = np.zeros((1, 6, 2), dtype=int), design.first_cohort()
    while cohort.reason(0) == StopReason.GOES_ON:
        (level,), (size,) = cohort.level, cohort.size
        dlts = (rng.random(size) < prob_dlt[level]).sum()
        counts[0, level] += size - dlts, dlts
        state = TrialState(counts, cohort.level, cohort.phase)
        cohort = design.next_cohort(state)
    assert [one.measured["safety"] for one in record.doses] == [
        Counted(int(row.sum()), int(row[1])) for row in counts[0]
    ]
    assert list(record.patients) == counts[0].sum(axis=1).tolist()
    # The record of the trial plans about 60 to 100 patients for part 1.
    assert 60 <= record.num_patients <= 100
    assert record.grid.value.labels[design.recommend(state)[0]] == "250"
    assert "would recommend 250 mg" in record.notes[0]
    assert record.invented.startswith("No patient of IMP7068.")
    assert record.meeting_all() == (3, 4)


def test_a_dose_without_measurements_is_none_that_meets(edited):
    record = attrs.evolve(edited(), doses=(EvidenceAtDose(10, 0),))
    assert record.meeting_all() == ()
    assert record.words["10 mg"] == "not given"
