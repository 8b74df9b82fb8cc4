"""From plain tables, lists, texts and numbers to values: what a public name takes is what its table holds."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_
from pathlib import Path
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, TypeAliasType, Union, get_args, get_origin

import attrs

from bayesdose.checks.arguments import hints_of
from bayesdose.checks.conform import conform
from bayesdose.checks.kinds import kind_of, returned, tag_of
from bayesdose.errors import InputError
from bayesdose.grammar.reading import TOO_DEEP
from bayesdose.grammar.registry import member, members

__all__ = ["NONE", "Context", "called", "structured"]

# TOML has no empty value.
NONE = "none"
# Of tables in tables, as in a rule that joins rules.
_DEEPEST = 30
# Stands for a value that was checked and not made.
_SPARED = object()
_JOINED: dict[str, Callable] = {"all_of": and_, "any_of": or_}


@dataclass(frozen=True)
class Context:
    """What a file need not repeat.

    Parameters
    ----------
    folder : Path
        Where the files that it names are looked for.
    given : mapping of str to object, optional
        Arguments by their names, such as ``grid``, for every table that leaves them out; a function
        without parameters is called where its value is needed.
    spared : tuple of type, optional
        Values of these classes are not made: their tables are only checked.
    """

    folder: Path
    given: Mapping[str, Any] = field(default_factory=dict)
    spared: tuple[type, ...] = ()


class _MistakeAt(InputError):
    """A mistake with the key under which it stands."""

    path: str = ""


def structured(content: Any, hint: Any, context: Context, subject: str, place: str = "") -> Any:
    """A value of a declared type from the content of a file.

    Parameters
    ----------
    content : object
        What was read.
    hint : type
        Its type; a kind of value is a table whose key, such as ``rule``, names a public class or function.
    context : Context
        What the file need not repeat.
    subject : str
        The file, for errors.
    place : str, optional
        Key under which the content stands there.

    Raises
    ------
    InputError
        For the first mistake, with the file and the key.
    """
    try:
        return _structure(content, hint, context, place)
    except RecursionError:
        raise InputError(subject, got=TOO_DEEP, wanted=f"at most {_DEEPEST} levels") from None
    except _MistakeAt as mistake:
        where = f"{subject}, key {mistake.path}" if mistake.path else subject
        inner = f", {mistake.subject}" if mistake.subject else ""
        raise InputError(where + inner, got=mistake.got, wanted=mistake.wanted, fix=mistake.fix) from None


def called(
    function: Callable,
    table: Mapping[str, Any],
    context: Context,
    place: str = "",
    types: Mapping[Any, Any] = MappingProxyType({}),
) -> Any:
    """What a public class or function makes of a table whose keys are its parameters.

    `types` says what a generic class's type variables stand for.
    """
    hints = {name: _substituted(hint, types) for name, hint in hints_of(function).items()}
    parameters = [name for name in hints if name != "return"]
    for key in table:
        if key not in parameters:
            error = InputError.unknown_name("", key, parameters)
            raise _mistake(
                _below(place, key),
                InputError("", got=key, wanted=f"a known key, {error.wanted}", fix=error.fix),
            )
    arguments = {
        key: _structure(item, hints[key], context, _below(place, key)) for key, item in table.items()
    }
    given = {key: item for key, item in context.given.items() if key in parameters and key not in table}
    missing = [name for name in _required(function) if name not in {*arguments, *given}]
    if missing:
        raise _mistake(
            _below(place, missing[0]), InputError("", got=None, wanted="a value: the key is missing")
        )
    if _is_spared(function, context) or any(map(_holds_spared, arguments.values())):
        return _SPARED
    try:
        return function(
            **{key: item() if callable(item) else item for key, item in given.items()}, **arguments
        )
    except InputError as error:
        raise _mistake(place, error) from None


def _structure(value: Any, hint: Any, context: Context, place: str) -> Any:
    # No file can say this: a loader put it where a value is not disclosed.
    if value is None:
        return None
    if isinstance(hint, TypeAliasType):
        return _structure(value, hint.__value__, context, place)
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        found = _structure(value, parts[0], context, place)
        return found if found is _SPARED else _checked(found, hint, place, as_written=value)
    if origin in (Union, UnionType):
        return _structure_union(value, hint, context, place)
    if hint is NoneType:
        return None if value == NONE else _checked(value, hint, place)
    if hint is Path:
        return context.folder / _checked(value, hint, place)
    kind = origin or hint
    family = kind_of(kind) if inspect.isclass(kind) else None
    if family is not None:
        found = _structure_kind(value, family, context, place)
        # One of its members may be asked for, such as a normal prior.
        return found if kind is family or found is _SPARED else _checked(found, hint, place)
    if inspect.isclass(kind) and attrs.has(kind):
        if isinstance(value, kind):
            return value
        if not isinstance(value, Mapping):
            wanted = f"a table with the keys {', '.join(hints_of(kind))}"
            raise _mistake(place, InputError("", got=value, wanted=wanted))
        types = dict(zip(getattr(kind, "__type_params__", ()), parts, strict=True))
        return called(kind, value, context, place, types)
    if origin in (tuple, Sequence) and isinstance(value, list):
        return _structure_list(value, hint, context, place)
    if origin in (dict, Mapping) and isinstance(value, Mapping):
        return {key: _structure(item, parts[1], context, _below(place, key)) for key, item in value.items()}
    return _checked(value, hint, place)


def _structure_union(value: Any, union: Any, context: Context, place: str) -> Any:
    """As the one type that takes tables or lists where the value is one, else as any of the types."""
    options = [option for option in get_args(union) if option is not NoneType]
    if len(options) < len(get_args(union)) and value == NONE:
        return None
    if len(options) == 1:
        return _structure(value, options[0], context, place)
    for option in options:
        bare = _bare(option)
        kind = get_origin(bare) or bare
        tables = inspect.isclass(kind) and (kind_of(kind) is kind or attrs.has(kind))
        if (isinstance(value, Mapping) and (tables or kind in (dict, Mapping))) or (
            isinstance(value, list) and kind in (tuple, Sequence)
        ):
            return _structure(value, option, context, place)
        if bare is Path and isinstance(value, str):
            return _structure(value, option, context, place)
    return _checked(value, union, place)


def _bare(hint: Any) -> Any:
    """A type without its limits and under its own name."""
    while isinstance(hint, TypeAliasType) or get_origin(hint) is Annotated:
        hint = hint.__value__ if isinstance(hint, TypeAliasType) else get_args(hint)[0]
    return hint


def _structure_list(value: list, hint: Any, context: Context, place: str) -> Any:
    parts = get_args(hint)
    if parts[-1] is Ellipsis or get_origin(hint) is Sequence:
        parts = (parts[0],) * len(value)
    if len(parts) != len(value):
        return _checked(value, hint, place)
    return tuple(
        _structure(item, part, context, f"{place}[{number}]")
        for number, (item, part) in enumerate(zip(value, parts, strict=True))
    )


def _structure_kind(value: Any, kind: type, context: Context, place: str) -> Any:
    tag = tag_of(kind)
    if place.count(".") + place.count("[") > _DEEPEST:
        raise _mistake("", InputError("", got=TOO_DEEP, wanted=f"at most {_DEEPEST} levels"))
    if isinstance(value, Mapping):
        for key, join in _JOINED.items():
            if set(value) == {key} and isinstance(value[key], list) and value[key]:
                rules = _structure_list(value[key], Sequence[kind], context, _below(place, key))
                return _joined(rules, join, kind, place)
    if not isinstance(value, Mapping) or not isinstance(value.get(tag), str):
        names = ", ".join(members(kind))
        raise _mistake(place, InputError("", got=value, wanted=f"a table with the key {tag}, one of {names}"))
    try:
        function = member(kind, value[tag])
    except InputError as error:
        unknown = InputError("", got=error.got, wanted=error.wanted, fix=error.fix)
        raise _mistake(_below(place, tag), unknown) from None
    return called(function, {key: item for key, item in value.items() if key != tag}, context, place)


def _joined(rules: Sequence[Any], join: Callable, kind: type, place: str) -> Any:
    try:
        return reduce(join, rules)
    except TypeError:
        fix = "A list of rules is for stopping, for admissible doses and for increments."
        wanted = f"one {kind.__name__}, because those are not combined"
        raise _mistake(
            place, InputError("", got=[str(rule) for rule in rules], wanted=wanted, fix=fix)
        ) from None


def _checked(value: Any, hint: Any, place: str, as_written: Any = None) -> Any:
    try:
        return conform(value, hint, "")
    except InputError as error:
        got = error.got if error.subject or as_written is None else as_written
        inner = InputError(error.subject, got=got, wanted=error.wanted, fix=error.fix)
        raise _mistake(place, inner) from None


def _substituted(hint: Any, types: Mapping[Any, Any]) -> Any:
    """A type in which type variables are replaced by what they stand for."""
    if hint in types:
        return types[hint]
    if types and get_origin(hint) in (Union, UnionType):
        return Union[tuple(_substituted(part, types) for part in get_args(hint))]  # noqa: UP007 - computed
    return hint


def _holds_spared(argument: Any) -> bool:
    return argument is _SPARED or (isinstance(argument, tuple) and any(map(_holds_spared, argument)))


def _is_spared(function: Callable, context: Context) -> bool:
    made = returned(function)
    return any(inspect.isclass(made) and kind in made.__mro__ for kind in context.spared)


def _required(function: Callable) -> list[str]:
    """Parameters without a default; keys of ``**settings`` need not be given."""
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(function).parameters.values()
    return [one.name for one in parameters if one.default is one.empty and one.kind in named]


def _mistake(path: str, error: InputError) -> _MistakeAt:
    if isinstance(error, _MistakeAt):
        return error
    found = _MistakeAt(error.subject, got=error.got, wanted=error.wanted, fix=error.fix)
    found.path = path
    return found


def _below(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key
