"""What there is: the shipped protocols, the designs."""


def protocols(name: str | None = None, /) -> None:
    """List the shipped protocols, or show one with the source of every value.

    Parameters
    ----------
    name
        A shipped protocol or a path to a protocol file.
    """
    from bayesdose.report.protocols import list_protocols, show_protocol

    list_protocols() if name is None else show_protocol(name)


def designs(name: str | None = None, /) -> None:
    """List the designs with what they do, or print one design's references as BibTeX.

    Parameters
    ----------
    name
        A design, such as three_plus_three.
    """
    from bayesdose.report.designs import list_designs, show_citation

    list_designs() if name is None else show_citation(name)
