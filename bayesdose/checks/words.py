"""What a declared type accepts, in words for an error message."""

import collections.abc as abc
import inspect
from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAliasType, Union, get_args, get_origin

import annotated_types as at
import numpy as np

__all__ = ["words_for"]

_PLAIN = {
    bool: ("True or False", "truth values"),
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    str: ("a text", "texts"),
    Path: ("a path", "paths"),
    NoneType: ("None", "None"),
    np.ndarray: ("an array of numbers", "arrays of numbers"),
}


def words_for(hint: Any, many: bool = False) -> str:
    """What a type accepts, in the singular or the plural.

    Examples
    --------
    >>> words_for(Annotated[float, at.Gt(0), at.Le(1)])
    'a number above 0 and at most 1'
    >>> words_for(tuple[float, ...] | None)
    'a list of numbers or None'
    """
    if isinstance(hint, TypeAliasType):
        return words_for(hint.__value__, many)
    hint = NoneType if hint is None else hint
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        limits = list(_limits(parts[1:]))
        return f"{words_for(parts[0], many)} {' and '.join(limits)}".strip()
    if origin in (Union, UnionType):
        return " or ".join(words_for(part, many) for part in parts)
    if origin is Literal:
        return f"one of {', '.join(map(repr, parts))}"
    if hint is Any or hint is object:
        return "values" if many else "a value"
    if (origin or hint) in _PLAIN:
        return _PLAIN[origin or hint][many]
    if inspect.isclass(hint) and issubclass(hint, Enum):
        return f"one of {', '.join(str(choice.value) for choice in hint)}"
    if origin is tuple and parts[-1] is not Ellipsis:
        return f"{len(parts)} values: {', '.join(words_for(part) for part in parts)}"
    if origin in (tuple, list, abc.Sequence, abc.Iterable, abc.Collection):
        return f"a list of {words_for(parts[0], many=True)}"
    if (origin or hint) in (dict, abc.Mapping):
        return f"a dict from names to {words_for(parts[1], many=True)}" if parts else "a dict"
    if (origin or hint) is abc.Callable:
        return "a function"
    name = getattr(origin or hint, "__name__", str(hint))
    if many:
        return f"values of the kind {name}"
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


def _number(limit: Any) -> str:
    return f"{limit:,}" if isinstance(limit, int) else f"{limit:g}"


def _limits(limits: Sequence[Any]) -> Iterator[str]:
    for limit in limits:
        match limit:
            case at.GroupedMetadata():
                yield from _limits(list(limit))
            case at.Gt(gt):
                yield f"above {_number(gt)}"
            case at.Ge(ge):
                yield f"of at least {_number(ge)}"
            case at.Lt(lt):
                yield f"below {_number(lt)}"
            case at.Le(le):
                yield f"at most {_number(le)}"
            case at.MinLen(length):
                yield f"with at least {length} of them"
            case str():
                yield limit
