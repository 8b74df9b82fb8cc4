"""``bayesdose page``: a trial page from a protocol, a study or a design."""

import datetime
import shlex
from pathlib import Path

from bayesdose.checks.conform import conform
from bayesdose.errors import InputError
from bayesdose.files import check_folder, write_atomically
from bayesdose.progress import progress_bar
from bayesdose.report.characteristics import design_characteristics
from bayesdose.report.decision_tables.of_design import decision_tables
from bayesdose.report.page.results import result_tables, scenario_tables
from bayesdose.report.protocol_text.sections import assumed_facts
from bayesdose.report.subject import Subject, bearing, load_subject
from bayesdose.report.terminal import terminal
from bayesdose.report.trial_page.content import page_arrays, page_header
from bayesdose.report.trial_page.page import trial_page
from bayesdose.report.trial_page.posteriors import page_posteriors
from bayesdose.report.trial_page.states import page_states

__all__ = ["write_trial_page"]


def write_trial_page(
    where: str,
    design_name: str | None = None,
    *,
    out: Path,
    protocol_version: str = "",
    date: str | None = None,
    scenarios: Path | None = None,
    to_end: bool = False,
) -> None:
    """Write a page that decides one design's trials without a network and without Python.

    Parameters
    ----------
    where : str
        What `load_subject` takes.
    design_name : str or None
        Design that decides.
    out : Path
        Page to write, ending in .html.
    protocol_version : str
        Version of the protocol that the page is for, shown on it.
    date : str, optional
        Day that the page shows, such as 2026-11-28; today by default.
    scenarios : Path, optional
        Table of true curves of the operating characteristics that it shows.
    to_end : bool
        Whether the design goes on with what the protocol does after the escalation.

    Raises
    ------
    InputError
        If an input is wrong, or the design has more states than a page holds.
    """
    if out.suffix.lower() != ".html":
        raise InputError("out", got=str(out), wanted="a file name that ends in .html")
    check_folder("out", out.parent)
    day = datetime.date.today().isoformat() if date is None else _day(date)
    version = conform(protocol_version, str, "protocol version")
    subject = load_subject(where)
    choice = subject.choice(design_name)
    with progress_bar(f"Preparing {subject.name}") as progress:
        label, design = subject.design(choice)
        if to_end:
            design = subject.to_end(design)
        states = page_states(design, progress)
        posteriors = page_posteriors(design, states.state)
        tables = decision_tables(label, design)
        # Without a rule that says which dose is the MTD there is nothing to be right about, and the built-in
        # curves say nothing of moderate toxicity or responses.
        aims = subject.mtd_rule is not None or getattr(design, "aims_at", None) is not None
        untold = design.outcome_categories > 2 and not subject.scenarios
        if scenarios or (aims and not untold):
            result, curves = design_characteristics(subject, label, design, scenarios)
            mtd = [str(one) for one in result["mtd"].values]
            tables += [*scenario_tables(curves, mtd), *result_tables(result)]
        bears = (*bearing(choice, posteriors is not None, to_end), "mtd_rule")
        header = page_header(
            subject.name,
            label,
            design,
            states,
            posteriors,
            protocol=subject.protocol,
            protocol_version=version,
            date=day,
            assumed=assumed_facts(subject.protocol, bears),
            tables=tables,
            command=_other_command(subject, where, choice, to_end),
        )
        html = trial_page(f"{subject.name}: next dose", header, page_arrays(design, states, posteriors))
    write_atomically(out, lambda path: path.write_text(html, encoding="utf-8"))
    size = len(html.encode()) / 1e6
    terminal().print(f"Page of {len(states):,} states, {size:.2f} MB: {out}")
    for said in subject.ends(to_end):
        terminal().print(said)
    if aims and untold and not scenarios:
        responses = design.outcome_categories == 4
        what, column = ("responses", "prob_response") if responses else ("moderate toxicity", "prob_moderate")
        terminal().print(
            f"It shows no operating characteristics: the design looks at {what}, of which the built-in "
            f"scenarios say nothing. Pass --scenarios FILE.csv with a column {column}."
        )


def _other_command(subject: Subject, where: str, choice: str, to_end: bool) -> str:
    """The command that decides what a page does not hold; files by their names, without their folders."""
    words = ["bayesdose", "next", Path(where).name if where.lower().endswith(".toml") else where]
    if subject.what != "design file" or choice.lower().endswith(".toml"):
        words += ["--design", Path(choice).name if choice.lower().endswith(".toml") else choice]
    return shlex.join([*words, *(["--to-end"] if to_end else [])])


def _day(date: str) -> str:
    try:
        return datetime.date.fromisoformat(date).isoformat()
    except ValueError:
        raise InputError("date", got=date, wanted="a day such as 2026-11-28") from None
