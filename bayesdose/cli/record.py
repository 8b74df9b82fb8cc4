"""``bayesdose record``."""

from pathlib import Path

from bayesdose.cli.app import Flag


def record(file: Path, /, *, out: Path | None = None, verbose: Flag = False) -> None:
    """A committee's record of a trial: each dose's evidence beside the criteria, and what each dose misses.

    It supports a decision and makes none: it recommends no dose.

    Parameters
    ----------
    file
        The record's file (.toml).
    out
        Page to write, ending in .html; the record is printed by default.
    verbose
        Print why each threshold is assumed.
    """
    from bayesdose.report.record import show_record

    show_record(file, out=out, verbose=verbose)
