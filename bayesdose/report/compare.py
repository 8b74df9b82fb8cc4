"""``bayesdose compare``: a protocol's own design beside 3+3 and a BLRM, on paper and on disk."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import xarray as xr

from bayesdose.progress import progress_bar
from bayesdose.protocols.designs import COMPARATORS, protocol_designs
from bayesdose.protocols.load import load_protocol
from bayesdose.report.run import check_run, run_and_show
from bayesdose.scenarios.files import load_scenarios
from bayesdose.scenarios.library import builtin_scenarios
from bayesdose.seeds import root_seed
from bayesdose.simulation.operating_characteristics import check_method
from bayesdose.studies.study import Study

__all__ = ["compare_protocol"]

_DEFAULT_TRIALS = 10_000


def compare_protocol(
    name: str,
    *,
    designs: Sequence[str] | None = None,
    regimen: str | None = None,
    scenarios: Path | None = None,
    method: Literal["exact", "monte-carlo"] = "exact",
    trials: int | None = None,
    target_mcse: float | None = None,
    seed: int = 1,
    workers: int = 1,
    checkpoint: Path | None = None,
    out: Path | None = None,
) -> xr.Dataset:
    """Print the comparison and write results, figure and provenance to a folder.

    Parameters
    ----------
    name : str
        A shipped protocol or a path to a protocol file.
    designs : sequence of str, optional
        Any of "own", "3+3", "BLRM"; all by default.
    regimen : str, optional
        Regimen whose DLT window the durations follow; by default the protocol's first.
    scenarios : Path, optional
        CSV table of scenarios on the protocol's grid, as for `load_scenarios`; the built-in ones by default.
    method : {"exact", "monte-carlo"}
        Engine.
    trials, target_mcse, seed, checkpoint
        As for `operating_characteristics`, with `seed` for `rng` (Monte Carlo only).
    workers : int
        Worker processes (Monte Carlo only).
    out : Path, optional
        Folder to write to; ``results/<protocol>`` by default.

    Returns
    -------
    xarray.Dataset
        The operating characteristics that were written.
    """
    protocol = load_protocol(name)
    treated = protocol.regimen(regimen)
    folder = Path("results") / protocol.name if out is None else out
    if method == "monte-carlo" and target_mcse is None:
        trials = _DEFAULT_TRIALS if trials is None else trials
    check_method(method, trials, target_mcse, checkpoint=checkpoint)
    check_run(folder, method, workers)
    mtd_rule, grid = protocol.mtd_rule.value, protocol.grid.value
    curves = builtin_scenarios(grid, mtd_rule) if scenarios is None else load_scenarios(scenarios, grid)
    # A seed that cannot be one is refused with either method.
    seed = root_seed(seed)
    with progress_bar(f"Preparing {protocol.name}"):
        chosen = protocol_designs(protocol, designs or COMPARATORS)
    study = Study(
        name=protocol.name,
        designs=chosen,
        scenarios=curves,
        mtd_rule=mtd_rule,
        method=method,
        trials=trials,
        target_mcse=target_mcse,
        seed=None if method == "exact" else seed,
        dlt_window=treated.dlt_window_days.value,
        protocol=protocol,
        regimen=treated.name,
        scenarios_from="built-in" if scenarios is None else f"read from {scenarios.name}",
    )
    return run_and_show(study, folder, workers=workers, checkpoint=checkpoint)
