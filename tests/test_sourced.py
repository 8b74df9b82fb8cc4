"""A source demands what it needs to be believed."""

import pytest

from bayesdose.errors import InputError
from bayesdose.record_place import numbers_by_part
from bayesdose.sourced import Source, Sourced


@pytest.mark.parametrize(
    ("value", "source", "words", "named"),
    [
        (1, "assumption", {}, "reason"),
        (1, "assumption", {"reason": "  "}, "reason"),
        (1, "publication", {"reason": "read it"}, "citation"),
        (1, "not-disclosed", {}, "no value"),
        (None, "record", {}, "a value"),
        (None, "assumption", {"reason": "none needed"}, "a value"),
        (1, "hearsay", {}, "not-disclosed"),
    ],
)
def test_source_without_what_it_requires_is_refused(value, source, words, named):
    with pytest.raises(InputError, match=named):
        Sourced(value, source, **words)


def test_complete_sources_are_accepted():
    assert Sourced(None, Source.NOT_DISCLOSED).value is None
    assert Sourced(1, Source.ASSUMPTION, reason="a guess").value == 1
    assert Sourced(1, Source.PUBLICATION, citation="a paper").value == 1
    assert Sourced(1, Source.RECORD).value == 1


@pytest.mark.parametrize(
    ("place", "parts"),
    [
        ("title", (("title", ()),)),
        ("detailed description, sentence 12", (("detailed description", (12,)),)),
        (
            "brief summary, sentences 1 and 3; condition",
            (("brief summary", (1, 3)), ("condition", ())),
        ),
        (
            "primary outcome, entry 2; secondary outcome, entries 1, 3 to 5 and 9",
            (("primary outcome", (2,)), ("secondary outcome", (1, 3, 4, 5, 9))),
        ),
        ("eligibility, entry 1; arms, entries 1 to 2; design info", None),
    ],
)
def test_places_in_the_record(place, parts):
    assert Sourced(1, "record", place=place).origin == f"record: {place}"
    assert parts is None or numbers_by_part(place) == parts


@pytest.mark.parametrize(
    "place",
    [
        "somewhere",
        "Title",
        " ",
        "title;",
        "title; ",
        "detailed description 3",
        "detailed description, sentence three",
        "detailed description, sentence 0",
        "detailed description, sentence 1000",
        "detailed description, sentence 1 and 2",
        "detailed description, sentences 2 and 1",
        "detailed description, sentences 3 to 1",
        "detailed description, sentences 1 and 1",
        "detailed description, sentences 1 to 3 and 2",
        "detailed description, sentences 1,2",
        "detailed description, sentence 1, title",
    ],
)
def test_what_is_no_place_is_refused_with_an_example_and_the_parts(place):
    with pytest.raises(InputError) as caught:
        Sourced(1, "record", place=place)
    for part in [
        f"place: got {place!r}",
        "as 'detailed description, sentence 3'",
        "The parts are title, brief",
    ]:
        assert part in str(caught.value)


def test_only_a_record_has_places():
    others = {"assumption": {"reason": "a guess"}, "publication": {"citation": "a paper"}}
    for source, words in others.items():
        wanted = f"place: got 'title'; wanted no place where the source is '{source}'"
        with pytest.raises(InputError, match=wanted):
            Sourced(1, source, place="title", **words)


def test_origin_is_the_place_the_citation_or_the_reason():
    assert Sourced(None, "not-disclosed").origin == "not-disclosed"
    assert Sourced(1, "publication", citation="a paper").origin == "publication: a paper"
    assert Sourced(1, "assumption", reason="a guess").origin == "a guess"
    assert Sourced(1, "record").origin == "record"
