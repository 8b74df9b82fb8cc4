"""Tables as a study file has them, in which each value also says where it comes from."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bayesdose import rules
from bayesdose.checks.arguments import checked_value
from bayesdose.checks.kinds import kind_of
from bayesdose.errors import InputError
from bayesdose.grammar.structuring import Context, structured
from bayesdose.sourced import Sourced

__all__ = ["SourcedTable", "leaves", "sourced_table", "table_in_words"]

# Texts under these keys say what a table is; their source is that of what stands beside them.
_NAMES = ("design", "stage", "rule", "prior", "curve", "model")
_ABBREVIATED = {name.lower(): name for name in ("DLT", "DLTs", "MTD", "EWOC", "BOIN", "BLRM", "CRM")}
# Numbers under these keys are doses.
_DOSES = ("anticipated_mtd", "reference_dose", "second_reference_dose")
_JOINED = {"all_of": " and ", "any_of": " or "}


@checked_value
class SourcedTable:
    """A table with the source of each of its values.

    Parameters
    ----------
    plain : dict
        The table without the sources, as a study file has it.
    values : tuple of (str, Sourced)
        Its sourced values with their places below the table; the place of the whole table is "".
    """

    plain: dict[str, Any]
    values: tuple[tuple[str, Sourced], ...]

    @property
    def whole(self) -> Sourced | None:
        """The table as one sourced value; None where its values have sources of their own."""
        return dict(self.values).get("")


def sourced_table(content: Any, subject: str, place: str) -> SourcedTable:
    """A table of a protocol file, in which ``{ value = ..., source = ... }`` may stand for any value.

    Parameters
    ----------
    content : object
        What was read.
    subject, place : str
        The file and the key under which the table stands, for errors.

    Raises
    ------
    InputError
        If it is no table, or a value has no source.
    """
    plain, values = _split(content, subject, place, "")
    if not isinstance(plain, Mapping):
        raise InputError(f"{subject}, key {place}", got=plain, wanted="a table with its source")
    return SourcedTable(dict(plain), tuple(values))


def table_in_words(value: Any, unit: str = "") -> str:
    """A plain table or list in words, its doses with a unit where it is known.

    Examples
    --------
    >>> table_in_words({"design": "boin", "target": 0.25, "max_patients": 12})
    'BOIN with target 0.25, max patients 12'
    >>> table_in_words({"stopping": {"rule": "PatientsAtDose", "number": 9}})
    'stopping (9 or more patients at the next dose)'
    """
    if isinstance(value, Mapping):
        for key, between in _JOINED.items():
            if isinstance(value.get(key), list):
                return between.join(table_in_words(one, unit) for one in value[key])
        if isinstance(value.get("rule"), str):
            return _rule_in_words(value, unit)
        return _named(value, unit)
    if isinstance(value, list):
        return f"({', '.join(table_in_words(one, unit) for one in value)})"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _rule_in_words(table: Mapping[str, Any], unit: str) -> str:
    """What a rule says of itself; its name and settings where it is none of the package's."""
    kind = kind_of(getattr(rules, table["rule"], None))
    if kind is None:
        return _named(table, unit)
    return str(structured(dict(table), kind, Context(Path()), "rule"))


def _named(table: Mapping[str, Any], unit: str) -> str:
    """What a table is, and its settings."""
    kinds = (*_NAMES, "scenarios", "method")
    names = [_spelt(item) for key, item in table.items() if key in kinds and isinstance(item, str)]
    others = {key: item for key, item in table.items() if key not in kinds or not isinstance(item, str)}
    settings = ", ".join(f"{_spelt(key)} {_setting(key, item, unit)}" for key, item in others.items())
    return " with ".join(filter(None, [*names, settings]))


def _spelt(name: str) -> str:
    """A name of code as words: ``"sd_log_slope"`` as "sd log slope", ``"NormalPrior"`` as "normal prior"."""
    if re.fullmatch(r"([A-Z][a-z]+){2,}", name):
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return " ".join(_ABBREVIATED.get(word, word) for word in name.split("_"))


def _setting(key: str, value: Any, unit: str) -> str:
    """A setting's value, a table in parentheses."""
    words = table_in_words(value, unit)
    if key in _DOSES and isinstance(value, int | float):
        return f"{words} {unit}".rstrip()
    return f"({words})" if isinstance(value, Mapping) else words


def _split(content: Any, subject: str, place: str, below: str) -> tuple[Any, list[tuple[str, Sourced]]]:
    """What stands under a place without its sources, and the sourced values in it."""
    if not isinstance(content, Mapping):
        raise InputError(
            f"{subject}, key {place}",
            got=content,
            wanted="a value with its source",
            fix="Write { value = ..., source = 'record' }, or 'assumption' with a reason.",
        )
    if "source" in content:
        leaf = structured(content, Sourced[Any], Context(Path()), subject, place)
        return leaf.value, [(below, leaf)]
    plain, values = {}, []
    for key, item in content.items():
        if key in _NAMES and isinstance(item, str):
            plain[key] = item
            continue
        part, found = _split(item, subject, f"{place}.{key}", f"{below}.{key}" if below else key)
        plain[key] = part
        values += found
    return plain, values


def leaves(place: str, table: SourcedTable) -> Iterator[tuple[str, Sourced]]:
    """The sourced values of a table with their places in the protocol."""
    for below, leaf in table.values:
        yield (f"{place}.{below}" if below else place), leaf
