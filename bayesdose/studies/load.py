"""Studies from TOML files."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cattrs import Converter

from bayesdose.designs.base import Design
from bayesdose.errors import InputError
from bayesdose.grammar.designs import design_converter, read_design
from bayesdose.grammar.reading import read_toml, structured
from bayesdose.grammar.structuring import tagged_hook
from bayesdose.grid import DoseGrid
from bayesdose.progress import Progress, no_progress
from bayesdose.protocols.designs import protocol_designs
from bayesdose.protocols.load import MTD_RULES, load_protocol
from bayesdose.protocols.protocol import Protocol
from bayesdose.rules.mtd import ClosestTo, HighestBelow
from bayesdose.scenarios.scenario import Scenario, check_scenarios
from bayesdose.simulation.duration import Accrual
from bayesdose.studies.content import content_hash, full_content
from bayesdose.studies.scenarios import SCENARIO_SOURCES, ScenarioSource
from bayesdose.studies.study import OUTPUTS, Study

__all__ = ["load_study"]


@dataclass(frozen=True)
class _File:
    """The keys of a study file."""

    designs: dict[str, Any]
    name: str | None = None
    protocol: str | None = None
    regimen: str | None = None
    grid: DoseGrid | None = None
    scenarios: tuple[ScenarioSource, ...] = (SCENARIO_SOURCES["built-in"](),)
    mtd_rule: HighestBelow | ClosestTo | None = None
    method: str = "exact"
    trials: int | None = None
    target_mcse: float | None = None
    max_unresolved: float = 0.0
    seed: int | None = None
    dlt_window: float | None = None
    accrual: Accrual | None = None
    outputs: tuple[str, ...] = OUTPUTS


@dataclass(frozen=True)
class _Entry:
    """A design of a study file, and what is added to its label."""

    design: Design
    suffix: str = ""


def load_study(path: Path | str, progress: Progress = no_progress) -> Study:
    """Read a study from a TOML file.

    Parameters
    ----------
    path : Path or str
        The file. Other files that it names are looked for in its folder.
    progress : callable, optional
        Called with the share of the designs that were made.

    Returns
    -------
    Study
        With its designs made (BLRMs and Bayesian CRMs are tabulated, which imports PyMC) and its
        scenarios drawn.

    Raises
    ------
    InputError
        If the file cannot be read, has an unknown, missing or ill-typed key (the message names the file,
        the key and the nearest known one), or says something that cannot be run.
    """
    path = Path(path)
    folder, subject = path.parent, f"study file {path}"
    content = read_toml(path, subject)
    # A path is the study file's neighbour.
    if str(content.get("protocol", "")).lower().endswith(".toml"):
        content["protocol"] = str(folder / content["protocol"])
    protocol, grid = _protocol_and_grid(content, folder, subject)
    converter = _converter(grid, folder, protocol)
    file = structured(content, _File, converter, subject)
    mtd_rule, window = file.mtd_rule, file.dlt_window
    if protocol is not None:
        mtd_rule = protocol.mtd_rule.value if mtd_rule is None else mtd_rule
        window = protocol.regimen(file.regimen).dlt_window_days.value if window is None else window
    elif file.regimen is not None:
        raise InputError(f"{subject}, key regimen", got=file.regimen, wanted="none without a protocol")
    if mtd_rule is None:
        raise InputError(f"{subject}, key mtd_rule", got=None, wanted="a rule, because no protocol gives one")
    scenarios = _scenarios(file, grid, mtd_rule, folder, subject)
    full = full_content(content, folder)
    try:
        study = Study(
            name=path.stem if file.name is None else file.name,
            designs={},
            scenarios=scenarios,
            mtd_rule=mtd_rule,
            method=file.method,
            trials=file.trials,
            target_mcse=file.target_mcse,
            max_unresolved=file.max_unresolved,
            seed=file.seed,
            dlt_window=window,
            accrual=file.accrual,
            outputs=file.outputs,
            protocol=protocol,
            regimen=file.regimen,
            scenarios_from=", ".join(str(source) for source in file.scenarios),
            command=f"bayesdose run {path.name}",
            content=full,
            content_hash=content_hash(full),
        )
    except InputError as error:
        raise _in_file(error, subject) from None
    if not file.designs:
        raise InputError(f"{subject}, key designs", got=file.designs, wanted="at least one design")
    # What takes long comes last.
    designs = {}
    for number, (label, table) in enumerate(file.designs.items(), start=1):
        entry = structured(table, _Entry, converter, subject, f"designs.{label}")
        label += entry.suffix
        if label in designs:
            raise InputError(f"{subject}, key designs", got=f"two named {label!r}", wanted="different names")
        designs[label] = entry.design
        progress(number / len(file.designs))
    return replace(study, designs=designs)


def _protocol_and_grid(
    content: dict[str, Any], folder: Path, subject: str
) -> tuple[Protocol | None, DoseGrid]:
    """The protocol, if there is one, and the doses; one of the two is in the file."""
    stated = [key for key in ("protocol", "grid") if key in content]
    if len(stated) != 1:
        # A misspelt key explains a missing one.
        structured({"designs": {}, **content}, _File, _converter(None, folder, None), subject)
        raise InputError(
            subject, got=" and ".join(stated) or "neither", wanted="a protocol or a grid, one of them"
        )
    converter = design_converter(None, folder)
    if stated == ["grid"]:
        return None, structured(content["grid"], DoseGrid, converter, subject, "grid")
    name = structured(content["protocol"], str, converter, subject, "protocol")
    protocol = load_protocol(name)
    return protocol, protocol.grid.value


def _converter(grid: DoseGrid | None, folder: Path, protocol: Protocol | None) -> Converter:
    converter = design_converter(grid, folder)
    register = converter.register_structure_hook_factory
    register(lambda kind: kind == HighestBelow | ClosestTo, tagged_hook("rule", MTD_RULES))
    register(lambda kind: kind == ScenarioSource, tagged_hook("source", SCENARIO_SOURCES))

    def entry(value: object, _: Any) -> _Entry:
        if isinstance(value, str):
            if protocol is None:
                raise InputError(
                    "", got=value, wanted="a table, because there is no protocol to take it from"
                )
            ((name, design),) = protocol_designs(protocol, [value]).items()
            return _Entry(design, name.removeprefix("own") if name.startswith("own") else "")
        if isinstance(value, dict) and set(value) == {"file"}:
            return _Entry(read_design(folder / str(value["file"]), grid))
        return _Entry(converter.structure(value, Design))

    converter.register_structure_hook(_Entry, entry)
    return converter


def _scenarios(
    file: _File, grid: DoseGrid, mtd_rule: HighestBelow | ClosestTo, folder: Path, subject: str
) -> tuple[Scenario, ...]:
    made: list[Scenario] = []
    for number, source in enumerate(file.scenarios):
        try:
            made += source.scenarios(grid, mtd_rule, folder)
        except InputError as error:
            raise _in_file(error, f"{subject}, key scenarios[{number}]") from None
    try:
        check_scenarios(made)
    except InputError as error:
        raise _in_file(error, f"{subject}, key scenarios") from None
    return tuple(made)


def _in_file(error: InputError, place: str) -> InputError:
    """The same mistake with its place."""
    return InputError(f"{place}, {error.subject}", got=error.got, wanted=error.wanted, fix=error.fix)
