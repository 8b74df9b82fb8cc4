"""Designs as files: every design of the package to a plain table and back."""

from pathlib import Path
from typing import Any

import tomli_w

from bayesdose.checks.arguments import checked
from bayesdose.checks.kinds import tag_of
from bayesdose.designs.base import Design
from bayesdose.files import write_atomically
from bayesdose.grammar.reading import read_toml
from bayesdose.grammar.structuring import Context, structured
from bayesdose.grammar.writing import plain_design
from bayesdose.grid import DoseGrid
from bayesdose.late_onset.design import FollowUpDesign
from bayesdose.late_onset.with_follow_up import in_time

__all__ = ["load_design", "read_design", "read_follow_up_design", "save_design"]

FOLLOW_UP_KEY = tag_of(FollowUpDesign)


@checked
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
    >>> design = bd.three_plus_three(bd.DoseGrid((1, 3, 10), "mg"), "deescalation")
    >>> save_design(design, path)
    >>> print(path.read_text())
    design = "three_plus_three"
    variant = "deescalation"
    start_level = 1
    <BLANKLINE>
    [grid]
    values = [
        1.0,
        3.0,
        10.0,
    ]
    unit = "mg"
    labels = [
        "1",
        "3",
        "10",
    ]
    <BLANKLINE>
    >>> load_design(path) == design
    True
    """
    text = tomli_w.dumps(plain_design(design))
    write_atomically(Path(path), lambda temporary: temporary.write_text(text, encoding="utf-8"))


@checked
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


def read_design(path: Path, context: Context | None = None) -> Design:
    """`load_design`, where the file need not repeat what its context gives, such as the doses."""
    return _read(path, Design, context)


def read_follow_up_design(path: Path, context: Context | None = None) -> FollowUpDesign:
    """A design that decides while patients are followed; in a file of a cohort design, that design in time.

    Such a file has the key ``late_onset_design`` in place of ``design``.
    """
    if FOLLOW_UP_KEY in read_toml(path, f"design file {path}"):
        return _read(path, FollowUpDesign, context)
    return in_time(_read(path, Design, context))


def _read(path: Path, kind: Any, context: Context | None) -> Any:
    subject = f"design file {path}"
    content = read_toml(path, subject)
    given = {} if context is None else dict(context.given)
    if "grid" in content:
        given["grid"] = structured(content.pop("grid"), DoseGrid, Context(path.parent), subject, "grid")
    return structured(content, kind, Context(path.parent, given), subject)
