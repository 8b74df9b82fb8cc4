"""The rules of a design, one by one, and the same design without one of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import attrs

from bayesdose.designs.base import Design
from bayesdose.rules.increments import AnyLevel, IncrementsRule

__all__ = ["Part", "is_a", "joined_parts", "parts_of", "with_part"]


@dataclass(frozen=True)
class Part:
    """A rule of a design.

    Parameters
    ----------
    rule : object
        The rule.
    field : str
        Field of the design that holds it.
    path : tuple of int
        Where it stands among rules that are joined by ``&`` or ``|``: its number, then that within it, ...
    """

    rule: Any
    field: str
    path: tuple[int, ...] = ()


def is_a(value: Any, kind: Any) -> bool:
    """Whether a value is a rule of a kind; one of a user's own need not inherit from it."""
    return isinstance(value, kind)


def parts_of(design: Design) -> Iterator[Part]:
    """Every rule that a design would also work without: what stands in a field that may be None.

    Limits of increments count too. Of joined rules it is each single one.
    """
    if not attrs.has(type(design)):
        return
    for field in attrs.fields(type(design)):
        value = getattr(design, field.name)
        optional = field.default is None and attrs.has(type(value))
        if optional or (is_a(value, IncrementsRule) and not isinstance(value, AnyLevel)):
            yield from _leaves(Part(value, field.name))


def joined_parts(design: Design) -> Iterator[Part]:
    """Every rule of a design that joins others."""
    if attrs.has(type(design)):
        for field in attrs.fields(type(design)):
            yield from _joins(Part(getattr(design, field.name), field.name))


def with_part(design: Design, part: Part, rule: Any) -> Design:
    """The same design with another rule in place of a part; with none in its place where `rule` is None."""
    whole = _replaced(getattr(design, part.field), part.path, rule)
    if whole is None and is_a(getattr(design, part.field), IncrementsRule):
        whole = AnyLevel()
    return attrs.evolve(design, **{part.field: whole})  # pyright: ignore[reportArgumentType]


def _inside(part: Part) -> list[Part]:
    rules = getattr(part.rule, "rules", ())
    return [Part(rule, part.field, (*part.path, number)) for number, rule in enumerate(rules)]


def _leaves(part: Part) -> Iterator[Part]:
    inside = _inside(part)
    if not inside:
        yield part
    for one in inside:
        yield from _leaves(one)


def _joins(part: Part) -> Iterator[Part]:
    inside = _inside(part)
    if len(inside) > 1:
        yield part
    for one in inside:
        yield from _joins(one)


def _replaced(whole: Any, path: tuple[int, ...], rule: Any) -> Any:
    if not path:
        return rule
    first, *rest = path
    new = _replaced(whole.rules[first], tuple(rest), rule)
    kept = [one for one in (*whole.rules[:first], new, *whole.rules[first + 1 :]) if one is not None]
    if not kept:
        return None
    return kept[0] if len(kept) == 1 else attrs.evolve(whole, rules=tuple(kept))
