"""``bayesdose prior``."""

from pathlib import Path


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
