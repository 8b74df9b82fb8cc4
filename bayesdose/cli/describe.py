"""``bayesdose describe``."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from bayesdose.cli.app import Flag


def describe(
    where: str,
    /,
    *,
    design: str | None = None,
    form: Annotated[Literal["md", "tex", "docx"] | None, Parameter(name="--format")] = None,
    out: Path | None = None,
    characteristics: Flag = False,
    scenarios: Path | None = None,
    to_end: Flag = False,
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
