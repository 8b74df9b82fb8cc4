"""A value together with where it comes from."""

from dataclasses import dataclass
from enum import StrEnum

from bayesdose.errors import InputError

__all__ = ["Source", "Sourced"]


class Source(StrEnum):
    """Where a value comes from."""

    RECORD = "record"
    PUBLICATION = "publication"
    ASSUMPTION = "assumption"
    NOT_DISCLOSED = "not-disclosed"


@dataclass(frozen=True)
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
    >>> Sourced(21.0, Source.ASSUMPTION, reason="the cycle length").value
    21.0
    """

    value: T
    source: Source
    citation: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if self.source not in list(Source):
            raise InputError("source", got=self.source, wanted=f"one of {', '.join(Source)}")
        object.__setattr__(self, "source", Source(self.source))
        if self.source == Source.NOT_DISCLOSED and self.value is not None:
            raise InputError(
                "value",
                got=self.value,
                wanted="no value where the source is 'not-disclosed'",
                fix="Name the value's source, or make it an assumption with a reason.",
            )
        if self.source != Source.NOT_DISCLOSED and self.value is None:
            raise InputError("value", got=None, wanted=f"a value where the source is '{self.source}'")
        if self.source == Source.ASSUMPTION and not self.reason.strip():
            raise InputError("reason", got=self.reason, wanted="the reason for an assumption, in words")
        if self.source == Source.PUBLICATION and not self.citation.strip():
            raise InputError("citation", got=self.citation, wanted="the publication that gives the value")
