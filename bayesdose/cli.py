"""The command line. Only signatures and help live here; each command imports what it needs."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter, Token


def _whole(_: object, tokens: Sequence[Token]) -> int:
    """A whole number as it is written: 1.5 is none, and is not cut to 1."""
    return int(tokens[0].value)


def _number(_: object, tokens: Sequence[Token]) -> float:
    """A number as it is written: None is none."""
    return float(tokens[0].value)


Whole = Annotated[int, Parameter(converter=_whole)]
Number = Annotated[float, Parameter(converter=_number)]

app = App(
    name="bayesdose",
    help="Dose-finding designs: exact operating characteristics, next dose, posterior.",
    help_format="plaintext",
    version=lambda: version("bayesdose"),
    # No word can be this one, so that "--" is a word that no command knows.
    end_of_options_delimiter="\0",
    # A word is one of a list, never a list in JSON.
    default_parameter=Parameter(json_list=False, json_dict=False),
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
        A design, such as three_plus_three.
    """
    from bayesdose.report.designs import list_designs, show_citation

    list_designs() if name is None else show_citation(name)


@app.command
def prior(where: str, /, *, design: str | None = None, out: Path | None = None) -> None:
    """Explain a design's prior: what it says at each dose, how it was built, what to beware of.

    Parameters
    ----------
    where
        A shipped protocol, a protocol, study or design file (.toml), or doses such as "1, 3, 10 mg".
    design
        Design by its name in the protocol or study, or a design file (.toml); by default the BLRM, or the
        only design there is.
    out
        Figure to write, ending in .png, .pdf or .svg.
    """
    from bayesdose.report.prior import show_prior

    show_prior(where, design, out)


@app.command
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
    as_stated: Annotated[bool, Parameter(negative="")] = False,
    verbose: Annotated[bool, Parameter(negative="")] = False,
    recompute: Annotated[bool, Parameter(negative="")] = False,
    to_end: Annotated[bool, Parameter(negative="")] = False,
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


@app.command
def run(
    study: Path, /, *, out: Path | None = None, workers: Whole = 1, checkpoint: Path | None = None
) -> None:
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
def calibrate(
    study: Path, /, *, out: Path | None = None, workers: Whole = 1, checkpoint: Path | None = None
) -> None:
    """Calibrate a design of a study file: its parameters over values, judged by exact characteristics.

    Parameters
    ----------
    study
        The study file, with a section "calibrate".
    out
        Folder for all designs tried, the front and the chosen design; results/STUDY-calibrated by default.
    workers
        Worker processes; the result is the same for any number.
    checkpoint
        Folder for finished parts; the same command resumes a run that was killed.
    """
    from bayesdose.report.calibrate import calibrate_study_file

    calibrate_study_file(study, out=out, workers=workers, checkpoint=checkpoint)


@app.command
def report(
    study: Path,
    /,
    *,
    out: Path | None = None,
    tables: Path | None = None,
    workers: Whole = 1,
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
    where: str,
    outcomes: str,
    /,
    *,
    design: str | None = None,
    sampler: Literal["exact", "nuts"] = "exact",
    seed: Whole = 1,
    replace: Annotated[bool, Parameter(negative="")] = False,
    verbose: Annotated[bool, Parameter(negative="")] = False,
    to_end: Annotated[bool, Parameter(negative="")] = False,
    window: Whole | None = None,
) -> None:
    """Next dose of a running trial: posterior per dose, admissible doses and the decision.

    Parameters
    ----------
    where
        A shipped protocol, a protocol, study or design file (.toml), or doses such as "1, 3, 10 mg".
    outcomes
        Cohorts so far, such as "1N 2N 3NNT (1NNN)": level, then N none, M moderate, T DLT, X not evaluable
        for each patient; in parentheses those outside the escalation (backfill, expansion). With follow-up
        where outcomes are pending, such as "3N 3N@14/28 3T" (14 of 28 days), or a CSV table of patients with
        the columns level, enrolled, dlt, last_seen.
    design
        Design by its name in the protocol or study, or a design file (.toml); by default the BLRM, or the
        only design there is.
    sampler
        With nuts, also say what NUTS would have decided, and how far from chance (a BLRM only).
    seed
        Seed of the sampler.
    replace
        Patients of the last cohort who are not evaluable (X) are replaced.
    verbose
        Print all that is assumed of the protocol, with reasons.
    to_end
        Go on with what the protocol does after the escalation, such as an expansion.
    window
        Days of the DLT window, with follow-up; by default as the outcomes or the protocol say.
    """
    from bayesdose.report.next_dose import show_next_dose
    from bayesdose.report.next_with_follow_up import has_follow_up, show_next_with_follow_up

    if window is not None or has_follow_up(outcomes):
        show_next_with_follow_up(where, outcomes, design, window)
        return
    show_next_dose(
        where,
        outcomes,
        design,
        sampler=sampler,
        seed=seed,
        verbose=verbose,
        replace=replace,
        to_end=to_end,
    )


