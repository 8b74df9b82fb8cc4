"""From what a file says to values, with every mistake at its key."""

import datetime
from pathlib import Path
from typing import Annotated, Any

import annotated_types as at
import pytest

import bayesdose as bd
from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Probability
from bayesdose.designs.base import Design
from bayesdose.designs.model_based import ModelBased
from bayesdose.errors import InputError
from bayesdose.grammar.structuring import Context, structured
from bayesdose.models.prior import Prior
from bayesdose.rules.mtd import MTDRule
from bayesdose.rules.stopping import StoppingRule

GRID = bd.DoseGrid((1, 3, 10), "mg")
HERE = Context(Path("folder"), {"grid": GRID})


@checked_value
class Part:
    rule: MTDRule
    weight: Probability = 1.0


@checked_value
class Whole:
    parts: tuple[Part, ...]
    some: Annotated[tuple[Part, ...], at.MinLen(1)] | None = None
    either: int | Part = 1
    file: str | Path = "none"
    named: dict[str, Part] | None = None
    pair: tuple[float, Part] | None = None


@checked_value
class Held[T]:
    value: T | None


RULE = {"rule": "ClosestTo", "target": 0.25}
CLOSEST = bd.rules.ClosestTo(0.25)


@pytest.mark.parametrize(
    ("content", "hint", "value"),
    [
        (3, float, 3.0),
        ([1, 2], tuple[float, ...], (1.0, 2.0)),
        (RULE, MTDRule, CLOSEST),
        ({"rule": RULE, "weight": 1}, Part, Part(CLOSEST, 1.0)),
        ({"parts": [{"rule": RULE}]}, Whole, Whole((Part(CLOSEST),))),
        ({"parts": [], "some": [{"rule": RULE}]}, Whole, Whole((), (Part(CLOSEST),))),
        ({"parts": [], "either": {"rule": RULE}}, Whole, Whole((), either=Part(CLOSEST))),
        ({"parts": [], "either": 2}, Whole, Whole((), either=2)),
        ({"parts": [], "file": "a.csv"}, Whole, Whole((), file=Path("folder/a.csv"))),
        ({"parts": [], "named": {"a": {"rule": RULE}}}, Whole, Whole((), named={"a": Part(CLOSEST)})),
        ({"parts": [], "pair": [1, {"rule": RULE}]}, Whole, Whole((), pair=(1.0, Part(CLOSEST)))),
        ({"parts": [], "some": "none"}, Whole, Whole(())),
        # What a loader puts where a value is not disclosed.
        ({"value": None}, Held[MTDRule], Held(None)),
        ({"value": RULE}, Held[MTDRule], Held(CLOSEST)),
        ({"value": 1}, Held[float], Held(1.0)),
        ({"anything": [1]}, Any, {"anything": [1]}),
        ({"values": [1, 3, 10], "unit": "mg"}, bd.DoseGrid, GRID),
        (
            {"design": "three_plus_three", "variant": "deescalation"},
            Design,
            bd.three_plus_three(GRID, "deescalation"),
        ),
    ],
    ids=lambda one: type(one).__name__,
)
def test_values(content, hint, value):
    found = structured(content, hint, HERE, "file")
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("content", "hint", "message"),
    [
        ("3", float, "file: got '3'; wanted a number."),
        (RULE | {"target": 2}, MTDRule, "file, key target: got 2; wanted"),
        (RULE | {"taget": 2}, MTDRule, "file, key taget: got 'taget'; wanted a known key, one of target, "),
        (
            {"rule": "ClosetTo"},
            MTDRule,
            "file, key rule: got 'ClosetTo'; wanted one of ClosestTo, HighestBelow.",
        ),
        ({"rule": "ClosestTo"}, MTDRule, "file, key target: got None; wanted a value: the key is missing."),
        (
            {"target": 0.25},
            MTDRule,
            "file: got {'target': 0.25}; wanted a table with the key rule, one of Clo",
        ),
        ({"rule": 3}, MTDRule, "wanted a table with the key rule, one of ClosestTo, HighestBelow."),
        ("ClosestTo", MTDRule, "file: got 'ClosestTo'; wanted a table with the key rule"),
        ({"rule": "EWOC", "bound": 0.3, "cap": 0.25}, MTDRule, "file, key rule: got 'EWOC'; wanted one of"),
        ({"parts": [{"rule": RULE}, {"rule": 1}]}, Whole, "file, key parts[1].rule: got 1; wanted a table"),
        (
            {"parts": [{"rule": RULE | {"target": "a"}}]},
            Whole,
            "file, key parts[0].rule.target: got 'a'; wanted",
        ),
        ({"parts": {"rule": RULE}}, Whole, "file, key parts: got {"),
        ({"parts": [], "some": []}, Whole, "file, key some: got []; wanted"),
        ({"parts": [], "pair": [1]}, Whole, "file, key pair: got [1]; wanted 2 values"),
        ({"parts": [], "either": {"rule": {"rule": "X"}}}, Whole, "file, key either.rule.rule: got 'X'"),
        (
            {"parts": [], "named": {"a": 1}},
            Whole,
            "file, key named.a: got 1; wanted a table with the keys rule, ",
        ),
        ({"parts": 1}, Whole, "file, key parts: got 1; wanted a list"),
        ({"value": 1}, Held[Part], "file, key value: got 1; wanted a table with the keys rule, weight."),
        ({"value": "x"}, Held[MTDRule], "file, key value: got 'x'; wanted a table with the key rule, one of"),
        (1, Part, "file: got 1; wanted a table with the keys rule, weight."),
        ({}, Part, "file, key rule: got None; wanted a value: the key is missing."),
        (datetime.date(2026, 1, 2), float, "file: got datetime.date(2026, 1, 2); wanted a number."),
        ({"values": [3, 1], "unit": "mg"}, bd.DoseGrid, "file"),
        ({"design": "boin", "target": 0.25}, Design, "file, key max_patients: got None; wanted a value"),
        ({"design": "three_plus_three", "variant": "x"}, Design, "file, key variant: got 'x'; wanted"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_mistakes_are_at_their_key(content, hint, message):
    with pytest.raises(InputError) as caught:
        structured(content, hint, HERE, "file")
    assert str(caught.value).startswith(message) or message in str(caught.value)


def stays(number):
    return {"rule": "StaysAtDose", "number": number}


def test_joined_rules():
    found = structured({"any_of": [stays(6), {"all_of": [stays(3), stays(4)]}]}, StoppingRule, HERE, "file")
    rules = bd.rules.StaysAtDose
    assert found == rules(6) | (rules(3) & rules(4))
    # One alone is itself, as a file may say.
    assert structured({"any_of": [stays(6)]}, StoppingRule, HERE, "file") == rules(6)
    for content, message in [
        ({"any_of": []}, "file: got {'any_of': []}; wanted a table with the key rule"),
        ({"any_of": stays(6)}, "wanted a table with the key rule"),
        ({"any_of": [stays(6)], "all_of": [stays(6)]}, "wanted a table with the key rule"),
        ({"any_of": [stays(6), stays("a")]}, "file, key any_of[1].number: got 'a'; wanted"),
    ]:
        with pytest.raises(InputError) as caught:
            structured(content, StoppingRule, HERE, "file")
        assert message in str(caught.value)
    with pytest.raises(InputError, match="file: got .*; wanted one MTDRule, because those are not combined"):
        structured({"any_of": [RULE, RULE]}, MTDRule, HERE, "file")


def test_what_is_given_is_not_repeated_and_can_be_overruled():
    other = {"values": [1, 2], "unit": "g"}
    table = {"design": "three_plus_three", "variant": "deescalation", "grid": other}
    assert structured(table, Design, HERE, "file").grid == bd.DoseGrid((1, 2), "g")
    # A function is called where its value is needed, and only there.
    made = []

    def start_level():
        made.append(1)
        return 2

    context = Context(Path(), {"grid": GRID, "start_level": start_level})
    plain = {"design": "three_plus_three", "variant": "deescalation"}
    assert structured(plain | {"start_level": 1}, Design, context, "file").start_level == 1
    assert made == []
    assert structured(plain, Design, context, "file").start_level == 2
    assert made == [1]
    with pytest.raises(InputError, match="file, key grid: got None; wanted a value: the key is missing"):
        structured(plain, Design, Context(Path()), "file")


QUICK = {
    "design": "blrm",
    "target_interval": [0.16, 0.33],
    "ewoc_cap": 0.25,
    "max_patients": 6,
    "prior": {"prior": "NormalPrior", "mean": [-1, 0], "sd": [1, 1], "reference_dose": 10},
}


def test_what_is_spared_is_checked_and_not_made():
    spared = Context(Path(), {"grid": GRID}, spared=(ModelBased, Prior))
    titration = {"design": "accelerated_titration", "following": QUICK, "trigger_dlts": 1}
    for table in (QUICK, titration):
        # No table was made: that would take seconds, and the value would be a design.
        assert not isinstance(structured(table, Design, spared, "file"), Design)
    for wrong, key in [
        (QUICK | {"ewoc_cap": "a"}, "ewoc_cap"),
        (QUICK | {"prior": QUICK["prior"] | {"sd": [1]}}, "prior.sd"),
        (titration | {"following": QUICK | {"max_patient": 3}}, "following.max_patient"),
        (titration | {"trigger_dlts": "a"}, "trigger_dlts"),
    ]:
        with pytest.raises(InputError, match=f"file, key {key}: got"):
            structured(wrong, Design, spared, "file")


def test_tables_that_are_nested_too_deep():
    table = {"design": "three_plus_three", "variant": "deescalation"}
    for _ in range(600):
        table = {"design": "accelerated_titration", "following": table, "trigger_dlts": 1}
    rules = {"rule": "StaysAtDose", "number": 6}
    for _ in range(100):
        rules = {"any_of": [rules]}
    for content, hint in ((table, Design), (rules, StoppingRule)):
        with pytest.raises(
            InputError, match="file: got 'tables or lists nested too deep'; wanted at most 30"
        ):
            structured(content, hint, HERE, "file")


def test_a_member_of_a_kind_is_named_too():
    table = {"prior": "NormalPrior", "mean": [-1, 0], "sd": [1, 1], "reference_dose": 10}
    normal = bd.priors.NormalPrior((-1, 0), (1, 1), 10)
    assert structured(table, bd.priors.NormalPrior, HERE, "file") == normal
    mixture = {
        "prior": "NormalMixture",
        "weights": [0.5, 0.5],
        "components": [table, table | {"mean": [0, 0]}],
    }
    with pytest.raises(InputError, match="file: got .*; wanted a NormalPrior"):
        structured(mixture, bd.priors.NormalPrior, HERE, "file")
    del table["prior"]
    with pytest.raises(InputError, match="file: got .*; wanted a table with the key prior, one of "):
        structured(table, bd.priors.NormalPrior, HERE, "file")
