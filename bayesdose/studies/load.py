"""Studies from TOML files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import attrs

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Count, Seed
from bayesdose.designs.base import Design
from bayesdose.errors import InputError
from bayesdose.grammar.designs import read_design
from bayesdose.grammar.reading import read_toml
from bayesdose.grammar.structuring import Context, structured
from bayesdose.grid import DoseGrid
from bayesdose.progress import Progress, no_progress
from bayesdose.protocols.designs import OWN, protocol_context, protocol_designs
from bayesdose.protocols.load import load_protocol
from bayesdose.protocols.protocol import Protocol
from bayesdose.protocols.sourced_table import table_in_words
from bayesdose.rules.mtd import MTDRule
from bayesdose.rules.obd import OBDRule
from bayesdose.scenarios.scenario import Scenario, check_scenarios
from bayesdose.simulation.duration import Accrual
from bayesdose.simulation.method import Exact, Method
from bayesdose.studies.content import content_hash, full_content
from bayesdose.studies.groups import GroupsTable, StudyGroups, study_groups
from bayesdose.studies.study import OUTPUTS, Output, Study
from bayesdose.treatments import TreatmentGrid, first_doses

__all__ = ["CalibrationTable", "StudyFile", "load_study", "read_study"]


@checked_value
class CalibrationTable:
    """The keys of a study file's section ``calibrate``; they are those of `calibrate`."""

    over: Mapping[str, Any]
    design: str | None = None
    objective: str | tuple[str, ...] = "maximise mean correct_selection"
    constraints: str | tuple[str, ...] = ()
    sample: Count | None = None
    rng: Seed | None = None


@checked_value
class _File:
    """The keys of a study file."""

    designs: dict[str, Any]
    name: str | None = None
    protocol: str | None = None
    regimen: str | None = None
    grid: DoseGrid | None = None
    treatments: TreatmentGrid | None = None
    scenarios: tuple[Any, ...] = ({"scenarios": "builtin_scenarios"},)
    mtd_rule: MTDRule | None = None
    obd_rule: OBDRule | None = None
    method: Method = Exact()
    dlt_window: float | None = None
    accrual: Accrual | None = None
    outputs: tuple[Output, ...] = OUTPUTS
    findings: bool = True
    groups: GroupsTable | None = None
    calibrate: CalibrationTable | None = None


@dataclass(frozen=True)
class StudyFile:
    """A study file that was read, before its designs are made.

    Parameters
    ----------
    study : Study
        The study without its designs.
    designs : mapping of str to object
        What the file says of each design.
    context : Context
        What designs need not repeat, such as the doses.
    subject : str
        What errors call the file.
    calibrate : CalibrationTable, optional
        What `calibrate_study` does with one of the designs.
    """

    study: Study
    designs: Mapping[str, Any]
    context: Context
    subject: str
    calibrate: CalibrationTable | None = None

    def design(self, label: str) -> tuple[str, Design]:
        """A design of the file and its full label, which says so where a protocol's own is assumed.

        Raises
        ------
        InputError
            If there is none of that label, or what the file says makes no design.
        """
        if label not in self.designs:
            raise InputError.unknown_name(f"design of {self.subject}", label, self.designs)
        table, protocol, place = self.designs[label], self.study.protocol, f"designs.{label}"
        if isinstance(table, str):
            if protocol is None:
                raise InputError(
                    f"{self.subject}, key {place}",
                    got=table,
                    wanted="a table, because there is no protocol to take it from",
                )
            ((name, design),) = protocol_designs(protocol, [table]).items()
            return label + name.removeprefix(OWN) if name.startswith(OWN) else label, design
        if isinstance(table, Mapping) and set(table) == {"file"}:
            file = structured(table["file"], Path, self.context, self.subject, f"{place}.file")
            return label, read_design(file, self.context)
        return label, structured(table, Design, self.context, self.subject, place)


@checked
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
    file = read_study(Path(path))
    # What takes long comes last.
    designs: dict[str, Design] = {}
    for number, label in enumerate(file.designs, start=1):
        full_label, design = file.design(label)
        if full_label in designs:
            raise InputError(
                f"{file.subject}, key designs", got=f"two named {full_label!r}", wanted="different names"
            )
        designs[full_label] = design
        progress(number / len(file.designs))
    return attrs.evolve(file.study, designs=designs)


