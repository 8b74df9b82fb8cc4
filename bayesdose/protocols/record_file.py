"""A committee's record as a file."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import tomli_w

from bayesdose.checks.arguments import checked
from bayesdose.dose_optimization.record import DoseCriterion, TrialRecord
from bayesdose.errors import InputError
from bayesdose.files import write_atomically
from bayesdose.grammar.reading import read_toml
from bayesdose.grammar.structuring import Context, structured
from bayesdose.grammar.writing import plain_value
from bayesdose.grid import DoseGrid
from bayesdose.protocols.load import load_protocol, prepared
from bayesdose.sourced import Sourced

__all__ = ["load_record", "save_record"]


@checked
def load_record(path: Path | str) -> TrialRecord:
    """Read a committee's record from a TOML file.

    Where the file leaves out `grid`, `criteria` or `planned_patients`, those of its `protocol` are taken: a
    shipped protocol by its name, or a protocol file beside the record.

    Parameters
    ----------
    path : Path or str
        The file.

    Returns
    -------
    TrialRecord
        Its evidence and criteria.

    Raises
    ------
    InputError
        If the file cannot be read, or has an unknown, missing or ill-typed key, a dose that is not on the
        grid, a measurement without a criterion or a criterion without a source; the message names the file
        and the key.
    """
    path = Path(path)
    subject = f"record file {path}"
    content = _from_protocol(prepared(read_toml(path, subject)), path.parent)
    if isinstance(content.get("date"), date):
        content["date"] = content["date"].isoformat()
    context = Context(path.parent)
    if "grid" in content:
        grid = structured(content["grid"], Sourced[DoseGrid], context, subject, "grid")
        content["grid"], context = grid, Context(path.parent, {"grid": grid.value})
    if "criteria" in content:
        hint = dict[str, DoseCriterion]
        content["criteria"] = structured(content["criteria"], hint, context, subject, "criteria")
        if "doses" in content:
            content["doses"] = _measured(content["doses"], content["criteria"], context, subject)
    return structured(content, TrialRecord, Context(path.parent), subject)


@checked
def save_record(record: TrialRecord, path: Path | str) -> None:
    """Write a committee's record to a TOML file that `load_record` reads back as an equal record.

    Its criteria and doses stand in the file, so that a later version of the protocol does not change it.

    Parameters
    ----------
    record : TrialRecord
        The record.
    path : Path or str
        File to write; it appears whole or not at all.

    Raises
    ------
    InputError
        If a criterion is not the package's, or the file cannot be made.
    """
    text = tomli_w.dumps(_stated(plain_value(record)), multiline_strings=False)
    write_atomically(Path(path), lambda temporary: temporary.write_text(text, encoding="utf-8"))


def _from_protocol(content: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The content with what it leaves to its protocol."""
    left = [key for key in ("grid", "criteria", "planned_patients") if key not in content]
    name = content.get("protocol")
    if not isinstance(name, str) or not {"grid", "criteria"} & {*left}:
        return content
    protocol = load_protocol(folder / name if name.lower().endswith(".toml") else name)
    found = {
        "grid": protocol.grid,
        "criteria": protocol.dose_criteria,
        "planned_patients": protocol.planned_patients,
    }
    return {**content, "protocol": protocol.name, **{key: found[key] for key in left}}


def _measured(doses: Any, criteria: Mapping[str, DoseCriterion], context: Context, subject: str) -> Any:
    """Each dose with its measurements as what their criteria are held against."""
    if not isinstance(doses, list):
        return doses
    found = []
    for number, one in enumerate(doses):
        if isinstance(one, Mapping) and isinstance(one.get("measured"), Mapping):
            measured = {}
            for name, item in one["measured"].items():
                place = f"doses[{number}].measured.{name}"
                if name not in criteria:
                    raise InputError.unknown_name(f"{subject}, key {place}", name, criteria)
                takes = criteria[name].judged.value.takes
                measured[name] = structured(item, takes, context, subject, place)
            one = {**one, "measured": measured}
        found.append(one)
    return found


def _stated(content: Any) -> Any:
    """The content without empty texts and lists."""
    if isinstance(content, dict):
        return {key: _stated(item) for key, item in content.items() if item not in ("", [], {})}
    return [_stated(item) for item in content] if isinstance(content, list) else content
