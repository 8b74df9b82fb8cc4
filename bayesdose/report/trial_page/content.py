"""What a page says beside its states: names, doses, rules, tables and where it comes from."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.base import Design, described, design_hash
from bayesdose.designs.interval import IntervalDesign
from bayesdose.designs.optional import stages_of
from bayesdose.protocols.facts import Fact
from bayesdose.protocols.protocol import Protocol
from bayesdose.report.page.report_table import Table
from bayesdose.report.protocol_text.sections import model_in
from bayesdose.report.trial_page.posteriors import DECIMALS, PagePosteriors
from bayesdose.report.trial_page.states import PageStates
from bayesdose.simulation.states import cohort_outcomes
from bayesdose.treatments import written_level
from bayesdose.trial import NO_DOSE, StopReason, TrialState
from bayesdose.versions import package_versions

__all__ = ["FORMAT", "page_arrays", "page_header"]

# Headings of a design's words that say why a step is taken, by what it is.
_REASONS = {
    "titration": r"(Titration|After( the)? titration)( \d+)?",
    "decisions": "Decisions",
    "tooToxic": "After a too toxic dose",
    "highest": "Highest dose",
}
# Grows where a page of an older package would be read otherwise.
FORMAT = 1


def page_header(
    name: str,
    label: str,
    design: Design,
    states: PageStates,
    posteriors: PagePosteriors | None,
    *,
    protocol: Protocol | None = None,
    protocol_version: str = "",
    date: str = "",
    assumed: Sequence[Fact] = (),
    tables: Sequence[Table] = (),
    command: str = "bayesdose next",
) -> dict[str, Any]:
    """All texts and small numbers of a page, as JSON can hold them.

    Parameters
    ----------
    name : str
        Name of the protocol, study or design file.
    label : str
        Name of the design.
    design : Design
        The design.
    states : PageStates
        Its states.
    posteriors : PagePosteriors or None
        Their posteriors.
    protocol : Protocol, optional
        The protocol behind the design.
    protocol_version, date : str
        Of which version of the protocol the page is, and the day on which it was made.
    assumed : sequence of Fact
        What is assumed of it.
    tables : sequence of Table
        Tables that the page shows.
    command : str
        The command line that decides what the page does not hold, but for the outcomes.
    """
    grid, first = design.grid, design.first_cohort()
    sizes = sorted({int(first.size[0]), *np.unique(states.size[states.size > 0]).tolist()})
    model = model_in(design)
    letters = design.table.rows if isinstance(design, IntervalDesign) else ()
    return {
        "format": FORMAT,
        "name": name,
        "label": label,
        "version": package_versions()["bayesdose"],
        "hash": design_hash(design),
        "protocolVersion": protocol_version,
        "date": date,
        "command": command,
        "doses": [grid.level_in_words(index) for index in range(len(grid))],
        "written": [written_level(grid, index) for index in range(len(grid))],
        "shortDoses": [str(label) for label in grid.labels],
        "unit": grid.unit,
        "categories": design.outcome_categories,
        "maxPatients": design.max_patients,
        "stages": list(stages_of(design)),
        "states": len(states),
        "first": {"level": int(first.level[0]), "size": int(first.size[0])},
        "outcomes": {size: cohort_outcomes(size, design.outcome_categories).tolist() for size in sizes},
        "reasons": [str(reason.value) for reason in StopReason],
        "words": [list(pair) for pair in described(design).items()],
        "cited": _cited(described(design)),
        "letters": list(letters),
        "assumedGrid": protocol is not None and protocol.grid_is_assumed,
        "assumed": [str(fact) for fact in assumed],
        "scale": 10**DECIMALS,
        "model": None
        if posteriors is None or model is None
        else {
            "interval": list(posteriors.interval),
            "cap": posteriors.cap,
            "next": str(model.next_dose),
            "increments": str(model.increments),
            "admissible": "any dose" if model.admissible is None else str(model.admissible),
        },
        "tables": [_shown(table) for table in tables],
    }


def page_arrays(
    design: Design, states: PageStates, posteriors: PagePosteriors | None
) -> dict[str, np.ndarray]:
    """The states and their posteriors as unsigned numbers; 255 is no dose."""
    arrays = {
        "stop": states.stop.astype(np.uint8),
        "level": states.level.astype(np.uint8),
        "size": states.size.astype(np.uint16),
        "dose": np.where(states.dose == NO_DOSE, 255, states.dose).astype(np.uint8),
        "stage": states.stage.astype(np.uint8),
        "titrating": _titrating(design, states.state).astype(np.uint8),
        "patients": states.state.patients.astype(np.uint16),
        "dlts": states.state.dlts.astype(np.uint16),
        "firstChild": states.first_child.astype(np.uint32),
        "child": states.child.astype(np.uint32),
    }
    if posteriors is not None:
        for name in ("mean", "target", "overdose", "allowed", "margin"):
            arrays[name] = getattr(posteriors, name)
    return arrays


def _cited(words: Mapping[str, str]) -> dict[str, list[str]]:
    """Sentences that give the reason of a step, by what it is."""
    return {
        key: [
            f"{heading.removeprefix('Escalation: ')}: {said}."
            for heading, said in words.items()
            if re.fullmatch(f"(Escalation: )?{about}", heading)
        ]
        for key, about in _REASONS.items()
    }


def _titrating(design: Design, state: TrialState) -> np.ndarray:
    """Where a titration has not handed its trial over, shape (N,)."""
    titrating = np.zeros(len(state), dtype=bool)
    handed_over = getattr(design, "handed_over", None)
    if handed_over is not None and len(state):
        inner, over, there = handed_over(state)
        titrating[over] = _titrating(inner, there)
        if isinstance(design, AcceleratedTitration):
            titrating |= ~over
    return titrating


def _shown(table: Table) -> dict[str, Any]:
    """A table as people are shown it."""
    return {
        "caption": table.caption,
        "headings": [column.heading for column in table.columns],
        "right": [column.decimals is not None for column in table.columns],
        "rows": [[column.shown(row) for column in table.columns] for row in table.rows],
        "marked": [
            [column.key for column in table.columns].index(key) + len(table.columns) * index
            for index, key in sorted(table.marked)
        ],
    }
