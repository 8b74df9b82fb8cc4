"""A value held against the type that it was declared with: converted where nothing is lost, else refused."""

import collections.abc as abc
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum, StrEnum
from numbers import Real
from os import PathLike
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAliasType, TypeVar, Union, get_args, get_origin

import annotated_types as at
import numpy as np

from bayesdose.checks.kinds import is_protocol
from bayesdose.checks.words import words_for
from bayesdose.errors import InputError

__all__ = ["conform"]

# What iterates and yet is no list of values: letters, keys, and an order that is not fixed.
_NO_LIST = (str, bytes, bytearray, abc.Mapping, abc.Set)
_LISTS = (tuple, list, abc.Sequence, abc.Iterable, abc.Collection)


def conform(value: Any, hint: Any, subject: str) -> Any:
    """The value as an instance of its declared type.

    Whole numbers become floats where a float is declared, numpy's numbers Python's, and arrays, series and
    generators the tuple that a list of values is kept as. Texts never become numbers, and truth values are
    no numbers.

    Parameters
    ----------
    value : object
        What came.
    hint : type
        The declared type; limits stand in ``Annotated`` as `annotated_types`.
    subject : str
        What the value is, for the error.

    Raises
    ------
    InputError
        If the value is not of the type or outside its limits.

    Examples
    --------
    >>> conform(np.array([1, 2]), tuple[float, ...], "doses")
    (1.0, 2.0)
    >>> conform("0.3", Annotated[float, at.Gt(0)], "target")
    Traceback (most recent call last):
    bayesdose.errors.InputError: target: got '0.3'; wanted a number above 0.
    """
    if isinstance(hint, TypeAliasType):
        return conform(value, hint.__value__, subject)
    if hint is Any or hint is object or isinstance(hint, TypeVar):
        return value
    origin = get_origin(hint)
    if origin is Annotated:
        base, *limits = get_args(hint)
        found = _conform_base(value, base, subject, hint)
        if not all(_holds(found, limit) for limit in _flat(limits)):
            raise _mismatch(subject, value, hint)
        return found
    return _conform_base(value, hint, subject, hint)


def _conform_base(value: Any, base: Any, subject: str, hint: Any) -> Any:
    """`conform` for a type without limits; `hint` is the whole declaration, for the error."""
    if isinstance(base, TypeAliasType):
        base = base.__value__
    origin = get_origin(base)
    if origin is Annotated:
        return conform(value, base, subject)
    if base is None or base is NoneType:
        return _kept_if(value is None, value, subject, hint)
    if origin in (Union, UnionType):
        return _conform_union(value, base, subject)
    if origin is Literal:
        return _conform_literal(value, get_args(base), subject, hint)
    if base in _PLAIN:
        return _PLAIN[base](value, subject, hint)
    if inspect.isclass(base) and issubclass(base, Enum):
        return _conform_choice(value, base, subject, hint)
    if base in _LISTS or origin in _LISTS:
        return _conform_list(value, base, subject, hint)
    if base in (dict, abc.Mapping) or origin in (dict, abc.Mapping):
        return _conform_mapping(value, base, subject, hint)
    if base is abc.Callable or origin is abc.Callable:
        return _kept_if(callable(value), value, subject, hint)
    if base is np.ndarray or origin is np.ndarray:
        return _conform_array(value, subject, hint)
    kind = origin or base
    if is_protocol(kind) and not getattr(kind, "_is_runtime_protocol", False):
        return value
    # A class in the place of its instance has every attribute that a protocol asks for.
    return _kept_if(isinstance(value, kind) and not inspect.isclass(value), value, subject, hint)


def _bool(value: Any, subject: str, hint: Any) -> bool:
    return bool(_kept_if(isinstance(value, (bool, np.bool_)), value, subject, hint))


def _int(value: Any, subject: str, hint: Any) -> int:
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    return int(_kept_if(whole, value, subject, hint))


def _float(value: Any, subject: str, hint: Any) -> float:
    real = isinstance(value, Real) and not isinstance(value, (bool, np.bool_))
    try:
        number = float(_kept_if(real, value, subject, hint))
    except OverflowError:
        raise _mismatch(subject, value, hint) from None
    return _kept_if(number == number, number, subject, hint)


def _str(value: Any, subject: str, hint: Any) -> str:
    return str(_kept_if(isinstance(value, str), value, subject, hint))


