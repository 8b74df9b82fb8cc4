"""Every public name is in the API reference, and its docstring says what it takes, gives and raises."""

import ast
import enum
import inspect
import re
import textwrap
from pathlib import Path
from typing import is_protocol

import pytest

import bayesdose as bd

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
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


def raises(documented) -> bool:
    """Whether the code of a function, or of a value's creation, refuses input itself."""
    body = documented
    if inspect.isclass(documented):
        body = vars(documented).get("__post_init__")
        if body is None:
            return False
    tree = ast.parse(textwrap.dedent(inspect.getsource(body)))
    called = (ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(re.fullmatch(r"_?check\w*|InputError(\.\w+)?|UnsupportedModelError", name) for name in called)


def test_reference_is_complete():
    listed = re.findall(
        r"^\.\. auto(?:function|class|exception):: (\w+)$", PAGE.read_text("utf-8"), re.MULTILINE
    )
    assert sorted(listed) == sorted(bd.__all__)


@pytest.mark.parametrize("name", sorted(bd.__all__))
def test_docstring(name):
    documented = getattr(bd, name)
    found = sections(documented)
    assert (inspect.getdoc(documented) or "").partition("\n")[0].endswith((".", ":"))
    empty = [heading for heading, body in found.items() if not body.strip()]
    assert not empty, f"empty sections: {empty}"

    described = entries(found.get("Parameters", ""))
    assert list(described) == own_signature(documented), "Parameters: those of the signature, in its order"
    assert all(described.values()), "Parameters: each with what it means"
    if inspect.isfunction(documented) and inspect.signature(documented).return_annotation is not None:
        returned = found.get("Returns", "")
        assert re.match(r"\S.*\n +\S", returned), "Returns: a type, and below it what it is"
    if raises(documented):
        assert re.search(r"^(InputError|UnsupportedModelError)\n +\S", found.get("Raises", ""), re.MULTILINE)
