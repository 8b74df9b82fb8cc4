"""Tables in which each value says where it comes from, or the whole table does."""

import pytest

from bayesdose.errors import InputError
from bayesdose.protocols.sourced_table import leaves, sourced_table, table_in_words
from bayesdose.sourced import Source

RECORD = {"source": "record"}


def test_a_whole_table():
    table = sourced_table({"value": {"design": "boin", "target": 0.25}, **RECORD}, "file", "design")
    assert table.plain == {"design": "boin", "target": 0.25}
    assert table.whole.source is Source.RECORD
    assert [place for place, _ in leaves("design", table)] == ["design"]


def test_values_apart():
    content = {
        "design": "accelerated_titration",
        "trigger_dlts": {"value": 1, "source": "assumption", "reason": "usual"},
        "following": {"design": "three_plus_three", "variant": {"value": "deescalation", **RECORD}},
        "stopping": {"any_of": {"value": [1, 2], **RECORD}},
    }
    table = sourced_table(content, "file", "design")
    assert table.plain == {
        "design": "accelerated_titration",
        "trigger_dlts": 1,
        "following": {"design": "three_plus_three", "variant": "deescalation"},
        "stopping": {"any_of": [1, 2]},
    }
    assert table.whole is None
    assert {place: str(one.source) for place, one in leaves("design", table)} == {
        "design.trigger_dlts": "assumption",
        "design.following.variant": "record",
        "design.stopping.any_of": "record",
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (3, "file, key design: got 3; wanted a value with its source. Write { value = ..., source ="),
        ({"value": 3, **RECORD}, "file, key design: got 3; wanted a table with its source"),
        (
            {"design": "boin", "target": 0.25},
            "file, key design.target: got 0.25; wanted a value with its source",
        ),
        ({"design": "boin", "a": {"b": 1}}, "file, key design.a.b: got 1; wanted a value with its source"),
        ({"design": "boin", "a": {"value": 1, "source": "assumption"}}, "file, key design.a, reason: got ''"),
        ({"design": "boin", "a": {"value": 1, "source": "publication"}}, "file, key design.a, citation: got"),
        (
            {"design": "boin", "a": {"value": 1, "source": "recrod"}},
            "file, key design.a.source: got 'recrod'",
        ),
        ({"design": "boin", "a": {"value": 1, "source": 7}}, "file, key design.a.source: got 7"),
        (
            {"design": "boin", "a": {**RECORD}},
            "file, key design.a.value: got None; wanted a value: the key is mis",
        ),
        (
            {"design": "boin", "a": {"value": 1, **RECORD, "x": 1}},
            "file, key design.a.x: got 'x'; wanted a known",
        ),
        (
            {"source": "not-disclosed", "value": None},
            "file, key design: got None; wanted a table with its source",
        ),
        ([], "file, key design: got []; wanted a value with its source"),
    ],
)
def test_mistakes(content, message):
    with pytest.raises(InputError) as caught:
        sourced_table(content, "file", "design")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (3, "3"),
        ([1, 2], "(1, 2)"),
        ({"design": "boin"}, "BOIN"),
        ({"design": "boin", "target": 0.25}, "BOIN with target 0.25"),
        (
            {"design": "boin", "stopping": {"rule": "PatientsAtDose", "number": 9}, "max_patients": 12},
            "BOIN with stopping (9 or more patients at the next dose), max patients 12",
        ),
        (
            {"3+3": {"design": "three_plus_three"}, "B": {"design": "boin"}},
            "3+3 (three plus three), B (BOIN)",
        ),
        (
            {"any_of": [{"rule": "PatientsInTrial", "number": 30}, {"rule": "StaysAtDose", "number": 9}]},
            "30 or more patients in the trial or the trial would stay at a dose with 9 or more patients",
        ),
        ({"rule": "OfMyOwn", "number": 1}, "of my own with number 1"),
        (
            {"prior": "NormalPrior", "sd": [2.0, 1.0], "prob_dlt": 0.25},
            "normal prior with sd (2.0, 1.0), prob DLT 0.25",
        ),
        ({}, ""),
    ],
)
def test_words(value, words):
    assert table_in_words(value) == words
