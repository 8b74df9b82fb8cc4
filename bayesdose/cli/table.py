"""``bayesdose table``."""

from pathlib import Path

from bayesdose.cli.app import Flag


def table(
    where: str,
    outcomes: str | None = None,
    /,
    *,
    design: str | None = None,
    out: Path | None = None,
    to_end: Flag = False,
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
