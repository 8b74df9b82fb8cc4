"""A value together with where it comes from."""

from enum import StrEnum
from typing import Any

import attrs

from bayesdose.checks.arguments import checked_value
from bayesdose.errors import InputError
from bayesdose.record_place import numbers_by_part

__all__ = ["Source", "Sourced"]


class Source(StrEnum):
    """Where a value comes from."""

    RECORD = "record"
    PUBLICATION = "publication"
    ASSUMPTION = "assumption"
    NOT_DISCLOSED = "not-disclosed"


def _has_a_value_where_there_is_a_source(sourced: Any, attribute: attrs.Attribute, source: Source) -> None:
    if source == Source.NOT_DISCLOSED and sourced.value is not None:
        raise InputError(
            "value",
            got=sourced.value,
            wanted="no value where the source is 'not-disclosed'",
            fix="Name the value's source, or make it an assumption with a reason.",
        )
    if source != Source.NOT_DISCLOSED and sourced.value is None:
        raise InputError("value", got=None, wanted=f"a value where the source is '{source}'")


def _cites_a_publication(sourced: Any, attribute: attrs.Attribute, citation: str) -> None:
    if sourced.source == Source.PUBLICATION and not citation.strip():
        raise InputError("citation", got=citation, wanted="the publication that gives the value")


def _gives_a_reason_for_an_assumption(sourced: Any, attribute: attrs.Attribute, reason: str) -> None:
    if sourced.source == Source.ASSUMPTION and not reason.strip():
        raise InputError("reason", got=reason, wanted="the reason for an assumption, in words")


def _is_a_place_in_the_record(sourced: Any, attribute: attrs.Attribute, place: str) -> None:
    if not place:
        return
    if sourced.source != Source.RECORD:
        raise InputError("place", got=place, wanted=f"no place where the source is '{sourced.source}'")
    numbers_by_part(place)


@checked_value
class Sourced[T]:
    """A value with its source, so that an assumption cannot pass for a fact.

    Parameters
    ----------
    value : T
        The value; None exactly where the source is ``"not-disclosed"``.
    source : Source
        ``"record"`` (the trial's registry record), ``"publication"``, ``"assumption"`` or
        ``"not-disclosed"``.
    citation : str, optional
        The publication; required where the source is one.
    reason : str, optional
        Why this value; required for an assumption.
    place : str, optional
        Which part of the record gives the value, and which sentence or entry of that part, such as
        ``"detailed description, sentence 3"``; several places are separated by ``"; "``.

    Raises
    ------
    InputError
        If the source is unknown or lacks what it requires, or the place is none in a record.

    Examples
    --------
    >>> Sourced(21.0, "assumption", reason="the cycle length").value
    21.0
    """

    value: T
    source: Source = attrs.field(validator=_has_a_value_where_there_is_a_source)
    citation: str = attrs.field(default="", validator=_cites_a_publication)
    reason: str = attrs.field(default="", validator=_gives_a_reason_for_an_assumption)
    place: str = attrs.field(default="", validator=_is_a_place_in_the_record)

    @property
    def origin(self) -> str:
        """Where the value comes from, in words for a reader: the place, the citation or the reason.

        Examples
        --------
        >>> Sourced(2, "record", place="brief summary, sentence 3").origin
        'record: brief summary, sentence 3'
        """
        if self.source == Source.ASSUMPTION:
            return self.reason
        return ": ".join(filter(None, (str(self.source), self.place, self.citation)))
