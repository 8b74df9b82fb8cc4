"""Exact operating characteristics of the design that a command is about."""

from pathlib import Path

import xarray as xr

from bayesdose.designs.base import Design
from bayesdose.designs.optional import aim_of
from bayesdose.errors import InputError
from bayesdose.progress import Progress, no_progress
from bayesdose.report.subject import Subject
from bayesdose.scenarios.files import load_scenarios
from bayesdose.scenarios.library import builtin_scenarios
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.operating_characteristics import operating_characteristics

__all__ = ["design_characteristics"]


def design_characteristics(
    subject: Subject,
    label: str,
    design: Design,
    scenarios: Path | None = None,
    progress: Progress = no_progress,
) -> tuple[xr.Dataset, tuple[Scenario, ...]]:
    """How a design behaves: in given scenarios, in those of its study, or in the built-in ones.

    Parameters
    ----------
    subject : Subject
        What the command is about.
    label : str
        The design's name in the tables.
    design : Design
        The design.
    scenarios : Path, optional
        CSV table of true curves.
    progress : callable, optional
        Called with the share of the work done.

    Returns
    -------
    xarray.Dataset
        Result of `operating_characteristics`.
    tuple of Scenario
        The scenarios.

    Raises
    ------
    InputError
        If nothing says which dose is the MTD in a scenario, or the scenarios are of other doses.
    """
    rule = subject.mtd_rule or aim_of(design)
    if rule is None:
        raise InputError(
            "operating characteristics",
            got=f"{label}, which has no target",
            wanted="a rule that says which dose is the MTD in a scenario",
            fix="Name a study file, which states one.",
        )
    if scenarios is not None:
        curves = tuple(load_scenarios(scenarios, subject.grid))
    else:
        curves = subject.scenarios or builtin_scenarios(subject.grid, rule)
    protocol = subject.protocol
    window = None if protocol is None else protocol.regimens[0].dlt_window_days.value
    return operating_characteristics(
        {label: design}, curves, mtd_rule=rule, dlt_window=window, progress=progress
    ), curves
