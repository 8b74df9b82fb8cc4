"""Sphinx extension that writes the API pages, one for each namespace, from the package's stub files.

The stubs list the public names, so a new name is on its page without another step.
"""

import ast
import importlib
import inspect
import re
from itertools import groupby
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

PACKAGE = "bayesdose"
# Headings of the names that stand flat, by the folder that they come from, in the order of the page.
HEADINGS = {
    "designs": "Designs",
    "simulation": "Operating characteristics, pathways and single trials",
    "studies": "Study files",
    "grammar": "Designs as files",
    "rules": "Decision tables as files",
    "report": "Reports",
    "inference": "Posteriors",
    "protocols": "Protocols",
    "": "Doses, patients and errors",
}
# Namespaces whose classes are used by their methods and properties; elsewhere only the package calls them.
WITH_MEMBERS = (PACKAGE, f"{PACKAGE}.scenarios")


class Name(NamedTuple):
    """A public name and the module that a stub takes it from, such as ``designs.boin``."""

    name: str
    module: str


def namespaces() -> list[str]:
    """The package and its namespaces, which are the folders with a stub."""
    stubs = sorted(_folder(PACKAGE).glob("*/__init__.pyi"))
    return [PACKAGE, *(f"{PACKAGE}.{stub.parent.name}" for stub in stubs)]


def page(namespace: str) -> str:
    """The page of a namespace as reStructuredText."""
    package = importlib.import_module(namespace)
    title = f"``{namespace}``"
    head = [title, "=" * len(title), "", f".. currentmodule:: {namespace}", ""]
    if namespace == PACKAGE:
        return "\n".join([*head, *_by_folder(package)])
    return "\n".join([*head, _first_paragraph(package), "", *_by_file(package)])


def _by_folder(package: ModuleType) -> list[str]:
    def folder(name: Name) -> str:
        return name.module.rpartition(".")[0].partition(".")[0]

    order = list(HEADINGS)
    names = sorted(
        _names(package), key=lambda name: order.index(folder(name)) if folder(name) in order else len(order)
    )
    lines = []
    for where, members in groupby(names, folder):
        lines += _section(HEADINGS.get(where, where.replace("_", " ").capitalize()))
        for name in members:
            lines += _directive(package, name)
    return lines


def _by_file(package: ModuleType) -> list[str]:
    """Names with what their file is about as heading, unless every file holds one name."""
    files = [(module, list(names)) for module, names in groupby(_names(package), lambda name: name.module)]
    lines = []
    for module, names in files:
        if len(files) < len(_names(package)):
            about = _first_paragraph(importlib.import_module(f"{package.__name__}.{module}"))
            lines += _section(re.split(r"[:;.](?:\s|$)", about)[0])
        for name in names:
            lines += _directive(package, name)
    return lines


def _section(heading: str) -> list[str]:
    return [heading, "-" * len(heading), ""]


def _directive(package: ModuleType, name: Name) -> list[str]:
    value: Any = getattr(package, name.name)
    kind = "data"
    if inspect.isclass(value):
        kind = "exception" if issubclass(value, Exception) else "class"
    elif callable(value):
        kind = "function"
    members = kind == "class" and package.__name__ in WITH_MEMBERS
    return [f".. auto{kind}:: {name.name}", *["   :members:"] * members, ""]


def _names(package: ModuleType) -> list[Name]:
    """Public names in the order of the stub; namespaces have pages of their own."""
    stub = ast.parse((_folder(package.__name__) / "__init__.pyi").read_text(encoding="utf-8"))
    imports = [line for line in stub.body if isinstance(line, ast.ImportFrom)]
    return [Name(one.name, line.module) for line in imports if line.module for one in line.names]


def _first_paragraph(module: ModuleType) -> str:
    return " ".join((inspect.getdoc(module) or "").partition("\n\n")[0].split())


def _folder(namespace: str) -> Path:
    return Path(str(importlib.import_module(namespace).__file__)).parent


def write_pages(app: Any) -> None:
    """Write the pages that have changed, and delete those of namespaces that are gone."""
    folder = Path(app.srcdir) / "api"
    folder.mkdir(exist_ok=True)
    pages = {folder / f"{namespace}.rst": page(namespace) for namespace in namespaces()}
    for path in set(folder.iterdir()) - pages.keys():
        path.unlink()
    for path, text in pages.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def setup(app: Any) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
