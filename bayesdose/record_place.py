"""The place in a registry record on which a value rests, as a text that a reader can follow."""

import re
from itertools import pairwise

from bayesdose.errors import InputError

__all__ = ["PARTS", "numbers_by_part"]

PARTS = (
    "title",
    "brief summary",
    "condition",
    "intervention",
    "primary outcome",
    "secondary outcome",
    "detailed description",
    "eligibility",
    "arms",
    "design info",
)
_NUMBER = r"[1-9]\d{0,2}"
_RANGE = rf"{_NUMBER}(?: to {_NUMBER})?"
# "5", "1 and 2", "3 to 5", "1, 3 to 5 and 8"
_NUMBERS = rf"{_RANGE}(?:, {_RANGE})*(?: and {_RANGE})?"
_PLACE = re.compile(
    rf"({'|'.join(PARTS)})(?:, (?:sentence|entry) ({_NUMBER})|, (?:sentences|entries) ({_NUMBERS}))?"
)


def numbers_by_part(place: str) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The parts that a place names, each with the numbers of its sentences (of its entries, if it is a list).

    Raises
    ------
    InputError
        If the text is no place.

    Examples
    --------
    >>> numbers_by_part("title; secondary outcome, entries 2 to 4 and 7")
    (('title', ()), ('secondary outcome', (2, 3, 4, 7)))
    """
    matches = [_PLACE.fullmatch(one) for one in place.split("; ")]
    found = tuple((match[1], _listed(match[2] or match[3] or "")) for match in matches if match)
    if len(found) < len(matches) or not all(
        low < high for _, numbers in found for low, high in pairwise(numbers)
    ):
        raise InputError(
            "place",
            got=place,
            wanted="a part of the record and its sentence or entry, as 'detailed description, sentence 3' or "
            "'title; secondary outcome, entries 1 to 3'",
            fix=f"The parts are {', '.join(PARTS)}.",
        )
    return found


def _listed(text: str) -> tuple[int, ...]:
    """The numbers of a list in words."""
    ends = [one.split(" to ") for one in re.split(r", | and ", text) if one]
    # A range that falls is kept as it is written, to be refused.
    return tuple(
        number
        for one in ends
        for number in (range(int(one[0]), int(one[-1]) + 1) or (int(one[0]), int(one[-1])))
    )
