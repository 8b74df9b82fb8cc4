"""``bayesdose page``."""

from pathlib import Path

from bayesdose.cli.app import Flag


def page(
    where: str,
    /,
    *,
    out: Path,
    design: str | None = None,
    protocol_version: str = "",
    date: str | None = None,
    scenarios: Path | None = None,
    to_end: Flag = False,
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
