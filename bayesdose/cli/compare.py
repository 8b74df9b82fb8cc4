"""``bayesdose compare``."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from bayesdose.cli.app import Flag, Number, Whole


def compare(
    protocol: str,
    /,
    *,
    designs: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    regimen: str | None = None,
    scenarios: Path | None = None,
    method: Literal["exact", "monte-carlo"] = "exact",
    trials: Whole | None = None,
    target_mcse: Number | None = None,
    seed: Whole = 1,
    workers: Whole = 1,
    checkpoint: Path | None = None,
    accrual: Number | None = None,
    as_stated: Flag = False,
    verbose: Flag = False,
    recompute: Flag = False,
    to_end: Flag = False,
    out: Path | None = None,
) -> None:
    """Compare a protocol's own design with its comparators on one footing, under several priors and curves.

    Parameters
    ----------
    protocol
        A shipped protocol or a path to a protocol file.
    designs
        Designs by their names in the protocol (own, 3+3 and BLRM in the shipped ones), or design files
        (.toml); by default all of the protocol's.
    regimen
        Regimen whose DLT window gives the days, such as Q2W; by default the protocol's first.
    scenarios
        CSV table of the true curves on the protocol's doses (columns scenario, dose, unit, prob_dlt); by
        default one with the MTD at each dose, one too toxic and one safe.
    method
        Exact probabilities, or simulated trials.
    trials
        Number of simulated trials for each design and scenario (monte-carlo only; 10000 by default).
    target_mcse
        Instead of trials: simulate until the correct selection has this standard error everywhere.
    seed
        Seed of the simulated patients (monte-carlo only).
    workers
        Worker processes (monte-carlo only); the result is the same for any number.
    checkpoint
        Folder for finished parts of the simulation; the same command resumes a run that was killed.
    accrual
        Days between patients on average (Poisson process); by default a cohort is enrolled at once.
    as_stated
        Leave the comparators as the protocol's file states them: by default they come after the protocol's
        own single-patient levels, under its cap on patients, and stop as often where all doses are too toxic.
    verbose
        Print every number, and why each value is assumed.
    recompute
        Compute the verdict's means over priors and curves anew (a minute); those of the shipped protocols
        come with the package.
    to_end
        Also run the designs to the end of the trial, with what the protocol does after the escalation.
    out
        Folder for results, figure and provenance; results/PROTOCOL by default.
    """
    from bayesdose.report.compare import compare_protocol
    from bayesdose.report.method import check_workers, chosen_method

    how = chosen_method(method, trials, target_mcse, seed, checkpoint)
    check_workers(how, workers)
    compare_protocol(
        protocol,
        method=how,
        designs=designs,
        regimen=regimen,
        scenarios=scenarios,
        workers=workers,
        out=out,
        accrual=accrual,
        as_stated=as_stated,
        verbose=verbose,
        recompute=recompute,
        to_end=to_end,
    )