@app.command
def paths(
    where: str,
    outcomes: str,
    /,
    *,
    cohorts: Whole = 2,
    design: str | None = None,
    scenario: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    out: Annotated[list[Path] | None, Parameter(consume_multiple=True)] = None,
    to_end: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Dose transition pathways: everything that can happen in the next cohorts of a running trial.

    Parameters
    ----------
    where
        A shipped protocol, a protocol, study or design file (.toml), or doses such as "1, 3, 10 mg".
    outcomes
        Cohorts so far, such as "1N 2N 3NNT"; "" before the first.
    cohorts
        Number of cohorts to look ahead, one to three.
    design
        Design by its name in the protocol or study, or a design file (.toml); by default the BLRM, or the
        only design there is.
    scenario
        Built-in scenarios, such as "MTD 0.1 mg/kg" or "safe", in which the probability of each pathway is
        shown.
    out
        Files to write: .csv for the table, .png, .pdf or .svg for the tree.
    to_end
        Go on with what the protocol does after the escalation, such as an expansion.
    """
    from bayesdose.report.paths import show_pathways

    show_pathways(
        where,
        outcomes,
        design,
        cohorts=cohorts,
        scenario_names=scenario or (),
        out=out or (),
        to_end=to_end,
    )


@app.command
def check(
    where: str,
    /,
    *,
    design: str | None = None,
    limit: Number | None = None,
    scenarios: Path | None = None,
    margin: Number = 1e-4,
    draws: Whole = 4000,
    fail_on: Literal["note", "warning", "error"] = "error",
    to_end: Annotated[bool, Parameter(negative="")] = False,
    verbose: Annotated[bool, Parameter(negative="")] = False,
    out: Path | None = None,
) -> None:
    """Check a design in every state that it can reach: incoherent steps, rigidity, rules that do nothing.

    The exit status is 1 if something of the severity in --fail-on, or a graver one, was found, else 0.

    Parameters
    ----------
    where
        A shipped protocol, or a protocol, study or design file (.toml).
    design
        Design by its name in the protocol or study, or a design file (.toml); by default the BLRM, or the
        only design there is.
    limit
        P(DLT) that the MTD must stay below; by default as the protocol or study, or the design's own numbers,
        say.
    scenarios
        CSV table of the true curves (columns scenario, dose, unit, prob_dlt); by default one with the MTD at
        each dose, one too toxic and one safe.
    margin
        Distance of a posterior probability from a cap within which a decision is called close.
    draws
        Independent draws of a sampler: how often would it decide otherwise?
    fail_on
        Severity from which the exit status is 1.
    to_end
        Go on with what the protocol does after the escalation, such as an expansion.
    verbose
        Print definitions, and the probability in every scenario.
    out
        Table to write, ending in .csv.
    """
    from bayesdose.report.check import show_check

    if show_check(
        where,
        design,
        limit=limit,
        scenarios=scenarios,
        margin=margin,
        draws=draws,
        fail_on=fail_on,
        to_end=to_end,
        verbose=verbose,
        out=out,
    ):
        raise SystemExit(1)


@app.command
def describe(
    where: str,
    /,
    *,
    design: str | None = None,
    form: Annotated[Literal["md", "tex", "docx"] | None, Parameter(name="--format")] = None,
    out: Path | None = None,
    characteristics: Annotated[bool, Parameter(negative="")] = False,
    scenarios: Path | None = None,
    to_end: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """The statistical section of a protocol from a design: model, prior, every rule with its numbers, tables.

    Parameters
    ----------
    where
        A shipped protocol, or a protocol, study or design file (.toml).
    design
        Design by its name in the protocol or study, or a design file (.toml); by default the BLRM, or the
        only design there is.
    form
        Markdown, LaTeX or a Word file; by default what the file's name ends in.
    out
        File to write; the text is printed by default.
    characteristics
        Also compute the operating characteristics, exactly: in the study's scenarios, or the built-in ones.
    scenarios
        CSV table of the true curves for them (columns scenario, dose, unit, prob_dlt).
    to_end
        Go on with what the protocol does after the escalation, such as an expansion.
    """
    from bayesdose.report.protocol_text.command import describe_design

    describe_design(
        where,
        design,
        form=form,
        out=out,
        characteristics=characteristics,
        scenarios=scenarios,
        to_end=to_end,
    )


@app.command
def page(
    where: str,
    /,
    *,
    out: Path,
    design: str | None = None,
    protocol_version: str = "",
    date: str | None = None,
    scenarios: Path | None = None,
    to_end: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """One offline HTML page that decides a design's trials: enter outcomes, read the next dose and why.

    Parameters
    ----------
    where
        A shipped protocol, or a protocol, study or design file (.toml).
    out
        Page to write, ending in .html. It needs no network, no server and no Python.
    design
        Design by its name in the protocol or study, or a design file (.toml); by default the BLRM, or the
        only design there is.
    protocol_version
        Version of the protocol that the page is for, shown on it and on its print.
    date
        Day that the page shows, such as 2026-11-28; today by default.
    scenarios
        CSV table of the true curves of the operating characteristics that the page shows.
    to_end
        Go on with what the protocol does after the escalation, such as an expansion.
    """
    from bayesdose.report.trial_page.command import write_trial_page

    write_trial_page(
        where,
        design,
        out=out,
        protocol_version=protocol_version,
        date=date,
        scenarios=scenarios,
        to_end=to_end,
    )


@app.command
def table(
    where: str,
    outcomes: str | None = None,
    /,
    *,
    design: str | None = None,
    out: Path | None = None,
    to_end: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Decision tables as protocols print them; with outcomes, what follows from the next cohort's outcome.

    Parameters
    ----------
    where
        A shipped protocol, or a protocol, study or design file (.toml).
    outcomes
        Cohorts so far, such as "1N 2N 3NNT"; without them, the tables that the design has.
    design
        Design by its name in the protocol or study, or a design file (.toml); by default the BLRM, or the
        only design there is.
    out
        File to write, ending in .csv (one file a table) or .html (one page, which prints well).
    to_end
        Go on with what the protocol does after the escalation, such as an expansion.
    """
    from bayesdose.report.decision_tables.command import show_tables

    show_tables(where, outcomes, design, out=out, to_end=to_end)


@app.command
def fit(
    where: str,
    outcomes: str,
    /,
    *,
    out: Path,
    design: str | None = None,
    seed: Whole = 1,
    draws: Whole = 1000,
    chains: Whole = 4,
) -> None:
    """Sample the posterior of a design's model by NUTS and write it to a netCDF file.

    Parameters
    ----------
    where
        A shipped protocol, a protocol, study or design file (.toml), or doses such as "1, 3, 10 mg".
    outcomes
        Cohorts so far, such as "1N 2N 3NNT".
    out
        File to write, ending in .nc.
    design
        Design by its name in the protocol or study, or a design file (.toml); by default the BLRM, or the
        only design there is.
    seed
        Seed of the sampler.
    draws
        Draws of each chain after tuning.
    chains
        Number of chains.
    """
    from bayesdose.report.fit import fit_design

    fit_design(where, outcomes, design, out=out, seed=seed, draws=draws, chains=chains)


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
