"""``bayesdose paths``: all that can happen in the next cohorts of a trial."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import xarray as xr
from rich.table import Table

from bayesdose.categories import MEANINGS
from bayesdose.designs.model_based import ModelBased
from bayesdose.errors import InputError
from bayesdose.files import check_folder, write_atomically
from bayesdose.outcomes import parse_outcomes
from bayesdose.plots.pathways import plot_pathways
from bayesdose.progress import progress_bar
from bayesdose.report.subject import Subject, bearing, load_subject
from bayesdose.report.terminal import print_whole, terminal
from bayesdose.report.terminal_tables import print_assumptions, print_assumptions_in_short
from bayesdose.scenarios.library import builtin_scenarios
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.pathway_labels import cohort_labels, stop_marks
from bayesdose.simulation.pathways import STOP, pathways

__all__ = ["pathway_frame", "pathway_table", "show_pathways"]

_FIGURES = (".png", ".pdf", ".svg")
_MOST_COHORTS = 3


def show_pathways(
    where: str,
    text: str,
    design_name: str | None,
    *,
    cohorts: int = 2,
    scenario_names: Sequence[str] = (),
    out: Sequence[Path] = (),
    to_end: bool = False,
    verbose: bool = False,
) -> xr.Dataset:
    """Print the pathways, and write them as a table or a figure.

    Parameters
    ----------
    where : str
        What `load_subject` takes.
    text : str
        Outcomes so far, such as ``"1N 2N 3NNT"``.
    design_name : str or None
        Design that decides.
    cohorts : int, default 2
        Number of cohorts to look ahead, at most three.
    scenario_names : sequence of str
        Built-in scenarios in which the pathways' probabilities are wanted.
    out : sequence of Path
        Files to write: ``.csv`` for the table, ``.png``, ``.pdf`` or ``.svg`` for the figure.
    to_end : bool
        Whether the design goes on with what the protocol does after the escalation.
    verbose : bool
        Whether all assumptions of the protocol are printed with their reasons.

    Returns
    -------
    xarray.Dataset
        Result of `pathways`.

    Raises
    ------
    InputError
        If an input is wrong, a file has another ending, or a figure is wanted with several scenarios.
    """
    subject, outcomes = load_subject(where), parse_outcomes(text)
    if not to_end:
        outcomes.numbered(subject.doses)  # all input is refused before the model is built
    if not 1 <= cohorts <= _MOST_COHORTS:
        raise InputError("cohorts", got=cohorts, wanted=f"a whole number from 1 to {_MOST_COHORTS}")
    choice = subject.choice(design_name)
    scenarios = _scenarios(subject, scenario_names)
    _check_files(out, len(scenarios))
    with progress_bar(f"Preparing {subject.name}"):
        label, design = subject.design(choice)
        has_model, design = isinstance(design, ModelBased), subject.to_end(design) if to_end else design
    with progress_bar("Following the pathways"):
        result = pathways(design, outcomes, cohorts=cohorts, scenarios=scenarios)
    title = f"{subject.name} after {str(outcomes) or 'no patients'}, {label}"
    ahead = "the next cohort" if result.sizes["cohort"] == 1 else f"the next {result.sizes['cohort']} cohorts"
    console = terminal()
    console.print(
        f"{title}: {result.sizes['pathway']} pathways of {ahead} "
        f"(doses in {subject.grid.unit}{subject.assumed_grid})",
        style="bold",
    )
    print_whole(pathway_table(result))
    for reason, mark in stop_marks(result).items():
        console.print(f"{STOP} {mark}: {reason}.")
    kinds = result.sizes["outcome"]
    seen = "DLTs of patients" if kinds == 2 else f"{MEANINGS[kinds]}, by patient"
    console.print(
        f"Seen: {seen}. If stopped: dose recommended if the trial stopped there."
        + (" P: exact probability in the scenario." if scenarios else "")
    )
    for said in subject.ends(to_end):
        console.print(said)
    if verbose:
        print_assumptions(console, subject.protocol, stages=to_end)
    else:
        print_assumptions_in_short(console, subject.protocol, bearing(choice, has_model, to_end))
    assumed = "" if subject.protocol is None else subject.protocol.assumed(stages=to_end)
    note = " ".join(filter(None, (f"{title}.", *subject.ends(to_end), assumed)))
    _write(result, out, note)
    return result


def pathway_frame(result: xr.Dataset) -> pd.DataFrame:
    """One row a pathway: dose, patients and outcomes of each cohort, the next dose and the rest.

    Parameters
    ----------
    result : xarray.Dataset
        Result of `pathways`.

    Returns
    -------
    pandas.DataFrame
        Columns ``dose_<cohort>``, ``patients_<cohort>``, ``dlts_<cohort>`` (and
        ``moderates_<cohort>``, or of four outcomes ``responses_<cohort>`` and ``both_<cohort>`` beside
        those with a DLT alone); where the trial has stopped before, the dose says so and DLTs are empty;
        ``next_dose``, ``next_patients``, ``stop_reason``, ``recommendation``, and
        ``probability: <scenario>``.
    """
    columns: dict[str, object] = {}
    counted = {"DLT": "dlts", "moderate": "moderates", "response": "responses", "response and DLT": "both"}
    for cohort in result["cohort"].values.tolist():
        one = result.sel(cohort=cohort)
        treated = one["patients"].values > 0
        columns[f"dose_{cohort}"] = one["dose_given"].values
        columns[f"patients_{cohort}"] = pd.array(one["patients"].values, dtype="Int64")
        for outcome in reversed(result["outcome"].values.tolist()[1:]):
            counts = pd.array(one["patients_with"].sel(outcome=outcome).values, dtype="Int64")
            counts[~treated] = pd.NA
            columns[f"{counted[outcome]}_{cohort}"] = counts
    for variable in ("next_dose", "next_patients", "stop_reason", "recommendation"):
        columns[variable] = result[variable].values
    for scenario in result["scenario"].values.tolist() if "scenario" in result.coords else []:
        columns[f"probability: {scenario}"] = result["probability"].sel(scenario=scenario).values
    return pd.DataFrame(columns, index=pd.Index(result["pathway"].values, name="pathway"))


def pathway_table(result: xr.Dataset) -> Table:
    """One row a pathway, for the terminal.

    Parameters
    ----------
    result : xarray.Dataset
        Result of `pathways`.
    """
    frame, labels, marks = pathway_frame(result), cohort_labels(result), stop_marks(result)
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("", justify="right")
    for cohort in result["cohort"].values:
        table.add_column(f"cohort\n{cohort}", justify="right", no_wrap=True)
        table.add_column("\nseen", justify="right", no_wrap=True)
    table.add_column("\nnext", justify="right", no_wrap=True)
    table.add_column("if\nstopped", justify="right", no_wrap=True)
    probabilities = [column for column in frame if str(column).startswith("probability: ")]
    for column in probabilities:
        words = str(column).removeprefix("probability: ").split()
        table.add_column("\n".join(["P in", *words]), justify="right", no_wrap=True)
    for number, row in enumerate(frame.to_dict("records")):
        cells = [str(number + 1)]
        for place, cohort in enumerate(result["cohort"].values):
            # A trial that stopped says so once.
            label = str(labels[number, place])
            cells += [row[f"dose_{cohort}"] if label else "", label]
        mark = marks.get(row["stop_reason"], "")
        cells += [f"{row['next_dose']} {mark}".strip(), row["recommendation"]]
        table.add_row(*cells, *(f"{row[column]:.4f}" for column in probabilities))
    return table


def _scenarios(subject: Subject, names: Sequence[str]) -> list[Scenario]:
    """The built-in scenarios of these names."""
    if not names:
        return []
    if subject.mtd_rule is None:
        raise InputError(
            "scenario",
            got=list(names),
            wanted="no scenario for a design file or doses alone, which name no MTD rule",
            fix="Give a protocol or a study file.",
        )
    known = {scenario.name: scenario for scenario in builtin_scenarios(subject.grid, subject.mtd_rule)}
    for name in names:
        if name not in known:
            raise InputError.unknown_name("scenario", name, known)
    return [known[name] for name in dict.fromkeys(names)]


def _check_files(out: Sequence[Path], num_scenarios: int) -> None:
    for path in out:
        if path.suffix not in (".csv", *_FIGURES):
            raise InputError(
                "out", got=str(path), wanted=f"a file name that ends in .csv, {', '.join(_FIGURES)}"
            )
        if path.suffix in _FIGURES and num_scenarios > 1:
            raise InputError(
                "scenario", got=f"{num_scenarios} scenarios", wanted="at most one where a figure is written"
            )
        check_folder("out", path.parent)


def _write(result: xr.Dataset, out: Sequence[Path], note: str) -> None:
    for path in out:
        if path.suffix == ".csv":
            text = f"# {note}\n{pathway_frame(result).to_csv()}"
            write_atomically(path, lambda temporary, text=text: temporary.write_text(text, encoding="utf-8"))
        else:
            figure = plot_pathways(result, note=note)
            write_atomically(path, lambda temporary, figure=figure: figure.savefig(temporary, dpi=200))
        terminal().print(f"Written: {path}")
