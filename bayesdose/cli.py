"""The command line. Only signatures and help live here; each command imports what it needs."""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

app = App(
    name="bayesdose",
    help="Dose-finding designs: exact operating characteristics, next dose, posterior.",
    help_format="plaintext",
    version=lambda: version("bayesdose"),
)


@app.command
def protocols(name: str | None = None, /) -> None:
    """List the shipped protocols, or show one with the source of every value.

    Parameters
    ----------
    name
        A shipped protocol or a path to a protocol file.
    """
    from bayesdose.report.protocols import list_protocols, show_protocol

    list_protocols() if name is None else show_protocol(name)


@app.command
def designs(name: str | None = None, /) -> None:
    """List the designs with what they do, or print one design's references as BibTeX.

    Parameters
    ----------
    name
        A design, such as ThreePlusThree.
    """
    from bayesdose.report.designs import list_designs, show_citation

    list_designs() if name is None else show_citation(name)


@app.command
def prior(protocol: str, /, *, out: Path | None = None) -> None:
    """Explain a protocol's prior: what it says at each dose, how it was built, what to beware of.

    Parameters
    ----------
    protocol
        A shipped protocol or a path to a protocol file.
    out
        Figure to write, ending in .png, .pdf or .svg.
    """
    from bayesdose.report.prior import show_prior

    show_prior(protocol, out)


@app.command
def compare(
    protocol: str,
    /,
    *,
    designs: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    regimen: str | None = None,
    scenarios: Path | None = None,
    method: Literal["exact", "monte-carlo"] = "exact",
    trials: int | None = None,
    target_mcse: float | None = None,
    seed: int = 1,
    workers: int = 1,
    checkpoint: Path | None = None,
    out: Path | None = None,
) -> None:
    """Compare a protocol's own design with plain 3+3 and a BLRM on common scenarios.

    Parameters
    ----------
    protocol
        A shipped protocol or a path to a protocol file.
    designs
        Any of own, 3+3, BLRM; all three by default.
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
    out
        Folder for results, figure and provenance; results/PROTOCOL by default.
    """
    from bayesdose.report.compare import compare_protocol

    compare_protocol(
        protocol,
        designs=designs,
        regimen=regimen,
        scenarios=scenarios,
        method=method,
        trials=trials,
        target_mcse=target_mcse,
        seed=seed,
        workers=workers,
        checkpoint=checkpoint,
        out=out,
    )


@app.command
def run(study: Path, /, *, out: Path | None = None, workers: int = 1, checkpoint: Path | None = None) -> None:
    """Run a study file: designs, scenarios, method and outputs in one TOML file.

    Parameters
    ----------
    study
        The study file.
    out
        Folder for results and provenance; results/STUDY by default.
    workers
        Worker processes (monte-carlo only); the result is the same for any number.
    checkpoint
        Folder for finished parts of a simulation; the same command resumes a run that was killed.
    """
    from bayesdose.report.run import run_study_file

    run_study_file(study, out=out, workers=workers, checkpoint=checkpoint)


@app.command
def report(
    study: Path,
    /,
    *,
    out: Path | None = None,
    tables: Path | None = None,
    workers: int = 1,
    checkpoint: Path | None = None,
) -> None:
    """Run a study file and write its report: one HTML page, and its tables as CSV and LaTeX.

    Parameters
    ----------
    study
        The study file.
    out
        Page to write, ending in .html; results/STUDY/report.html by default.
    tables
        Folder of the tables; PAGE-tables beside the page by default.
    workers
        Worker processes (monte-carlo only); the result is the same for any number.
    checkpoint
        Folder for finished parts of a simulation; the same command resumes a run that was killed.
    """
    from bayesdose.report.page.command import report_study_file

    report_study_file(study, out=out, tables=tables, workers=workers, checkpoint=checkpoint)


@app.command(name="next")
def next_dose(
    protocol: str,
    outcomes: str,
    /,
    *,
    design: Literal["own", "3+3", "BLRM"] = "BLRM",
    sampler: Literal["exact", "nuts"] = "exact",
    seed: int = 1,
) -> None:
    """Next dose of a running trial: posterior per dose, admissible doses and the decision.

    Parameters
    ----------
    protocol
        A shipped protocol or a path to a protocol file.
    outcomes
        Cohorts so far, such as "1N 2N 3NNT": level, then N none, M moderate, T DLT for each patient.
    design
        Design that decides.
    sampler
        With nuts, also say what NUTS would have decided, and how far from chance (BLRM only).
    seed
        Seed of the sampler.
    """
    from bayesdose.report.next_dose import show_next_dose

    show_next_dose(protocol, outcomes, design, sampler=sampler, seed=seed)


@app.command
def paths(
    protocol: str,
    outcomes: str,
    /,
    *,
    cohorts: int = 2,
    design: Literal["own", "3+3", "BLRM"] = "BLRM",
    scenario: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    out: Annotated[list[Path] | None, Parameter(consume_multiple=True)] = None,
) -> None:
    """Dose transition pathways: everything that can happen in the next cohorts of a running trial.

    Parameters
    ----------
    protocol
        A shipped protocol or a path to a protocol file.
    outcomes
        Cohorts so far, such as "1N 2N 3NNT"; "" before the first.
    cohorts
        Number of cohorts to look ahead, one to three.
    design
        Design that decides.
    scenario
        Built-in scenarios, such as "MTD 0.1 mg/kg" or "safe", in which the probability of each pathway is
        shown.
    out
        Files to write: .csv for the table, .png, .pdf or .svg for the tree.
    """
    from bayesdose.report.paths import show_pathways

    show_pathways(protocol, outcomes, design, cohorts=cohorts, scenario_names=scenario or (), out=out or ())


@app.command
def fit(
    protocol: str, outcomes: str, /, *, out: Path, seed: int = 1, draws: int = 1000, chains: int = 4
) -> None:
    """Sample the posterior of a protocol's logistic model by NUTS and write it to a netCDF file.

    Parameters
    ----------
    protocol
        A shipped protocol or a path to a protocol file.
    outcomes
        Cohorts so far, such as "1N 2N 3NNT".
    out
        File to write, ending in .nc.
    seed
        Seed of the sampler.
    draws
        Draws of each chain after tuning.
    chains
        Number of chains.
    """
    from bayesdose.report.fit import fit_protocol

    fit_protocol(protocol, outcomes, out=out, seed=seed, draws=draws, chains=chains)


@app.command
def reproduce(
    *papers: str,
    every: Annotated[bool, Parameter(name="--all", negative="")] = False,
    quick: Annotated[bool, Parameter(negative="")] = False,
    folder: Path = Path("benchmarks/published"),
    page: Path | None = None,
) -> None:
    """Recompute published numbers and print expected beside obtained, in a clone of the repository.

    Parameters
    ----------
    papers
        Papers by the names of their folders, such as Neuenschwander2008; each of their numbers is printed.
    every
        All papers, one line each.
    quick
        The papers that take less than three seconds.
    folder
        Folder benchmarks/published of a clone, whose code obtains the numbers.
    page
        Markdown page to write, with --all.
    """
    from bayesdose.report.clone import published_numbers

    published_numbers(folder).reproduce(papers, every=every, quick=quick, folder=folder, page=page)
