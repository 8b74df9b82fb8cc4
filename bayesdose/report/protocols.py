"""``bayesdose protocols``: what is known of each protocol, and from where."""

from collections.abc import Mapping
from typing import Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bayesdose.protocols.designs import is_assumed
from bayesdose.protocols.facts import fact_words
from bayesdose.protocols.load import load_protocol, protocol_names
from bayesdose.report.terminal import terminal
from bayesdose.sourced import Source

__all__ = ["list_protocols", "show_protocol"]

_SHORT = {"three_plus_three": "3+3", "a_plus_b": "A+B", "boin": "BOIN", "blrm": "BLRM", "crm": "CRM"}


def list_protocols() -> None:
    """Print a line for each shipped protocol."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("protocol", "doses", "unit", "doses from", "escalation", "assumed"):
        table.add_column(heading, overflow="fold")
    for name in protocol_names():
        protocol = load_protocol(name)
        grid = protocol.grid.value
        table.add_row(
            protocol.name,
            ", ".join(grid.labels),
            grid.unit,
            "ASSUMPTION" if protocol.grid_is_assumed else str(protocol.grid.source),
            _escalation(protocol.design.plain) + " (assumed)" * is_assumed(protocol),
            str(len(protocol.assumptions())),
        )
    terminal().print(table)
    terminal().print("single: levels given to one patient each. assumed: values not in the public record.")


def _escalation(design: Mapping[str, Any]) -> str:
    """A protocol's own design in few words."""
    if design["design"] == "accelerated_titration":
        return f"{design.get('single_patient_levels', 'all')} single, then {_escalation(design['following'])}"
    return str(_SHORT.get(design["design"], design["design"]))


def show_protocol(name: str) -> None:
    """Print every value of a protocol with its source and, from a record, the place there.

    Parameters
    ----------
    name : str
        A shipped protocol or a path to a protocol file.
    """
    protocol = load_protocol(name)
    console = terminal()
    console.print(Text.assemble((protocol.name, "bold"), f": {protocol.title}"))
    for path, sourced in protocol.sourced():
        source = "ASSUMPTION" if sourced.source == Source.ASSUMPTION else str(sourced.source)
        place = f": {sourced.place}" if sourced.place else ""
        console.print(Text.assemble((path, "bold"), f" ({source}{place})"))
        value = "" if sourced.value is None else fact_words(path, sourced, protocol)
        for text in (value, sourced.citation, sourced.reason):
            if text:
                console.print(Padding(text, (0, 0, 0, 4)))
    for note in protocol.notes:
        console.print(f"Note: {note}")
