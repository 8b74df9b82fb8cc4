"""Designs as files: every design of the package to a plain table and back."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from cattrs import Converter

import bayesdose
from bayesdose.designs.base import Design
from bayesdose.designs.three_plus_three import ThreePlusThreeVariant
from bayesdose.errors import InputError
from bayesdose.files import write_atomically
from bayesdose.grid import DoseGrid
from bayesdose.models.description import ModelDescription, TwoParameterLogistic
from bayesdose.protocols.prior_rules import PRIOR_BUILDERS
from bayesdose.saved.calls import called, parameters_of
from bayesdose.saved.converter import may_be_none, optional_hook, split_tag, strict_converter
from bayesdose.saved.kinds import KINDS, Kind, kind_of
from bayesdose.saved.plain import plain_design
from bayesdose.saved.reading import keys_of, read_toml, structured
from bayesdose.saved.toml_text import toml_text

__all__ = ["design_converter", "load_design", "read_design", "save_design"]


def save_design(design: Design, path: Path | str) -> None:
    """Write a design to a TOML file that `load_design` reads back as an equal design.

    Parameters
    ----------
    design : Design
        Any design of the package. A model-based one must be made from a model with a description:
        `blrm`, `crm`, or `model_based` with `TwoParameterLogistic` and its like.
    path : Path or str
        File to write; it appears whole or not at all.

    Raises
    ------
    InputError
        If a part of the design is not the package's, or its model is a user's own PyMC model.

    Examples
    --------
    >>> import tempfile
    >>> import bayesdose as bd
    >>> path = Path(tempfile.mkdtemp()) / "design.toml"
    >>> design = bd.ThreePlusThree(bd.DoseGrid((1, 3, 10), "mg"), "deescalation")
    >>> save_design(design, path)
    >>> print(path.read_text())
    design = "ThreePlusThree"
    variant = "deescalation"
    start_level = 1
    <BLANKLINE>
    [grid]
    values = [1.0, 3.0, 10.0]
    unit = "mg"
    labels = ["1", "3", "10"]
    <BLANKLINE>
    >>> load_design(path) == design
    True
    """
    text = toml_text(plain_design(design))
    write_atomically(Path(path), lambda temporary: temporary.write_text(text, encoding="utf-8"))


def load_design(path: Path | str) -> Design:
    """Read a design from a TOML file.

    Besides the saved form, ``design`` may name a function that makes one, with its parameters, such
    as ``design = "boin"``, ``target = 0.25``, ``max_patients = 36``.

    Parameters
    ----------
    path : Path or str
        The file. Other files that it names are looked for in its folder.

    Returns
    -------
    Design
        Model-based designs are tabulated anew, which imports PyMC.

    Raises
    ------
    InputError
        If the file cannot be read, or has an unknown, missing or ill-typed key; the message names the
        file, the key and the nearest known one.
    """
    return read_design(Path(path))


def read_design(path: Path, grid: DoseGrid | None = None) -> Design:
    """`load_design`, on a given grid where the file states none."""
    subject = f"design file {path}"
    content = read_toml(path, subject)
    if "grid" in content:
        grid = structured(content.pop("grid"), DoseGrid, strict_converter(), subject, "grid")
    return structured(content, Design, design_converter(grid, path.parent), subject)


def design_converter(grid: DoseGrid | None, folder: Path) -> Converter:
    """A converter for designs and their parts.

    Parameters
    ----------
    grid : DoseGrid, optional
        Grid of the designs that do not state one.
    folder : Path
        Where files that are named are looked for.
    """
    converter = strict_converter()
    register = converter.register_structure_hook_factory

    def kind_factory(hint: Any, _: Converter) -> Any:
        kind = KINDS[hint]
        return lambda value, _: _structured_kind(value, hint, kind, converter, grid)

    register(lambda hint: kind_of(hint) is not None, kind_factory)
    # Where a PyMC model may stand too: no file can hold one.
    description: Any = ModelDescription
    register(
        lambda hint: hint != description and TwoParameterLogistic in get_args(hint),
        lambda _, converter: lambda value, _: converter.structure(value, description),
    )
    register(may_be_none, optional_hook)
    converter.register_structure_hook(ThreePlusThreeVariant | str, lambda value, _: str(value))
    register(lambda hint: hint == Path | str, lambda _, __: lambda value, _: folder / value)
    return converter


def _structured_kind(value: Any, hint: Any, kind: Kind, converter: Converter, grid: DoseGrid | None) -> Any:
    """A value of one of the `KINDS`."""
    if isinstance(value, int) and not isinstance(value, bool) and int in get_args(hint):
        return value
    for key, combined in kind.combined.items():
        if isinstance(value, Mapping) and key in value:
            return converter.structure({**_renamed(value, key)}, combined)
    if kind.tag == "prior" and isinstance(value, Mapping) and "builder" in value:
        name, others = split_tag(value, "builder", PRIOR_BUILDERS)
        if grid is None:
            raise InputError("builder", got=name, wanted="a grid beside it, on which the prior is built")
        return converter.structure(others, PRIOR_BUILDERS[name]).build(grid)
    name, others = split_tag(value, kind.tag, kind.names)
    function = getattr(bayesdose, name)
    parameters = parameters_of(function)
    if "grid" in keys_of(parameters) and grid is not None:
        others = {"grid": grid, **others}
    return called(function, converter.structure(others, parameters))


def _renamed(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The combined rules under the name of the classes' field."""
    return {("rules" if name == key else name): item for name, item in value.items()}
