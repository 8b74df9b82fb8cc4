"""``bayesdose protocols``: what is known of each protocol, and from where."""

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bayesdose.protocols.load import load_protocol, protocol_names
from bayesdose.protocols.sourced import Source, Sourced
from bayesdose.report.terminal import terminal

__all__ = ["list_protocols", "show_protocol"]


def list_protocols() -> None:
    """Print a line for each shipped protocol."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("protocol", "doses", "unit", "doses from", "escalation", "assumed"):
        table.add_column(heading, overflow="fold")
    for name in protocol_names():
        protocol = load_protocol(name)
        grid, design = protocol.grid.value, protocol.design
        levels = design.titration_levels.value
        single = f"{levels} single, then " if levels else ""
        assumed = " (assumed)" if _assumed(design.titration_levels) else ""
        table.add_row(
            protocol.name,
            ", ".join(grid.labels),
            grid.unit,
            "ASSUMPTION" if protocol.grid_is_assumed else str(protocol.grid.source),
            f"{single}3+3{assumed}",
            str(len(protocol.assumptions())),
        )
    terminal().print(table)
    terminal().print("single: levels given to one patient each. assumed: values not in the public record.")


def show_protocol(name: str) -> None:
    """Print every value of a protocol with its source.

    Parameters
    ----------
    name : str
        A shipped protocol or a path to a protocol file.
    """
    protocol = load_protocol(name)
    console = terminal()
    console.print(Text.assemble((protocol.name, "bold"), f": {protocol.title}"))
    for path, sourced in protocol.sourced():
        source = "ASSUMPTION" if _assumed(sourced) else str(sourced.source)
        console.print(Text.assemble((path, "bold"), f" ({source})"))
        for text in (_words(sourced.value), sourced.citation, sourced.reason):
            if text:
                console.print(Padding(text, (0, 0, 0, 4)))
    for note in protocol.notes:
        console.print(f"Note: {note}")


def _assumed(sourced: Sourced) -> bool:
    return sourced.source == Source.ASSUMPTION


def _words(value: object) -> str:
    return "" if value is None else str(value)