def _path(value: Any, subject: str, hint: Any) -> Path:
    named = isinstance(value, (str, PathLike)) and str(value) != "" and "\0" not in str(value)
    return Path(_kept_if(named, value, subject, hint))


_PLAIN: dict[Any, Callable[[Any, str, Any], Any]] = {
    bool: _bool,
    int: _int,
    float: _float,
    str: _str,
    Path: _path,
}


def _conform_union(value: Any, union: Any, subject: str) -> Any:
    """As the first of the types that takes the value."""
    options = get_args(union)
    if options[:2] == (Path, str) and isinstance(value, str):
        # A path may be given as text; a text that is no path, such as an empty one, is wrong all the same.
        options = (Path, *options[2:])
    inside: list[InputError] = []
    for option in options:
        try:
            return conform(value, option, subject)
        except InputError as error:
            inside += [error] * (error.subject != subject)
    # Where the value has the shape of one type only, the element that is wrong says more.
    raise inside[0] if len(inside) == 1 else _mismatch(subject, value, union)


def _conform_literal(value: Any, choices: Sequence[Any], subject: str, hint: Any) -> Any:
    if any(type(one) is type(value) and one == value for one in choices):
        return value
    known = [one for one in choices if isinstance(one, str)] if isinstance(value, str) else []
    nearest = InputError.unknown_name(subject, value, known).fix if known else ""
    raise InputError(subject, got=value, wanted=words_for(hint), fix=nearest)


def _conform_choice(value: Any, choices: type[Enum], subject: str, hint: Any) -> Enum:
    if isinstance(value, choices):
        return value
    if issubclass(choices, StrEnum) and isinstance(value, str):
        if value in list(choices):
            return choices(value)
        nearest = InputError.unknown_name(subject, value, map(str, choices)).fix
        raise InputError(subject, got=value, wanted=words_for(hint), fix=nearest)
    raise _mismatch(subject, value, hint)


def _conform_list(value: Any, kind: Any, subject: str, hint: Any) -> Any:
    if isinstance(value, _NO_LIST) or inspect.isclass(value) or not isinstance(value, abc.Iterable):
        raise _mismatch(subject, value, hint)
    if isinstance(value, np.ndarray) and value.ndim == 0:
        raise _mismatch(subject, value, hint)
    items = list(value)
    types = get_args(kind)
    if get_origin(kind) is tuple and types[-1] is not Ellipsis:
        if len(items) != len(types):
            raise _mismatch(subject, value, hint)
    else:
        types = (types[0] if types else Any,) * len(items)
    found = [
        conform(item, item_type, f"{subject}[{number}]")
        for number, (item, item_type) in enumerate(zip(items, types, strict=True))
    ]
    return found if (get_origin(kind) or kind) is list else tuple(found)


def _conform_mapping(value: Any, kind: Any, subject: str, hint: Any) -> dict:
    if not isinstance(value, Mapping):
        raise _mismatch(subject, value, hint)
    key_type, item_type = get_args(kind) or (Any, Any)
    return {
        conform(key, key_type, f"{subject}, name"): conform(item, item_type, f"{subject}[{key!r}]")
        for key, item in value.items()
    }


def _conform_array(value: Any, subject: str, hint: Any) -> np.ndarray:
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        raise _mismatch(subject, value, hint) from None
    return _kept_if(array.dtype.kind in "biuf", array, subject, hint)


def _kept_if(right: bool, value: Any, subject: str, hint: Any) -> Any:
    if not right:
        raise _mismatch(subject, value, hint)
    return value


def _mismatch(subject: str, value: Any, hint: Any) -> InputError:
    return InputError(subject, got=value, wanted=words_for(hint))


def _flat(limits: Sequence[Any]) -> Iterator[Any]:
    """Single limits, those of an interval apart."""
    for limit in limits:
        yield from limit if isinstance(limit, at.GroupedMetadata) else (limit,)


def _holds(value: Any, limit: Any) -> bool:
    match limit:
        case at.Gt(gt):
            return value > gt
        case at.Ge(ge):
            return value >= ge
        case at.Lt(lt):
            return value < lt
        case at.Le(le):
            return value <= le
        case at.MinLen(length):
            return len(value) >= length
        case at.Predicate(holds):
            return bool(holds(value))
    return True
