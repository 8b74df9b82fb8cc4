"""What a command is about: the designs of a protocol, of a study file, of a saved design, or doses alone."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bayesdose.designs.base import Design
from bayesdose.errors import InputError
from bayesdose.grammar.designs import read_design
from bayesdose.grammar.reading import read_toml
from bayesdose.grammar.structuring import Context
from bayesdose.grid import DoseGrid
from bayesdose.protocols.designs import (
    OWN,
    design_names,
    protocol_context,
    protocol_designs,
    protocol_plan,
)
from bayesdose.protocols.load import load_protocol, protocol_names
from bayesdose.protocols.protocol import Protocol
from bayesdose.rules.mtd import MTDRule
from bayesdose.scenarios.scenario import Scenario
from bayesdose.studies.load import read_study
from bayesdose.treatments import Grid, first_doses

__all__ = ["Subject", "bearing", "load_subject"]

# Doses and their unit, such as "1, 3, 10 mg". No word of a unit begins like a number, nor does it hold a
# comma: "1 3 mg", "1 and 3 mg" and "1 mg, 3 mg" are not the dose 1 with an odd unit.
_NUMBER, _WORD = r"\d[\d.eE+-]*", r"[^\s\d,;.+-][^\s,;]*"
_DOSES = re.compile(rf"\s*({_NUMBER}(?:\s*,\s*{_NUMBER})*)\s+((?![/(]){_WORD}(?:\s+{_WORD})*)\s*")
# The comparator that a command is about where none is named.
_USUAL = "BLRM"


@dataclass(frozen=True)
class Subject:
    """Designs on one grid, of which a command takes one.

    Parameters
    ----------
    what : str
        What was named: a protocol, a study file, a design file or doses.
    name : str
        Its name.
    doses : DoseGrid or TreatmentGrid
        The doses.
    names : tuple of str
        Designs that have a name; there are none where only doses were given.
    usual : str
        The one that is taken where none is named; empty where one has to be.
    make : callable
        From one of these names to a label and a design.
    context : Context
        What a design file need not repeat.
    mtd_rule : MTDRule or None
        Which dose is the MTD in a scenario, where something says so.
    protocol : Protocol or None
        The protocol behind it.
    scenarios : tuple of Scenario
        Those of a study; none where nothing states any.
    """

    what: Literal["protocol", "study file", "design file", "doses"]
    name: str
    doses: Grid
    names: tuple[str, ...]
    usual: str
    make: Callable[[str], tuple[str, Design]]
    context: Context
    mtd_rule: MTDRule | None = None
    protocol: Protocol | None = None
    scenarios: tuple[Scenario, ...] = ()

    @property
    def assumed_grid(self) -> str:
        """What a title says where the doses are an assumption."""
        return "; ASSUMED DOSE GRID" if self.protocol is not None and self.protocol.grid_is_assumed else ""

    def choice(self, design: str | None) -> str:
        """The name of a design as it is known here, or the path of a design file.

        Raises
        ------
        InputError
            If there is none of that name, or none was named where one has to be.
        """
        wanted = self.usual if design is None else design
        if wanted.lower().endswith(".toml"):
            return wanted
        known = {name.lower(): name for name in self.names}
        if not wanted or not known:
            names = f"one of {', '.join(self.names)}, or " if known else ""
            how = "NAME or --design FILE.toml" if known else "FILE.toml"
            raise InputError(
                "design", got=wanted or None, wanted=f"{names}a design file", fix=f"Pass --design {how}."
            )
        if wanted.lower() not in known:
            raise InputError.unknown_name("design (a name, or the path of a .toml file)", wanted, self.names)
        return known[wanted.lower()]

    def design(self, choice: str) -> tuple[str, Design]:
        """The design that `choice` names, with its label in titles."""
        if choice.lower().endswith(".toml"):
            design = read_design(Path(choice), self.context)
            if design.grid not in (self.doses, self.grid):
                raise InputError(
                    f"design file {choice}, its doses", got=str(design.grid), wanted=f"those of {self.name}"
                )
            return Path(choice).stem, design
        return self.make(choice)

    @property
    def grid(self) -> DoseGrid:
        """Its doses; those of the first regimen where there are several."""
        return first_doses(self.doses)

    def to_end(self, design: Design) -> Design:
        """The design with what the protocol does after the escalation, if it does anything (see `ends`).

        Raises
        ------
        InputError
            If there is no protocol, or its sources do not say enough of what follows.
        """
        if self.protocol is None:
            fix = "A design file may hold a plan."
            raise InputError(f"{self.name}, to its end", got=self.what, wanted="a protocol", fix=fix)
        if self.protocol.stages is None and self.protocol.ends_with is None:
            raise InputError(
                f"{self.name}, to its end",
                got=f"expansion: {self.protocol.expansion.value or 'not disclosed'}",
                wanted="a protocol with [stages]",
                fix="Add an expansion to a copy of its file, as an assumption.",
            )
        return protocol_plan(self.protocol, design)

    def ends(self, to_end: bool) -> tuple[str, ...]:
        """A sentence for those who ask for the end of a trial that its protocol ends with the escalation."""
        end = "" if self.protocol is None else self.protocol.end
        return (end,) if to_end and end else ()


def bearing(choice: str, has_model: bool, to_end: bool) -> tuple[str, ...]:
    """First keys of what a protocol states that bear on a decision of one of its designs."""
    rules = "design" if choice == OWN else "comparators"
    return ("grid", "start_dose", rules, *(["prior"] * has_model), *(["stages"] * to_end))


def load_subject(where: str) -> Subject:
    """What a command's first word names.

    Parameters
    ----------
    where : str
        A shipped protocol, the path of a protocol, study or design file, or doses such as "1, 3, 10 mg".

    Raises
    ------
    InputError
        If it is none of these, or the file says something wrong.
    """
    path = Path(where)
    if path.suffix.lower() != ".toml":
        if doses := _DOSES.fullmatch(where):
            return _of_doses(where, doses)
        if where.lower() not in {name.lower() for name in protocol_names()}:
            subject = "protocol (a name, a protocol, study or design file, or doses such as '1, 3, 10 mg')"
            raise InputError.unknown_name(subject, where, protocol_names())
        return _of_protocol(load_protocol(where))
    content = read_toml(path, f"file {where}")
    if isinstance(content.get("design"), str):
        return _of_design(path)
    return _of_study(path) if "designs" in content else _of_protocol(load_protocol(path))


def _of_protocol(protocol: Protocol) -> Subject:
    names = design_names(protocol)

    def make(name: str) -> tuple[str, Design]:
        ((label, design),) = protocol_designs(protocol, [name]).items()
        return label, design

    return Subject(
        "protocol",
        protocol.name,
        protocol.grid.value,
        names,
        _USUAL if _USUAL in names else OWN,
        make,
        protocol_context(protocol),
        protocol.mtd_rule.value,
        protocol,
    )


def _of_study(path: Path) -> Subject:
    file = read_study(path)
    names = tuple(file.designs)
    return Subject(
        "study file",
        file.study.name,
        file.study.scenarios[0].grid,
        names,
        names[0] if len(names) == 1 else "",
        file.design,
        file.context,
        file.study.mtd_rule,
        file.study.protocol,
        file.study.scenarios,
    )


def _of_design(path: Path) -> Subject:
    design = read_design(path)
    context = Context(path.parent, {"grid": first_doses(design.grid)})
    only = path.stem
    return Subject("design file", only, design.grid, (only,), only, lambda name: (name, design), context)


def _of_doses(where: str, doses: re.Match) -> Subject:
    try:
        values = tuple(map(float, doses[1].split(",")))
    except ValueError:
        raise InputError("doses", got=where, wanted="numbers and their unit, such as '1, 3, 10 mg'") from None
    grid = DoseGrid(values, doses[2])

    def make(name: str) -> tuple[str, Design]:
        raise InputError("design", got=name, wanted="a design file")

    return Subject("doses", str(grid), grid, (), "", make, Context(Path(), {"grid": grid}))
