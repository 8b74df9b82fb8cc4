"""``bayesdose paths``."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bayesdose.cli.app import Flag, Whole


def paths(
    where: str,
    outcomes: str,
    /,
    *,
    cohorts: Whole = 2,
    design: str | None = None,
    scenario: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    out: Annotated[list[Path] | None, Parameter(consume_multiple=True)] = None,
    to_end: Flag = False,
    verbose: Flag = False,
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
    verbose
        Print all that is assumed of the protocol, with reasons.
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
        verbose=verbose,
    )
