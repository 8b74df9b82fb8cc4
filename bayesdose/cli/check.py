"""``bayesdose check``."""

from pathlib import Path
from typing import Literal

from bayesdose.cli.app import Flag, Number, Whole


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
    to_end: Flag = False,
    verbose: Flag = False,
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
