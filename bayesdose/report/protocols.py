"""``bayesdose protocols``: what is known of each protocol, and from where."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bayesdose.protocols.load import load_protocol, protocol_names
from bayesdose.protocols.sourced import Source, Sourced

__all__ = ["list_protocols", "show_protocol"]


def list_protocols() -> None:
    """Print a line for each shipped protocol."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("protocol", "doses", "unit", "dose grid from", "escalation", "assumed values"):
        table.add_column(heading, overflow="fold")
    for name in protocol_names():
        protocol = load_protocol(name)
        grid, design = protocol.grid.value, protocol.design
        levels = design.titration_levels.value
        single = f"{levels} single-patient level{'s' * (levels > 1)}, then " if levels else ""
        assumed = " (assumed)" if _assumed(design.titration_levels) else ""
        table.add_row(
            protocol.name,
            ", ".join(grid.labels),
            grid.unit,
            "ASSUMPTION" if protocol.grid_is_assumed else str(protocol.grid.source),
            f"{single}3+3{assumed}",
            str(len(protocol.assumptions())),
        )
    Console().print(table)


def show_protocol(name: str) -> None:
    """Print every value of a protocol with its source.

    Parameters
    ----------
    name : str
        A shipped protocol or a path to a protocol file.
    """
    protocol = load_protocol(name)
    table = Table(title=f"{protocol.name}: {escape(protocol.title)}", title_justify="left", show_lines=True)
    for heading in ("what", "value", "source", "citation or reason"):
        table.add_column(heading, overflow="fold")
    for path, sourced in protocol.sourced():
        source = "ASSUMPTION" if _assumed(sourced) else str(sourced.source)
        why = sourced.reason or sourced.citation
        table.add_row(path, escape(_words(sourced.value)), source, escape(why))
    console = Console()
    console.print(table)
    for note in protocol.notes:
        console.print(f"Note: {escape(note)}")


def _assumed(sourced: Sourced) -> bool:
    return sourced.source == Source.ASSUMPTION


def _words(value: object) -> str:
    return "not disclosed" if value is None else str(value)