def read_study(path: Path) -> StudyFile:
    """`load_study` up to the designs, which take long to make."""
    subject = f"study file {path}"
    content = read_toml(path, subject)
    # A path is the study file's neighbour.
    if str(content.get("protocol", "")).lower().endswith(".toml"):
        content["protocol"] = str(path.parent / content["protocol"])
    file = structured(content, _File, Context(path.parent), subject)
    if not file.designs:
        raise InputError(f"{subject}, key designs", got=file.designs, wanted="at least one design")
    protocol, context = _protocol_and_context(file, path.parent, subject)
    mtd_rule, window = file.mtd_rule, file.dlt_window
    if protocol is not None:
        mtd_rule = protocol.mtd_rule.value if mtd_rule is None else mtd_rule
        window = protocol.regimen(file.regimen).dlt_window_days.value if window is None else window
    elif file.regimen is not None:
        raise InputError(f"{subject}, key regimen", got=file.regimen, wanted="no regimen without a protocol")
    if mtd_rule is None:
        raise InputError(f"{subject}, key mtd_rule", got=None, wanted="a rule, because no protocol gives one")
    given = {**context.given, "mtd_rule": mtd_rule}
    if file.treatments is not None:
        given["grid"] = file.treatments
    scenarios = _scenarios(file, Context(path.parent, given), subject)
    full = full_content(content, path.parent)
    try:
        study = Study(
            name=path.stem if file.name is None else file.name,
            designs={},
            scenarios=scenarios,
            mtd_rule=mtd_rule,
            obd_rule=file.obd_rule,
            method=file.method,
            dlt_window=window,
            accrual=file.accrual,
            outputs=file.outputs,
            findings=file.findings,
            groups=_groups(file, protocol, subject),
            protocol=protocol,
            regimen=file.regimen,
            scenarios_from=", ".join(map(table_in_words, file.scenarios)),
            command=f"bayesdose run {path.name}",
            content=full,
            content_hash=content_hash(full),
        )
    except InputError as error:
        raise error if subject in error.subject else _in_file(error, subject) from None
    return StudyFile(study, file.designs, context, subject, file.calibrate)


def _protocol_and_context(file: _File, folder: Path, subject: str) -> tuple[Protocol | None, Context]:
    """The protocol, if there is one, and what designs and scenarios need not repeat, such as the doses."""
    stated = [name for name in ("protocol", "grid", "treatments") if getattr(file, name) is not None]
    if len(stated) != 1:
        got = " and ".join(stated) or "none"
        raise InputError(subject, got=got, wanted="a protocol, a grid or treatments, one of them")
    if file.treatments is not None:
        return None, Context(folder, {"grid": first_doses(file.treatments), "treatments": file.treatments})
    if file.protocol is None:
        return None, Context(folder, {"grid": file.grid})
    protocol = load_protocol(file.protocol)
    return protocol, Context(folder, protocol_context(protocol).given)


def _scenarios(file: _File, context: Context, subject: str) -> tuple[Scenario, ...]:
    made: list[Scenario] = []
    for number, table in enumerate(file.scenarios):
        found = structured(table, Scenario, context, subject, f"scenarios[{number}]")
        made += found if isinstance(found, tuple) else (found,)
    if not made:
        raise InputError(f"{subject}, key scenarios", got=[], wanted="at least one scenario")
    try:
        check_scenarios(made)
    except InputError as error:
        raise _in_file(error, f"{subject}, key scenarios") from None
    return tuple(made)


def _groups(file: _File, protocol: Protocol | None, subject: str) -> StudyGroups | None:
    if file.groups is None:
        return None
    try:
        return study_groups(file.groups, protocol)
    except InputError as error:
        raise _in_file(error, f"{subject}, key groups") from None


def _in_file(error: InputError, place: str) -> InputError:
    """The same mistake with its place."""
    return InputError(f"{place}, {error.subject}", got=error.got, wanted=error.wanted, fix=error.fix)
