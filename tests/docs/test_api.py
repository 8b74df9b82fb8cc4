"""The API pages hold every public name, and its docstring says what it takes, gives and raises."""

import enum
import importlib.util
import inspect
import re
from pathlib import Path
from typing import is_protocol

import pytest

import bayesdose as bd

EXTENSION = Path(__file__).parents[2] / "docs" / "_ext" / "api_pages.py"
NAMESPACES = (
    "inference",
    "late_onset",
    "dose_optimization",
    "models",
    "plots",
    "priors",
    "protocols",
    "rules",
    "scenarios",
    "simulation",
)
# Every public name by how it is written after ``import bayesdose as bd``.
PUBLIC = sorted({*bd.__all__} - {*NAMESPACES}) + [
    f"{space}.{name}" for space in NAMESPACES for name in sorted(getattr(bd, space).__all__)
]
SECTION = re.compile(r"^(\w[\w ]*)\n-+\n", re.MULTILINE)
# "name : type", "one, two : type" or "**rest", at the margin; what it means follows, indented.
ENTRY = re.compile(r"^(\*{0,2}\w+(?:, \*{0,2}\w+)*)(?: : \S.*)?\n((?:(?: +\S.*)?\n)*)", re.MULTILINE)


def sections(documented) -> dict[str, str]:
    """Body of each section of a numpydoc docstring."""
    parts = SECTION.split(inspect.getdoc(documented) or "")
    return {heading: body.strip("\n") + "\n" for heading, body in zip(parts[1::2], parts[2::2], strict=True)}


def entries(body: str) -> dict[str, str]:
    """What a section of parameters says about each name."""
    return {
        name.strip().lstrip("*"): text.strip()
        for names, text in ENTRY.findall(body)
        for name in names.split(",")
    }


def own_signature(documented) -> list[str]:
    """Names of the parameters that a docstring has to describe."""
    if inspect.isclass(documented):
        no_arguments = issubclass(documented, enum.Enum) or is_protocol(documented)
        if no_arguments or not {"__init__", "__new__"} & set(vars(documented)):
            return []
    return list(inspect.signature(documented).parameters)


def is_checked(documented) -> bool:
    """Whether the arguments of a function, or of a value's creation, are held against their types."""
    called = documented.__init__ if inspect.isclass(documented) else documented
    return hasattr(called, "__wrapped__")


@pytest.fixture(scope="module")
def pages():
    """The extension of the documentation that writes the API pages."""
    spec = importlib.util.spec_from_file_location("api_pages", EXTENSION)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_hold_every_public_name_once(pages):
    listed = []
    for namespace in pages.namespaces():
        space = namespace.removeprefix("bayesdose").removeprefix(".")
        directives = re.findall(
            r"^\.\. auto(?:function|class|exception):: (\w+)$", pages.page(namespace), re.MULTILINE
        )
        listed += [f"{space}.{name}" if space else name for name in directives]
    assert sorted(listed) == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_docstring(name):
    *space, last = name.split(".")
    documented = getattr(getattr(bd, space[0]) if space else bd, last)
    found = sections(documented)
    assert (inspect.getdoc(documented) or "").partition("\n")[0].endswith((".", ":"))
    empty = [heading for heading, body in found.items() if not body.strip()]
    assert not empty, f"empty sections: {empty}"

    described = entries(found.get("Parameters", ""))
    assert list(described) == own_signature(documented), "Parameters: those of the signature, in its order"
    assert all(described.values()), "Parameters: each with what it means"
    if inspect.isfunction(documented):
        if own_signature(documented):
            assert is_checked(documented), "write @checked above it, as above all public functions"
        if inspect.signature(documented).return_annotation is not None:
            returned = found.get("Returns", "")
            assert re.match(r"\S.*\n +\S", returned), "Returns: a type, and below it what it is"
    if is_checked(documented) and own_signature(documented):
        wanted = r"^(InputError|UnsupportedModelError)\n +\S"
        assert re.search(wanted, found.get("Raises", ""), re.MULTILINE), "Raises: InputError, and when"
