"""``bayesdose check``: what a design does in every state that it can reach."""

from pathlib import Path

import pandas as pd

from bayesdose.errors import InputError
from bayesdose.files import check_folder, write_atomically
from bayesdose.findings.check import check_design
from bayesdose.findings.design_check import DesignCheck
from bayesdose.findings.finding import Severity
from bayesdose.progress import progress_bar
from bayesdose.protocols.whole_scenarios import scenarios_to_end
from bayesdose.report.subject import load_subject
from bayesdose.report.terminal import terminal
from bayesdose.report.terminal_tables import print_assumptions
from bayesdose.rules.mtd import HighestBelow
from bayesdose.scenarios.files import load_scenarios
from bayesdose.scenarios.library import builtin_scenarios
from bayesdose.treatments import TreatmentGrid

__all__ = ["check_frame", "show_check"]


def show_check(
    where: str,
    design_name: str | None = None,
    *,
    limit: float | None = None,
    scenarios: Path | None = None,
    margin: float = 1e-4,
    draws: int = 4000,
    fail_on: str = "error",
    to_end: bool = False,
    verbose: bool = False,
    out: Path | None = None,
) -> bool:
    """Print the check of a design, and write its table if a file is named.

    Parameters
    ----------
    where : str
        What `load_subject` takes.
    design_name : str or None
        Design that is checked.
    limit : float or None
        P(DLT) that the MTD must stay below, in place of what the subject says.
    scenarios : Path or None
        Table of true curves.
    margin, draws : float, int
        As in `check_design`.
    fail_on : str
        A severity.
    to_end : bool
        Whether the protocol's later stages are checked too.
    verbose : bool
        Whether definitions and every scenario are printed.
    out : Path or None
        Table to write, ending in .csv.

    Returns
    -------
    bool
        Whether something of that severity, or a graver one, was found.

    Raises
    ------
    InputError
        If an input is wrong.
    GraphTooLargeError
        If the design has too many states.
    """
    subject = load_subject(where)
    choice = subject.choice(design_name)
    rule = subject.mtd_rule if limit is None else HighestBelow(limit)
    curves = None if scenarios is None else load_scenarios(scenarios)
    if out is not None:
        if out.suffix.lower() != ".csv":
            raise InputError("out", got=str(out), wanted="a file name that ends in .csv")
        check_folder("out", out.parent)
    with progress_bar(f"Checking {subject.name}") as progress:
        label, design = subject.design(choice)
        if to_end:
            design = subject.to_end(design)
        if curves is None and subject.protocol is not None and isinstance(design.grid, TreatmentGrid):
            known = builtin_scenarios(subject.grid, rule or subject.protocol.mtd_rule.value)
            parts = scenarios_to_end(subject.protocol, design, known)
            curves = [one for part in parts.values() for one in part]
        found = check_design(design, curves, mtd_rule=rule, margin=margin, draws=draws, progress=progress)
    console = terminal()
    console.print(f"{subject.name}, {label}: check of the design{subject.assumed_grid}", style="bold")
    for said in subject.ends(to_end):
        console.print(said)
    console.print(found.text(verbose))
    if out is not None:
        table = check_frame(found)
        write_atomically(out, lambda path: path.write_text(table.to_csv(index=False), encoding="utf-8"))
        console.print(f"Written: {out}")
    if verbose:
        print_assumptions(console, subject.protocol, stages=to_end)
    return bool(found.at_least(Severity[fail_on.upper()]))


def check_frame(check: DesignCheck) -> pd.DataFrame:
    """A check as a table, one row a finding, with a column ``probability: <scenario>`` for each scenario.

    Parameters
    ----------
    check : DesignCheck
        Result of `check_design`.
    """
    result = check.to_dataset()
    columns = {
        name: result[name].values
        for name in ("severity", "name", "subject", "states", "witness", "then", "definition", "source")
    }
    for scenario in result["scenario"].values.tolist():
        columns[f"probability: {scenario}"] = result["probability"].sel(scenario=scenario).values
    return pd.DataFrame(columns)
