"""A source demands what it needs to be believed."""

import pytest

from bayesdose.errors import InputError
from bayesdose.protocols.sourced import Source, Sourced


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
