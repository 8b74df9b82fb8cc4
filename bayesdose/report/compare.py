"""``bayesdose compare``: a protocol's own design beside its comparators, on paper and on disk."""

from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from bayesdose.errors import InputError
from bayesdose.files import check_folder
from bayesdose.progress import progress_bar
from bayesdose.report.run import run_and_show
from bayesdose.report.subject import load_subject
from bayesdose.scenarios.files import load_scenarios
from bayesdose.scenarios.library import builtin_scenarios
from bayesdose.simulation.method import Method
from bayesdose.studies.study import Study

__all__ = ["compare_protocol"]


def compare_protocol(
    name: str,
    *,
    method: Method,
    designs: Sequence[str] | None = None,
    regimen: str | None = None,
    scenarios: Path | None = None,
    workers: int = 1,
    out: Path | None = None,
) -> xr.Dataset:
    """Print the comparison and write results, figure and provenance to a folder.

    Parameters
    ----------
    name : str
        A shipped protocol or a path to a protocol file.
    method : Method
        How to compute.
    designs : sequence of str, optional
        Names of the protocol's designs, or design files; all of the protocol's by default.
    regimen : str, optional
        Regimen whose DLT window the durations follow; by default the protocol's first.
    scenarios : Path, optional
        CSV table of scenarios on the protocol's grid, as for `load_scenarios`; the built-in ones by default.
    workers : int
        Worker processes (Monte Carlo only).
    out : Path, optional
        Folder to write to; ``results/<protocol>`` by default.

    Returns
    -------
    xarray.Dataset
        The operating characteristics that were written.
    """
    subject = load_subject(name)
    protocol = subject.protocol
    if protocol is None or subject.what != "protocol":
        raise InputError(
            "protocol",
            got=f"{name}: {subject.what}",
            wanted="a protocol",
            fix="A study file is run by bayesdose run.",
        )
    treated = protocol.regimen(regimen)
    folder = Path("results") / protocol.name if out is None else out
    check_folder("out", folder)
    choices = [subject.choice(design) for design in designs or subject.names]
    mtd_rule, grid = protocol.mtd_rule.value, subject.grid
    curves = builtin_scenarios(grid, mtd_rule) if scenarios is None else load_scenarios(scenarios, grid)
    with progress_bar(f"Preparing {protocol.name}"):
        chosen = dict(subject.design(choice) for choice in choices)
    study = Study(
        name=protocol.name,
        designs=chosen,
        scenarios=curves,
        mtd_rule=mtd_rule,
        method=method,
        dlt_window=treated.dlt_window_days.value,
        protocol=protocol,
        regimen=treated.name,
        scenarios_from="built-in" if scenarios is None else f"read from {scenarios.name}",
    )
    return run_and_show(study, folder, workers=workers)
