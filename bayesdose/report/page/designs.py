"""The designs of a study in words, with their settings and references."""

from collections.abc import Iterator
from dataclasses import dataclass

import attrs
import tomli_w

from bayesdose.designs.base import Design
from bayesdose.designs.model_based import ModelBased
from bayesdose.errors import InputError
from bayesdose.grammar.writing import plain_design
from bayesdose.models.description import CRMModel, ExponentialCRMModel, TwoParameterLogistic
from bayesdose.report.page.references import keys_of
from bayesdose.report.page.words import first_line, settings

__all__ = ["DesignText", "design_text"]

_ELSEWHERE = ("grid", "tables", "citation")
_MODELS = {
    TwoParameterLogistic: "two-parameter logistic",
    CRMModel: "one-parameter CRM, normal prior",
    ExponentialCRMModel: "one-parameter CRM, exponential prior",
}


@dataclass(frozen=True)
class DesignText:
    """A design as a report describes it.

    Parameters
    ----------
    name : str
        Its name in the study.
    words : str
        What it does.
    settings : tuple of (str, str)
        Its settings.
    saved : str
        Its saved form, which `load_design` reads; empty for one with a part of a user's own.
    keys : tuple of str
        Keys of its references.
    sha256 : str
        Hash of the design as it ran.
    """

    name: str
    words: str
    settings: tuple[tuple[str, str], ...]
    saved: str
    keys: tuple[str, ...]
    sha256: str


def design_text(name: str, design: Design, sha256: str) -> DesignText:
    """A design as a report describes it."""
    return DesignText(
        name,
        first_line(design),
        tuple(_settings(design)),
        _saved(design),
        tuple(dict.fromkeys(keys_of(design.citation))),
        sha256,
    )


def _settings(design: Design) -> Iterator[tuple[str, str]]:
    if not attrs.has(type(design)):
        return
    if isinstance(design, ModelBased) and design.tables[0].source is not None:
        model = type(design.tables[0].source.model)
        yield (
            "model",
            f"{_MODELS[model]}; its prior is explained above" if model in _MODELS else model.__name__,
        )
    yield from settings(design, leave_out=(*_ELSEWHERE, "following"), explained=True)
    following: Design | None = getattr(design, "following", None)
    if following is not None and attrs.has(type(following)):
        yield "then", f"{type(following).__name__}: {first_line(following)}"
        yield from _settings(following)


def _saved(design: Design) -> str:
    try:
        return tomli_w.dumps(plain_design(design))
    except InputError:
        return ""
