"""A value together with where it comes from."""

from enum import StrEnum
from typing import Any

import attrs

from bayesdose.checks.arguments import checked_value
from bayesdose.errors import InputError

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

    Raises
    ------
    InputError
        If the source is unknown or lacks what it requires.

    Examples
    --------
    >>> Sourced(21.0, "assumption", reason="the cycle length").value
    21.0
    """

    value: T
    source: Source = attrs.field(validator=_has_a_value_where_there_is_a_source)
    citation: str = attrs.field(default="", validator=_cites_a_publication)
    reason: str = attrs.field(default="", validator=_gives_a_reason_for_an_assumption)
